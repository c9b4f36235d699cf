#!/bin/sh
#
# day.sh - as many cycles as a day has minutes, on a busy machine: what is said?
#
#	tests/longrun/day.sh [CYCLES]
#
# The real commands, beside 500 processes, a storm of short ones, and two that
# compute. A cycle records 150 ms, and the next one follows at once. Prints what was
# said, by its code; exit status 1 if any of it was an error, if a cycle failed, or if
# a reason was said twice in one.
set -u
cd "$(dirname "$0")/../.." || exit 1
: "${BUILD:=$PWD/build}"
BIN=$BUILD/bin FIX=$BUILD/tests/fixtures
cycles=${1:-1440}
T=$(mktemp -d) || exit 1
load=''
# shellcheck disable=SC2086 # a list of pids
trap 'kill $load 2> /dev/null; wait 2> /dev/null; rm -rf "$T"' EXIT
trap 'exit 130' INT TERM
export GP_CONFIG='' GP_CACHE_DIR="$T/cache" LC_ALL=C

"$FIX/crowd" 500 0.001 > "$T/crowd" & load=$!
"$FIX/storm" 86400 > /dev/null & load="$load $!"
for _ in 1 2; do "$FIX/shares" 86400 & load="$load $!"; done
until grep -q ready "$T/crowd"; do sleep 0.1; done

n=0 failed=0 twice=0
mkdir "$T/tmp"
: > "$T/said"
while [ "$n" -lt "$cycles" ]; do
	s=0
	"$BIN/gp-run" --lock "$T/lock" --state "$T/state" --dir "$T/store" \
	    --tmpdir "$T/tmp" -d 150ms 2> "$T/err" || s=$?
	n=$((n + 1))
	[ $s -le 1 ] || failed=$((failed + 1))
	[ -z "$(sed -n 's/.*\[\([A-Z_]*\)\]$/\1/p' "$T/err" | sort | uniq -d)" ] ||
	    twice=$((twice + 1))
	cat "$T/err" >> "$T/said"
	[ $((n % 100)) -ne 0 ] || echo "# $n cycles"
done

metric() { sed -n "s/^$1 //p" "$T/state/metrics.prom"; }
sum() { awk -v name="$1" 'index($0, name) == 1 { n += $NF } END { print n + 0 }' "$T/state/metrics.prom"; }
errors=$(metric gp_log_errors_total)
row() { printf '%s\t%s\n' "$1" "$2"; }
row 'cycles' "$n"
row 'failed' "$failed"
row 'samples' "$(metric gp_samples_total)"
row 'lost, and named' "$(sum gp_samples_lost_total)"
row 'error lines' "$errors"
row 'errors about processes' "$(metric gp_pid_errors_total)"
row 'cycles that said a reason twice' "$twice"
row 'lines in all' "$(wc -l < "$T/said")"
row 'left in the temporary folder' "$(find "$T/tmp" -mindepth 1 | wc -l)"
sed -n 's/.*\[\([A-Z_]*\)\]$/\1/p' "$T/said" | sort | uniq -c |
    awk '{ printf "  %s\t%d\n", $2, $1 }'
grep -v '\[[A-Z_]*\]$' "$T/said" | sort | uniq -c | head -5
[ "$errors$failed$twice" = 000 ]
