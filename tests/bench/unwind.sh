#!/bin/sh
# unwind.sh - what a stack costs: in the BPF program, and in everything gp does,
# beside perf.
#
# - Time in the BPF program by depth, from the kernel's own statistics
#   (kernel.bpf_stats_enabled). Samples that are not wanted run it too, for a
#   moment; what they take is measured by a recording of a process that sleeps,
#   and taken off.
# - CPU of recording the machine at 99 Hz for BENCH_SECONDS (10) while each CPU is
#   kept busy by a process with 30 frames, as a share of a busy CPU, starting and
#   stopping not included: nanoseconds that the recorder ran, by the scheduler's
#   count, and that its program ran. perf's sampling interrupts are not in perf's
#   share, gp's are in gp's, as its program's time.
# - Bytes that each of them wrote of the same seconds.
set -u
: "${BUILD:=$PWD/build}"
BIN=$BUILD/bin FIX=$BUILD/tests/fixtures
seconds=${BENCH_SECONDS:-10}
skip() { printf 'skip\t%s\n' "$1"; exit 0; }
[ "$(id -u)" -eq 0 ] || skip "needs root"
T=$(mktemp -d) || exit 1
stats=$(cat /proc/sys/kernel/bpf_stats_enabled) || skip "no bpf_stats"
load='' rec=''
# shellcheck disable=SC2086 # lists of pids
trap 'kill $load $rec 2> /dev/null
	echo "$stats" > /proc/sys/kernel/bpf_stats_enabled; rm -rf "$T"' EXIT
trap 'exit 130' INT TERM
echo 1 > /proc/sys/kernel/bpf_stats_enabled || skip "no bpf_stats"

row() { printf '%s\t%s\t%s\n' "$1" "$2" "$3"; }
calc() { awk "BEGIN { printf \"%$1\", $2 }"; }
samples() { sed -n 's/^#end .*samples=\([0-9]*\).*/\1/p' "$1"; }

# fdinfo PID KEY: the sum of what a process's BPF descriptors say of it.
fdinfo() {
	cat /proc/"$1"/fdinfo/* 2> /dev/null |
	    awk -v key="$2:" '$1 == key { n += $2 } END { printf "%d", n }'
}
# ran PID: ns on a CPU, of all its threads.
ran() { cat /proc/"$1"/task/*/schedstat | awk '{ n += $1 } END { printf "%d", n }'; }
now() { awk '{ printf "%.2f", $1 }' /proc/uptime; }

# bpf_cost PIDS: records them for a while; sets ns and runs of the program, n of
# what it recorded until then.
bpf_cost() {
	"$BIN/gp-record" -q -F 999 -p "$1" -d "$((seconds + 2))s" \
	    -o "$T/raw" & rec=$!
	sleep "$((seconds + 1))"
	ns=$(fdinfo $rec run_time_ns) runs=$(fdinfo $rec run_cnt)
	wait $rec
	rec=''
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
	# shellcheck disable=SC2086 # a list
	bpf_cost "$(echo $load | tr ' ' ,)"
	# shellcheck disable=SC2086 # a list
	kill $load
	cost=$(calc .0f "($ns - ($runs - $n) * $rest) / ($n > 0 ? $n : 1)")
	row "BPF: a sample of $depth frames" "$cost" ns
done

# share NAME COMMAND...: records the busy machine; sets own and bpf, the shares of
# a CPU that the command and its BPF program take.
share() {
	"$@" > /dev/null 2>&1 & rec=$!
	sleep 2
	_own=$(ran $rec) _bpf=$(fdinfo $rec run_time_ns) _at=$(now)
	sleep "$seconds"
	_time="(($(now) - $_at) * 1e7 * $(nproc))"
	own=$(calc .4f "($(ran $rec) - $_own) / $_time")
	bpf=$(calc .4f "($(fdinfo $rec run_time_ns) - $_bpf) / $_time")
	kill -INT $rec
	wait $rec
	rec=''
}

load=
for _ in $(seq "$(nproc)"); do
	"$FIX/deep" 1000 30 > /dev/null & load="$load $!"
done
share "$BIN/gp-record" -q -o "$T/raw"
gp=$(calc .4f "$own + $bpf") raw=$(stat -c %s "$T/raw")
row "99 Hz, 30 frames: gp-record, of a busy CPU" "$own" %
row "99 Hz, 30 frames: its BPF program, of a busy CPU" "$bpf" %
row "99 Hz, 30 frames: all of gp's recording (aim: 0.3)" "$gp" %
row "bytes written by gp-record" "$raw" B
command -v perf > /dev/null || exit 0
for how in fp dwarf; do
	share perf record -q -F 99 -a --call-graph $how -o "$T/$how.data"
	data=$(stat -c %s "$T/$how.data")
	row "99 Hz, 30 frames: perf record $how, of a busy CPU" "$own" %
	row "CPU: gp, BPF included / perf record $how" \
	    "$(calc .3f "$gp / ($own > 0 ? $own : 1)")" ratio
	row "bytes written by perf record $how" "$data" B
	row "bytes: gp / perf record $how" "$(calc .5f "$raw / $data")" ratio
done
