#!/bin/sh
# gp-convert: there and back for every input and format; output that is whole or
# not there; and Go's pprof reads what it writes, and counts the same.
. tests/tap.sh

convert=$BIN/gp-convert
inputs="tests/golden/gp-convert/raw.stream tests/golden/gp-convert/named.folded
    tests/golden/gp-collapse/other.stream tests/golden/gp-collapse/hazards.script
    tests/golden/gp-collapse/austin.txt"
labels=tests/golden/gp-collapse/labels.pb
seconds=tests/golden/gp-collapse/speedscope_seconds.json

# Names that break what does not quote, a name of a megabyte, a deep stack.
{
	printf 'a"b\\c;d\0027e\001f;</script>;{"x":1};fn=(1) x;cfn=y 3\n'
	printf 'caf\303\251;\377\376;\342\200\256rtl;%%s%%n;-0x1;calls=1 2 5\n'
	printf 'a;'; head -c 1000000 /dev/zero | tr '\0' n; echo ' 2'
	i=0
	while [ $i -lt 9000 ]; do printf 'frame%d;' $i; i=$((i + 1)); done
	echo 'leaf 4'
	echo 'a 18446744073709551000'
} > "$T/hostile.folded"

for in in $inputs $labels $seconds "$T/hostile.folded"; do
	"$convert" --to=folded "$in" > "$T/want" 2> /dev/null
	for to in pprof speedscope; do
		"$convert" --to=$to "$in" 2> /dev/null |
		    "$convert" --to=folded > "$T/got" 2> "$T/err"
		is "${in##*/} to $to and back is the same" \
		    "$(cmp "$T/want" "$T/got" 2>&1; cat "$T/err")" ""
	done
	"$convert" --to=col "$in" 2> /dev/null |
	    "$convert" --to=folded > "$T/got" 2> "$T/err"
	is "${in##*/} to col and back, but for blanks in front" "$(
	    sed 's/^my worker;/my_worker;/; s/^"quoted\\ /"quoted\\_/' "$T/want" | LC_ALL=C sort |
	    diff - "$T/got"; cat "$T/err")" ""
done

# pids and containers survive where there is a place for them.
raw=tests/golden/gp-convert/raw.stream
for how in --pid --tid --container; do
	for in in $raw $labels; do
		"$convert" --to=folded $how "$in" > "$T/want"
		"$convert" --to=pprof "$in" |
		    "$convert" --to=folded $how > "$T/got"
		is "pprof keeps what $how shows of ${in##*/}" \
		    "$(diff "$T/want" "$T/got")" ""
	done
done
is "gp-collapse reads it too" "$("$convert" --to=pprof "$raw" |
    "$BIN/gp-collapse" --addrs)" "$("$BIN/gp-collapse" "$raw")"
is "the same input gives the same bytes" \
    "$("$convert" --to=pprof "$raw" | cksum)" \
    "$("$convert" --to=pprof "$raw" | cksum)"

# Marks that tell heads from functions are in no text.
for how in --pid --tid --container '--prune-from=\[host\]' \
    --prune-from=docker '--prune-from=^sh' --root=docker '--root=^sh'; do
	for to in folded speedscope firefox callgrind otlp-json col; do
		is "$to has no byte of 0 with $how" "$("$convert" --to=$to \
		    "$how" "$raw" | tr '\0' '\001' |
		    grep -cE "$(printf '\001')|\\\\u0000")" 0
	done
	is "col of $how is read again, whole" "$("$convert" --to=col "$how" \
	    "$raw" | "$convert" --to=folded 2>&1 |
	    awk '{ n += $NF } END { print n + 0 }')" \
	    "$("$convert" --to=folded --container "$how" "$raw" |
	    awk '{ n += $NF } END { print n + 0 }')"
done
for how in --pid --tid; do
	"$convert" --to=folded $how "$raw" > "$T/want"
	is "col has what $how shows" "$("$convert" --to=col $how "$raw" |
	    "$convert" --to=folded | diff "$T/want" -)" ""
done

# A container whose name would begin a comment is one all the same.
cat > "$T/hash.stream" << 'END'
#gp version=1 kind=named
#process pid=7 comm=sh container=web engine=#lxc
sh-7;main 3
#end lines=1 samples=3
END
is "pprof keeps the container _lxc:web" "$("$convert" --to=pprof \
    "$T/hash.stream" | "$convert" --to=folded --container)" "_lxc:web;sh;main 3"
