# An invented /proc: what is found in it, in each form, with each filter.
. tests/tap.sh

P=$T/proc
mkdir -p "$P"
echo '1000.00 2000.00' > "$P/uptime"
ID=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
# process PID COMM STATE FLAGS UID START CGROUP
process() {
	mkdir -p "$P/$1"
	printf '%s (%s) %s 1 0 0 0 -1 %s 0 0 0 0 0 0 0 0 20 0 1 0 %s 0\n' \
	    "$1" "$2" "$3" "$4" "$6" > "$P/$1/stat"
	printf 'Pid:\t%s\nUid:\t%s\t%s\t%s\t%s\nNSpid:\t%s\n' \
	    "$1" "$5" "$5" "$5" "$5" "$1" > "$P/$1/status"
	printf '0::%s\n' "$7" > "$P/$1/cgroup"
	ln -sf "$FIX/waits" "$P/$1/exe"
	: > "$P/$1/maps"
}
process 2 kthreadd S 2129984 0 1 /
process 10 cat S 0 0 50000 /user.slice
process 20 'a ) b;"\ c' S 0 4242 60000 "/docker/$ID"
printf 'Pid:\t20\nUid:\t4242\t4242\t4242\t4242\nNSpid:\t20\t7\n' > "$P/20/status"
process 30 "$(printf '\033[31mred\001\377')" S 0 4242 99995 /lxc.payload.web
process 40 gone Z 0 0 70000 '/user.slice (deleted)'
# What is no process, and one that has ended between two reads.
mkdir -p "$P/50" "$P/sys" "$P/60x"
echo garbage > "$P/version"
d() { "$BIN/gp-discover" --proc="$P" "$@"; }

status "a stream is written to a pipe" 0 d
cp "$T/out" "$T/stream"
is "nothing is said" "$(cat "$T/err")" ""
is "every process is there, in order" \
    "$(sed -n 's/^#process pid=\([0-9]*\) .*/\1/p' "$T/out" | tr '\n' ' ')" \
    "2 10 20 30 40 "
r() { grep "^#process pid=$1 " "$T/stream" | sed "s:$FIX/::"; }
is "a kernel thread is skipped" "$(r 2)" \
    "#process pid=2 start=1 comm=kthreadd ppid=1 uid=0 user=root runtime=kernel cgroup=/ age=999.99 decision=skip reason=kernel-thread"
is "a program is profiled" "$(r 10)" \
    "#process pid=10 start=50000 comm=cat ppid=1 uid=0 user=root runtime=native cgroup=/user.slice exe=waits age=500.00 decision=profile"
is "a comm may hold anything" "$(r 20)" \
    "#process pid=20 start=60000 comm=a%20)%20b;\"\\%20c ppid=1 uid=4242 user=4242 ns_pid=7 runtime=native container=$ID engine=docker cgroup=/docker/$ID exe=waits age=400.00 decision=profile"
is "bytes that are no text are escaped" \
    "$(r 30 | sed 's/ ppid.*//')" \
    "#process pid=30 start=99995 comm=%1B[31mred%01%FF"
is "a zombie is skipped" "$(r 40)" \
    "#process pid=40 start=70000 comm=gone ppid=1 uid=0 user=root runtime=unknown cgroup=/user.slice age=300.00 decision=skip reason=zombie"
is "the end counts" "$(tail -n 1 "$T/stream")" \
    "#end lines=0 samples=0 lost=0 processes=5 profile=3"
like "the stream says what it is" "$(head -n 1 "$T/stream")" \
    '^#gp version=1 kind=discover tool=gp-discover/[0-9.]+ host=[^ ]+ arch=x86_64 kernel=[^ ]+ start=[0-9TZ:-]+$'

