#!/bin/sh
# gp-run that is killed: the next one goes on with what there is.
. tests/tap.sh
. tests/run-fakes.sh
S=$T/state
unsent() { ls "$S/unsent" 2> "$T/null"; }
recordings() { ls "$S/recording" 2> "$T/null"; }
metric() { sed -n "s/^$1 //p" "$S/metrics.prom"; }
killed() { # WAIT-FOR-FILE
	wait_for test -e "$1"
	kill -KILL $run
	wait $run 2> "$T/null"
	wait_for nobody
	rm -f "$T/lock"
}
# What the recorder wrote may still be in its pipe, when it says that it waits.
written() { wait_for sh -c 'grep -q "^app-7" "$1"/recording/*.raw' sh "$S"; }

# While it records: two samples were taken that are not written yet.
FAKE_RECORD=told-wait gp_run_bg
written
killed "$T/record.waits"
is "a recording is left" "$(recordings | grep -c '\.raw$')" 1
_clean
status "the next cycle" 0 _gp_run --spool "$T/spool"
like "says so" "$(cat "$T/err")" \
    '3 samples are delivered, 2 lost or more \[RUN_DIED\]$'
is "what was recorded is delivered, behind its own" "$(cat "$T/uploaded")" \
    "$(printf 'app-7;malloc;main 3\napp-7;schedule_[k] 2\napp-7;malloc;main 3')"
like "what is lost is named in it" "$(cat "$T/uploaded.raw")" \
    '^#lost count=2 reason=run-died$'
is "and counted" "$(metric 'gp_samples_lost_total{reason="run-died"}')" 2
is "the killed cycle is counted" "$(metric 'gp_cycles_total{outcome="killed"}')" 1
is "the recording that was made good too" "$(metric gp_recordings_recovered_total)" 1
is "nothing is left of it" "$(recordings)$(unsent)" ""
nothing_left "after that"

# Its times: of the recording's last byte, and of the own profile.
is "gp-upload gets two times" "$(sort -u "$T/upload.times" | wc -l)" 2
is "the older one last" "$(sort "$T/upload.times" | head -1)" \
    "$(tail -1 "$T/upload.times")"

# Before a sample is written.
FAKE_RECORD=wait gp_run_bg
killed "$T/record.waits"
status "a cycle after one that had written nothing" 1 gp_run
like "names the loss" "$(cat "$T/err")" 'nothing had been written; 0 samples or more \[RUN_GONE\]$'
is "nothing is left of it (nothing written)" "$(recordings)" ""

# In gp-upload: whether it has the profile is for gp-upload to say.
FAKE_UPLOAD=slow gp_run_bg
killed "$T/upload.waits"
is "a profile is left" "$(unsent | grep -c '\.folded$')" 1
is "and no recording" "$(recordings)" ""
first=$(cat "$T/upload.times")
status "a cycle after that" 0 gp_run
like "hands it over again, with the same time" "$(cat "$T/upload.times")" "^$first\$"
is "nothing is left of it (upload)" "$(unsent)" ""

# In gp-symbolize and gp-collapse: the recording is whole.
for stage in symbolize collapse; do
	export "FAKE_$(echo $stage | tr '[:lower:]' '[:upper:]')=slow"
	gp_run_bg
	unset FAKE_SYMBOLIZE FAKE_COLLAPSE
	wait_for test -e "$T/$stage.waits"
	wait_for sh -c 'grep -q "^#end" "$1"/recording/*' sh "$S"
	killed "$T/$stage.waits"
	_clean
	status "a cycle after gp-$stage" 0 _gp_run --spool "$T/spool"
	is "has all of it" "$(awk '{ n += $NF } END { print n }' "$T/uploaded")" 10
	like "and says so" "$(cat "$T/err")" '5 samples are delivered, 0 lost or more \[RUN_DIED\]$'
done

# One that makes trouble again.
FAKE_RECORD=told-wait gp_run_bg
written
killed "$T/record.waits"
_clean
# The second symbolizer of that cycle, that of the old recording, hangs.
cat > "$T/bin/gp-symbolize.sh" <<'EOT'
if [ -e "$FAKE_DIR/second" ]; then trouble slow; fi; : > "$FAKE_DIR/second"
EOT
cp "$FAKES/gp-symbolize" "$T/aside"
sed -i "/^trouble()/,/^}/b; /^case \$FAKE_SYMBOLIZE/i . \"$T/bin/gp-symbolize.sh\"" \
    "$FAKES/gp-symbolize"
"$BIN/gp-run" --bindir "$FAKES" --lock "$T/lock" --tmpdir "$T/tmp" \
    --spool "$T/spool" 2> "$T/bg.err" & run=$!