for to in firefox otlp-json; do
	is "$to has it as a container" "$("$convert" --to=$to \
	    "$T/hash.stream" | grep -c 'in _lxc:web\|container.name')" 1
done

# -o FILE: by its name, whole or not at all.
"$convert" -o "$T/x.pb.gz" "$raw"
is "the name of the file tells the format" "$("$convert" --to=folded \
    "$T/x.pb.gz")" "$("$convert" --to=folded "$raw")"
echo old > "$T/old.folded"
printf '\037\213\010broken' > "$T/broken"
status "a broken input" 65 "$convert" -o "$T/none.pb.gz" "$T/broken"
if [ -c /dev/full ]; then
	for to in folded pprof speedscope firefox callgrind col otlp \
	    otlp-json; do
		status "a full disk is an error: $to" 74 \
		    sh -c "'$convert' --to=$to '$raw' > /dev/full"
		status "also behind -o: $to" 74 \
		    "$convert" --to=$to -o /dev/full "$raw"
	done
fi
status "a folder that is not there" 73 "$convert" --to=folded \
    -o "$T/none/x" "$raw"
mkdir "$T/dir"
echo old > "$T/dir/file"
status "a limit of the size of files is met" 74 sh -c "
    trap '' XFSZ; ulimit -f 0; exec '$convert' --to=folded \
    -o '$T/dir/file' '$raw'"
is "what was there stays" "$(cat "$T/dir/file")" old
is "and nothing is left beside it" "$(ls -A "$T/dir")" file
"$convert" --to=folded "$raw" 2> "$T/err" | true
is "a reader that goes away is no error" "$(cat "$T/err")" ""

# name TAB self TAB total of each function, as gp-collapse counts.
gp_sums() { # folded, option...
	"$BIN/gp-collapse" --top 1000000 "$@" |
	    sed -nE 's/^ *([0-9]+) +[0-9.]+% +([0-9]+) +[0-9.]+%  (.*)$/\3\t\1\t\2/p' |
	    LC_ALL=C sort
}
cat > "$T/sums.folded" << 'END'
sh;main;parse;skip_[i];memchr 7
sh;main;parse;skip_[i] 2
sh;main;parse;parse;parse 4
sh;main;a_[k];b_[k] 5
py;main_[p];call_[p];PyObject_Call;work;inner_[i];deep_[i] 11
py;main_[p];[unknown] 1
sh;std::map<int, std::less<int> >::find(int const&) const 3
END

# callgrind_annotate, also of functions that call themselves on any way.
if command -v callgrind_annotate > /dev/null; then
	{
		cat "$T/sums.folded"
		echo 'sh;f;g;f;g;f 100'
		echo 'f;g;f 50'
		echo 'f 3'
		echo 'g;g;g 4'
		echo 'x;cfn=(1) f;calls=1 2;fn=(9999);"q";+3 1 6'
	} > "$T/loops.folded"
	"$convert" --to=callgrind -o "$T/callgrind.out" "$T/loops.folded"
	annotated() {
		callgrind_annotate --threshold=100 --auto=no "$@" \
		    "$T/callgrind.out" 2> "$T/annotate.err" |
		    sed '1,/file:function/d' |
		    sed -nE 's/^ *([0-9,]+) .* \?\?\?:(.*) \[\?\?\?\]$/\2\t\1/p' |
		    sed 's/,//g' | grep -v '^\[root\]' | LC_ALL=C sort
	}
	gp_sums "$T/loops.folded" > "$T/want"
	sed 's/,//g' "$T/want" | cut -f 1,2 | grep -v '	0$' > "$T/self"
	sed 's/,//g' "$T/want" | cut -f 1,3 > "$T/total"
	is "callgrind_annotate has self of --top" \
	    "$(annotated | diff "$T/self" -)" ""
	is "and totals" \
	    "$(annotated --inclusive=yes | diff "$T/total" -)" ""
	is "and says nothing of malformed lines" "$(cat "$T/annotate.err")" ""
else
	skip "callgrind_annotate reads it" "valgrind is not installed"
fi

