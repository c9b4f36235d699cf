#!/bin/sh
# gp-run with a network that is away for an hour, names that do not resolve, and a
# clock that is put back: real gp-collapse and gp-upload, simulated time.
. tests/tap.sh
. tests/run-fakes.sh
. tests/fixtures/http_sink.sh
command -v faketime > "$T/null" || skip_all "no faketime"
command -v jq > "$T/null" || skip_all "no jq"
# Its library comes before the sanitizer's.
export ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0
S=$T/state P=$T/spool
rm "$FAKES/gp-collapse" "$FAKES/gp-upload"
ln -s "$BIN/gp-collapse" "$BIN/gp-upload" "$FAKES"
start='2026-11-24 10:00:00'
# What a sanitizer reserves is more than any bound.
memory=
! grep -q __asan_init "$BIN/gp-collapse" || memory=--memory=100T
# cycle MINUTE [ARGUMENT...]: a cycle that begins so many minutes behind start. Its
# samples tell which it is.
cycle() {
	sed "3,4s/main 3/main_$1 3/" "$T/stream" > "$T/stream.new"
	cp "$T/stream" "$T/stream.old"; mv "$T/stream.new" "$T/stream"
	_m=$1; shift
	_s=0
	TZ=UTC faketime "$(date -u -d "$start UTC + $_m minutes" '+%F %T')" \
	    "$BIN/gp-run" $memory -d 1s --bindir "$FAKES" --lock "$T/lock" --tmpdir "$T/tmp" \
	    --spool "$P" --pass upload:--retries=0 "$@" 2> "$T/err" || _s=$?
	mv "$T/stream.old" "$T/stream"
	return $_s
}
metric() { sed -n "s/^$1 //p" "$S/metrics.prom"; }
waiting() { find "$P" -name '*.tar.gz' | wc -l; }
sums() { cut -d' ' -f3 "$SINK/log"; }

# An hour without a network: a cycle every two minutes.
sink_start
port=$SINK_PORT
to="--pass=upload:--to=$URL name=far"
sink_stop; wait
odd='' m=0
while [ $m -lt 60 ]; do
	cycle $m "$to"
	s=$?
	[ $s -eq 75 ] || odd="$odd minute $m: $s $(cat "$T/err")"
	[ "$(wc -l < "$T/err")" -le 2 ] || odd="$odd minute $m says $(cat "$T/err")"
	m=$((m + 2))
done
is "an hour without a network: every cycle says that it waits, and no more" "$odd" ""
is "all profiles are in the spool" "$(waiting)" 30
is "they count as deferred" "$(metric 'gp_cycles_total{outcome="deferred"}')" 30
n=$(metric 'gp_target_attempts_total{target="far"}')
ok "the server was tried $n times, once a cycle at most" test "$n" -le 30
like "how long the oldest waits is told" "$(metric gp_spool_oldest_seconds)" '^34[0-9][0-9]$'
is "nothing is in gp-run's own journal" "$(find "$S/unsent" "$S/recording" -type f)" ""
nothing_left "after the hour"
find "$P" -maxdepth 1 -name '2*' | sed 's/.*\///' | sort | sed 's/^[^-]*-//; s/\..*//' > "$T/order"
export SINK_FIXED="$port"
sink_start
cycle 60 "$to"; cycle 76 "$to"
is "the network is back: the spool is empty" "$(waiting)" 0
is "all arrived" "$(sums | wc -l)" 32
is "each once" "$(sums | sort | uniq -d)" ""
is "in the order in which they were made" "$(cut -d' ' -f2 "$SINK/log" | head -30)" \
    "$(cat "$T/order")"
unset SINK_FIXED

# A clock that is put back by a day, while a profile waits, and a killed cycle's
# recording is there.
printf '503 after=3600\n' > "$SINK/script"
cycle 100 "$to"
is "one waits, for an hour" "$(waiting)" 1
m=$(metric gp_cycles_total.outcome="'\"ok\"'")
mkdir -p "$S/recording"
head -5 "$T/stream" | sed 's/^app-7/dead-7/' \
    > "$S/recording/20261124T120000.000Z-0123456789abcdef0123456789abcdef.raw"
: > "$SINK/log"
cycle -1440 "$to"
is "the clock is put back by a day: the cycle works" $? 0
like "and makes good what a killed one left" "$(cat "$T/err")" 'RUN_DIED'
is "all three have arrived" "$(sums | sort -u | wc -l)" 3
is "and once" "$(sums | wc -l)" 3
is "nothing waits" "$(waiting)$(find "$S/unsent" "$S/recording" -type f)" 0
cycle -1438 "$to"
is "and so does the next" "$? $(sums | wc -l)" "0 4"
ok "the figures are those of that time" [ "$(metric gp_cycle_last_timestamp_seconds | cut -d. -f1)" -lt \
    "$(date -u -d "$start UTC" +%s)" ]
nothing_left "after all that"

# A name that does not resolve, and a resolver that does not answer.
cycle 0 "--pass=upload:--to=http://collector.invalid/in name=nowhere"
is "a name that does not exist: the profile waits" "$? $(waiting)" "75 1"
like "and it is said which" "$(cat "$T/err")" 'collector\.invalid|resolve'
if [ "$(id -u)" -eq 0 ] && unshare -m true 2> "$T/null"; then
	echo 'nameserver 192.0.2.1' > "$T/resolv.conf"
	began=$(date +%s)
	unshare -m sh -c 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"' sh \
	    "$T/resolv.conf" "$BIN/gp-run" $memory -d 1s --bindir "$FAKES" --lock "$T/lock" \
	    --tmpdir "$T/tmp" --spool "$T/spool2" --pass upload:--max-time=2s --deadline 20s \
	    "--pass=upload:--to=http://collector.example/in name=deaf" 2> "$T/err"
	is "a resolver that does not answer: the profile waits" \
	    "$? $(find "$T/spool2" -name '*.tar.gz' | wc -l)" "75 1"
	unlike "gp-upload ends by itself" "$(cat "$T/err")" 'RUN_DEADLINE'
	note "it took $(($(date +%s) - began)) s"
else
	skip "a resolver that does not answer" "no mount namespace"
fi
nothing_left "at last"
done_testing
