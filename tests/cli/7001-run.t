#!/bin/sh
# gp-run: the cycle when all goes well, its lock, its signals.
. tests/tap.sh
. tests/run-fakes.sh

status "a cycle works" 0 gp_run -d 1s -F 49 -e cycles -p 7,8
is "it says nothing" "$(cat "$T/err" "$T/out")" ""
is "the folded profile is uploaded" "$(cat "$T/uploaded")" \
    "$(printf 'app-7;malloc;main 3\napp-7;schedule_[k] 2')"
is "gp-record gets its options" "$(cat "$T/record.args")" \
    "-d 1s -e cycles -F 49 -p 7,8 --flush 15s"
like "gp-upload gets its options, and a time" "$(cat "$T/upload.args")" \
    "^--spool $T/spool --time 20..-..-..T..:..:..\.[0-9]{3}Z\$"
nothing_left "a cycle"
is "its counters began when it did" "$(awk '
    $1 == "gp_created_timestamp_seconds" { from = $2 }
    $1 == "gp_cycle_duration_seconds" { took = $2 }
    $1 == "gp_cycle_last_timestamp_seconds" { end = $2 }
    END { print (took > 0 && from <= end - took / 2) }' "$T/state/metrics.prom")" 1

gp_run --pass record:--per-thread --pass collapse:--top --pass collapse:5 \
    --pass upload:-x -v 2> "$T/err"
is "--pass reaches gp-record" "$(cat "$T/record.args")" "-v -d 10s --flush 15s --per-thread"
is "--pass reaches gp-collapse, in order" "$(cat "$T/collapse.args")" "-v --meta --top 5"
status "--pass of no stage" 64 gp_run --pass flame:x
status "--pass without an argument" 64 gp_run --pass record:

status "-o writes a file" 0 gp_run_o
is "the file is the profile" "$(wc -l < "$T/o")" 2
status "-o - writes to stdout" 0 gp_run_o -o -
is "stdout is the profile" "$(wc -l < "$T/out")" 2
status "-o into nowhere" 73 gp_run_o -o "$T/none/o"
like "it says what it cannot write" "$(cat "$T/err")" "$T/none/o: No such file"
full() { gp_run_o -o - > /dev/full; }
status "-o - onto a full disk" 74 full
status "-o excludes --url" 64 gp_run_o --url http://x/

status "--discover asks gp-discover" 0 gp_run --discover
is "gp-record gets its list" "$(cat "$T/targets")" "#process pid=7 decision=profile"
like "and is told to read it" "$(cat "$T/record.args")" "--targets -"
is "gp-discover lists all" "$(cat "$T/discover.args")" ""
status "--discover of some" 0 gp_run --discover -p 7,8
is "lists only these" "$(cat "$T/discover.args")" "-p 7,8"

# What a stage inherits.
dirty() { (trap '' PIPE USR1; FAKE_SYMBOLIZE=look gp_run 7< /dev/null); }
status "with a descriptor too many and ignored signals" 0 dirty
is "a stage has three descriptors (and ls its own)" "$(sed -n 1p "$T/look")" "0 1 2 3 "
is "no signal blocked" "$(awk '/SigBlk/ { print $2 }' "$T/look")" 0000000000000000
is "none ignored" "$(awk '/SigIgn/ { print $2 }' "$T/look")" 0000000000000000
like "no core dump" "$(grep core "$T/look")" 'size +[01] +[01] '
closed() { gp_run <&- >&-; }
status "without stdin and stdout" 0 closed

# The lock.
FAKE_RECORD=wait gp_run_bg
ok "the first runs" wait_for test -e "$T/record.waits"
status "a second one exits at once" 75 "$BIN/gp-run" --bindir "$FAKES" --lock "$T/lock"
like "and says so" "$(cat "$T/err")" "another gp-run has $T/lock: nothing done"
status "quietly, with -q" 75 "$BIN/gp-run" -q --bindir "$FAKES" --lock "$T/lock"
is "-q says nothing" "$(cat "$T/err")" ""
kill -TERM $run; wait $run; st=$?
is "SIGTERM ends the recording early and is no failure" $st 0
is "the profile arrives" "$(wc -l < "$T/uploaded")" 2
like "it says what it does" "$(cat "$T/bg.err")" "SIGTERM: ending early"
nothing_left "after SIGTERM"
status "the lock is free again" 0 gp_run
ln -s "$T/stream" "$T/link"
status "a lock that is a symbolic link" 73 gp_run --lock "$T/link"
echo precious > "$T/file"
status "a lock that is some file" 0 gp_run --lock "$T/file"
is "keeps its content" "$(cat "$T/file")" precious

# Two signals: at once, whatever the stages think of it.
FAKE_RECORD=deaf gp_run_bg
wait_for test -e "$T/record.waits"
kill -TERM $run
wait_for grep -q early "$T/bg.err"
kill -TERM $run; wait $run; st=$?
is "a second SIGTERM aborts" $st 143
nothing_left "after an abort"

# Whatever ends gp-run ends the stages.
FAKE_RECORD=deaf FAKE_SYMBOLIZE=slow gp_run_bg
wait_for test -e "$T/record.waits"
wait_for test -e "$T/symbolize.waits"
kill -KILL $run; wait $run 2> "$T/null"
ok "SIGKILL of gp-run: no stage outlives it" wait_for nobody
rm -f "$T/lock"

# It follows its parent.
cat > "$T/parent" <<EOT
"$BIN/gp-run" --bindir "$FAKES" --lock "$T/lock" --tmpdir "$T/tmp" \
    --spool "$T/spool" 2> "$T/err" &
echo \$! > "$T/run.pid"
wait
EOT
rm -f "$T"/uploaded* "$T/record.waits"
FAKE_RECORD=wait sh "$T/parent" & parent=$!
wait_for test -e "$T/record.waits"
kill -KILL $parent; wait $parent 2> "$T/null"
gone() { ! kill -0 "$(cat "$T/run.pid")" 2> "$T/null"; }
ok "when the parent dies, gp-run ends" wait_for gone
is "in good order" "$(wc -l < "$T/uploaded")" 2
nothing_left "after the parent's death"

done_testing
