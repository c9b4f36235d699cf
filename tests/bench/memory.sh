#!/bin/sh
# memory.sh - gp-record's memory, and that of its maps in the kernel, by how many
# ELF files it comes to know.
#
# A process for each CPU runs code of its part of 55, 500 and 2,400 files
# (BENCH_FILES), 60 ms each, and all is recorded at 99 Hz: first with no row in the cache on disk, so
# that rows are made, then with what that left there. A file is known once a
# sample lies in it.
#
# The files are this machine's, of every size; where it has too few, small ones
# again, as copies with other build ids, which nothing takes for the same.
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
		"$FIX/manyfiles" 60 1000 < "$T/part" > "$T/truth.$cpu" & load="$load $!"
		until [ -e "$T/truth.$cpu" ]; do sleep 0.05; done
		mv "$T/part" "$T/part.$cpu"
	done
	for cpu in $(seq "$(nproc)"); do
		until [ -s "$T/truth.$cpu" ]; do sleep 0.1; done
	done
	sleep 1
	maps=$(kernel "$rec") fds=$(find "/proc/$rec/fd" -type l | wc -l)
	kill -INT "$rec"
	wait $spent
	# shellcheck disable=SC2086 # a list
	kill $load
	load='' rec=''
	known=$(grep -c '^#module ' "$T/raw")
	row "peak memory, $known files known, $3 (aim: 35)" \
	    "$(awk '{ printf "%.1f", $2 / 1024 }' "$T/spent")" MiB
	row "descriptors, $known files known, $3" "$fds" ""
	row "kernel memory of maps, $known files known, $3" "$maps" MiB
}

# Those that manyfiles can run in, in an order that is not that of size.
find -L /usr -xdev -type f -size +15k \
    \( -name '*.so' -o -name '*.so.*' -o -perm -100 \) -printf '%D:%i %p\n' \
    2> /dev/null | sort -u -k 1,1 | cut -d ' ' -f 2- | "$FIX/manyfiles" 0 |
    tr '\n' '\0' | xargs -0 stat -L -c '%s %n' > "$T/all"
[ -s "$T/all" ] || skip "no files that code can be run in"
awk '{ print (NR * 7919) % 10007, $0 }' "$T/all" | sort -n | cut -d ' ' -f 3- |
    head -n 2400 > "$T/files"

# copies COUNT: of the smallest that have build ids.
mkdir "$T/copies"
copies() {
	n=0
	while [ "$n" -lt "$1" ]; do
		before=$n
		sort -n "$T/all" | head -n 500 | cut -d ' ' -f 2- > "$T/small"
		while [ "$n" -lt "$1" ] && read -r file; do
			at=$(readelf -SW "$file" 2> /dev/null | sed -n \
			    's/.*note.gnu.build-id *NOTE *[^ ]* *\([^ ]*\).*/\1/p')
			[ "$at" ] || continue
			n=$((n + 1))
			cp "$file" "$T/copies/$n" || return
			# Behind the note's header of 16 bytes.
			printf '%08d' "$n" | dd of="$T/copies/$n" bs=1 \
			    conv=notrunc seek=$((0x$at + 16)) 2> /dev/null
			printf '%s\n' "$T/copies/$n"
		done < "$T/small"
		[ "$n" -gt "$before" ] || return
	done
}
copies $((2400 - $(wc -l < "$T/files"))) > "$T/again"
cat "$T/again" >> "$T/files"

for count in ${BENCH_FILES:-55 500 2400}; do
	rm -rf "$T/cache"
	record "$count" "$T/cache" "rows made"
	record "$count" "$T/cache" "rows cached"
done
