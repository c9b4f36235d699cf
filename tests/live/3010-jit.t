#!/bin/sh
# Code that was made, moved and replaced has the name that it had when it was
# sampled: real producers of jitdump files and perf maps.
. tests/tap.sh
. tests/live/profile.sh
. tests/live/python.sh

need_sampling
export TMPDIR="$T" # the shell's; runtimes write to /tmp
on_exit='rm -f $left'
left=

# count FILE REGEX: samples whose stack matches.
count() { awk -v re="$2" '{ n = $NF; sub(/ [0-9]+$/, "") }
    $0 ~ re { sum += n } END { print sum + 0 }' "$1"; }
# many DESCRIPTION FILE REGEX: a hundred samples or more do.
many() { _c=$(count "$2" "$3"); ok "$1 ($_c)" [ "$_c" -ge 100 ]; }
none() { is "$1" "$(count "$2" "$3")" 0; }

# -- a program that knows when what was where --------------------------------

profile --timestamps=50ms -- "$FIX/jitdumps" 1.5 "$T"
check_sums
f=$T/folded
like "the recorder found the dump" "$(cat "$T/raw")" \
    '^#jit pid=[0-9]+ dump=/.*/jit-[0-9]+\.dump map='
many "what was there first" "$f" ';main;call_first;first_\[j\]'
many "has its name where it moved" "$f" ';main;call_moved;first_\[j\]'
many "what replaced it has its own" "$f" ';main;call_second;second_\[j\]'
none "neither has the other's" "$f" 'call_(first|moved);second|call_second;first'
none "nothing has none" "$f" 'call_[a-z]*;\[jit\]'
# Long after its end, from the file that it left.
"$BIN/gp-symbolize" --lines < "$T/raw" > "$T/named"
many "its lines are there" "$T/named" ';first \(made\.src:11\)_\[j\]'
many "also where it moved" "$T/named" \
    'call_moved[^;]*;first \(made\.src:11\)_\[j\]'
none "the other has none" "$T/named" ';second \('
grep -v '^#time' "$T/raw" | "$BIN/gp-symbolize" > "$T/named"
many "without times, it is the newest" "$T/named" ';call_first;second_\[j\]'

# -- runtimes ----------------------------------------------------------------

cat > "$T/spin.js" << 'END'
function leaf(n) {
	let s = 0;
	for (let i = 0; i < n; i++)
		s = (s * 31 + i) % 1000003;
	return s;
}
let sum = 0;
const end = process.cpuUsage().user + 500000;
while (process.cpuUsage().user < end)
	sum += leaf(100000);
END
cd "$T" || exit 1 # V8 writes its dump there
if node=$(command -v node); then
	for opt in --perf-prof --perf-basic-prof; do
		profile -- "$node" "$opt" "$T/spin.js"
		left="$left $(sed -n 's/^#jit pid=\([0-9]*\).*/\/tmp\/perf-\1.map/p' \
		    "$T/raw")"
		# V8 10 says what kind of code it is, and no column.
		many "node $opt: JavaScript functions" "$T/folded" \
		    ';(JS|LazyCompile|Function):[*^~+]?leaf [^;]*spin\.js:1(:14)?_\[j\]'
		c=$(count "$T/folded" '\[jit\]')
		ok "nearly all of its code has a name (not $c)" \
		    [ "$((c * 50))" -le "$(count "$T/folded" '_\[j\]')" ]
	done
else
	skip "node" "there is none"
fi

cat > "$T/spin.py" << 'END'
import time
def leaf(n):
    s = 0
    for i in range(n):
        s = (s * 31 + i) % 1000003
    return s
end = time.process_time() + 0.5
while time.process_time() < end:
    leaf(10000)
END
# The trampolines are made in builds that have them: 3.12, and with dumps 3.13.
for opt in perf perf_jit; do
	found=
	for py in $(pythons); do
		"$py" -X "$opt" -c 'import sys
sys.exit(sys.version_info < (3, 12 if sys.argv[1] == "perf" else 13) or
    not sys.is_stack_trampoline_active())' "$opt" 2> /dev/null || continue
		found=$py
		profile -- "$py" -X "$opt" "$T/spin.py"
		left="$left $(sed -n \
		    's/^#jit pid=\([0-9]*\).*/\/tmp\/perf-\1.map \/tmp\/jit-\1.dump/p' \
		    "$T/raw")"
		many "$py -X $opt" "$T/folded" ';py::leaf:[^;]*/spin\.py_\[j\];'
		break
	done
	[ "$found" ] || skip "python -X $opt" "no Python has it"
done

done_testing
