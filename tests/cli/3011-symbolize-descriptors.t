#!/bin/sh
# More files than may be open: the least used are closed, and found anew when they
# are asked for again. What is named is the same.
. tests/tap.sh
command -v cc > /dev/null || skip_all "no compiler"
command -v python3 > "$T/null" || skip_all "no python3"
N=300

# Libraries of one template, each with a name and a build id of its own.
printf '%s\n' 'int name_0000(void) { return 1; }' 'int other_0000(void) { return 2; }' > "$T/l.c"
cc -O1 -shared -nostdlib -fPIC -Wl,--build-id=0x00112233445566778899aabbccdd0000 \
    -o "$T/l.so" "$T/l.c"
ID=00112233445566778899aabbccdd
mkdir "$T/lib"
python3 - "$T/l.so" "$T/lib" $N $ID <<'EOT'
import sys
path, folder, n, build_id = sys.argv[1:]
with open(path, "rb") as f:
    text = f.read()
build_id = bytes.fromhex(build_id)
assert text.count(build_id + b"\0\0") == 1
for i in range(int(n)):
    new = text.replace(b"_0000", b"_%04d" % i).replace(
        build_id + b"\0\0", build_id + i.to_bytes(2, "big"))
    with open("%s/l%d.so" % (folder, i), "wb") as f:
        f.write(new)
EOT
addr() { nm -D "$T/l.so" | awk -v n="$1_0000" '$3 == n { sub(/^0+/, "", $1); print $1 }'; }
awk -v n=$N -v dir="$T/lib" -v id=$ID -v a="$(addr name)" -v b="$(addr other)" 'BEGIN {
	print "#gp version=1 kind=raw freq=99"
	for (i = 0; i < n; i++)
		printf "#module id=%d build_id=%s%04x path=%s/l%d.so\n", i, id, i, dir, i
	# Forwards with one function, backwards with the other, and again.
	for (r = 0; r < 2; r++) {
		for (i = 0; i < n; i++) printf "p;$%d+%s 1\n", i, a
		for (i = n - 1; i >= 0; i--) printf "p;$%d+%s 1\n", i, b
	}
	printf "#end lines=%d samples=%d lost=0\n", 4 * n, 4 * n
}' > "$T/raw"
names() { grep -v '^#' "$T/out" | sort | uniq -c | awk '{ print $1, $2 }' | cksum; }
awk -v n=$N 'BEGIN { for (i = 0; i < n; i++) printf "2 p;name_%04d\n2 p;other_%04d\n", i, i }' |
    sort -k 2 > "$T/want"
want=$(cksum < "$T/want")
# shellcheck disable=SC3045 # every sh that is met here has it
symbolize() { (ulimit -n "$1" && exec "$BIN/gp-symbolize"); }
for n in 64 256 1024; do
	rm -rf "$GP_CACHE_DIR"
	IN=$T/raw status "$n descriptors, $N files" 0 symbolize $n
	is "all is named" "$(names)" "$want"
	is "and nothing is said" "$(cat "$T/err")" ""
done
IN=$T/raw status "64, with tables from the cache" 0 symbolize 64
is "all is named" "$(names)" "$want"
rm -rf "$GP_CACHE_DIR"
: > "$GP_CACHE_DIR"
IN=$T/raw status "64, with nowhere to keep tables" 0 symbolize 64
is "all is named" "$(names)" "$want"
done_testing