# Times put the samples of speedscope in order.
cat > "$T/times.stream" << 'END'
#gp version=1 kind=named start=2026-01-02T03:04:05Z interval=0.5
a-1;late 1
#time at=1.5
a-1;late 2
#time at=0.5
a-1;early 3
b-2;early 4
#time at=1
a-1;late 5
#end lines=5 samples=15
END
is "speedscope's samples are in order of time" "$("$convert" \
    --to=speedscope "$T/times.stream" | sed -n 's/.*"weights"://p')" \
    "[3,4,5,2,1]}]}"
"$convert" --to=folded "$T/times.stream" > "$T/want"
is "and none is lost" "$("$convert" --to=speedscope "$T/times.stream" |
    "$convert" --to=folded | diff "$T/want" -)" ""
cat > "$T/times.script" << 'END'
app 7 12.500000: 1 cycles: 
	1 second (/bin/app)

app 7 11.250000: 1 cycles: 
	2 first (/bin/app)

END
is "as those of perf script" "$("$convert" --to=speedscope "$T/times.script" |
    tr -d '\n' | sed 's/.*"samples":\(.*\),"weights.*/\1/')" "[[0,1],[0,2]]"

# The Firefox Profiler's: all that is in it, put together again.
if command -v python3 > /dev/null; then
	for in in $inputs "$T/hostile.folded" "$T/sums.folded" \
	    "$T/times.stream"; do
		"$convert" --to=folded "$in" 2> /dev/null |
		    LC_ALL=C sort > "$T/want"
		"$convert" --to=firefox -o "$T/firefox.json" "$in" 2> /dev/null
		python3 tests/browser/firefox.py "$T/firefox.json" \
		    2> "$T/err" | LC_ALL=C sort > "$T/got"
		is "${in##*/} is all in firefox's tables" "$(
		    cmp "$T/want" "$T/got" 2>&1; cat "$T/err")" ""
	done
	"$convert" --to=firefox -o "$T/firefox.json" "$T/times.stream"
	is "each thread's samples have their times" "$(python3 \
	    tests/browser/firefox.py --times "$T/firefox.json")" "$(printf \
	    '%s\t%s\t%s\n' 0 a\;late 1 500 a\;early 3 1000 a\;late 5 \
	    1500 a\;late 2 500 b\;early 4)"
	"$convert" --to=firefox -o "$T/firefox.json" "$raw"
	is "a thread is one of its process" "$(python3 -c "
import json
for t in json.load(open('$T/firefox.json'))['threads']:
    print(t['pid'], t['tid'], t['isMainThread'], t['processName'])")" \
	    "4242 4242 True python3 in docker:9f86d081884c
7 8 False sh
7 7 True sh"
	is "a file has its build id" "$(python3 -c "
import json
for l in json.load(open('$T/firefox.json'))['libs']:
    print(l['path'], l['codeId'])" | grep libc)" \
	    "/usr/lib/x86_64-linux-gnu/libc.so.6 9c61d4"
else
	skip "the Firefox Profiler's tables are whole" "no python3"
fi

# Several events, of processes, of containers, of neither; and of none.
cp tests/golden/gp-convert/events.script "$T/events.script"
cat >> "$T/events.script" << 'END'
sh  25/25 [001]   100.000015: cycles:u: 
	            1001 f (/bin/x)

sh  25/25 [001]   100.000015: faults: 
	            1001 f (/bin/x)

my comm  7/7 [001]   100.000016: faults: 

END
cat > "$T/labels.py" << 'END'
def number(v):
    out = b''
    while v > 127:
        out, v = out + bytes([v & 127 | 128]), v >> 7
    return out + bytes([v])
def text(n, s):
    return number(n << 3 | 2) + number(len(s)) + s
def num(n, v):
    return number(n << 3) + number(v)
strings = [b'', b'#allocs', b'count', b'space', b'bytes', b'main', b'comm', b'sh',
           b'container', b'web', b'work']
out = text(1, num(1, 1) + num(2, 2)) + text(1, num(1, 3) + num(2, 4))
label = text(3, num(1, 6) + num(2, 7)), text(3, num(1, 8) + num(2, 9))
for labels, location, values in ((label[0], 1, (1, 100)),
                                 (label[0] + label[1], 2, (2, 200)),
                                 (label[1], 1, (3, 0)), (b'', 2, (0, 400))):
    out += text(2, text(1, number(location)) + text(2, b''.join(
        map(number, values))) + labels)
for i, name in (1, 5), (2, 10):
    out += text(4, num(1, i) + text(4, num(1, i)))
    out += text(5, num(1, i) + num(2, name))
