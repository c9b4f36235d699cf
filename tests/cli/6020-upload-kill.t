# gp-upload killed before each system call that changes anything: the states in
# which a kill can leave the disk and the server are all visited, in order.
. tests/tap.sh
. tests/fixtures/http_sink.sh
command -v strace > /dev/null || skip_all "no strace"
strace -qq -o /dev/null true 2> /dev/null || skip_all "strace may not trace"
up=$BIN/gp-upload
S=$T/spool D=$T/d
printf 'x;y 3\nx;z 4\n' > "$T/in"
want=$(sha256sum < "$T/in" | cut -d' ' -f1)
waiting() { find "$S" -maxdepth 1 -name '*.tar.gz' 2> /dev/null | wc -l | tr -d ' '; }
aside() { find "$S/rejected" -name "$1" 2> /dev/null | wc -l | tr -d ' '; }
litter() { find "$@" -type f -name '.*' ! -name .lock 2> /dev/null | wc -l | tr -d ' '; }
ids() { cut -d' ' -f2 "$SINK/log" | sort -u | wc -l | tr -d ' '; }
# Kill before the Nth call of a name; 0 if the command ended before that.
killed() { # call n command...
	call=$1 at=$2
	shift 2
	rc=0
	strace -f -qq -o "$T/trace" -e "trace=$call" \
	    -e "inject=$call:signal=KILL:when=$at" "$@" < "$T/in" \
	    > "$T/out" 2>&1 || rc=$?
	[ $rc -eq 137 ]
}
# The leak checker is a tracer itself.
export ASAN_OPTIONS=detect_leaks=0
sink_start

# A profile on its way to the server. Until linkat gives the bundle its name it
# is still the pipeline's; from then on it must arrive, under one id.
points=0 lost=0 twice=0 left=0 wrong=0
for call in mkdir openat write fsync linkat flock connect sendto recvfrom unlinkat; do
	at=1
	while rm -rf "$S" && sink_says 200 200 &&
	    killed $call $at "$up" --url="$URL" --spool="$S"; do
		points=$((points + 1)) at=$((at + 1))
		named=$(waiting)
		[ -s "$SINK/log" ] && named=1
		left=$((left + $(litter "$S")))
		case $call in
		flock | connect | sendto | recvfrom | unlinkat)
			[ "$named" -eq 1 ] || { lost=$((lost + 1)); note "lost at $call $at"; } ;;
		esac
		if ! "$up" --url="$URL" --spool="$S" --flush 2> "$T/err"; then
			wrong=$((wrong + 1)); note "$call $at: $(cat "$T/err")"
		fi
		[ "$named" -eq 0 ] || grep -q "$want True" "$SINK/log" ||
			lost=$((lost + 1))
		[ "$(ids)" -eq "$named" ] || { twice=$((twice + 1)); note "$(cat "$SINK/log")"; }
		[ "$(waiting)" -eq 0 ] || wrong=$((wrong + 1))
	done
done
note "$points points"
ok "it was killed at many points" [ "$points" -gt 60 ]
is "no bundle is lost" "$lost" 0
is "none arrives under two ids" "$twice" 0
is "no unfinished file is left" "$left" 0
is "the next run always finishes the work" "$wrong" 0
sink_says 200 200
rm -rf "$S"
killed unlinkat 1 "$up" --url="$URL" --spool="$S"
"$up" --url="$URL" --spool="$S" --flush
is "between answer and removal it is sent twice, under one id" \
    "$(wc -l < "$SINK/log" | tr -d ' ') $(ids)" "2 1"

# A bundle that is refused.
points=0 wrong=0
for call in unlink openat write fsync linkat renameat; do
	at=1
	while rm -rf "$S" && sink_says 503 &&
	    "$up" --url="$URL" --spool="$S" --retries=0 -q < "$T/in";
	    sink_says 413 413 &&
	    killed $call $at "$up" --url="$URL" --spool="$S" --flush; do
		points=$((points + 1)) at=$((at + 1))
		[ "$(waiting) $(aside '*.gz')" = "1 0" ] ||
		    [ "$(waiting) $(aside '*.gz') $(aside '*.answer')" = "0 1 1" ] ||
		    { wrong=$((wrong + 1)); note "$call $at: $(find "$S")"; }
		"$up" --url="$URL" --spool="$S" --flush -q 2> /dev/null
		[ "$(waiting) $(aside '*.gz') $(aside '*.answer') $(litter "$S")" = "0 1 1 0" ] ||
		    { wrong=$((wrong + 1)); note "$call $at: $(find "$S")"; }
	done
done
note "$points points"
ok "it was killed at many points while moving one aside" [ "$points" -gt 30 ]
is "the bundle is always in one place, aside with its answer" "$wrong" 0

# The directory.
points=0 wrong=0
for call in mkdir mkdirat openat write fsync linkat flock pwrite64; do
	at=1
	while rm -rf "$D" && killed $call $at "$up" --dir="$D"; do
		points=$((points + 1)) at=$((at + 1))
		f=$(find "$D" -type f ! -name .usage 2> /dev/null)
		[ -z "$f" ] || zcat "$f" 2> /dev/null | cmp -s - "$T/in" ||
		    { wrong=$((wrong + 1)); note "$call $at: $f"; }
		"$up" --dir="$D" < "$T/in" || wrong=$((wrong + 1))
	done
done
note "$points points"
ok "it was killed at many points while storing" [ "$points" -gt 40 ]
is "a profile is there whole or not at all" "$wrong" 0

# Where nameless files cannot be made (NFS), a kill can leave one; it goes in time.
rm -rf "$D"
notmp='inject=openat:error=EOPNOTSUPP:when='
# Which openat is the O_TMPFILE one?
strace -qq -o "$T/trace" -e trace=openat "$up" --dir="$D" < "$T/in"
at=$(grep -n O_TMPFILE "$T/trace" | head -n 1 | cut -d: -f1)
rm -rf "$D"
ok "without O_TMPFILE a profile is stored" sh -c 'strace -qq -o /dev/null -e trace=openat \
    -e "$1" "$2" --dir="$3" < "$4"' - "$notmp$at" "$up" "$D" "$T/in"
is "whole, and alone" "$(find "$D" -type f ! -name .usage | wc -l | tr -d ' ') $(zcat "$D"/2*/*/*/*.gz | sha256sum | cut -d' ' -f1)" "1 $want"
touch -d '2 days ago' "$D/.profile.tmp.77"
touch "$D/.profile.tmp.78" "$D/.other.tmp.1"
touch -d '2 days ago' "$D/.other.tmp.1"
rm "$D/.usage"
"$up" --dir="$D" < "$T/in"
is "old unfinished files go, young and foreign ones stay" \
    "$(find "$D" -maxdepth 1 -type f ! -name .usage | sed 's/.*\///' | LC_ALL=C sort | tr '\n' ' ')" \
    ".other.tmp.1 .profile.tmp.78 "
done_testing
