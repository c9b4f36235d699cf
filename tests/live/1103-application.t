#!/bin/sh
# Which application a process is, and what its program: found by gp-discover, passed
# on by gp-record, and in gProfiler's format by number.
. tests/tap.sh
. tests/live/profile.sh
. tests/fixtures/http_sink.sh
need_sampling
command -v jq > /dev/null || skip_all "no jq"
sink_start

mkdir "$T/shop"
echo 'while True: pass' > "$T/shop/app.py"
ln -s "$(python3 -c 'import sys; print(sys.executable)')" "$T/shop/python3"
(cd "$T/shop" && exec ./python3 app.py) & load=$!
cp "$FIX/calls_static" "$T/shop/still"
"$T/shop/still" 600 > /dev/null & static=$!
on_exit='sink_stop; kill $load $static; wait $load $static 2> /dev/null'
want="python: app.py ($T/shop/app.py)"
# Between fork and exec it is still this shell; and an interpreter is one once
# its libraries are mapped.
tries=0
until "$BIN/gp-discover" -p $load --json | grep -qF "\"app\":\"$want\"" ||
    [ $tries -ge 100 ]; do
	tries=$((tries + 1))
	sleep 0.1
done
like "gp-discover finds it" "$("$BIN/gp-discover" -p $load --json)" \
    "\"app\":\"python: app.py \\($T/shop/app.py\\)\""
printf '{"application": {"%s": {"job": "nightly", "try": 2}}}' $load > "$T/jobs"
"$BIN/gp-discover" -p $load,$static --program --metadata="$T/jobs" > "$T/targets"
like "and says so in its stream" "$(cat "$T/targets")" \
    "app=python:%20app.py%20\\($T/shop/app.py\\) "
status "gp-record takes the list" 0 "$BIN/gp-record" -d 500ms -F 499 \
    --targets="$T/targets"
like "and passes it on" "$(grep "^#process pid=$load " "$T/out")" \
    "app=python:%20app.py%20\\($T/shop/app.py\\) "

# The program, told by others.
build_id() { readelf -n "$1" | sed -n 's/.*Build ID: //p'; }
exe=$(readlink "/proc/$load/exe")
lib=$(awk '$6 ~ /libpython/ { print $6; exit }' "/proc/$load/maps")
"$BIN/gp-symbolize" -q < "$T/out" > "$T/named"
"$BIN/gp-convert" --to=col < "$T/named" > "$T/col"
"$BIN/gp-collapse" --app --program --meta < "$T/named" > "$T/folded"
# entry COMM: what its stacks' number stands for.
entry() {
	head -n 1 "$T/col" | cut -c2- | jq -cS ".application_metadata[$(grep "^[0-9]*;;$1;" "$T/col" |
	    cut -d';' -f1 | sort -u)]"
}
stripped() { if readelf -S "$1" | grep -q ' \.symtab '; then echo false; else echo true; fi; }
is "of a Python it is all that is to be known" "$(entry python3)" \
    "$(jq -cnS --arg exe "$exe" --arg id "$(build_id "$exe")" --arg lib "${lib:+buildid:$(build_id "$lib")}" \
        --arg version "$("$exe" -V)" --argjson stripped "$(stripped "$exe")" \
        '{exe: $exe, execfn: "./python3", arch: "x86_64", python_version: $version, link: "dynamic",
          libc: "glibc", stripped: $stripped, job: "nightly", try: 2} + if $id == "" then {} else {exe_elfid: ("buildid:" + $id)} end
          + if $lib == "" then {} else {libpython_elfid: $lib} end')"
is "of a static program" "$(entry still)" \
    "$(jq -cnS --arg exe "$T/shop/still" --arg id "buildid:$(build_id "$T/shop/still")" \
        '{exe: $exe, execfn: $exe, arch: "x86_64", link: "static", stripped: false, exe_elfid: $id}')"
like "a folded line has it as a frame" "$(cut -d';' -f2 "$T/folded" | sort -u)" \
    "^exe=$exe execfn=./python3 arch=x86_64 .*runtime=python/3"
is "all samples are there" "$(sed 1d "$T/col" | awk '{ n += $NF } END { print n }')" \
    "$(sed -n 's/^#end .*samples=\([0-9]*\).*/\1/p' "$T/out")"

# A cycle of gp-run by its configuration, to Performance Studio.
cat > "$T/gp.conf" <<EOT
[run]
duration = 1s
discover = yes
[discover]
program = yes
metadata = $T/jobs
[collapse]
container = yes
app = yes
program = yes
[upload]
to = studio+http://127.0.0.1:$SINK_PORT/ name=t service=web token-file=$T/token
spool = $T/spool
EOT
echo studio-SeCrEt > "$T/token"
chmod 600 "$T/token"
status "gp-run takes all of it from gp.conf" 0 "$BIN/gp-run" --config="$T/gp.conf" \
    --state="$T/state" --lock="$T/lock" -p "$load"
is "what arrives has the process's name, application, program and job" \
    "$(cut -d';' -f2-4 "$SINK/studio.col" | sort -u) $(jq -c '.application_metadata[1] | [.exe, .execfn, .job]' "$SINK/studio.head")" \
    ";python3;appid: $want [\"$exe\",\"./python3\",\"nightly\"]"

# Linked with musl.
if command -v musl-gcc > /dev/null &&
    echo 'int main(void) { for (;;) __asm__(""); }' > "$T/m.c" &&
    musl-gcc -s -o "$T/m" "$T/m.c" 2> "$T/err"; then
	"$T/m" & musl=$!
	on_exit="kill $musl; $on_exit"
	tries=0
	until [ "$(readlink /proc/$musl/exe)" = "$T/m" ] || [ $tries -ge 100 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	is "musl is told from glibc" "$("$BIN/gp-discover" -p $musl --program --json |
	    jq -r '.processes[] | "\(.link) \(.libc) \(.stripped)"')" "dynamic musl true"
else
	skip "musl" "no musl-gcc"
fi
done_testing