import sys
sys.stdout.buffer.write(out + b''.join(text(6, s) for s in strings))
END
if command -v python3 > /dev/null; then
	python3 "$T/labels.py" > "$T/labels.pb"
fi
"$convert" --to=pprof --event=all -o "$T/events.pb.gz" "$T/events.script"
for in in "$T/events.script" "$T/events.pb.gz" "$T/labels.pb"; do
	[ -e "$in" ] || continue
	"$convert" --event=all --to=folded "$in" > "$T/want" 2> "$T/err"
	ok "${in##*/} has events" test "$(wc -l < "$T/want")" -ge 6
	for to in pprof speedscope; do
		is "all events of ${in##*/} to $to and back" "$("$convert" \
		    --event=all --to=$to "$in" | "$convert" --event=all \
		    --to=folded 2>&1 | diff "$T/want" -)" ""
	done
	for how in --prune-from=. --prune-from=c --root=cycles --root=app \
	    --root=f --ignore=cycles --ignore=. --pid --container; do
		for to in pprof firefox callgrind otlp otlp-json col; do
			status "and to $to with $how" 0 "$convert" \
			    --event=all --to=$to "$how" -o "$T/x" "$in"
		done
		"$convert" --event=all --to=folded "$how" "$in" > "$T/want"
		case $how in --root=[fa]*|--pid|--container) continue ;; esac
		is "pprof has all of $how" "$("$convert" --event=all \
		    --to=pprof "$how" "$in" | "$convert" --event=all \
		    --to=folded | diff "$T/want" -)" ""
	done
done
is "pprof keeps what $how shows of events" "$("$convert" --event=all \
    --to=pprof "$T/events.script" | "$convert" --event=all --to=folded --tid)" \
    "$("$convert" --event=all --to=folded --tid "$T/events.script")"
is "the first event counts if none is asked for" "$("$convert" --to=folded \
    "$T/events.pb.gz")" "$(printf 'app;f 1\nsh;f 1\n')"
is "and any other that is" "$("$convert" --event=sched:sched_stat \
    --to=folded "$T/events.pb.gz")" "app;i 1"
is "col has the event behind the process" "$("$convert" --event=all --to=col \
    "$T/events.script" | sed 1d)" "$(printf '0;;%s 1\n' 'app;cycles:k;g' \
    'app;cycles:u;f' 'sh;cycles:u;f' 'my_comm;faults' 'sh;faults;f' \
    'app;sched:sched_stat;i' 'app;sched:sched_switch;h')"
"$convert" --event=all --to=pprof -o "$T/mixed.pb.gz" "$T/events.script" \
    "$T/sums.folded"
is "what is of no event is a type of its own" "$("$convert" --event=samples \
    --to=folded "$T/mixed.pb.gz")" "$("$convert" --to=folded "$T/sums.folded")"
is "beside the events" "$("$convert" --event=cycles:u --to=folded \
    "$T/mixed.pb.gz")" "$(printf 'app;f 1\nsh;f 1\n')"
if command -v python3 > /dev/null; then
	is "and before all where there is no process" "$("$convert" \
	    --event=all --to=col "$T/labels.pb" | sed 1d)" \
	    "$(printf '%s\n' '0;;sh;_allocs;main 1' '0;web;_allocs;main 3' \
	    '0;web;sh;_allocs;work 2' '0;;sh;space;main 100' \
	    '0;web;sh;space;work 200' '0;;space;work 400')"
	for in in "$T/events.script" "$T/labels.pb" "$T/mixed.pb.gz"; do
		"$convert" --event=all --to=folded "$in" |
		    LC_ALL=C sort > "$T/want"
		"$convert" --event=all --to=firefox -o "$T/firefox.json" "$in"
		python3 tests/browser/firefox.py "$T/firefox.json" \
		    2> "$T/err" | LC_ALL=C sort > "$T/got"
		is "firefox has all events of ${in##*/}" "$(
		    diff "$T/want" "$T/got"; cat "$T/err")" ""
	done
	"$convert" --event=all --to=firefox -o "$T/firefox.json" \
	    "$T/events.script"
	is "each event is a thread, one of them the main one" "$(python3 -c "
import json
for t in json.load(open('$T/firefox.json'))['threads']:
    print(t['name'], t['pid'], t['isMainThread'])" | grep ^sh)" "$(printf '%s\n' \
	    'sh (cycles:u) 25 True' 'sh (faults) 25 False')"
