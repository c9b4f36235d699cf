#!/bin/sh
# gp-heartbeat and its worker, killed before each system call that changes
# anything: no command runs twice, none is forgotten.
. tests/tap.sh
. tests/heartbeat.sh
# The leak checker is a tracer itself.
export ASAN_OPTIONS=detect_leaks=0
server_start

# Kill gp-heartbeat before its Nth call that changes something; false if it ended
# before that.
killed() { # n argument...
	at=$1
	shift
	rc=0
	"$FIX/killat" 0 "$at" "$BIN/gp-heartbeat" --server="$URL" \
	    --service=shop --hostname=web-7 --state="$S" --bindir="$T/bin" \
	    --timeout=5s "$@" > "$T/out" 2>&1 || rc=$?
	[ $rc -eq 137 ]
}
n=0 twice=0 lost=0 wrong=0
# One command's way, the kill on which falls into the poll or into the worker:
# after it, polls and workers that nothing happens to.
finish() {
	heartbeat --no-spawn 2> "$T/err" || { wrong=$((wrong + 1)); note "$(cat "$T/err")"; }
	heartbeat --work || wrong=$((wrong + 1))
	heartbeat --no-spawn 2> "$T/err" || wrong=$((wrong + 1))
	case $(runs) in
	0|1) ;;
	*) twice=$((twice + 1)); note "$of $at: run $(runs) times" ;;
	esac
	case $(told $n) in
	completed|failed:*interrupted*) ;;
	*) lost=$((lost + 1)); note "$of $at: told '$(told $n)'" ;;
	esac
	# A command that has not begun when it is cut off is run.
	if [ "$(told $n)" = completed ] && [ "$(runs)" -ne 1 ]; then
		wrong=$((wrong + 1)); note "$of $at: completed without a run"
	fi
	left=$((left + $(find "$S" -name '*.tmp.*' | wc -l)))
}
left=0 at=1 of=poll
while n=$((n + 1)) && rm -rf "$S" && : > "$RUNS" && start $n '{"duration":5}' &&
    killed $at --no-spawn; do
	finish
	at=$((at + 1))
done
polls=$((at - 1)) at=1 of=worker
while n=$((n + 1)) && rm -rf "$S" && : > "$RUNS" && start $n '{"duration":5}' &&
    heartbeat --no-spawn && killed $at --work; do
	finish
	at=$((at + 1))
done
works=$((at - 1))
note "$polls points of the poll, $works of the worker"
ok "the poll was killed at many points" [ "$polls" -gt 10 ]
ok "so was the worker" [ "$works" -gt 15 ]
is "no command was run twice" "$twice" 0
is "none is forgotten" "$lost" 0
is "what comes after always works" "$wrong" 0
is "no unfinished file is left" "$left" 0
done_testing
