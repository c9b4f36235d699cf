#!/bin/sh
# The metrics, and all that is made of them: rules, dashboard, runbooks, manual.
. tests/tap.sh
. tests/run-fakes.sh
m=scripts/monitoring

# Every name that stands in a text.
names() { grep -ohE '\bgp_[a-z0-9_]+\b' "$@" | sort -u; }
sed -nE 's/^METRIC\([A-Z0-9_]+, "(gp_[a-z0-9_]+)".*/\1/p' libcommon/ship/metrics.def |
    sort > "$T/metrics"
ok "there are metrics" test "$(wc -l < "$T/metrics")" -gt 40
for f in $m/gp-alerts.yml $m/gp-alerts-test.yml $m/gp-dashboard.json docs/monitoring.md; do
	is "$f: only metrics that exist" "$(names "$f" | comm -23 - "$T/metrics")" ""
done
names docs/runbooks/*.md > "$T/names"
is "runbooks: only metrics that exist" "$(comm -23 "$T/names" "$T/metrics")" ""
is "docs/monitoring.md explains every metric" \
    "$(names docs/monitoring.md | comm -13 - "$T/metrics")" ""
is "the dashboard shows every metric" "$(names $m/gp-dashboard.json |
    comm -13 - "$T/metrics" | grep -vxE 'gp_created_timestamp_seconds|gp_cycle_exit_status|gp_(oom|stage)_last_.*|gp_target_last_.*')" ""

# Alerts, runbooks, and the limits of gp-status.
sed -n 's/^ *- alert: //p' $m/gp-alerts.yml | sort -u > "$T/alerts"
for a in $(cat "$T/alerts"); do
	ok "$a has a runbook" test -s "docs/runbooks/$a.md"
	ok "$a: its test" grep -q "^- name: \"$a: " $m/gp-alerts-test.yml
	for s in '# '"$a" '## Look' '## Do'; do
		ok "$a: the runbook has '$s'" grep -qx "$s" "docs/runbooks/$a.md"
	done
done
is "every runbook of an alert has one" "$(ls docs/runbooks/Gp*.md |
    sed 's|.*/||; s/\.md$//' | comm -13 "$T/alerts" -)" ""
is "every rule names its own runbook" "$(awk '/- alert:/ { a = $3 }
    /runbook:/ && $2 != "docs/runbooks/" a ".md" { print a }' $m/gp-alerts.yml)" ""
for f in $(grep -ohE '\]\([A-Za-z./-]+\.md\)' docs/runbooks/*.md docs/monitoring.md |
    sed 's/](//; s/)//' | sort -u); do
	ok "a page that another refers to: $f" sh -c \
	    'test -e "docs/runbooks/$1" || test -e "docs/$1"' sh "$f"
done

# LIMIT(alert, value, warn, crit, unit, text) against the rules: the numbers are
# the same, and those of RECENT are events, which have no number.
sed -nE 's/^LIMIT\((Gp[A-Za-z]+), [a-z_]+, ([0-9.e]+), ([0-9.e]+), ([A-Z_]+),.*/\1 \2 \3 \4/p' \
    cmd/gp-status/limits.def > "$T/limits"
ok "there are limits" test "$(wc -l < "$T/limits")" -gt 15
while read -r alert warn crit unit; do
	awk -v a="$alert" '$2 == "alert:" { on = $3 == a } on && /expr:|^ +(\/|or|sum|increase|\+)/ { e = e " " $0 }
	    on && /severity:/ { match(e, /[<>] [0-9.e]+ *$/); n = substr(e, RSTART + 2)
		sub(/.*severity: */, ""); sub(/ *}.*/, ""); print $0, n + 0; e = "" }' \
	    $m/gp-alerts.yml > "$T/rule"
	case $unit in
	RECENT) want='critical 0' ;;
	*) want=$(awk -v w="$warn" -v c="$crit" 'BEGIN { print "warning", w + 0; print "critical", c + 0 }') ;;
	esac
	is "$alert: gp-status has the limits of the rule" "$(cat "$T/rule")" "$want"
