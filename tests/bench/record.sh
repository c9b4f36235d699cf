#!/bin/sh
# record.sh - gp's pipeline against perf's, on the same busy machine.
#
# Both record the same load, 20 s each (BENCH_SECONDS), at 99 Hz on all CPUs, one
# after the other, and then make text of the stacks. For perf that is `perf script`
# alone: FlameGraph's two Perl scripts, which perf's users need on top of it, are
# in no package, so their rows are left out and perf looks better than it is.
# `perf record -g` follows frame pointers; --call-graph dwarf finds what gp
# finds, so both are measured.
set -u
: "${BUILD:=$PWD/build}"
BIN=$BUILD/bin FIX=$BUILD/tests/fixtures
seconds=${BENCH_SECONDS:-20}
skip() { printf 'skip\t%s\n' "$1"; exit 0; }
[ "$(id -u)" -eq 0 ] || skip "needs root"
command -v perf > /dev/null || skip "no perf"
[ -x /usr/bin/time ] || skip "no /usr/bin/time"
T=$(mktemp -d) || exit 1
load=
trap 'kill $load 2> /dev/null; rm -rf "$T"' EXIT
trap 'exit 130' INT TERM

row() { printf '%s\t%s\t%s\n' "$1" "$2" "$3"; }
# run NAME COMMAND...: user and system seconds and peak KiB go to $T/NAME.
run() { _n=$1; shift; /usr/bin/time -f '%U %S %M' -o "$T/$_n" "$@"; }
cpu() { awk '{ print $1 + $2 }' "$T/$1"; }
peak() { awk '{ printf "%.1f", $3 / 1024 }' "$T/$1"; }
add() { echo "$@" | awk '{ for (i = 1; i <= NF; i++) n += $i; print n }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / (b ? b : 1) }'; }
bytes() { stat -c %s "$1"; }
kib() { awk -v n="$(bytes "$1")" 'BEGIN { printf "%.1f", n / 1024 }'; }

"$FIX/sort" 1000 > /dev/null & load=$!
"$FIX/calls_nofp" 1000 > /dev/null & load="$load $!"
python3 -c '
import json
d = {str(i): list(range(20)) for i in range(50)}
while True: json.loads(json.dumps(d, indent=1))' & load="$load $!"
perl -e 'while (1) { my %h; $h{$_ % 97} .= sqrt $_ for 1 .. 5000;
    my @s = sort { $h{$a} cmp $h{$b} } keys %h }' & load="$load $!"

# perf first, so that gp finds no warmer caches than it leaves.
run perf_fp perf record -q -F 99 -a -g -o "$T/fp.data" -- sleep "$seconds" \
    > /dev/null 2>&1
run perf_dw perf record -q -F 99 -a --call-graph dwarf -o "$T/dw.data" \
    -- sleep "$seconds" > /dev/null 2>&1
run gp_record "$BIN/gp-record" -q -d "${seconds}s" -o "$T/raw"
kill $load
wait
load=

run perf_fp_script perf script -i "$T/fp.data" > "$T/fp.txt" 2> /dev/null
run perf_dw_script perf script --no-inline -i "$T/dw.data" > "$T/dw.txt" \
    2> /dev/null
run gp_symbolize "$BIN/gp-symbolize" -q < "$T/raw" > "$T/named"
run gp_collapse "$BIN/gp-collapse" < "$T/named" > "$T/folded"
run gp_flame "$BIN/gp-flame" -q < "$T/folded" > "$T/flame.html"

after=$(add "$(cpu gp_symbolize)" "$(cpu gp_collapse)" "$(cpu gp_flame)")
row "samples: gp" "$(sed -n 's/^#end .*samples=\([0-9]*\).*/\1/p' "$T/raw")" ""
row "samples: perf -g" "$(grep -c 'cpu-clock\|cycles' "$T/fp.txt")" ""
row "stacks with main or a start function: gp" "$(awk '
	/^(sort|calls_nofp|python3|perl)[;-]/ { n += $NF
	if (/;(main|_start|clone3?|start_thread|__libc_start[a-z_]*|\[libc)/) k += $NF }
	END { printf "%.1f", 100 * k / (n ? n : 1) }' "$T/folded")" "%"
row "record CPU: gp-record" "$(cpu gp_record)" s
row "record CPU: perf record -g" "$(cpu perf_fp)" s
row "record CPU: gp / perf -g" \
    "$(ratio "$(cpu gp_record)" "$(cpu perf_fp)")" ratio
row "record CPU: gp / perf dwarf" \
    "$(ratio "$(cpu gp_record)" "$(cpu perf_dw)")" ratio
row "after CPU: gp-symbolize + collapse + flame" "$after" s
row "after CPU: perf script (-g)" "$(cpu perf_fp_script)" s
row "after CPU: gp to HTML / perf -g to text" \
    "$(ratio "$after" "$(cpu perf_fp_script)")" ratio
row "after CPU: gp to HTML / perf dwarf to text" \
    "$(ratio "$after" "$(cpu perf_dw_script)")" ratio
for stage in gp_record gp_symbolize gp_collapse gp_flame perf_fp perf_dw \
    perf_fp_script perf_dw_script; do
	row "peak memory: $stage" "$(peak $stage)" MiB
done
row "bytes: raw stream" "$(kib "$T/raw")" KiB
row "bytes: perf.data -g" "$(kib "$T/fp.data")" KiB
row "bytes: perf.data dwarf" "$(kib "$T/dw.data")" KiB
row "bytes: gp / perf dwarf" "$(ratio "$(bytes "$T/raw")" \
    "$(bytes "$T/dw.data")")" ratio
row "bytes: flame.html" "$(kib "$T/flame.html")" KiB
