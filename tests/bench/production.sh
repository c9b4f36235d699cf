#!/bin/sh
# production.sh - what a cycle and a poll cost on a machine with 500 processes more,
# a storm of short ones, and two that compute: the figures of docs/production.md.
#
# Four cycles of BENCH_SECONDS (10) at 99 Hz, into a directory. The first fills the
# caches; of the others the worst is shown, from what gp-run itself counts, but of
# what is written the least: a program that was not there before costs its tables
# once. Then polls of gp-heartbeat with nothing to do, at a control server on
# loopback: in clear text and over TLS, with no command in its history and with as
# many as it keeps; beside all that, and without it. The peer is a program that does
# nothing but one request by libcurl: memory and time of a poll are for the most part
# what that loads.
set -u
cd "$(dirname "$0")/../.." || exit 1
: "${BUILD:=$PWD/build}"
BIN=$BUILD/bin FIX=$BUILD/tests/fixtures
seconds=${BENCH_SECONDS:-10} polls=20
skip() { printf 'skip\t%s\n' "$1"; exit 0; }
[ "$(id -u)" -eq 0 ] || skip "needs root"
command -v python3 > /dev/null || skip "no python3"
T=$(mktemp -d) || exit 1
load='' server=''
# shellcheck disable=SC2086 # lists of pids
trap 'kill $load $server 2> /dev/null; wait 2> /dev/null; rm -rf "$T"' EXIT
trap 'exit 130' INT TERM
export GP_CACHE_DIR="$T/cache" GP_CONFIG='' NO_PROXY='*' LC_ALL=C
row() { printf '%s\t%s\t%s\n' "$1" "$2" "$3"; }
metric() { sed -n "s/^$1 //p" "${2:-$T/state/metrics.prom}"; }
mb() { awk -v n="$1" 'BEGIN { printf "%.1f", n / 1e6 }'; }

"$FIX/crowd" 500 0.001 > "$T/crowd" & load=$!
"$FIX/storm" 6000 > /dev/null & load="$load $!"
for _ in 1 2; do "$FIX/shares" 6000 & load="$load $!"; done
until grep -q ready "$T/crowd"; do sleep 0.1; done
cycle() {
	"$BIN/gp-run" --lock "$T/lock" --state "$T/state" --dir "$T/store" \
	    -d "$1" 2>> "$T/said"
	[ $? -le 1 ] || { cat "$T/said" >&2; exit 1; }
}
total() { awk -v name="^$1" '$0 ~ name { n += $2 } END { printf "%.6f", n }' "$T/state/metrics.prom"; }
cycle "${seconds}s"
for i in 1 2 3; do
	cp "$T/state/metrics.prom" "$T/before.$i"
	cycle "${seconds}s"
	cp "$T/state/metrics.prom" "$T/after.$i"
done
# The largest of a gauge; the smallest and largest growth of counters, by the start
# of their names.
most() { awk -v name="$1 " 'index($0, name) == 1 && $NF > n { n = $NF }
    END { printf "%d", n }' "$T"/after.?; }
growth() {
	for i in 1 2 3; do
		awk -v name="$1" 'index($0, name) == 1 { n += FNR == NR ? -$NF : $NF }
		    END { printf "%.6f\n", n }' "$T/before.$i" "$T/after.$i"
	done | sort -n
}

set -- /proc/[1-9]*
row 'processes on the machine' $# ''
row 'memory of all stages, at most' "$(mb "$(most gp_cycle_peak_memory_bytes)")" MB
for s in run record symbolize collapse upload; do
	row "  gp-$s" "$(mb "$(most "gp_stage_peak_memory_bytes{stage=\"$s\"}")")" MB
done
row 'pipes at once' "$(most gp_cycle_pipes)" ''
row 'processes of gp at once' "$(most gp_cycle_processes)" ''
row 'descriptors of gp-record' "$(most 'gp_stage_descriptors{stage="record"}')" ''
row 'CPU of all stages, of one CPU' "$(growth gp_stage_cpu_seconds_total |
    awk -v s="$seconds" 'END { printf "%.2f", 100 * $1 / s }')" %
row 'written, at 1440 cycles a day' "$(growth gp_cycle_written_bytes_total |
    awk 'NR == 1 { printf "%.2f", $1 * 1440 / 1e9 }')" GB
