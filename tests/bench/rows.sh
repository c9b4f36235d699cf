#!/bin/sh
# rows.sh - unwind rows: how fast they are made, and what the cache on disk saves.
#
# Of the 40 largest libraries here (BENCH_ROWS_FILES) and of what all running
# processes have mapped, which is what a recording begins with. CPU time, the
# files in the page cache; the best of three.
set -u
: "${BUILD:=$PWD/build}"
rows=$BUILD/tests/rows/time_rows
skip() { printf 'skip\t%s\n' "$1"; exit 0; }
make -s BUILD="$BUILD" "$rows" > /dev/null || skip "cannot build time_rows"
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
trap 'exit 130' INT TERM

# best NAME CACHE: the run of three with the least CPU time: "rows ms".
best() {
	for _ in 1 2 3; do
		tr '\n' '\0' < "$T/$1" | xargs -0 "$rows" "$2"
	done | sort -k 2n | head -n 1
}
# measure NAME WHAT
measure() {
	cold=$(best "$1" -)
	best "$1" "$T/cache.$1" > "$T/fill" # the first of them fills it
	warm=$(best "$1" "$T/cache.$1")
	echo "$cold $warm" | awk -v w="$2" -v OFS='\t' '{
		print "rows of " w, $1, "rows"
		print "rows made, " w, sprintf("%.1f", $1 / $2 / 1000), \
		    "million/s"
		print "cold start, " w, $2, "ms"
		print "warm start, " w, $4, "ms"
		print "warm / cold, " w, sprintf("%.2f", $4 / $2), "ratio"
	}'
}

find -L /usr/lib /usr/bin -xdev -type f -size +500k \
    \( -name '*.so*' -o -perm -100 \) -printf '%s %p\n' 2> /dev/null |
    sort -rn | awk '!seen[$1]++ { sub(/^[0-9]+ /, ""); print }' |
    head -n "${BENCH_ROWS_FILES:-40}" > "$T/large"
cat /proc/[0-9]*/maps 2> /dev/null |
    awk '$2 ~ /x/ && $6 ~ /^\// && NF == 6 { print $6 }' | sort -u > "$T/mapped"
[ -s "$T/large" ] && measure large "the largest files"
[ -s "$T/mapped" ] && measure mapped "all that is mapped"
