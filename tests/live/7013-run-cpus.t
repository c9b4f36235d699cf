#!/bin/sh
# A machine that is described as having 64 CPUs, two or so of them online: what is
# sized by the number of CPUs stays within its bounds, and nothing is lost.
. tests/tap.sh
. tests/live/profile.sh
need_sampling
unshare -m true 2> "$T/null" || skip_all "no mount namespace"
mkdir "$T/cpu" "$T/tmp"
for i in $(seq 0 63); do mkdir "$T/cpu/cpu$i"; done
echo 0-63 | tee "$T/cpu/possible" > "$T/cpu/present"
cp /sys/devices/system/cpu/online "$T/cpu/online"
"$FIX/shares" 600 & load=$!
on_exit='kill $load; wait $load 2> "$T/null"'
many() { unshare -m sh -c 'mount --bind "$1" /sys/devices/system/cpu && shift && exec "$@"' \
    sh "$T/cpu" "$@"; }
is "64 CPUs are seen" "$(many getconf _NPROCESSORS_CONF)" 64
s=0
many "$BIN/gp-run" --lock "$T/lock" --tmpdir "$T/tmp" --state "$T/state" -d 1s \
    --dir "$T/store" 2> "$T/err" || s=$?
like "a cycle works" "$s" '^[01]$'
note "$(cat "$T/err")"
metric() { sed -n "s/^$1 //p" "$T/state/metrics.prom"; }
ok "it has samples" [ "$(metric gp_samples_total)" -gt 20 ]
is "none is unaccounted for" "$(metric 'gp_samples_lost_total{reason="unaccounted"}')" 0
m=$(metric gp_cycle_peak_memory_bytes) r=$(metric 'gp_stage_peak_memory_bytes{stage="record"}')
ok "all stages: $((m / 1000000)) MB, 100 at most" [ "$m" -lt 100000000 ]
ok "gp-record: $((r / 1000000)) MB, 50 at most" [ "$r" -lt 50000000 ]
# As if they were all online: buffers are made for 64.
echo 0-63 > "$T/cpu/online"
s=0
many "$BIN/gp-run" --lock "$T/lock" --tmpdir "$T/tmp" --state "$T/state" -d 1s \
    --dir "$T/store" 2> "$T/err" || s=$?
like "a cycle with 64 online works, and says which are not there" "$s $(cat "$T/err")" \
    'CPU [0-9]+: .*RECORD_CPU'
r=$(metric 'gp_stage_peak_memory_bytes{stage="record"}')
ok "gp-record: $((r / 1000000)) MB, 50 at most" [ "$r" -lt 50000000 ]
cp /sys/devices/system/cpu/online "$T/cpu/online"
# With a limit of descriptors that 64 CPUs do not fit into, nothing is opened in
# vain: those online are what counts.
s=0
many sh -c 'ulimit -n 64; exec "$@"' sh "$BIN/gp-record" -d 100ms > "$T/raw" 2> "$T/err" || s=$?
is "64 descriptors are enough for the CPUs that are online" "$s" 0
note "$(cat "$T/err")"
done_testing
