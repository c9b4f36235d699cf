#!/bin/sh
# gp-status: what it shows, what it finds wrong, and what its exit status says.
. tests/tap.sh
. tests/run-fakes.sh
S=$T/state
# shellcheck disable=SC2120 # status hands them over
st() { "$BIN/gp-status" --state "$S" "$@"; }

status "before the first cycle" 66 st
like "it says so" "$(cat "$T/err")" 'no figures: no cycle of gp-run has ended here'
sed -i '/^#lost/d; s/ lost=1/ lost=0/' "$T/stream"
gp_run --discover
status "after a good cycle" 0 st
is "it is healthy" "$(sed -n 1p "$T/out")" "gp on $(uname -n): healthy"
like "the cycle" "$(cat "$T/out")" '^last cycle +[0-9.]+ s ago, status 0, took [0-9.]+ s$'
like "cycles by outcome" "$(cat "$T/out")" '^cycles +1 ok, 0 lossy, 0 deferred, 0 failed'
like "samples and losses" "$(cat "$T/out")" '^samples +5; lost 0\.00 %'
like "stages" "$(cat "$T/out")" '^record +[0-9.]+ m?s +[0-9.]+ [kM]B +[0-9]+ +0$'
fits() { awk 'length > 100 { exit 1 } END { exit NR > 24 }' "$1"; }
ok "on one screen" fits "$T/out"