killed "$T/symbolize.waits"
is "killed while it makes one good: that is noted" "$(recordings | grep -c '\.again$')" 1
mv "$T/aside" "$FAKES/gp-symbolize"
status "it is not tried a third time" 1 gp_run
like "and its samples are named as lost" "$(cat "$T/err")" \
    'it was tried before; 5 samples or more \[RUN_GONE\]$'
is "then nothing is left" "$(recordings)$(unsent)" ""

# Between keeping the profile and removing the recording.
id=0123456789abcdef0123456789abcdef
mkdir -p "$S/recording" "$S/unsent"
cp "$T/stream" "$S/recording/20261124T104107.482Z-$id.raw"
echo 'app-7;old 5' > "$S/unsent/20261124T104157.610Z-$id.folded"
status "a profile and its recording" 0 gp_run
is "are delivered once" "$(cat "$T/uploaded")" \
    "$(printf 'app-7;malloc;main 3\napp-7;schedule_[k] 2\napp-7;old 5')"
like "by the time in its name" "$(cat "$T/upload.times")" '^2026-11-24T10:41:57\.610Z$'

# Too many, foreign, and damaged ones.
for i in 1 2 3 4 5; do
	sed "s/main 3/main $i/;/^app-7;.k/d;s/lines=2 samples=5/lines=1 samples=$i/" "$T/stream" \
	    > "$S/recording/20261124T10410$i.482Z-${id%?}$i.raw"
done
printf 'what\0is\377this\n' > "$S/recording/20261124T104107.482Z-${id%?}7.raw"
echo precious > "$S/recording/notes"
status "many recordings" 1 gp_run
is "the newest are made good" "$(tail -n +3 "$T/uploaded" | sed 's/.* //' | tr '\n' ' ')" "3 4 5 "
is "the oldest are lost, and named" "$(grep -c 'there are too many' "$T/err")" 2
like "what is no stream is lost" "$(cat "$T/err")" 'nothing had been written'
is "what is not ours stays" "$(recordings)" notes
ln -s /etc/passwd "$S/recording/20261124T104108.482Z-${id%?}8.raw"
status "a link in a recording's place" 0 gp_run
is "is not followed" "$(recordings | wc -l)" 2
rm -f "$S/recording"/*

# One whose gp-run lives, with another lock.
FAKE_RECORD=wait gp_run_bg
wait_for test -e "$T/record.waits"
status "beside another gp-run with another lock" 0 _gp_run --spool "$T/spool" --lock "$T/lock2"
is "its recording is let alone" "$(recordings | grep -c '\.raw$')" 1
kill -TERM $run; wait $run
is "and arrives" "$(recordings)" ""

# The state cannot be kept: the profile arrives all the same.
if [ "$(id -u)" -ne 0 ]; then
	chmod 500 "$S"
else
	rm -rf "$S"; : > "$S"
fi
status "a state that is none" 0 gp_run
like "is said" "$(cat "$T/err")" 'the state cannot be kept: .*\[RUN_STATE\]'
is "and the profile arrives" "$(wc -l < "$T/uploaded")" 2
[ -d "$S" ] || rm "$S"

# Starts while another runs are counted, however many at once.
FAKE_RECORD=wait gp_run_bg
wait_for test -e "$T/record.waits"
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	_gp_run --spool "$T/spool" -q 2> "$T/null" & pids="$pids $!"
done
for p in $pids; do wait "$p"; done
kill -TERM $run; wait $run
is "overlapping starts" "$(metric gp_cycle_overlaps_total)" 12

# One that waits for another to end.
FAKE_RECORD=wait gp_run_bg
wait_for test -e "$T/record.waits"
status "another does not end: nothing is done" 71 _gp_run --wait 200ms --spool "$T/spool"
like "and that is said" "$(cat "$T/err")" 'another gp-run has .* all the time: nothing done'
"$BIN/gp-run" --wait 300s --bindir "$FAKES" --lock "$T/lock" --tmpdir "$T/tmp" \
    --spool "$T/spool" 2> "$T/second.err" & second=$!
"$BIN/gp-run" --wait 300s --bindir "$FAKES" --lock "$T/lock" --tmpdir "$T/tmp" \
    --spool "$T/spool" 2> "$T/third.err" & third=$!
# When it has set its handlers, as its stages' end shows, a signal ends it.
wait_for grep -q '^SigBlk:.*4[0-9a-f][0-9a-f][0-9a-f]$' "/proc/$third/status"
kill -TERM $third
s=0; wait $third || s=$?
is "a signal ends the wait" $s 71
like "and nothing is done" "$(cat "$T/third.err")" 'told to end while another gp-run has .*: nothing done$'
kill -TERM $run; wait $run
s=0; wait $second || s=$?
is "when the other has ended, the cycle is run" "$s$(cat "$T/second.err")" 0
is "to have waited is no overlap" "$(metric gp_cycle_overlaps_total)" 12
done_testing
