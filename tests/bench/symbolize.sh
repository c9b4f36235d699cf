#!/bin/sh
# symbolize.sh - the same samples named by perf script and by gp-symbolize.
#
# perf records a load for 10 s (BENCH_SECONDS) at 1999 Hz; perf2raw.py makes a raw
# stream of it, with equal stacks counted, as gp-record writes it. Cold: nothing is
# in gp's cache. perf keeps none of symbols, so for it there is one row.
set -u
: "${BUILD:=$PWD/build}"
BIN=$BUILD/bin FIX=$BUILD/tests/fixtures
seconds=${BENCH_SECONDS:-10}
skip() { printf 'skip\t%s\n' "$1"; exit 0; }
[ "$(id -u)" -eq 0 ] || skip "needs root"
command -v perf > /dev/null || skip "no perf"
command -v python3 > /dev/null || skip "no python3"
[ -x /usr/bin/time ] || skip "no /usr/bin/time"
T=$(mktemp -d) || exit 1
load=
trap 'kill $load 2> /dev/null; rm -rf "$T"' EXIT
trap 'exit 130' INT TERM
export GP_CACHE_DIR="$T/cache"

row() { printf '%s\t%s\t%s\n' "$1" "$2" "$3"; }
run() { _n=$1; shift; /usr/bin/time -f '%U %S %M' -o "$T/$_n" "$@"; }
cpu() { awk 'END { print $1 + $2 }' "$T/$1"; }
peak() { awk 'END { printf "%.1f", $3 / 1024 }' "$T/$1"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", a / (b ? b : 0.01) }'; }

"$FIX/sort" 1000 > /dev/null & load=$!
"$FIX/calls" 1000 > /dev/null & load="$load $!"
python3 -c '
import json
d = {str(i): list(range(20)) for i in range(50)}
while True: json.loads(json.dumps(d, indent=1))' & load="$load $!"
perl -e 'while (1) { my %h; $h{$_ % 97} .= sqrt $_ for 1 .. 5000;
    my @s = sort { $h{$a} cmp $h{$b} } keys %h }' & load="$load $!"
# Build ids in the records: without, perf misreads its own file where another
# recorder asks the kernel for them at the same time.
perf record -q --buildid-mmap -F 1999 -a -g -o "$T/data" -- sleep "$seconds" \
    > /dev/null 2>&1 || skip "perf cannot record"
kill $load
wait
load=

perf script --no-inline -i "$T/data" -F comm,pid,ip,dso --show-mmap-events \
    2> /dev/null | python3 tests/bench/perf2raw.py > "$T/raw" ||
    skip "perf's file cannot be read"
run perf perf script --no-inline -i "$T/data" > "$T/text" 2> /dev/null ||
    skip "perf script fails"
run cold "$BIN/gp-symbolize" -q "$T/raw" > "$T/named"
run warm "$BIN/gp-symbolize" -q "$T/raw" > "$T/named2"
cmp -s "$T/named" "$T/named2" || echo "symbolize: cold and warm differ" >&2

frames=$(grep -cE '^[[:space:]]+[0-9a-f]+ ' "$T/text")
row "samples" "$(sed -n 's/^#end .*samples=\([0-9]*\).*/\1/p' "$T/raw")" ""
row "frames of all samples" "$frames" ""
for who in perf cold warm; do
	row "naming: CPU: $who" "$(cpu $who)" s
	row "naming: frames a CPU second: $who" \
	    "$(awk -v f="$frames" -v c="$(cpu $who)" \
	    'BEGIN { printf "%d", f / (c ? c : 0.01) }')" 1/s
	row "naming: peak memory: $who" "$(peak $who)" MiB
done
row "naming: CPU: perf script / gp-symbolize, cold" \
    "$(ratio "$(cpu perf)" "$(cpu cold)")" ratio
row "naming: CPU: perf script / gp-symbolize, warm" \
    "$(ratio "$(cpu perf)" "$(cpu warm)")" ratio