done < "$T/limits"

if command -v jq > "$T/null"; then
	status "the dashboard is JSON" 0 jq -e '.panels | length > 30' $m/gp-dashboard.json
	is "no panel lies on another" "$(jq -r '[.panels[].gridPos] | .[] as $a | .[] as $b |
	    select($a != $b and $a.x < $b.x + $b.w and $b.x < $a.x + $a.w and
	    $a.y < $b.y + $b.h and $b.y < $a.y + $a.h) | $a.y' $m/gp-dashboard.json)" ""
	jq -r '.panels[].targets[]?.expr' $m/gp-dashboard.json |
	    sed 's/\$instance/.*/g' > "$T/exprs"
fi

# A cycle's metrics.
gp_run --discover --metrics "$T/gp.prom" 2> "$T/null"
is "--metrics is a copy" "$(cmp "$T/gp.prom" "$T/state/metrics.prom" 2>&1)" ""
is "readable for all" "$(stat -c %a "$T/gp.prom")" 644
names "$T/gp.prom" | comm -13 - "$T/metrics" > "$T/absent"
is "all of gp-run's metrics are there" "$(grep -vE 'heartbeat|target|_last_crash_|gp_oom_last_|last_success' "$T/absent")" ""
gp_run --discover --metrics "$T/gp.prom" 2> "$T/null"
like "counters go on" "$(cat "$T/gp.prom")" '^gp_cycles_total.outcome="ok". 2$'
like "samples add up" "$(cat "$T/gp.prom")" '^gp_samples_total 10$'
like "so do losses" "$(cat "$T/gp.prom")" '^gp_samples_lost_total.reason="ring-full". 2$'
like "gauges are the last cycle's" "$(cat "$T/gp.prom")" '^gp_cycle_sampled_processes 1$'
FAKE_UPLOAD=exit75 gp_run --metrics "$T/gp.prom" 2> "$T/null"
like "a deferred cycle is no success" "$(cat "$T/gp.prom")" '^gp_cycles_total.outcome="deferred". 1$'
echo half > "$T/state/metrics.prom"
status "a damaged file" 0 gp_run --metrics "$T/gp.prom"
like "is said" "$(cat "$T/err")" 'it is not what gp-run wrote; the counters start anew \[RUN_METRICS\]'
like "and begun anew" "$(cat "$T/gp.prom")" '^gp_cycles_total.outcome="ok". 1$'
status "metrics that cannot be written" 0 gp_run --metrics "$T/none/gp.prom"
like "are said, and cost nothing" "$(cat "$T/err")" 'RUN_METRICS'
is "-o leaves no metrics" "$(rm -rf "$T/state"; gp_run_o; ls "$T/state" 2> "$T/null")" ""

if command -v promtool > "$T/null"; then
	gp_run --discover 2> "$T/null"
	status "promtool takes the metrics" 0 sh -c 'promtool check metrics < "$1"' \
	    sh "$T/state/metrics.prom"
	is "and has nothing to say" "$(cat "$T/out" "$T/err")" ""
	status "promtool takes the rules" 0 promtool check rules $m/gp-alerts.yml
	# What the dashboard asks for, as rules, to have it parsed.
	{ echo 'groups: [ { name: x, rules: ['
	    sed "s/'/''/g; s/.*/{ record: 'x:y', expr: '&' },/" "$T/exprs"
	    echo '] } ]'; } > "$T/exprs.yml"
	status "promtool takes what the dashboard asks for" 0 promtool check rules "$T/exprs.yml"
	status "the rules fire when they should" 0 promtool test rules $m/gp-alerts-test.yml
	[ -z "$(grep -c FAILED "$T/out" "$T/err" | grep -v :0)" ] || note "$(cat "$T/out" "$T/err")"
else
	skip "promtool" "no promtool"
fi
done_testing
