# Processes that outlive what they began with, their first thread or their parent, and
# pids that have become others'. Each works for a second of its own time.
. tests/tap.sh
. tests/live/profile.sh
need_sampling
on_exit='pkill -KILL -x leads'
# take STATUS: what gp-record left, with that status.
take() {
	is "gp-record ends well" "$1" 0
	"$BIN/gp-symbolize" -q "$T/raw" | "$BIN/gp-collapse" -q > "$T/folded"
}
# seen FUNCTION DESCRIPTION: of 199 samples, in whole stacks.
seen() {
	_got=$(awk -v f=";$1( |;)" '$0 ~ f && !/truncated/ { n += $NF }
	    END { print n + 0 }' "$T/folded")
	ok "$2: $_got samples" [ "$_got" -ge 150 ]
}

for engine in bpf bpf-bounded perf; do
	for kind in "exit 1" "exec 0 $FIX/calls 1"; do
		# shellcheck disable=SC2086 # words
		"$BIN/gp-record" -q -F 199 --engine=$engine -o "$T/raw" -- \
		    "$FIX/leads" $kind > "$T/null"
		take $?
		case $kind in
		exit*) seen work_on "$engine: a process goes on without its first thread" ;;
		*) seen outer "$engine: another thread than the first becomes a program" ;;
		esac
	done
done

# older KIND: begins; $older is its pid, $works that of who will work.
mkfifo "$T/in"
older() {
	"$FIX/leads" "$1" 1 < "$T/in" & older=$!
	exec 3> "$T/in"
	works=$older
	case $1 in
	child) until works=$(pgrep -P $older); do sleep 0.02; done ;;
	*) until grep -q '^State:.Z' /proc/$older/status; do sleep 0.02; done ;;
	esac
}
# record OPTION...: in the background; it works as soon as that has begun, and has no
# parent from then on.
record() {
	rm -f "$T/raw"
	$as -q -F 199 -o "$T/raw" "$@" 3>&- & rec=$!
	until grep -qs '^#gp' "$T/raw"; do sleep 0.02; done
	kill -USR1 $works
	exec 3>&-
}
as=$BIN/gp-record
for engine in bpf perf; do
	older later
	record --engine=$engine -p $older
	wait $rec
	take $?
	seen work_on "$engine: one that has lost it already"
	wait $older

	older later
	record --engine=$engine -a
	wait $older
	kill -INT $rec
	wait $rec
	take $?
	seen work_on "$engine: among all"

	older child
	record --engine=$engine -p $older
	wait $rec
	take $?
	seen work_on "$engine: a child that is older, and loses its parent"
	wait $older

	# A list that is older than the process of that pid, and one that is not.
	for age in older same; do
		older later
		start=1
		[ $age = older ] || start=$(cut -d' ' -f22 "/proc/$older/stat")
		printf '%s\n' '#gp version=1 kind=targets' \
		    "#process pid=$older start=$start decision=profile" \
		    '#end lines=0 samples=0 lost=0' > "$T/list"
		record --engine=$engine --targets "$T/list"
		wait $older
		kill -INT $rec
		wait $rec
		take $?
		if [ $age = older ]; then
			is "$engine: not another one of a pid" "$(cat "$T/folded")" ""
		else
			seen work_on "$engine: a process of a list"
		fi
	done
done

# Samples that had no room, and none behind them had: of the last two seconds, while
# gp-record stood still.
for engine in bpf perf; do
	# shellcheck disable=SC2016 # for the other shell
	"$BIN/gp-record" -q -F 999 --engine=$engine -o "$T/raw" -- sh -c '
		kill -STOP $PPID; "$@"; kill -INT $PPID; kill -CONT $PPID' sh \
	    "$FIX/calls" 2 > "$T/null"
	s=$?
	_got=$(sed -n 's/^#end .*samples=\([0-9]*\) lost=\([0-9]*\).*/\1 + \2/p' "$T/raw")
	ok "$engine: halted at the end, it has all, or knows how many are lost: $_got" \
	    [ $(($_got)) -ge 1800 ]
	is "$engine: its status says so" $s "$(grep -c '^#lost' "$T/raw")"
done

# Of somebody else's process, whom one may sample but not kill.
as='setpriv --reuid=65534 --regid=65534 --clear-groups
    --inh-caps=-all,+perfmon,+bpf --ambient-caps=-all,+perfmon,+bpf'
chmod 777 "$T"
cp "$BIN/gp-record" "$T"
# shellcheck disable=SC2086 # words
if $as true 2> "$T/err"; then
	as="$as $T/gp-record"
	older later
	record -p $older
	wait $rec
	is "another user's process is recorded to its end" \
	    "$? $(sed -n 's/^#end .*samples=\([0-9]*\).*/\1/p' "$T/raw" |
	    awk '{ print ($1 >= 150) }')" "0 1"
	wait $older
else
	skip "another user's process" "$(cat "$T/err")"
fi
done_testing
