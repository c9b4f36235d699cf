#!/bin/sh
# gp-run: whichever stage crashes, hangs, runs out of memory, is slow or is killed,
# the cycle ends, the best profile that can be had arrives, what is missing is
# named, and nothing is left behind. Every case is a gp-run of its own, all at
# once, since most of their time is waiting for deadlines.
. tests/tap.sh
. tests/run-fakes.sh

named='app-7;malloc;main 3
app-7;schedule_[k] 2'
plain='app-7;[kernel+ff80]_[k] 2
app-7;[libc.so.6+10];main 3'
part='app-7;malloc;main 3'

# STAGE FAULT STATUS PROFILE OUTCOME SAYS
# fault: what run-fakes.sh makes the stage do. profile: what arrives; kept: it waits
# for the next cycle. outcome: of the stage, in the metrics. says: part of what
# names the loss; a dot is a blank, - nothing.
cat > "$T/table" <<'EOT'
record     told-segv      1  part   crashed        gp-record.killed.by.SIGSEGV:.2.samples.lost.or.more..RUN_CUT
record     told-stubborn  1  part   overdue        gp-record..RUN_DEADLINE
record     told-stop      1  part   overdue        gp-record..RUN_DEADLINE
record     told-oom       1  part   out_of_memory  gp-record.exit.status.71:.2.samples.lost.or.more..RUN_CUT
record     told-late      0  named  ok             -
record     told-kill      1  part   killed         gp-record.killed.by.SIGKILL:.2.samples.lost.or.more..RUN_CUT
record     deaf          70  none   overdue        nothing.was.recorded
symbolize  segv           1  plain  crashed        gp-symbolize.killed.by.SIGSEGV;.addresses.stand
symbolize  stubborn       1  plain  overdue        gp-symbolize..RUN_DEADLINE
symbolize  stop           1  plain  overdue        gp-symbolize..RUN_DEADLINE
symbolize  oom            1  plain  out_of_memory  gp-symbolize.exit.status.71;.addresses.stand
symbolize  late           0  named  ok             -
symbolize  kill           1  plain  killed         gp-symbolize.killed.by.SIGKILL;.addresses.stand
collapse   segv           1  named  crashed        gp-collapse.killed.by.SIGSEGV;.the.stream.stays
collapse   stubborn       1  named  overdue        gp-collapse..RUN_DEADLINE
collapse   oom            1  named  out_of_memory  gp-collapse.exit.status.71;.the.stream.stays
collapse   late           0  named  ok             -
collapse   kill           1  named  killed         gp-collapse.killed.by.SIGKILL;.the.stream.stays
upload     segv          75  kept   crashed        gp-upload.killed.by.SIGSEGV;.it.is.in
upload     stubborn      75  kept   overdue        gp-upload..RUN_DEADLINE
upload     oom           71  kept   out_of_memory  gp-upload.exit.status.71;.it.is.in
upload     late           0  named  ok             -
upload     kill          75  kept   killed         gp-upload.killed.by.SIGKILL;.it.is.in
EOT
sed 's/#.*//' "$T/table" | grep . > "$T/cases"

while read -r stage fault _; do
	c=$T/$stage-$fault
	mkdir -p "$c/tmp"
	cp "$T/stream" "$c"
	# What never ends is given little time, what is slow has as much as it
	# needs.
	case $fault in *stop | *stubborn | deaf) d=4s ;; *) d=60s ;; esac
	(
		export FAKE_DIR="$c" STATE_DIRECTORY="$c/state"
		export "FAKE_$(echo "$stage" | tr '[:lower:]' '[:upper:]')=$fault"
		"$BIN/gp-run" -d 1s --deadline $d --memory 64M \
		    --bindir "$FAKES" --lock "$c/lock" --tmpdir "$c/tmp" \
		    --spool "$c/spool" > "$c/out" 2> "$c/err"
		echo $? > "$c/status"
	) &
done < "$T/cases"
wait

while read -r stage fault status profile outcome says; do
	c=$T/$stage-$fault what="gp-$stage: $fault"
	note "$(cat "$c/err")"
	is "$what: the status" "$(cat "$c/status")" "$status"
	case $profile in
	named) want=$named ;; plain) want=$plain ;; part) want=$part ;;
	none | kept) want= ;;
	esac
	is "$what: the profile" "$(cat "$c/uploaded" 2> "$T/null")" "$want"
	if [ "$profile" = kept ]; then
		is "$what: it is kept" "$(grep -hv '^#' "$c"/state/unsent/*)" \
		    "$(printf 'app-7;malloc;main 3\napp-7;schedule_[k] 2')"
	else
		is "$what: none is kept" "$(ls "$c/state/unsent" 2> "$T/null")" ""
	fi
	if [ "$profile" = part ]; then
		like "$what: the loss is named in it" "$(cat "$c/uploaded.all")" \
		    '^#lost count=2 reason=record-died$'
	fi
	if [ "$says" = - ]; then
		is "$what: nothing is said" "$(cat "$c/err")" ""
	else
		like "$what: it is said" "$(cat "$c/err")" "$says"
	fi
	like "$what: it is counted" "$(cat "$c/state/metrics.prom")" \
	    "^gp_stage_ends_total.stage=\"$stage\",outcome=\"$outcome\". 1\$"
	is "$what: no recording is left" "$(ls "$c/state/recording")" ""
	T=$c nothing_left "$what"
done < "$T/cases"
done_testing
