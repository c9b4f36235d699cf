#!/bin/sh
# gp-run where there is no room: what can be neither delivered nor kept stays in its
# recording, and is delivered once when there is.
. tests/tap.sh
. tests/run-fakes.sh
S=$T/state
recordings() { find "$S/recording" -type f -printf '%f\n' | sed 's/.*\.//' | sort | tr '\n' ' '; }
metric() { sed -n "s/^$1 //p" "$S/metrics.prom"; }
sums() { sort "$T/uploaded" | tr '\n' ' '; }
id=0123456789abcdef0123456789abcdef
# One that died holds this.
dead() {
	mkdir -p "$S/recording"
	sed 's/^app-7/dead-7/' "$T/stream" > "$S/recording/20261124T104107.482Z-$id.raw"
}
# Profiles cannot be kept.
unkept() { mkdir -p "$S"; rm -rf "$S/unsent"; : > "$S/unsent"; }

twice() { # end it at once
	kill -TERM $run
	wait_for grep -q 'once more: at once' "$T/bg.err"
	kill -TERM $run
}

# Neither kept nor uploaded.
unkept
status "no place for a profile" 73 env FAKE_UPLOAD=segv sh -c '"$@"' sh \
    "$BIN/gp-run" --bindir "$FAKES" --lock "$T/lock" --tmpdir "$T/tmp" --spool "$T/spool"
like "is said" "$(cat "$T/err")" 'gp-upload killed by SIGSEGV, and the profile cannot be kept'
is "its recording stays" "$(recordings)" "left "
rm "$S/unsent"
status "when there is one" 0 gp_run
is "it is delivered" "$(sums)" \
    'app-7;malloc;main 3 app-7;malloc;main 3 app-7;schedule_[k] 2 app-7;schedule_[k] 2 '
is "nothing is left" "$(recordings)" ""
is "no cycle was killed" "$(metric 'gp_cycles_total{outcome="killed"}')" 0

# The second signal comes while gp-upload has it.
unkept
FAKE_UPLOAD=slow gp_run_bg
wait_for test -e "$T/upload.waits"
twice
s=0; wait $run || s=$?
is "two signals end it" $s 143
is "what nobody has stays" "$(recordings)" "left "
rm "$S/unsent"
status "the next cycle" 0 gp_run
is "has it" "$(wc -l < "$T/uploaded")" 4
is "the cycle is counted as aborted" "$(metric 'gp_cycles_total{outcome="aborted"}')" 1
is "and not as killed" "$(metric 'gp_cycles_total{outcome="killed"}')" 0

# The same while an older recording is made good: it is tried again.
dead
cat > "$T/bin/second.sh" <<'EOT'
if [ -e "$FAKE_DIR/second" ]; then trouble slow; fi; : > "$FAKE_DIR/second"
EOT
cp "$FAKES/gp-symbolize" "$T/aside"
sed -i "/^case \$FAKE_SYMBOLIZE/i . \"$T/bin/second.sh\"" "$FAKES/gp-symbolize"
gp_run_bg
wait_for test -e "$T/symbolize.waits"
twice
wait $run
mv "$T/aside" "$FAKES/gp-symbolize"
is "ended while it makes one good: that stays" "$(recordings)" "left "
status "and is made good by the next" 0 gp_run
is "as it was" "$(sums)" \
    'app-7;malloc;main 3 app-7;schedule_[k] 2 dead-7;malloc;main 3 dead-7;schedule_[k] 2 '

# No room for what gp-symbolize writes, nor for what stands in for it: the recording
# itself is what would be delivered, and is not written over by an older one.
if [ "$(id -u)" -eq 0 ] && unshare -m true 2> "$T/null"; then
	unkept
	dead
	rm -f "$T"/uploaded*
	status "a full disk, too" 73 env FAKE_UPLOAD=segv FAKE_SYMBOLIZE=segv \
	    unshare -m sh -c 'mount -t tmpfs -o size=4096 none "$1" || exit
		head -c 4096 /dev/zero > "$1/full"; shift; exec "$@"' sh "$T/tmp" \
	    "$BIN/gp-run" --bindir "$FAKES" --lock "$T/lock" --tmpdir "$T/tmp" \
	    --spool "$T/spool"
	like "the recording stays as it was" "$(cat "$T/err")" 'the recording stays as it was'
	is "and so does an older one" "$(recordings)" "left raw "
	rm "$S/unsent"
	status "then there is room" 0 gp_run
	is "each is delivered once" "$(sums)" \
	    "$(for p in app-7 app-7 dead-7; do
		printf '%s;malloc;main 3\n%s;schedule_[k] 2\n' $p $p; done | sort | tr '\n' ' ')"
	is "nothing is left of them" "$(recordings)" ""
else
	skip "a full disk" "no mount namespace"
fi
nothing_left "at last"
done_testing
