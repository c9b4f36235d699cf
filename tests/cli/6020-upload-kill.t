# gp-upload killed before each system call that changes anything: the states in
# which a kill can leave the disk and the servers are all visited.
. tests/tap.sh
. tests/fixtures/http_sink.sh
up=$BIN/gp-upload killat=$FIX/killat
S=$T/spool D=$T/d
"$killat" 0 1 true > /dev/null
[ $? -eq 137 ] || skip_all "processes may not be traced"
# The leak checker is a tracer itself.
export ASAN_OPTIONS=detect_leaks=0
printf 'x;y 3\nx;z 4\n' > "$T/in"
want=$(sha256sum < "$T/in" | cut -d' ' -f1)
sink_start
A="--to=$URL name=a" B="--to=http://127.0.0.1:$SINK_PORT/b name=b"
time=--time=2026-11-24T10:41:07.482Z
touch "$SINK/log" "$SINK/log-b"
# kill_at PROCESS CALL COMMAND...: true if it was; what it had sent has been taken.
kill_at() {
	_s=0
	"$killat" "$@" > "$T/call" 2>&1 || _s=$?
	sink_idle
	[ $_s -eq 137 ]
}
# Each as the next cycle of a supervisor would have it.
killed() { kill_at "$@" "$A" "$B" --spool="$S" $time < "$T/in"; }
lines() { wc -l < "$1" | tr -d " "; }
fail() { wrong=$((wrong + 1)); note "process $p, call $at ($(cat "$T/call")): $*"; }
# What may be in the spool when nothing waits.
clean() {
	find "$S" -mindepth 1 ! -path "$S/to" ! -path "$S/to/[ab]*" \
	    ! -path "$S/rejected" ! -path "$S/finished" | grep -q . && return 1
	[ -z "$(find "$S" -name '*.tar.gz*')" ]
}

# Once each, or twice if the answer to the first was cut off.
check_logs() {
	for t in a b; do
		log=$SINK/log; [ $t = a ] || log=$SINK/log-b
		n=1
		case $again in *$t*) n=2 twice=$((twice + 1)) ;; esac
		[ "$(lines "$log")" -eq $n ] || fail "$t has it $(lines "$log") times, not $n"
		[ "$(cut -d' ' -f2 "$log" | sort -u | grep -c .)" -eq 1 ] || fail "$t has it under two ids"
		[ "$(grep -c "$want True" "$log")" -eq $n ] || fail "$t has something else"
	done
}

# A profile for two servers; process 0 is gp-upload, 1 and 2 are its senders.
points=0 wrong=0 twice=0
for p in 0 1 2; do
	at=1
	while rm -rf "$S"; : > "$SINK/log"; : > "$SINK/log-b"
	    killed $p $at "$up"; do
		points=$((points + 1))
		# Sent, and the answer not yet taken note of: it will come again.
		again=
		for t in a b; do
			log=$SINK/log; [ $t = a ] || log=$SINK/log-b
			[ -s "$log" ] && [ -n "$(find "$S" -name for-$t)" ] && again=$again$t
		done
		# The next run, with nothing new: for both, or for none.
		"$up" "$A" "$B" --spool="$S" --flush --max-time=600s > "$T/err" 2>&1 || fail "next run: $(cat "$T/err")"
		clean || fail "left: $(find "$S")"
		case "$(lines "$SINK/log") $(lines "$SINK/log-b")" in
		'0 0' | [12]' '[12]) ;;
		*) fail "one has it, one has not" ;;
		esac
		# The same profile handed in once more, by who does not know. That
		# it has been here is known from the first of a sender's calls on.
		[ $p -eq 0 ] || [ $at -eq 1 ] || { check_logs; at=$((at + 1)); continue; }
		"$up" "$A" "$B" --spool="$S" $time < "$T/in" > "$T/err" 2>&1 || fail "again: $(cat "$T/err")"
		clean || fail "left: $(find "$S")"
		check_logs
		at=$((at + 1))
	done