row 'stored, at 1440 cycles a day' "$(find "$T/store" -name '*.gz' -printf '%s %p\n' | sort -k2 |
    awk 'END { printf "%.2f", $1 * 1440 / 1e9 }')" GB
row 'samples' "$(metric gp_samples_total)" ''
row 'samples lost' "$(total gp_samples_lost_total)" ''
row 'errors said' "$(metric gp_log_errors_total)" ''
row 'errors about processes' "$(metric gp_pid_errors_total)" ''
row 'stages that crashed or were replaced' "$(grep '^gp_stage_ends_total' "$T/state/metrics.prom" |
    grep -vE '"(ok|lossy)"' | awk '{ n += $2 } END { print n + 0 }')" ''
row 'out of memory' "$(metric gp_oom_kills_total)" ''
row 'processes of gp left afterwards' "$(pgrep -P $$ -c gp-)" ''

serve() { # NAME [CERT KEY]
	control=$T/$1
	shift
	mkdir "$control"
	python3 tests/fixtures/control_server.py "$control" "$@" & server="$server $!"
	until [ -s "$control/port" ]; do sleep 0.05; done
}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
    -keyout "$T/key.pem" -out "$T/cert.pem" -subj /CN=127.0.0.1 -days 2 \
    -addext subjectAltName=IP:127.0.0.1 2>> "$T/said" || skip "no openssl"
serve plain
serve tls "$T/cert.pem" "$T/key.pem"
plain=http://127.0.0.1:$(cat "$T/plain/port")
tls=https://127.0.0.1:$(cat "$T/tls/port")
# What a full history looks like.
full() {
	awk -v n=1000 'BEGIN {
		printf "{\"version\":1,\"commands\":["
		for (i = 0; i < n; i++)
			printf "%s\n{\"id\":\"00000000-0000-4000-8000-%012d\",\"kind\":\"start\",\"state\":\"reported\",\"duration\":60,\"frequency\":99,\"received\":%d,\"began\":%d,\"ended\":%d}", i ? "," : "", i, 1790000000 + i, 1790000001 + i, 1790000061 + i
		print "]}"
	}'
}
polls() { # WHAT STATE ARGUMENT...
	what=$1 state=$2
	shift 2
	i=0
	while [ $i -lt $polls ]; do
		"$BIN/gp-heartbeat" "$@" --service bench --state "$state" \
		    2>> "$T/said" || exit 1
		i=$((i + 1))
	done
	row "memory of a poll$what, at most" \
	    "$(mb "$(metric gp_heartbeat_peak_memory_bytes "$state/metrics.prom")")" MB
	row "CPU of a poll$what" "$(metric gp_heartbeat_cpu_seconds_total "$state/metrics.prom" |
	    awk -v n="$polls" '{ printf "%.1f", 1000 * $1 / n }')" ms
}
alone() { # WHAT ARGUMENT...
	what=$1
	shift
	i=0
	while [ $i -lt $polls ]; do
		"$FIX/libcurl" "$@" || exit 1
		i=$((i + 1))
	done > "$T/alone"
	row "  memory of libcurl alone$what" \
	    "$(mb "$(sort -n "$T/alone" | awk 'END { print $1 }')")" MB
	row "  CPU of libcurl alone$what" "$(awk '{ n += $2 }
	    END { printf "%.1f", n / NR / 1000 }' "$T/alone")" ms
}
all_polls() { # WHEN STATE
	mkdir "$2" "$2/full" "$2/full-tls"
	full > "$2/full/commands.json"
	full > "$2/full-tls/commands.json"
	polls "$1" "$2/plain" --server "$plain"
	alone "$1" "$plain/"
	polls " with 1000 commands$1" "$2/full" --server "$plain"
	polls " over TLS$1" "$2/tls" --server "$tls" --ca-file "$T/cert.pem"
	alone " over TLS$1" "$tls/" "$T/cert.pem"
	polls " over TLS with 1000 commands$1" "$2/full-tls" --server "$tls" \
	    --ca-file "$T/cert.pem"
}
all_polls '' "$T/polls"
# shellcheck disable=SC2086 # a list of pids
kill $load
load=''
sleep 1
all_polls ', without the load' "$T/idle"
row 'processes of gp between polls' "$(pgrep -P $$ -c gp-)" ''
exit 0
