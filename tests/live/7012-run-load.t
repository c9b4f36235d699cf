#!/bin/sh
# Cycles on a busy machine: 500 processes more, a storm of short ones, two that
# compute. No error, each reason said once in a cycle, memory within its bound.
. tests/tap.sh
. tests/live/profile.sh
need_sampling
mkdir "$T/tmp"
on_exit='kill $load 2> "$T/null"; wait'
load=''
"$FIX/crowd" 500 0.001 > "$T/crowd" & load=$!
"$FIX/storm" 600 > "$T/storm" & load="$load $!"
for _ in 1 2; do "$FIX/shares" 600 & load="$load $!"; done
_i=0
until grep -q ready "$T/crowd"; do
	_i=$((_i + 1)); [ $_i -lt 1200 ] || break; sleep 0.1
done
ok "500 processes are there" grep -q ready "$T/crowd"

n=0 odd='' twice='' left='' memory=0
while [ $n -lt 20 ]; do
	s=0
	"$BIN/gp-run" --lock "$T/lock" --tmpdir "$T/tmp" --state "$T/state" \
	    --dir "$T/store" -d 200ms > "$T/out" 2> "$T/err" || s=$?
	n=$((n + 1))
	[ $s -le 1 ] || odd="$odd cycle $n: status $s: $(cat "$T/err")"
	# Lines end in the reason's code.
	twice="$twice$(sed -n 's/.*\[\([A-Z_]*\)\]$/\1/p' "$T/err" | sort | uniq -d)"
	grep -v '\[[A-Z_]*\]$' "$T/err" >> "$T/plain"
	left="$left$(pgrep -P $$ -f 'gp-(record|symbolize|collapse|upload)')$(ls "$T/tmp")"
	sed 's/^/# /' "$T/err"
	m=$(sed -n 's/^gp_cycle_peak_memory_bytes //p' "$T/state/metrics.prom")
	memory=$(echo "$m $memory" | awk '{ printf "%d", ($1 > $2 ? $1 : $2) }')
done
metric() { sed -n "s/^$1 //p" "$T/state/metrics.prom"; }
is "every cycle delivers" "$odd" ""
is "each reason is said once in a cycle" "$twice" ""
is "nothing is said that has no code" "$(cat "$T/plain")" ""
is "no error line" "$(metric gp_log_errors_total)" 0
is "no error about processes" "$(metric gp_pid_errors_total)" 0
is "no stage had to be replaced" "$(grep '^gp_stage_ends_total' "$T/state/metrics.prom" |
    grep -vE '"(ok|lossy)"' | grep -v ' 0$')" ""
is "20 profiles are stored" "$(find "$T/store" -name '*.gz' | wc -l)" 20
is "nothing is left" "$left" ""
ok "the stages had $((memory / 1000000)) MB at most, 100 MB being the bound" \
    test "$memory" -lt 100000000
ok "the storm went on" kill -0 "$(echo "$load" | cut -d' ' -f2)"
done_testing