done
note "$points points; $twice times the answer was lost, and the profile sent twice under one id"
ok "it was killed at many points" [ "$points" -gt 60 ]
ok "some of them cut off an answer" [ "$twice" -gt 3 ]
is "every profile arrives everywhere, once, and nothing is left" "$wrong" 0

# A bundle that one server refuses and one takes.
points=0 wrong=0 p=1 at=1
while rm -rf "$S"; echo 503 > "$SINK/script"
    "$up" "$A" --spool="$S" $time --retries=0 -q < "$T/in"
    rm -f "$S"/to/a/state; echo 413 > "$SINK/script"
    kill_at 1 $at "$up" "$A" --spool="$S" --flush -q; do
	points=$((points + 1))
	[ "$(find "$S" -name '*.answer')" ] || ! [ "$(find "$S" -name '*.tar.gz' -path '*rejected*')" ] ||
	    fail "aside without its answer"
	[ -s "$SINK/script" ] || echo 413 > "$SINK/script"
	"$up" "$A" --spool="$S" --flush -q 2> /dev/null
	[ "$(find "$S" -path '*to/a/rejected/*' | wc -l)" -eq 2 ] || fail "not aside: $(find "$S")"
	ls -d "$S"/2* > /dev/null 2>&1 && fail "still waiting"
	at=$((at + 1))
done
note "$points points"
ok "it was killed at many points while moving one aside" [ "$points" -gt 12 ]
is "it is aside with its answer after the next run" "$wrong" 0
: > "$SINK/script"

# The directory, alone and beside a server: the same profile is there once.
points=0 wrong=0 p=0 at=1
while rm -rf "$D"; kill_at 0 $at "$up" --dir="$D" $time < "$T/in"; do
	points=$((points + 1))
	f=$(find "$D" -type f ! -name .usage 2> /dev/null)
	[ -z "$f" ] || zcat "$f" 2> /dev/null | cmp -s - "$T/in" || fail "$f"
	"$up" --dir="$D" $time < "$T/in" || fail "again"
	[ "$(find "$D" -type f ! -name .usage | wc -l)" -eq 1 ] || fail "$(find "$D")"
	at=$((at + 1))
done
note "$points points"
ok "it was killed at many points while storing" [ "$points" -gt 12 ]
is "a profile is there whole or not at all, and once" "$wrong" 0

# Where nameless files cannot be made (NFS), a kill can leave one; it goes in time.
if command -v strace > /dev/null && strace -qq -o /dev/null true 2> /dev/null; then
	rm -rf "$D"
	# Which openat is the O_TMPFILE one?
	strace -qq -o "$T/trace" -e trace=openat "$up" --dir="$D" < "$T/in"
	at=$(grep -n O_TMPFILE "$T/trace" | head -n 1 | cut -d: -f1)
	rm -rf "$D"
	ok "without O_TMPFILE a profile is stored" sh -c 'strace -qq -o /dev/null -e trace=openat \
	    -e "$1" "$2" --dir="$3" < "$4"' - "inject=openat:error=EOPNOTSUPP:when=$at" "$up" "$D" "$T/in"
	is "whole, and alone" "$(find "$D" -type f ! -name .usage | wc -l | tr -d ' ') $(zcat "$D"/2*/*/*/*.gz | sha256sum | cut -d' ' -f1)" "1 $want"
else
	skip "without O_TMPFILE a profile is stored" "no strace"
fi
mkdir -p "$D"
touch -d '2 days ago' "$D/.profile.tmp.77"
touch "$D/.profile.tmp.78" "$D/.other.tmp.1"
touch -d '2 days ago' "$D/.other.tmp.1"
rm -f "$D/.usage"
"$up" --dir="$D" < "$T/in"
is "old unfinished files go, young and foreign ones stay" \
    "$(find "$D" -maxdepth 1 -type f ! -name .usage | sed 's/.*\///' | LC_ALL=C sort | tr '\n' ' ')" \
    ".other.tmp.1 .profile.tmp.78 "
done_testing
