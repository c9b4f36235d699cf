#!/bin/sh
# memory.sh - gp-record's memory, and that of its maps in the kernel, by how many
# ELF files it comes to know.
#
# A process for each CPU runs code of its part of 55, 500 and 2,400 files of this
# machine, if it has so many, 30 ms each, and all is recorded at 99 Hz: first with
# no row in the cache on disk, so that rows are made, then with what that left
# there. A file is known once a sample lies in it.
. tests/bench.sh

# kernel PID: MiB of its maps and program.
kernel() {
	cat /proc/"$1"/fdinfo/* 2> /dev/null | awk '
	$1 == "memlock:" { n += $2 } END { printf "%.1f", n / 1048576 }'
}

# record COUNT CACHE WORD: one recording of a process with so many files.
record() {
	: > "$T/raw"
	GP_CACHE_DIR=$2 "$FIX/spent" "$T/spent" "$BIN/gp-record" -q \
	    -o "$T/raw" & spent=$!
	until [ -s "$T/raw" ]; do sleep 0.05; done
	read -r rec _ < "/proc/$spent/task/$spent/children"
	rm -f "$T"/truth.*
	load=
	for cpu in $(seq "$(nproc)"); do
		head -n "$1" "$T/files" |
		    awk -v n="$(nproc)" -v k="$cpu" 'NR % n == k % n' > "$T/part"
		"$FIX/manyfiles" 30 < "$T/part" > "$T/truth.$cpu" & load="$load $!"
		until [ -e "$T/truth.$cpu" ]; do sleep 0.05; done
		mv "$T/part" "$T/part.$cpu"
	done
	for cpu in $(seq "$(nproc)"); do
		until [ -s "$T/truth.$cpu" ]; do sleep 0.1; done
	done
	sleep 1
	maps=$(kernel "$rec")
	kill -INT "$rec"
	wait $spent
	# shellcheck disable=SC2086 # a list
	kill $load
	load='' rec=''
	known=$(grep -c '^#module ' "$T/raw")
	row "peak memory, $known files known, $3 (aim: 35)" \
	    "$(awk '{ printf "%.1f", $2 / 1024 }' "$T/spent")" MiB
	row "kernel memory of maps, $known files known, $3" "$maps" MiB
}

# Every kind of size: not in order of it.
find -L /usr -xdev -type f -size +15k \
    \( -name '*.so' -o -name '*.so.*' -o -perm -100 \) -printf '%D:%i %p\n' \
    2> /dev/null | sort -u -k 1,1 | while read -r _ file; do
	[ "$(head -c 4 "$file" | od -An -c | tr -d ' ')" = '177ELF' ] &&
	    printf '%s\n' "$file"
done > "$T/all"
awk '{ print (NR * 7919) % 10007, $0 }' "$T/all" | sort -n | cut -d ' ' -f 2- \
    > "$T/files"
have=$(wc -l < "$T/files")
for count in 55 500 2400; do
	[ "$have" -ge "$count" ] || count=$have
	rm -rf "$T/cache"
	record "$count" "$T/cache" "rows made"
	record "$count" "$T/cache" "rows cached"
	[ "$count" -ne "$have" ] || break
done
