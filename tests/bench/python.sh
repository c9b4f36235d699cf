#!/bin/sh
# python.sh - what it costs a Python program to be recorded, beside -X perf and
# py-spy, where they are.
#
# - A program that does nothing but call functions, all the time, while gp-record
#   comes and goes, BENCH_ROUNDS (60) times for BENCH_PHASE (1) seconds. It tells the
#   time, its own and the clock's, of each fiftieth of a second's work: a phase is as
#   fast as its fastest tenth, which whoever else is busy did not slow down and which
#   has its share of samples all the same. Each phase with gp-record is compared with
#   what the phases before and after would be in its place, so that a machine that
#   slowly changes does not matter; the median of these is given with its 95 %
#   interval, by ranks.
#   What 99 samples a second cost is less than what machines vary by from one second
#   to the next. So there are BENCH_TIMES (20) times as many, each of which takes what
#   it takes, and a twentieth of that is what 99 cost. The same of phases without says
#   what the figures are worth.
# - What gp-record itself takes of a CPU meanwhile.
# - -X perf and py-spy, by whole runs in pairs, BENCH_PAIRS (6) of them.
# - What a sample takes in the BPF program, from the kernel's own statistics.
# - Memory of gp-record with a hundred Pythons.
set -u
: "${BUILD:=$PWD/build}"
BIN=$BUILD/bin
pairs=${BENCH_PAIRS:-6} rounds=${BENCH_ROUNDS:-60} phase=${BENCH_PHASE:-1}
times=${BENCH_TIMES:-20}
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

# For as long as it is let: when a piece of work began, its time, and its own time.
cat > "$T/pieces.py" <<'EOF'
import sys, time
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
depth = 10
while True:
    begin = time.process_time()
    fib(depth)
    if time.process_time() - begin > .012:
        break
    depth += 1
with open(sys.argv[1], 'w', 1) as out:
    while True:
        wall, own = time.time(), time.process_time()
        fib(depth)
        print('%.6f %.6f %.6f' % (wall, time.time() - wall,
              time.process_time() - own), file=out)
EOF

# The phases on $T/phases, "begin end with?", in turn without and with, and the
# pieces: percent by which the ones with are slower than their neighbours, as far as 99
# samples a second make it.
compare() { # of the pieces, column; with
	awk -v column="$1" -v with="$2" -v times="$times" '
	function sort(x, n,   i, j, v) {
		for (i = 2; i <= n; i++) {
			v = x[i]
			for (j = i - 1; j > 0 && x[j] > v; j--)
				x[j + 1] = x[j]
			x[j + 1] = v
		}
	}
	FILENAME ~ /phases$/ { k++; begin[k] = $1; end[k] = $2; on[k] = $3; next }
	{
		while (p < k && $1 > end[p + 1])
			p++
		if (p < k && $1 >= begin[p + 1] && $1 + $2 <= end[p + 1])
			piece[p + 1, ++n[p + 1]] = $column
	}
	END {
		for (p = 1; p <= k; p++) {
			delete x
			for (i = 1; i <= n[p]; i++)
				x[i] = piece[p, i]
			# Others had the machine.
			if (n[p] < 10)
				continue
			sort(x, n[p])
			m[p] = log(x[1 + int(n[p] / 10)])
		}
		# Without: those two further on, with one of the kind between.
		step = with ? 1 : 2
		for (p = 1 + step; p + step <= k; p++)
			if (on[p] == with && p in m && p - step in m &&
			    p + step in m)
				d[++r] = m[p] - (m[p - step] + m[p + step]) / 2
		if (r < 6)
			exit 1
		sort(d, r)
		mid = (d[int((r + 1) / 2)] + d[int(r / 2) + 1]) / 2
		# Ranks between which the median lies in 95 % of all cases.
		lo = int((r - 1.96 * sqrt(r)) / 2)
		lo = lo < 1 ? 1 : lo
		printf "%.2f (%.2f to %.2f)", 100 * (exp(mid) - 1) / times,
		    100 * (exp(d[lo]) - 1) / times,
		    100 * (exp(d[r + 1 - lo]) - 1) / times
	}' "$T/phases" "$T/pieces" || echo "too few rounds"
}

now() { date +%s.%N; }
do_phase() { # with
	_begin=$(now)
	sleep "$phase"
	echo "$_begin $(now) $1" >> "$T/phases"
}

"$py" "$T/pieces.py" "$T/pieces" & load=$!
until [ -s "$T/pieces" ]; do sleep .05; done
: > "$T/phases"
do_phase 0
for _ in $(seq "$rounds"); do
	rm -f "$T/raw"
	"$BIN/gp-record" -q -F $((99 * times)) -o "$T/raw" & rec=$!
	until [ -s "$T/raw" ]; do sleep .05; done
	do_phase 1
	kill -INT $rec
	wait $rec
	rec=''
	do_phase 0
done
kill $load
wait $load 2> /dev/null
load=''
row "calls: its own time under gp-record at 99 Hz" "$(compare 3 1)" "% slower"
row "calls: its own time without, against itself" "$(compare 3 0)" "% slower"
row "calls: time under gp-record at 99 Hz" "$(compare 2 1)" "% slower"
row "calls: time without, against itself" "$(compare 2 0)" "% slower"

# What it takes itself at 99 Hz, its start, its end and its files included.
"$py" "$T/pieces.py" "$T/pieces" & load=$!
/usr/bin/time -o "$T/cpu" -f '%U %S %e' "$BIN/gp-record" -q -d 20s -o "$T/raw"
kill $load
wait $load 2> /dev/null
load=''
row "calls: gp-record itself, 20 s" "$(awk '{ printf "%.2f", 100 * ($1 + $2) / $3
    }' "$T/cpu")" "% of a CPU"

# pair NAME COMMAND...: the program alone and under COMMAND in turn; the mean of the
# ratios' logarithms, with its interval.
pair() {
	name=$1
	shift
	: > "$T/pairs"
	for _ in $(seq "$pairs"); do
		alone=$("$py" "$T/calls.py" 60)
		with=$("$@" "$py" "$T/calls.py" 60)
		echo "$alone $with" >> "$T/pairs"
	done
	row "$name" "$(awk '{ d = log($2 / $1); n++; s += d; q += d * d }
	END { m = s / n; e = 2.6 * sqrt((q / n - m * m) / (n - 1))
	printf "%.0f (%.0f to %.0f)\n", 100 * (exp(m) - 1),
	    100 * (exp(m - e) - 1), 100 * (exp(m + e) - 1) }' "$T/pairs")" \
	    "% slower"
}
perf_trampoline() { p=$1; shift; "$p" -X perf "$@"; }
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
