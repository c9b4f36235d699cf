#!/bin/sh
# gp-run with the real stages, killed and stopped in mid-cycle.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

mkdir "$T/tmp"
# Ahead of whatever else is busy: its samples are counted.
nice -n -10 "$FIX/calls" 600 > "$T/truth" & load=$!
on_exit='kill $load; wait $load 2> /dev/null'

# cycle ARGUMENT...: gp-run in the background, until it records; $run is its pid,
# $rec and $sym its stages'.
cycle() {
	rm -f "$T/o"
	"$BIN/gp-run" --lock "$T/lock" --tmpdir "$T/tmp" -F 199 -o "$T/o" \
	    "$@" 2> "$T/err" &
	run=$!
	wait_for records || note "gp-record does not start: $(cat "$T/err")"
}
wait_for() {
	_i=0
	until "$@"; do
		_i=$((_i + 1)); [ $_i -lt 1200 ] || return 1; sleep 0.05
	done
}
# It samples, and it is ready for SIGINT.
records() {
	rec=$(pgrep -P $run -x gp-record) && sym=$(pgrep -P $run -x gp-symbolize) &&
	    find "/proc/$rec/fd" -lname '*perf_event*' 2> "$T/null" |
	    grep -q . &&
	    [ $((0x$(awk '/^Sig(Cgt|Blk)/ { print substr($2, 16) }' \
		"/proc/$rec/status" | sort | tail -1) & 2)) -ne 0 ]
}
# ends STATUS[|STATUS...] DESCRIPTION
ends() {
	_st=0
	wait $run 2> "$T/null" || _st=$?
	# On a machine as busy as that, gp-record may lose samples, and says so.
	_ok=$1
	! grep -q RECORD_RING "$T/err" || _ok="$1|1"
	like "$2: the status" $_st "^($_ok)\$"
	note "$(cat "$T/err")"
	unlike "$2: the sums are right" "$(cat "$T/err")" 'RUN_SUM'
	is "$2: no process is left" "$(pgrep -P $run; pgrep -g "$rec,$sym")" ""
	is "$2: no file is left" "$(ls -A "$T/tmp"; ls "$T/lock" 2> "$T/null")" ""
}
samples() { awk -v f="$1" 'index($0, f) { n += $NF } END { print n + 0 }' "$T/o"; }
has() { # DESCRIPTION PATTERN
	_c=$(samples "$2")
	ok "$1 ($_c samples)" test "$_c" -gt 20
}

cycle -d 2s
ends 0 "all is well"
has "all is well: names" 'calls;'
has "all is well: the stack that the program prints" 'main;outer;middle;inner'
is "all is well: it says nothing" "$(grep -v RECORD_RING "$T/err")" ""

for sig in SEGV KILL; do
	cycle -d 2s
	kill -$sig "$sym"
	ends 1 "gp-symbolize: SIG$sig"
	has "gp-symbolize: SIG$sig: addresses stand for names" '[calls+'
	like "gp-symbolize: SIG$sig: it is said" "$(cat "$T/err")" \
	    "gp-symbolize killed by SIG$sig.*RUN_STAGE"
done

cycle -d 1s --deadline 2s
kill -STOP "$sym"
ends 1 "gp-symbolize: SIGSTOP"
has "gp-symbolize: SIGSTOP: addresses stand for names" '[calls+'
like "gp-symbolize: SIGSTOP: it is said" "$(cat "$T/err")" 'gp-symbolize.*RUN_DEADLINE'

for sig in SEGV KILL; do
	cycle -d 600s
	kill -$sig "$rec"
	# It may have written samples already.
	ends '70|1' "gp-record: SIG$sig"
	like "gp-record: SIG$sig: it is said" "$(cat "$T/err")" \
	    "gp-record killed by SIG$sig(; nothing was recorded|: [0-9]+ samples lost or more \[RUN_CUT\]| \[RUN_CUT\])"
done

# Stopped, it cannot end in time; woken, it writes what it has.
cycle -d 2s --deadline 3s
sleep 1 # for samples to come
kill -STOP "$rec"
ends 1 "gp-record: SIGSTOP"
has "gp-record: SIGSTOP: what it had is delivered" 'main;outer;middle;inner'
like "gp-record: SIGSTOP: it is said" "$(cat "$T/err")" 'gp-record.*RUN_DEADLINE'

cycle -d 600s
sleep 1
kill -TERM $run
ends 0 "SIGTERM of gp-run"
has "SIGTERM of gp-run: the profile until then" 'main;outer;middle;inner'

cycle -d 600s
kill -KILL $run
wait $run 2> "$T/null"
none() { [ -z "$(pgrep -g "$rec,$sym")" ]; }
ok "SIGKILL of gp-run: the stages are gone" wait_for none
is "SIGKILL of gp-run: no file is left" "$(ls -A "$T/tmp")" ""
rm -f "$T/lock"

# gp-collapse lives too briefly to be hit: its place is taken.
mkdir "$T/bin"
for s in record symbolize upload; do ln -s "$BIN/gp-$s" "$T/bin"; done
printf '#!/bin/sh\nkill -%s $$\n' SEGV > "$T/bin/gp-collapse"
chmod +x "$T/bin/gp-collapse"
cycle -d 1s --bindir "$T/bin"
ends 1 "gp-collapse: SIGSEGV"
has "gp-collapse: SIGSEGV: the named stream is delivered" 'main;outer;middle;inner'

# gp-upload: kept, and sent by the next cycle.
rm "$T/bin/gp-collapse" "$T/bin/gp-upload"
ln -s "$BIN/gp-collapse" "$T/bin"
printf '#!/bin/sh\nkill -SEGV $$\n' > "$T/bin/gp-upload"
chmod +x "$T/bin/gp-upload"
export STATE_DIRECTORY="$T/state"
st() { "$BIN/gp-run" --lock "$T/lock" --tmpdir "$T/tmp" -d 1s --dir "$T/store" "$@"; }
status "gp-upload: SIGSEGV" 75 st --bindir "$T/bin"
is "gp-upload: SIGSEGV: nothing is stored" \
    "$(find "$T/store" -name '*.gz' 2> "$T/null" | wc -l)" 0
status "the next cycle" 0 st
is "stores both" "$(find "$T/store" -name '*.gz' | wc -l)" 2
is "none is kept" "$(find "$T/state/unsent" "$T/state/recording" -type f)" ""

done_testing