# file LINE...: figures of a machine's own making, a minute ago.
now=$(date +%s)
file() {
	{ echo "gp_created_timestamp_seconds $((now - 864000))"
	    echo "gp_cycle_last_timestamp_seconds $((now - 60))"
	    echo "gp_cycle_last_success_timestamp_seconds $((now - 60))"
	    [ $# -eq 0 ] || printf '%s\n' "$@"; } | awk '{ v[$1] = $0 }
	    END { for (n in v) { print v[n]; c++ } print "# end " c }' > "$S/metrics.prom"
}
file
status "figures of a minute ago" 0 st

# ALERT SEVERITY TEXT LINE: one thing wrong.
while IFS='|' read -r alert severity text line; do
	file "$line"
	status "$alert: $severity" 1 st
	is "is named, and alone" "$(sed -n '/^!/p' "$T/out")" "$severity $alert: $text"
done <<EOT
GpNoCycle|! |the last cycle ended 20 min ago|gp_cycle_last_timestamp_seconds $((now - 1200))
GpNoCycle|!!|the last cycle ended 2 h ago|gp_cycle_last_timestamp_seconds $((now - 7200))
GpNoSuccess|! |the last profile was delivered or spooled 60 min ago|gp_cycle_last_success_timestamp_seconds $((now - 3600))
GpMemory|! |memory of all stages at once: 906 MB|gp_cycle_peak_memory_bytes 905969664
GpMemory|!!|memory of all stages at once: 1.1 GB|gp_cycle_peak_memory_bytes 1100000000
GpRecordMemory|!!|memory of gp-record: 601 MB|gp_stage_peak_memory_bytes{stage="record"} 601000000
GpPipes|! |pipe descriptors at once: 101|gp_cycle_pipes 101
GpDiskWritten|!!|written to disk, a day: 30 GB|gp_cycle_written_bytes_total 300000000000
GpErrors|! |lines that tell of an error, a day: 150|gp_log_errors_total 1500
GpPidErrors|! |errors about processes, a day: 60|gp_pid_errors_total 600
GpOutOfMemory|!!|a stage ran out of memory in the last 24 h|gp_oom_last_timestamp_seconds $((now - 3600))
GpStageCrashed|!!|a stage crashed in the last 24 h|gp_stage_last_crash_timestamp_seconds $((now - 3600))
GpUnsent|! |profiles that gp-upload failed to take: 1|gp_unsent_profiles 1
GpSpoolOld|! |the profile that waits longest was made 2 h ago|gp_spool_oldest_seconds 7200
GpTargetRejects|! |files of profiles that a target refused for good: 2|gp_spool_rejected_files 2
GpHeartbeatHistory|!!|commands that gp-heartbeat remembers: 1201|gp_heartbeat_history_entries 1201
EOT
file "gp_stage_last_crash_timestamp_seconds $((now - 90000))"
status "a crash of the day before is history" 0 st
file 'gp_samples_total 900' 'gp_samples_lost_total{reason="ring-full"} 100'
status "a tenth of the samples lost" 1 st
like "is critical" "$(cat "$T/out")" '^!! GpSamplesLost: samples that are lost: 10\.0 %$'
file 'gp_language_samples_total{language="python"} 92' \
    'gp_language_missed_samples_total{language="python"} 8' \
    'gp_language_missed_samples_total{language="perl"} 1000'
status "coverage" 1 st
like "of what gp walks" "$(cat "$T/out")" '^!  GpCoverage: .*: 92\.0 %$'
like "and what of others there would be" "$(cat "$T/out")" '^coverage +perl 0\.0 %, python 92\.0 %$'
file 'gp_cycles_total{outcome="ok"} 9' 'gp_cycles_total{outcome="killed"} 1' \
    'gp_cycles_total{outcome="failed"} 1'
status "cycles that failed" 1 st
like "are counted together" "$(cat "$T/out")" '^!! GpCyclesFail: .*: 18\.2 %$'
file "gp_cycle_last_timestamp_seconds $((now + 3600))"
status "a clock that was set back" 0 st
like "makes nothing older than now" "$(cat "$T/out")" '^last cycle +0\.0 s ago'

# Targets, the heartbeat, JSON.
file 'gp_target_waiting_profiles{target="studio"} 3' 'gp_target_sent_total{target="studio"} 1439' \
    'gp_target_failures{target="studio"} 6' 'gp_spool_profiles 3' 'gp_spool_oldest_seconds 130'
mkdir -p "$S/heartbeat"
echo "gp_heartbeat_polls_total{outcome=\"ok\"} 7
gp_heartbeat_last_success_timestamp_seconds $((now - 8))
gp_heartbeat_history_entries 12
# end 3" > "$S/heartbeat/metrics.prom"
status "targets and heartbeat" 0 st
like "a target" "$(cat "$T/out")" '^  studio +3 wait, 1439 sent, 0 refused, 0 dropped; 6 failures in a row$'
like "the spool" "$(cat "$T/out")" 'in the spool 3 since 2 min$'
like "the heartbeat" "$(cat "$T/out")" '^heartbeat +[0-9.]+ s ago, 0 commands, 12 remembered'
file 'gp_unsent_profiles 1' 'gp_stage_ends_total{stage="record",outcome="ok"} 5'
status "--json" 1 st --json
if command -v jq > "$T/null"; then
	is "is JSON" "$(jq -c '[.healthy, .problems[0].alert, .problems[0].severity]' "$T/out")" \
	    '[false,"GpUnsent","warning"]'
	is "with labels apart" "$(jq -c '.metrics[] | select(.name == "gp_stage_ends_total") |
	    [.labels.stage, .labels.outcome, .value]' "$T/out")" '["record","ok",5]'
else
	skip "JSON" "no jq"
fi

echo half > "$S/metrics.prom"
status "a damaged file" 65 st
like "is named" "$(cat "$T/err")" "^gp-status: $S/metrics.prom: not a file of metrics, or half of one\$"
full() { file; st > /dev/full; }
status "a full disk" 74 full
# Where it looks: the configuration of gp-run, too.
file
printf '[run]\nstate = %s\n' "$S" > "$T/gp.conf"
status "the state that gp-run has in its configuration" 0 env STATE_DIRECTORY=/none \
    "$BIN/gp-status" --config "$T/gp.conf"
status "an operand" 64 st x
done_testing
