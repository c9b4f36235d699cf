#!/bin/sh
# gp-run: each stage crashes, hangs or lies, and the profile still arrives.
. tests/tap.sh
. tests/run-fakes.sh

named='app-7;malloc;main 3
app-7;schedule_[k] 2'
plain='app-7;[kernel+ff80]_[k] 2
app-7;[libc.so.6+10];main 3'
# with VARIABLE=VALUE STATUS DESCRIPTION [ARGUMENT...]
with() {
	_v=$1 _st=$2 _ds=$3; shift 3
	export "${_v?}"
	status "$_ds" "$_st" gp_run "$@"
	unset "${_v%%=*}"
}

for how in segv kill exit70 exit77; do
	with FAKE_SYMBOLIZE=$how 1 "gp-symbolize: $how"
	is "addresses stand for names" "$(cat "$T/uploaded")" "$plain"
	like "it is named" "$(cat "$T/err")" \
	    'gp-symbolize (killed by SIG(SEGV|KILL)|exit status 7).*RUN_STAGE'
done
for how in late-segv garbage late-exit0; do
	with FAKE_SYMBOLIZE=$how 1 "gp-symbolize: $how"
	is "addresses stand for names ($how)" "$(cat "$T/uploaded")" "$plain"
done
with FAKE_SYMBOLIZE=after-segv 1 "gp-symbolize crashes when all is written"
is "what it wrote is used" "$(grep -c main "$T/uploaded")" 1
with FAKE_SYMBOLIZE=huge 1 "gp-symbolize writes without end" --size 100K
is "it is stopped, addresses stand for names" "$(cat "$T/uploaded")" "$plain"
mv "$FAKES/gp-symbolize" "$T/aside"
status "there is no gp-symbolize" 1 gp_run
is "addresses stand for names (missing)" "$(cat "$T/uploaded")" "$plain"
mv "$T/aside" "$FAKES/gp-symbolize"
with FAKE_SYMBOLIZE=leave 0 "gp-symbolize leaves a process in a session of its own"
like "which is found" "$(cat "$T/err")" "RUN_LEFT"
nothing_left "after that"

for how in segv kill exit70 exit127; do
	with FAKE_COLLAPSE=$how 1 "gp-collapse: $how"
	like "the named stream is uploaded" "$(cat "$T/uploaded")" '^app-7;malloc;main 3$'
	like "as it is" "$(cat "$T/uploaded.all")" '^#gp .*kind=named'
done
with FAKE_COLLAPSE=drop 1 "gp-collapse loses samples"
like "the sums tell" "$(cat "$T/err")" 'gp-collapse: 6 in, 3 out \[RUN_SUM\]'
with FAKE_COLLAPSE=filter 0 "one that was told to leave some out says so" \
    --pass collapse:--focus=x

