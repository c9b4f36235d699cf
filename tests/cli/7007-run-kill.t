#!/bin/sh
# gp-run killed before each system call that changes anything, and each process
# that it starts too: what was recorded arrives once or is named as lost, and
# nothing is left behind. Real gp-collapse and gp-upload.
. tests/tap.sh
. tests/run-fakes.sh
killat=$FIX/killat
"$killat" 0 1 true > "$T/null"
[ $? -eq 137 ] || skip_all "processes may not be traced"
# The leak checker is a tracer itself.
export ASAN_OPTIONS=detect_leaks=0
# What a sanitizer reserves is more than any bound.
memory=
! grep -q __asan_init "$BIN/gp-collapse" || memory=--memory=100T
S=$T/state D=$T/store
rm "$FAKES/gp-collapse" "$FAKES/gp-upload"
ln -s "$BIN/gp-collapse" "$BIN/gp-upload" "$FAKES"
sed 's/^app-7/next-7/' "$T/stream" > "$T/stream.next"
sed 's/^app-7/dead-7/' "$T/stream" > "$T/stream.dead"
cp "$T/stream" "$T/stream.app"

cycle() { # NAME [COMMAND...]: a cycle that records processes of that name
	cp "$T/stream.$1" "$T/stream"
	shift
	"$@" "$BIN/gp-run" $memory -d 1s --bindir "$FAKES" --lock "$T/lock" \
	    --tmpdir "$T/tmp" --dir "$D" 2> "$T/said"
}
killed() { # PROCESS CALL
	cycle app "$killat" "$1" "$2" > "$T/call"
	[ $? -eq 137 ]
}
fail() { wrong=$((wrong + 1)); note "$what: process $p, call $at ($(cat "$T/call")): $*"; }
# What has arrived: a line for each name in each profile, with its samples.
look() {
	find "$D" -name '*.gz' 2> "$T/null" | while read -r f; do
		zcat "$f" | awk -F'[-;]' '/^#/ { next } { sub(/.* /, "", $NF)
		    n[$1] += $NF } END { for (i in n) print i, n[i] }'
	done > "$T/arrived"
}
# How many samples of a name, and in how many profiles.
delivered() {
	awk -v name="$1" '$1 == name { n += $2; k++ }
	    END { print n + 0, k + 0 }' "$T/arrived"
}
# Of five samples that were recorded under a name.
arrived_or_named() {
	case $(delivered "$1") in
	'5 1') ;;
	'0 0') [ ! -e "$T/record.args" ] || grep -Eq "$2" "$T/named" ||
	    fail "$1: lost without a word: $(cat "$T/named")" ;;
	'3 1') grep -Eq 'RUN_DIED|RUN_CUT' "$T/named" || fail "$1: not whole, unsaid" ;;
	*) fail "$1 arrived: $(delivered "$1") (samples, profiles)" ;;
	esac
}
check() {
	wait_for nobody || fail "processes are left: $(alive)"
	cat "$T/said" > "$T/named"
	rm -f "$T/pids"
	mv "$T/record.args" "$T/record.was" 2> "$T/null"
	cycle next
	[ $? -le 1 ] || fail "the next cycle: $(cat "$T/said")"
	cat "$T/said" >> "$T/named"
	rm -f "$T/record.args"
	mv "$T/record.was" "$T/record.args" 2> "$T/null"
	look
	arrived_or_named app 'RUN_GONE|nothing was recorded'
	case $(delivered next) in '5 1') ;; *) fail "the next: $(delivered next)" ;; esac
	left=$(find "$T/tmp" "$T/lock" "$S" "$D" -type f ! -name metrics.prom \
	    ! -name .usage ! -name '*Z-h.folded.gz' 2> "$T/null"; alive)
	[ -z "$left" ] || fail "left: $left"
}
fresh() { _clean; rm -rf "$S" "$D" "${T:?}/lock"; : > "$T/pids"; }

# Every process of a cycle, at every call of each.
points=0 wrong=0 p=0 what='a cycle'
while :; do
	at=1
	while fresh; killed $p $at; do
		points=$((points + 1))
		check
		at=$((at + 1))
	done
	[ $p -gt 0 ] || own=$((at - 1))
	# No such process: there are no more.
	[ "$(cat "$T/call")" -ne 0 ] || [ $p -lt 12 ] || break
	p=$((p + 1))
	[ $p -lt 40 ] || break
done
note "$points points, $own of them in gp-run"
ok "a cycle was killed at many points" [ "$points" -gt 60 ]
ok "gp-run too" [ "$own" -gt 25 ]
is "what is recorded arrives once or is named, and nothing is left" "$wrong" 0

# A cycle that has to make good what another left: one that recorded, and one
# that had its profile ready.
id=0123456789abcdef0123456789abcde
points=0 wrong=0 p=0 at=1 what='one that makes good'
while fresh
    mkdir -p "$S/recording" "$S/unsent"
    head -5 "$T/stream.dead" > "$S/recording/20261124T104107.482Z-${id}1.raw"
    "$BIN/gp-collapse" --meta < "$T/stream.app" | sed 's/^app;/kept;/' \
	> "$S/unsent/20261124T104057.482Z-${id}2.folded"
    killed $p $at; do
	points=$((points + 1))
	check
	case $(delivered kept) in '5 1') ;; *) fail "kept: $(delivered kept)" ;; esac
	arrived_or_named dead RUN_GONE
	at=$((at + 1))
done
note "$points points"
ok "one that makes good was killed at many points" [ "$points" -gt 40 ]
is "all that waits arrives once or is named" "$wrong" 0

# A cycle whose gp-upload fails, so that the profile is kept.
points=0 wrong=0 at=1 what='one that keeps'
while fresh
    rm -f "$FAKES/gp-upload"; printf '#!/bin/sh\nexit 74\n' > "$FAKES/gp-upload"
    chmod +x "$FAKES/gp-upload"
    killed $p $at; do
	points=$((points + 1))
	ln -sf "$BIN/gp-upload" "$FAKES/gp-upload"
	check
	at=$((at + 1))
done
note "$points points"
ok "one that keeps its profile was killed at many points" [ "$points" -gt 25 ]
is "it arrives with the next cycle, once" "$wrong" 0
done_testing