pids() { # arguments...
	d "$@" 2> "$T/err" | sed -n 's/^#process pid=\([0-9]*\) .*/\1/p' | tr '\n' ' '
}
is "-p" "$(pids -p 40,10,99 -p 10)" "10 40 "
is "a pid that is not there is no error" "$(cat "$T/err")" ""
is "--user by number" "$(pids --user=4242)" "20 30 "
is "--user by name" "$(pids --user=root)" "2 10 40 "
is "--comm is an expression" "$(pids --comm='^(cat|a.*c)$')" "10 20 "
is "--container is the start of an id" "$(pids --container=9f86)" "20 "
is "--runtime is a list" "$(pids --runtime=kernel,unknown)" "2 40 "
is "filters add up" "$(pids --user=4242 --comm=red)" "30 "
is "a filter may leave nothing" "$(pids --runtime=python/3)" ""
status "which is no error" 0 d --runtime=python/3
is "--min-age skips" "$(d --min-age=1s | grep -c 'pid=30 .*decision=skip reason=too-young$')" 1
is "--min-age is not a filter" "$(pids --min-age=1s)" "2 10 20 30 40 "
is "--all tells what is left out, and why" \
    "$(d --all --user=root --comm=a -p 2,10,30,40 |
    sed -n 's/^#process pid=\([0-9]*\) .* decision=/\1 /p' | tr '\n' ',')" \
    "2 skip reason=kernel-thread,10 profile,20 skip reason=other-pid,30 skip reason=other-user,40 skip reason=other-comm,"

d --table > "$T/table"
is "the table has a line for each" "$(wc -l < "$T/table")" 6
like "and a headline" "$(head -n 1 "$T/table")" \
    '^PID +USER +STARTED +AGE +RUNTIME +COMM +DECISION +CONTAINER +CGROUP$'
like "a container is short" "$(cat "$T/table")" \
    '^ *20 +4242 .* 6m40s +native .* profile +docker:9f86d081884c +/docker/'
is "a terminal is not told what to do" \
    "$(LC_ALL=C tr -d '\12\40-\176' < "$T/table" | wc -c)" 0
like "kernel threads say so" "$(cat "$T/table")" 'kthreadd +skip: kernel-thread'

d --json > "$T/json"
ok "JSON has no raw control character" \
    sh -c '! LC_ALL=C grep -q "[[:cntrl:]]" "$1"' sh "$T/json"
if command -v python3 > /dev/null; then
	is "JSON is JSON, and the same" "$(python3 - "$T/json" <<'EOF'
import json, sys
d = json.load(open(sys.argv[1], encoding='utf-8'))
p = {q['pid']: q for q in d['processes']}
print(d['gp']['kind'], sorted(p), p[20]['comm'], p[20]['container'][:4],
    p[20]['ns_pid'], repr(p[30]['comm']), p[2]['exe'], p[40]['reason'],
    p[10]['age'], p[10]['decision'], d['end'])
EOF
)" "discover [2, 10, 20, 30, 40] a ) b;\"\\ c 9f86 7 '\\x1b[31mred\\x01�' None zombie 500 profile {'processes': 5, 'profile': 3}"
else
	skip "JSON is JSON" "no python3"
fi
is "no process is JSON, too" "$(d --json --comm=none | tr '\n' ' ' |
    sed 's/.*"processes":\[/[/')" \
    '[ ], "end":{"processes":0,"profile":0}} '

for bad in --user=no-such-user --comm='(' --runtime=pythonic --runtime= \
    --container= --pid=0 --pid=x --min-age=1y '--table --json' extra; do
	# shellcheck disable=SC2086 # two options
	status "refused: $bad" 64 d $bad
done
status "a /proc that is none" 66 "$BIN/gp-discover" --proc="$T/no-such"
like "is named" "$(cat "$T/err")" "no-such"
sh -c '"$1" --proc="$2" > /dev/full' sh "$BIN/gp-discover" "$P" 2> "$T/err"
is "a full disk is seen" $? 74

# A stat that nobody understands: said, and in the status.
echo 'not a stat' > "$P/10/stat"
status "what is not understood is lost data" 1 d
like "and is named" "$(cat "$T/err")" 'pid 10: not understood \[DISCOVER_READ\]'
is "the others are there" "$(pids)" "2 20 30 40 "
done_testing