else
	skip "firefox has all events" "no python3"
fi

# Go's pprof.
if ! command -v go > /dev/null || ! go tool pprof -h 2>&1 |
    grep -q sample_index; then
	skip "go tool pprof reads it" "go is not installed"
	done_testing
	exit
fi
HOME=$T PPROF_TMPDIR=$T
export HOME PPROF_TMPDIR

# name TAB flat TAB cum of each function, as pprof and as gp-collapse count it.
pprof_sums() { # file
	go tool pprof -symbolize=none -sample_index=samples -nodecount=1000000 \
	    -nodefraction=0 -edgefraction=0 -top "$1" 2> "$T/pprof.err" |
	    sed '1,/^ *flat  flat%/d' |
	    sed -nE 's/^ *([0-9]+) +[0-9.]+% +[0-9.]+% +([0-9]+) +[0-9.]+% +(.*)$/\3\t\1\t\2/p' |
	    sed 's/ (inline)\t/\t/; s/ (partial-inline)\t/\t/' | LC_ALL=C sort
}
"$convert" --to=pprof "$T/sums.folded" -o "$T/sums.pb.gz"
pprof_sums "$T/sums.pb.gz" > "$T/got"
gp_sums "$T/sums.folded" --annotate=none > "$T/want"
ok "pprof finds functions" test "$(wc -l < "$T/got")" -ge 15
is "pprof has the flat and cum of --top" "$(diff "$T/want" "$T/got")" ""

go tool pprof -symbolize=none -raw "$("$convert" --to=pprof \
    -o "$T/raw.pb.gz" "$raw"; echo "$T/raw.pb.gz")" > "$T/raw" 2>&1
like "the period is there" "$(cat "$T/raw")" '^Period: 10101010$'
like "so is the start" "$(cat "$T/raw")" '^Time: 2026-01-02 03:04:05'
like "the build id" "$(cat "$T/raw")" 'libc.so.6 9c61d4'
like "and labels" "$(cat "$T/raw")" 'comm:\[python3\].*container:'
like "pids" "$(cat "$T/raw")" 'pid:\[7\] tid:\[8\]'
is "a label chooses samples" "$(go tool pprof -symbolize=none -raw \
    -sample_index=samples -tagfocus=pid=7 "$T/raw.pb.gz" 2> /dev/null |
    grep -cE '^ +[45] +[0-9]+: ')" 2

like "each event is a type" "$(go tool pprof -symbolize=none -raw \
    "$T/events.pb.gz" 2> /dev/null | tr '\n' ' ')" \
    'Samples: cycles:u/count\[dflt\] cycles:k/count sched:sched_switch/count'
like "which pprof shows alone" "$(go tool pprof -symbolize=none \
    -sample_index=sched:sched_switch -top "$T/events.pb.gz" 2>&1)" \
    '1 +100% +100% +1 +100% +h$'

# Addresses: pprof names them from the file, by what gp wrote of it.
cat > "$T/addr.c" << 'END'
int __attribute__((noinline)) leaf_of_all(int x) { return x * 3; }
int main(int c, char **v) { (void)v; return leaf_of_all(c) == 7; }
END
if command -v gcc nm readelf > /dev/null &&
    gcc -g -O1 -Wl,--build-id -o "$T/addr" "$T/addr.c"; then
	at=$(nm "$T/addr" | sed -n 's/^0*\([0-9a-f]*\) T leaf_of_all$/\1/p')
	id=$(readelf -n "$T/addr" | sed -n 's/.*Build ID: //p')
	{
		echo "#gp version=1 kind=raw freq=99"
		echo "#module id=1 build_id=$id path=$T/addr"
		echo "addr-7;\$1+$at 9"
		echo "#end lines=1 samples=9"
	} | "$convert" --to=pprof -o "$T/addr.pb.gz"
	like "an address gets its name from the file" "$(go tool pprof \
	    -sample_index=samples -top "$T/addr.pb.gz" 2>&1)" \
	    ' 9 +100% +leaf_of_all'
	like "and its line" "$(go tool pprof -sample_index=samples -lines \
	    -top "$T/addr.pb.gz" 2>&1)" 'leaf_of_all .*addr\.c:1'
else
	skip "an address gets its name from the file" "no compiler"
fi
done_testing
