#!/bin/sh
# unwind.sh - what a stack costs: in the BPF program, in everything gp does, in
# memory, beside perf.
#
# - Time in the BPF program by depth, from the kernel's own statistics
#   (kernel.bpf_stats_enabled). Samples that are not wanted run it too, for a
#   moment; what they take is measured by a recording of a process that sleeps,
#   and taken off.
# - CPU of recording one busy process with 30 frames at 99 Hz, BENCH_SECONDS (10),
#   as a share of a CPU, without what starting costs: that is measured by a
#   recording of 1 s, and shown by itself. perf's does not contain its sampling
#   interrupts, gp's has them as the BPF program's time.
# - Memory of gp-record, and of the maps in the kernel.
set -u
: "${BUILD:=$PWD/build}"
BIN=$BUILD/bin FIX=$BUILD/tests/fixtures
seconds=${BENCH_SECONDS:-10}
skip() { printf 'skip\t%s\n' "$1"; exit 0; }
[ "$(id -u)" -eq 0 ] || skip "needs root"
[ -x /usr/bin/time ] || skip "no /usr/bin/time"
T=$(mktemp -d) || exit 1
stats=$(cat /proc/sys/kernel/bpf_stats_enabled) || skip "no bpf_stats"
load=
trap 'kill $load 2> /dev/null
	echo "$stats" > /proc/sys/kernel/bpf_stats_enabled; rm -rf "$T"' EXIT
trap 'exit 130' INT TERM
echo 1 > /proc/sys/kernel/bpf_stats_enabled || skip "no bpf_stats"

row() { printf '%s\t%s\t%s\n' "$1" "$2" "$3"; }
calc() { awk "BEGIN { printf \"%$1\", $2 }"; }
# run NAME COMMAND...: user and system seconds and peak KiB go to $T/NAME.
run() { _n=$1; shift; /usr/bin/time -f '%U %S %M' -o "$T/$_n" "$@" 2> /dev/null; }
cpu() { awk '{ print $1 + $2 }' "$T/$1"; }
samples() { sed -n 's/^#end .*samples=\([0-9]*\).*/\1/p' "$1"; }

# fdinfo PID KEY: the sum of what a process's BPF descriptors say of it.
fdinfo() {
	cat /proc/"$1"/fdinfo/* 2> /dev/null |
	    awk -v key="$2:" '$1 == key { n += $2 } END { printf "%d", n }'
}

# bpf_cost PIDS: records them for a while; sets ns and runs of the program, n of
# what it recorded until then.
bpf_cost() {
	"$BIN/gp-record" -q -F 999 -p "$1" -d "$((seconds + 2))s" \
	    -o "$T/raw" & _rec=$!
	sleep "$((seconds + 1))"
	ns=$(fdinfo $_rec run_time_ns) runs=$(fdinfo $_rec run_cnt)
	wait $_rec
	n=$(calc .0f "$(samples "$T/raw") * ($seconds + 1) / ($seconds + 2)")
}

sleep 1000 & load=$!
bpf_cost $load
kill $load
rest=$(calc .1f "$ns / ($runs ? $runs : 1)")
row "BPF: a sample that nobody wants" "$rest" ns
for depth in 10 30 70 200; do
	load=
	# Two for each CPU: most of what runs is what is measured.
	for _ in $(seq "$(($(nproc) * 2))"); do
		"$FIX/deep" 1000 "$depth" > /dev/null & load="$load $!"
	done
	bpf_cost "$(echo $load | tr ' ' ,)"
	kill $load
	cost=$(calc .0f "($ns - ($runs - $n) * $rest) / ($n > 0 ? $n : 1)")
	row "BPF: a sample of $depth frames" "$cost" ns
	[ "$depth" -eq 30 ] && cost30=$cost
done
load=

"$FIX/deep" 1000 30 > /dev/null & load=$!
run gp1 "$BIN/gp-record" -q -p $load -d 1s -o "$T/raw1"
run gp "$BIN/gp-record" -q -p $load -d "$((seconds + 1))s" -o "$T/raw"
run sym "$BIN/gp-symbolize" -q < "$T/raw" > "$T/named"
run col "$BIN/gp-collapse" < "$T/named" > "$T/folded"
if command -v perf > /dev/null; then
	for how in fp dwarf; do
		run "${how}1" perf record -q -F 99 --call-graph $how -p $load \
		    -o "$T/$how.data" -- sleep 1
		run $how perf record -q -F 99 --call-graph $how -p $load \
		    -o "$T/$how.data" -- sleep "$((seconds + 1))"
	done
fi
kill $load
row "start and stop of gp-record: CPU" "$(cpu gp1)" s
row "99 Hz, 30 frames: gp-record, of a CPU" \
    "$(calc .3f "100 * ($(cpu gp) - $(cpu gp1)) / $seconds")" %
row "99 Hz, 30 frames: BPF program, of a CPU" \
    "$(calc .4f "100 * $cost30 * 99e-9")" %
row "naming and folding it: CPU" "$(calc .2f "$(cpu sym) + $(cpu col)")" s
row "bytes of stream" "$(stat -c %s "$T/raw")" B
for how in fp dwarf; do
	[ -s "$T/$how" ] || continue
	row "99 Hz, 30 frames: perf record $how, of a CPU" \
	    "$(calc .3f "100 * ($(cpu $how) - $(cpu ${how}1)) / $seconds")" %
	row "bytes of perf.data, $how" "$(stat -c %s "$T/$how.data")" B
done
[ -s "$T/dwarf.data" ] && row "bytes: gp / perf dwarf" "$(calc .5f \
    "$(stat -c %s "$T/raw") / $(stat -c %s "$T/dwarf.data")")" ratio
row "peak memory of gp-record, a few files" \
    "$(awk '{ printf "%.1f", $3 / 1024 }' "$T/gp")" MiB

# The maps are as large whatever is in them, but for the trie of mappings.
"$BIN/gp-record" -q -d 3s -o "$T/raw" & rec=$!
sleep 2
row "kernel memory of program and maps" \
    "$(calc .1f "$(fdinfo $rec memlock) / 1048576")" MiB
wait $rec
