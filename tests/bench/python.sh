#!/bin/sh
# python.sh - what it costs a Python program to be recorded, beside -X perf and
# py-spy, where they are.
#
# - A program that does nothing but call functions, for a fixed amount of work, on
#   its own and under gp-record at 99 Hz in turn, BENCH_PAIRS (12) times. It tells
#   its own CPU time, which other people's load hardly changes. The ratio of the
#   pairs is given with its 95 % interval.
# - What a sample takes in the BPF program, from the kernel's own statistics.
# - Memory of gp-record with a hundred Pythons.
set -u
: "${BUILD:=$PWD/build}"
BIN=$BUILD/bin
pairs=${BENCH_PAIRS:-12}
skip() { printf 'skip\t%s\n' "$1"; exit 0; }
[ "$(id -u)" -eq 0 ] || skip "needs root"
[ -x /usr/bin/time ] || skip "no /usr/bin/time"
py=${BENCH_PYTHON:-$(command -v python3)} || skip "no python3"
T=$(mktemp -d) || exit 1
stats=$(cat /proc/sys/kernel/bpf_stats_enabled) || skip "no bpf_stats"
rec='' load=''
# shellcheck disable=SC2086 # lists of pids
trap 'kill $rec $load 2> /dev/null
	echo "$stats" > /proc/sys/kernel/bpf_stats_enabled; rm -rf "$T"' EXIT
trap 'exit 130' INT TERM

row() { printf '%s\t%s\t%s\n' "$1" "$2" "$3"; }
cat > "$T/calls.py" <<'EOF'
import sys, time
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
begin = time.process_time()
for i in range(int(sys.argv[1])):
    fib(22)
print(time.process_time() - begin)
EOF

# Pairs of numbers on stdin: the mean of the ratios' logarithms, with its interval.
ratio() {
	awk '{ d = log($2 / $1); n++; s += d; q += d * d }
	END { m = s / n; e = 2.2 * sqrt((q / n - m * m) / (n - 1))
	printf "%.2f (%.2f to %.2f)\n", 100 * (exp(m) - 1),
	    100 * (exp(m - e) - 1), 100 * (exp(m + e) - 1) }'
}

# pair NAME COMMAND...: the program alone and under COMMAND in turn.
pair() {
	name=$1
	shift
	: > "$T/pairs"
	for _ in $(seq "$pairs"); do
		alone=$("$py" "$T/calls.py" 60)
		with=$("$@" "$py" "$T/calls.py" 60)
		echo "$alone $with" >> "$T/pairs"
	done
	row "$name" "$(ratio < "$T/pairs")" "% slower"
}

# What recorded the machine while the program ran.
recorded() {
	"$BIN/gp-record" -q -o "$T/raw" & rec=$!
	until [ -s "$T/raw" ]; do sleep .05; done
	"$@"
	kill -INT $rec
	wait $rec
	rec=''
	: > "$T/raw"
}
perf_trampoline() { p=$1; shift; "$p" -X perf "$@"; }

pair "calls: again, alone" env
pair "calls: gp-record at 99 Hz" recorded
if "$py" -X perf -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2> /dev/null; then
	pair "calls: -X perf" perf_trampoline
fi
if command -v py-spy > /dev/null; then
	pair "calls: py-spy record at 99 Hz" py-spy record -q -r 99 \
	    -o "$T/spy" --
fi

echo 1 > /proc/sys/kernel/bpf_stats_enabled || skip "no bpf_stats"
fdinfo() {
	cat /proc/"$1"/fdinfo/* 2> /dev/null |
	    awk -v key="$2:" '$1 == key { n += $2 } END { printf "%d", n }'
}
for _ in $(seq "$(($(nproc) * 2))"); do
	"$py" "$T/calls.py" 1000000 > /dev/null & load="$load $!"
done
# shellcheck disable=SC2086 # a list
"$BIN/gp-record" -q -F 999 -p "$(echo $load | tr ' ' ,)" -d 6s -o "$T/raw" & rec=$!
sleep 5
row "calls: a sample in the BPF program" "$(awk -v ns="$(fdinfo $rec run_time_ns)" \
    -v n="$(fdinfo $rec run_cnt)" 'BEGIN { printf "%.0f", ns / (n ? n : 1) }')" ns
wait $rec
# shellcheck disable=SC2086 # a list
kill $load
rec='' load=''

for _ in $(seq 100); do
	"$py" -c 'import json, time
while True:
    json.dumps(list(range(3000))); time.sleep(.05)' & load="$load $!"
done
/usr/bin/time -f %M -o "$T/peak" "$BIN/gp-record" -q -d 10s -o "$T/raw"
row "peak memory of gp-record, 100 Pythons" \
    "$(awk '{ printf "%.1f", $1 / 1024 }' "$T/peak")" MiB