# gp-upload: the profile is for the next cycle.
unsent() { find "$T/state/unsent" -type f 2> "$T/null" | sed 's/.*\///' | sort; }
n=0
for how in segv kill exit70 exit74 exit78; do
	n=$((n + 1))
	case $how in exit*) st=${how#exit} ;; *) st=75 ;; esac
	with FAKE_UPLOAD=$how $st "gp-upload: $how"
	is "the profile is kept" "$(unsent | wc -l)" $n
	like "it is said" "$(cat "$T/err")" "RUN_KEEP"
done
with FAKE_UPLOAD=exit75 75 "gp-upload has it in its spool"
is "then it is not kept" "$(unsent | wc -l)" $n
with FAKE_UPLOAD=spooled 75 "gp-upload dies behind its spooling"
first=$(sed 's/.*--time //' "$T/upload.args")
like "then it is kept, under the time that gp-upload was told" \
    "$(unsent | tail -1)" "^$(echo "$first" | tr -d :- | sed 's/\./\\./')-.*folded\$"
is "and the recording is gone" "$(ls "$T/state/recording")" ""
status "the next cycle works" 0 gp_run
is "and sends what was kept" "$(wc -l < "$T/uploaded")" $((2 * n + 4))
like "under the same time" "$(cat "$T/upload.times")" "^$first\$"
is "each under its own" "$(sort -u "$T/upload.times" | wc -l)" $((n + 2))
is "which then is gone" "$(unsent)" ""
with FAKE_UPLOAD=exit1 1 "gp-upload lost something"
id=000000000000000000000000000000
i=10
while [ $i -lt 70 ]; do
	echo "app-7;old$i 1" > "$T/state/unsent/20260101T0000$i.000Z-$id$i.folded"
	i=$((i + 1))
done
echo "app-7;not-ours 1" > "$T/state/unsent/20250101T000000.000Z-x.folded"
with FAKE_UPLOAD=segv 75 "when 60 are kept already"
is "the number is bounded (and another's stays)" "$(unsent | wc -l)" 61
is "the oldest went" "$(unsent | sed -n 2p)" "20260101T000011.000Z-${id}11.folded"
is "what is not ours stays" "$(unsent | sed -n 1p)" "20250101T000000.000Z-x.folded"
like "and that is said" "$(cat "$T/err")" "RUN_DROP"
status "they are sent, oldest first" 0 gp_run
is "in order" "$(grep -n . "$T/uploaded" | sed -n '3p;4p')" \
    "$(printf '3:app-7;old11 1\n4:app-7;old12 1')"
rm -f "$T/state/unsent/"*

# gp-record: what it wrote is what can be had.
for how in before-segv before-kill segv; do
	with FAKE_RECORD=$how 70 "gp-record: $how"
	like "nothing was recorded" "$(cat "$T/err")" \
	    'gp-record killed by SIG(SEGV|KILL); nothing was recorded'
	ok "nothing is uploaded" test ! -e "$T/uploaded"
done
with FAKE_RECORD=count-kill 70 "gp-record is killed when it has only counted"
like "what is lost has a number" "$(cat "$T/err")" \
    'killed by SIGKILL; nothing was recorded, 5 samples are lost or more$'
like "which is counted" "$(cat "$T/state/metrics.prom")" \
    '^gp_samples_lost_total.reason="record-died". [0-9]*5$'
with FAKE_RECORD=before-exit77 77 "gp-record may not: its status is ours"
with FAKE_RECORD=before-exit69 69 "the kernel cannot: its status is ours"
with FAKE_RECORD=late-segv 1 "gp-record crashes amid its samples"
is "whole lines are used, half a line is not" "$(cat "$T/uploaded")" \
    "app-7;malloc;main 3"
like "it is said (cut)" "$(cat "$T/err")" 'gp-record killed by SIGSEGV \[RUN_CUT\]'
with FAKE_RECORD=garbage 65 "gp-record writes garbage"
with FAKE_RECORD=huge 1 "gp-record writes without end" --size 100K
is "the samples that fit arrive" "$(cat "$T/uploaded")" "$named"
with FAKE_RECORD=much 1 "gp-record writes more than --size" --size 8K
n=$(awk '{ n += $NF } END { print n }' "$T/uploaded")
like "what is cut off is counted" "$(cat "$T/err")" \
    "size is reached: $((3000 - n)) samples lost \[RUN_CUT\]"
unlike "and the sums are right" "$(cat "$T/err")" RUN_SUM
mv "$FAKES/gp-record" "$T/aside"
status "there is no gp-record" 69 gp_run
mv "$T/aside" "$FAKES/gp-record"
nothing_left "after all that"
with FAKE_DISCOVER=segv 1 "gp-discover crashes" --discover
unlike "then all processes are recorded" "$(cat "$T/record.args")" targets
is "and arrive" "$(cat "$T/uploaded")" "$named"

status "no such --tmpdir" 73 gp_run --tmpdir "$T/none"
if [ "$(id -u)" -eq 0 ] && mkdir "$T/small" &&
    mount -t tmpfs -o size=64k none "$T/small" 2> "$T/null"; then
	on_exit='umount "$T/small"'
	with FAKE_RECORD=huge 1 "a full disk" --tmpdir "$T/small" \
	    --state "$T/small/state"
	like "what fits arrives, the reason is said" "$(cat "$T/err")" 'No space left.*RUN_CUT'
	dd if=/dev/zero of="$T/small/f" bs=4k 2> "$T/null"
	status "nothing fits" 74 gp_run --tmpdir "$T/small" --state "$T/small/state"
	like "that is said" "$(cat "$T/err")" 'cannot store the recording'
else
	skip "--tmpdir on a full disk" "cannot mount a tmpfs"
fi
done_testing
