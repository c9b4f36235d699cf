#!/bin/sh
# upload.sh - what gp-upload costs: memory whatever the profile's size, and CPU as
# a ratio to gzip's on the same bytes.
#
# A small profile is what a busy machine's minute makes; the large one shows that
# memory does not follow.
set -u
cd "$(dirname "$0")/../.." || exit 1
: "${BUILD:=$PWD/build}"
up=$BUILD/bin/gp-upload
skip() { printf 'skip\t%s\n' "$1"; exit 0; }
[ -x /usr/bin/time ] || skip "no /usr/bin/time"
T=$(mktemp -d) || exit 1
sink=
trap '[ -z "$sink" ] || kill $sink; rm -rf "$T"' EXIT
trap 'exit 130' INT TERM
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

row() { printf '%s\t%s\t%s\n' "$1" "$2" "$3"; }
# run NAME COMMAND...: user and system seconds and peak KiB go to $T/NAME.
run() { _n=$1; shift; /usr/bin/time -f '%U %S %M' -o "$T/$_n" "$@"; }
cpu() { awk 'END { print $1 + $2 }' "$T/$1"; }
peak() { awk 'END { printf "%.1f", $3 / 1024 }' "$T/$1"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / (b ? b : 1) }'; }
# profile LINES: stacks of up to 40 frames out of 3,000 names.
profile() {
	awk -v n="$1" 'BEGIN {
		srand(1)
		for (i = 0; i < n; i++) {
			printf "worker-%d", 1000 + i % 40
			for (d = 5 + int(rand() * 35); d; d--)
				printf ";ns::module_%d::function_%d",
				    d, rand() * rand() * 3000
			printf " %d\n", 1 + rand() * 20
		}
	}'
}
profile 2000 > "$T/small"
profile 80000 > "$T/large"

run empty_dir "$up" --dir="$T/d" < "$T/small"
run large_dir "$up" --dir="$T/d" < "$T/large"
run gzip gzip -c "$T/large" > "$T/large.gz"
row "upload: large profile" "$(($(stat -c %s "$T/large") >> 20))" MiB
row "upload: peak memory, small profile to directory" "$(peak empty_dir)" MiB
row "upload: peak memory, large profile to directory" "$(peak large_dir)" MiB
row "upload: CPU, directory / gzip" "$(ratio "$(cpu large_dir)" "$(cpu gzip)")" x
row "upload: size, directory / gzip" "$(ratio \
    "$(find "$T/d" -name '*.gz' -printf '%s\n' | sort -n | tail -n 1)" \
    "$(stat -c %s "$T/large.gz")")" x

command -v python3 > /dev/null || { echo "no python3: no server" >&2; exit 0; }
# start [CERTIFICATE KEY]
start() {
	rm -rf "$T/sink"
	mkdir "$T/sink"
	python3 tests/fixtures/http_sink.py "$T/sink" "$@" & sink=$!
	while [ ! -s "$T/sink/port" ]; do
		kill -0 "$sink" 2> /dev/null || exit 1
		sleep 0.05
	done
	port=$(cat "$T/sink/port")
}
start
run small_http "$up" --url="http://127.0.0.1:$port/" --spool="$T/s" < "$T/small"
run large_http "$up" --url="http://127.0.0.1:$port/" --spool="$T/s" < "$T/large"
kill "$sink"
sink=
row "upload: peak memory, small profile by HTTP" "$(peak small_http)" MiB
row "upload: peak memory, large profile by HTTP" "$(peak large_http)" MiB
row "upload: CPU, small profile by HTTP" "$(cpu small_http)" s
command -v openssl > /dev/null || { echo "no openssl: no TLS" >&2; exit 0; }
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
    -keyout "$T/key" -out "$T/cert" -subj /CN=gp -days 2 \
    -addext subjectAltName=IP:127.0.0.1 2> /dev/null || exit
start "$T/cert" "$T/key"
# With the system's certificates, as in earnest: the server is not trusted, and
# that is known when all of them are loaded.
run system_https "$up" -q --url="https://127.0.0.1:$port/" --spool="$T/s" \
    < "$T/small" 2> /dev/null
run large_https "$up" --url="https://127.0.0.1:$port/" --spool="$T/s" \
    --ca-file="$T/cert" < "$T/large"
row "upload: peak memory, HTTPS with the system's CAs" "$(peak system_https)" MiB
row "upload: peak memory, large profile by HTTPS" "$(peak large_https)" MiB
