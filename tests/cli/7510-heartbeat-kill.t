#!/bin/sh
# gp-heartbeat and its worker, killed before each system call that changes
# anything: no command runs twice, none is forgotten.
. tests/tap.sh
. tests/heartbeat.sh
command -v strace > /dev/null || skip_all "no strace"
strace -qq -o /dev/null true 2> /dev/null || skip_all "strace may not trace"
# The leak checker is a tracer itself.
export ASAN_OPTIONS=detect_leaks=0
server_start

# Kill before the Nth call of a name; false if the command ended before that.
killed() { # call n argument...
	call=$1 at=$2
	shift 2
	rc=0
	strace -f -qq -o "$T/trace" -e "trace=$call" \
	    -e "inject=$call:signal=KILL:when=$at" "$BIN/gp-heartbeat" \
	    --server="$URL" --service=shop --hostname=web-7 --state="$S" \
	    --bindir="$T/bin" --timeout=5s "$@" > "$T/out" 2>&1 || rc=$?
	[ $rc -eq 137 ]
}
n=0 points=0 twice=0 lost=0 wrong=0
# One command's way, the kill on which falls into the poll or into the worker:
# after it, polls and workers that nothing happens to.
finish() {
	heartbeat --no-spawn 2> "$T/err" || { wrong=$((wrong + 1)); note "$(cat "$T/err")"; }
	heartbeat --work || wrong=$((wrong + 1))
	heartbeat --no-spawn 2> "$T/err" || wrong=$((wrong + 1))
	case $(runs) in
	0|1) ;;
	*) twice=$((twice + 1)); note "$call $at: run $(runs) times" ;;
	esac
	case $(told $n) in
	completed|failed:*interrupted*) ;;
	*) lost=$((lost + 1)); note "$call $at: told '$(told $n)'" ;;
	esac
	# A command that has not begun when it is cut off is run.
	if [ "$(told $n)" = completed ] && [ "$(runs)" -ne 1 ]; then
		wrong=$((wrong + 1)); note "$call $at: completed without a run"
	fi
	left=$((left + $(find "$S" -name '*.tmp.*' | wc -l)))
}
left=0
for call in write fsync linkat connect sendto recvfrom; do
	at=1
	while n=$((n + 1)) && rm -rf "$S" && : > "$RUNS" &&
	    start $n '{"duration":5}' && killed $call $at --no-spawn; do
		points=$((points + 1))
		finish
		at=$((at + 1))
	done
done
polls=$points
for call in write fsync linkat clone wait4; do
	at=1
	while n=$((n + 1)) && rm -rf "$S" && : > "$RUNS" &&
	    start $n '{"duration":5}' && heartbeat --no-spawn &&
	    killed $call $at --work; do
		points=$((points + 1))
		finish
		at=$((at + 1))
	done
done
note "$polls points of the poll, $((points - polls)) of the worker"
ok "the poll was killed at many points" [ "$polls" -gt 20 ]
ok "so was the worker" [ $((points - polls)) -gt 20 ]
is "no command was run twice" "$twice" 0
is "none is forgotten" "$lost" 0
is "what comes after always works" "$wrong" 0
is "no unfinished file is left" "$left" 0
done_testing
