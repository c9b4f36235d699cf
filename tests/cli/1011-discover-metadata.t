# gp-discover --metadata: gProfiler's external metadata, of single processes.
. tests/tap.sh
P=$T/proc
mkdir -p "$P"
echo '1000.00 2000.00' > "$P/uptime"
process() { # PID SECOND OF ITS START
	mkdir -p "$P/$1"
	printf '%s (x) S 1 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 %s 0\n' "$1" "$2"00 > "$P/$1/stat"
	printf 'Pid:\t%s\nUid:\t0\t0\t0\t0\nNSpid:\t%s\n' "$1" "$1" > "$P/$1/status"
	printf '0::/user.slice\n' > "$P/$1/cgroup"
	ln -sf "$FIX/waits" "$P/$1/exe"
	: > "$P/$1/maps"
}
process 10 5
process 11 880
process 12 990
d() { "$BIN/gp-discover" --proc="$P" --metadata="$T/m" "$@"; }
own() { sed -n "s/^#process pid=$1 .* own=\([^ ]*\) .*/\1/p" "$T/out"; }
told() { for p in 10 11 12; do printf '%s %s\n' $p "$(own $p)"; done; }

cat > "$T/m" <<'EOT'
{"static": {"team": "search"},
 "application": {
  "10": {"job": "nightly run", "try": 2, "share": 0.5, "big": true, "no": null, "é\"": {"a": [1, {}]}},
  "12": {}, "99": {"job": "of nobody"}, "x": 3}}
EOT
status "a file" 0 d
is "says of a process what it says" "$(told)" \
    '10 {"job":"nightly%20run","try":2,"share":0.5,"big":true,"no":null,"é\"":{"a":[1,{}]}}
11 
12 '
is "and nothing is said" "$(cat "$T/err")" ""
status "as JSON" 0 d --json
is "the same, as text" "$(jq -c '.processes[] | [.pid, (.own // "{}" | fromjson | .try)]' "$T/out" | tr '\n' ' ')" \
    '[10,2] [11,null] [12,null] '

# A pid is not a process.
echo '{"application": {"10": {"n": 1}, "11": {"n": 2}, "12": {"n": 3}}}' > "$T/m"
touch -d '-60 seconds' "$T/m"
status "a file of a minute ago" 0 d
is "does not mean who came since" "$(told)" '10 {"n":1}
11 {"n":2}
12 '
touch -d '+60 seconds' "$T/m"
status "one of a clock that was set back" 0 d
is "means all" "$(told)" '10 {"n":1}
11 {"n":2}
12 {"n":3}'

# What cannot be used costs the list nothing, and is said.
bad() { # DESCRIPTION REGEX
	status "$1" 0 d
	like "$1: said" "$(cat "$T/err")" "^gp-discover: $T/m: .*$2.*DISCOVER_METADATA"
	is "$1: nobody is told of" "$(grep -c '^#process' "$T/out") $(grep -c ' own=' "$T/out")" "3 0"
}
checked() {
	bad "$@"
	status "$1: --check finds it" 66 d --check
}
touch -d '-310 seconds' "$T/m"; checked "a file that nobody renews" 'not written in the last 5 minutes'
echo '{"static": {"team": "search"}}' > "$T/m"; touch -d '-310 seconds' "$T/m"
status "one that tells of no process" 0 d
is "may be old" "$(grep -c ' own=' "$T/out")$(cat "$T/err")" 0
echo '{"a":' > "$T/m"; checked "half of JSON" 'end of file'
head -c 1100000 /dev/zero | tr '\0' ' ' > "$T/m"; checked "a large one" 'File too large'
rm "$T/m"; checked "no file" 'No such file'
mkfifo "$T/m"; bad "a FIFO" ''; rm "$T/m"
echo "{\"application\": {\"10\": {\"long\": \"$(printf '%01100d' 0)\"}, \"11\": \"x\", \"12\": null}}" > "$T/m"
bad "too much, and no objects" 'of 3 processes'
printf '{"application": {"10": %s1%s}}' "$(printf '%040d' 0 | sed 's/0/{"a":/g')" "$(printf '%040d' 0 | sed 's/0/}/g')" > "$T/m"
checked "objects in each other" 'deep'
echo '{"application": [1]}' > "$T/m"
status "an application that is no object" 0 d
is "tells of nobody" "$(grep -c ' own=' "$T/out")" 0

# gProfiler's files have it, in place of what is found out.
cat > "$T/in" <<'EOT'
#gp version=1 kind=profile tool=t host=h start=2026-11-24T10:41:07Z
#process pid=7 comm=x exe=/bin/x own={"exe":"/job","team":"a%20b;c","n":[1]} runtime=python/3.11
#process pid=8 comm=x exe=/bin/x own=[1] runtime=python/3.11
#process pid=9 comm=x exe=/bin/x own={"a" runtime=python/3.11
x-7/7;main 1
x-8/8;main 2
x-9/9;main 4
#end lines=3 samples=7 lost=0
EOT
"$BIN/gp-convert" --to=col < "$T/in" > "$T/col"
is "the owner's word is the last" "$(head -n 1 "$T/col" | cut -c2- | jq -c '.application_metadata')" \
    '[null,{"exe":"/bin/x","python_version":"Python 3.11"},{"exe":"/bin/x","python_version":"Python 3.11"},{"python_version":"Python 3.11","exe":"/job","team":"a b;c","n":[1]}]'
is "each has its samples" "$(sed 1d "$T/col" | cut -d';' -f1,4 | tr '\n' ' ')" "1;main 2 2;main 4 3;main 1 "
done_testing
