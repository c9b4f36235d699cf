#!/bin/sh
# The first command of the README, as a new user runs it.
. tests/tap.sh
[ "$(id -u)" -eq 0 ] || skip_all "needs root"
[ -r /sys/kernel/btf/vmlinux ] || skip_all "the kernel has no BTF"

quickstart=$PWD/scripts/quickstart
cd "$T" || exit 1
# Its workload is among the hottest, however busy the machine is otherwise.
status "quickstart --load" 0 nice -n -10 "$quickstart" -d 3s --load
cp out first
like "it says where the graph is" "$(cat first)" "^Flame graph: $T/flame.html"
like "it names a function of the workload" "$(cat first)" 'load_hash'
like "it says what was lost" "$(cat first)" \
    '^[0-9]+ samples taken, [0-9]+ lost, [0-9]+ truncated'
is "it shows ten functions" "$(grep -cE '^ +[0-9]+ +[0-9.]+%' first)" 10
for name in mixed_load load_hash load_sort load_copy; do
	ok "the graph holds $name" grep -q $name flame.html
done
ok "the workload is gone" sh -c '! pgrep -f "[m]ixed_load 600"'
touch before
status "quickstart again" 0 "$quickstart" -d 1s --load
is "builds nothing" "$(find "$BUILD/bin" -newer before)" ""
status "a wrong duration is refused" 64 "$quickstart" -d soon

# Ended in the middle, it leaves nothing behind.
"$quickstart" -d 60s --load > out 2>&1 &
pid=$!
until pgrep -P $pid gp-record > record.pid || ! kill -0 $pid; do sleep 0.1; done
kill -TERM $pid
_s=0
wait $pid || _s=$?
is "SIGTERM ends it" $_s 143
while kill -0 "$(cat record.pid)" 2> /dev/null; do sleep 0.1; done
ok "and what it started" sh -c '! pgrep -f "[m]ixed_load 600"'
done_testing
