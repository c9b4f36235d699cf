# A CPU that comes online while gp-record runs is sampled too.
. tests/tap.sh
. tests/live/profile.sh
need_sampling
cpu=$(sed 's/.*[-,]//' /sys/devices/system/cpu/online)
online=/sys/devices/system/cpu/cpu$cpu/online
[ "$cpu" -gt 0 ] && [ -w "$online" ] || skip_all "no CPU can be taken offline"
echo 0 2> /dev/null > "$online" || skip_all "CPU $cpu cannot be taken offline"
on_exit="echo 1 > $online"

"$BIN/gp-record" -F 499 -d 100s -o "$T/raw" 2> "$T/err" & recorder=$!
on_exit="$on_exit; kill -9 $recorder 2> /dev/null"
until grep -q '^#gp ' "$T/raw" 2> /dev/null; do sleep 0.05; done
like "it starts without that CPU" "$(head -n 1 "$T/raw")" " cpus=$cpu "
attached() { find /proc/$recorder/fd -lname '*perf_event*' | wc -l; }
before=$(attached)
echo 1 > "$online"
# One for samples, one for side-band records.
for _ in $(seq 200); do
	[ "$(attached)" -lt $((before + 2)) ] || break
	sleep 0.05
done
is "it takes up the CPU when it is there" "$(attached)" $((before + 2))
taskset -c "$cpu" "$FIX/calls" 2 > /dev/null
kill -INT $recorder
wait $recorder
is "status 0" $? 0
"$BIN/gp-symbolize" -q < "$T/raw" | "$BIN/gp-collapse" --pid > "$T/folded"
check_sums
# Two CPU seconds at 499 Hz; a virtual CPU that has to wait for the real one misses
# some.
ok "the program that ran there was sampled all the time" awk '
	/^calls-/ { n += $NF } END { print "# " n + 0; exit !(n > 500) }' \
	"$T/folded"
is "not a word" "$(cat "$T/err")" ""
done_testing
