#!/bin/sh
# Prometheus and node_exporter, as they are packaged, scrape what gp-run writes; the
# rules that ship with gp are loaded, and an alert fires when cycles fail.
. tests/tap.sh
. tests/live/profile.sh
need_sampling
for p in prometheus prometheus-node-exporter promtool jq python3; do
	command -v $p > "$T/null" || skip_all "no $p"
done
on_exit='kill $load $exporter $prometheus 2> "$T/null"; wait'
exporter='' prometheus=''
"$FIX/calls" 600 > "$T/truth" & load=$!
mkdir "$T/textfile" "$T/tmp"
run() { "$BIN/gp-run" --lock "$T/lock" --tmpdir "$T/tmp" --state "$T/state" \
    --dir "$T/store" --metrics "$T/textfile/gp.prom" -d 200ms "$@" 2> "$T/err"; }
free_port() { python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
get() { python3 -c 'import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
print(opener.open(sys.argv[1], timeout=20).read().decode())' "$@" 2> "$T/null"; }
wait_for() { # COMMAND...: until it succeeds; two minutes are for ever
	_i=0
	until "$@"; do
		_i=$((_i + 1)); [ $_i -lt 600 ] || return 1; sleep 0.2
	done
}

status "a cycle" '0' run
E=$(free_port)
prometheus-node-exporter --collector.disable-defaults --collector.textfile \
    --collector.textfile.directory="$T/textfile" \
    --web.listen-address="127.0.0.1:$E" 2> "$T/exporter.log" & exporter=$!
exported() { get "http://127.0.0.1:$E/metrics" > "$T/exported"; }
ok "node_exporter is there" wait_for exported
is "it has every line of gp's" "$(grep '^gp_' "$T/exported" | grep -vc ' nan$')" \
    "$(grep -vc '^#' "$T/textfile/gp.prom")"
like "and finds nothing wrong" "$(cat "$T/exported")" '^node_textfile_scrape_error 0$'

# The rules as they are, but for their patience: days and minutes are seconds.
sed 's/\[1d\]/[10m]/g; s/for: [0-9]*m/for: 1s/' scripts/monitoring/gp-alerts.yml > "$T/rules.yml"
cat > "$T/prometheus.yml" <<EOT
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [ "$T/rules.yml" ]
scrape_configs:
- job_name: node
  static_configs: [ { targets: [ "127.0.0.1:$E" ] } ]
EOT
P=$(free_port)
prometheus --config.file="$T/prometheus.yml" --storage.tsdb.path="$T/tsdb" \
    --web.listen-address="127.0.0.1:$P" --log.level=warn 2> "$T/prometheus.log" & prometheus=$!
query() { # EXPRESSION: its value, if it has just one
	get "http://127.0.0.1:$P/api/v1/query?query=$(printf %s "$1" | jq -sRr @uri)" |
	    jq -r '.data.result | if length == 1 then .[0].value[1] else empty end'
}
says() { [ "$(query "$1")" = "$2" ]; }
firing() {
	get "http://127.0.0.1:$P/api/v1/alerts" | jq -r \
	    '.data.alerts[] | select(.state == "firing") | .labels.alertname' | sort -u
}
fires() { firing | grep -qx "$1"; }
ok "Prometheus has a sample of gp's" wait_for says 'gp_cycles_total{outcome="ok"} + on() gp_cycles_total{outcome="lossy"}' 1
value() { sed -n "s/^$1 //p" "$T/textfile/gp.prom"; }
for m in gp_samples_total gp_cycle_exit_status gp_cycle_processes gp_spool_profiles \
    'gp_stage_ends_total{stage="record",outcome="ok"}' \
    'gp_samples_lost_total{reason="record-died"}'; do
	ok "Prometheus's $m is gp-run's" wait_for says "$m" "$(value "$m")"
done
ok "samples are there at all" [ "$(query gp_samples_total)" -gt 0 ]
ok "it has loaded the rules" sh -c '[ "$1" -gt 20 ]' sh "$(get "http://127.0.0.1:$P/api/v1/rules" |
    jq '[.data.groups[].rules[] | select(.health != "err")] | length')"
is "no alert about failing cycles yet" "$(firing | grep -E 'GpCyclesFail|GpStageCrashed')" ""

# Cycles that fail: gp-record crashes.
mkdir "$T/bin"
for s in symbolize collapse upload; do ln -s "$BIN/gp-$s" "$T/bin"; done
printf '#!/bin/sh\nkill -SEGV $$\n' > "$T/bin/gp-record"
chmod +x "$T/bin/gp-record"
status "a cycle in which gp-record crashes" 70 run --bindir "$T/bin"
ok "Prometheus sees it" wait_for says 'gp_cycles_total{outcome="failed"}' 1
ok "GpStageCrashed fires" wait_for fires GpStageCrashed
run --bindir "$T/bin"
ok "GpCyclesFail fires" wait_for fires GpCyclesFail
note "firing: $(firing | tr '\n' ' ')"
unlike "Prometheus has nothing to complain about" "$(cat "$T/prometheus.log")" 'level=(error|warn).*(rule|scrape|gp_)'
done_testing
