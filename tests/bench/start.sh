#!/bin/sh
# start.sh - what a recording costs before it has recorded anything.
#
# - CPU until the program is attached, which is when the header is written; the
#   best of five.
# - CPU of the first seconds, while each CPU is busy with programs that have large
#   tables of rows, with an empty cache of rows on disk and with a full one.
. tests/bench.sh
lowest() { sort -n | head -n 1; }
mkfifo "$T/out"

# ms of CPU until the header comes out of it.
start() {
	GP_CACHE_DIR=$T/cache "$BIN/gp-record" -q "$@" -o "$T/out" & rec=$!
	{
		read -r _
		awk '{ printf "%.1f\n", $1 / 1e6 }' /proc/$rec/schedstat
		kill -INT $rec
		cat > /dev/null
	} < "$T/out"
	wait $rec
	rec=''
}
five() { for _ in 1 2 3 4 5; do start "$@"; done | lowest; }

row "CPU before the first sample (aim: 50)" "$(five)" ms
row "the same, bounded loops for old kernels" "$(five --engine=bpf-bounded)" ms
row "the same, without BPF" "$(five --engine=perf)" ms

for prog in "perl -e '1 while 1'" "python3 -c 'while True: sorted(range(999))'" \
    "gdb -q -nx -batch -ex 'python while True: pass'"; do
	command -v "${prog%% *}" > /dev/null || continue
	sh -c "exec $prog" > /dev/null 2>&1 & load="$load $!"
done
first() {
	GP_CACHE_DIR=$1 "$FIX/spent" "$T/spent" "$BIN/gp-record" -q -F 499 \
	    -d 3s -o "$T/raw"
	awk '{ printf "%.1f\n", $1 * 1000 }' "$T/spent"
}
sleep 1
cold=$(for _ in 1 2 3; do rm -rf "$T/cache"; first "$T/cache"; done | lowest)
warm=$(for _ in 1 2 3; do first "$T/cache"; done | lowest)
row "CPU of 3 s from the start, no rows cached" "$cold" ms
row "CPU of 3 s from the start, rows cached" "$warm" ms
row "warm / cold" "$(awk "BEGIN { printf \"%.2f\", $warm / $cold }")" ratio
