#!/bin/sh
# Anybody can give a file any build id. What a stranger's file has is not taken for
# what another one of that id has: in one run, and in later ones.
. tests/tap.sh
for tool in cc python3 readelf; do
	command -v $tool > "$T/null" || skip_all "no $tool"
done
[ "$(id -u)" = 0 ] || skip_all "giving files away needs root"
C=$GP_CACHE_DIR/symbols
ID=0123456789abcdef0123456789abcdef01234567
chmod 755 "$T"

printf '%s\n' 'int inner(int x) { return x ^ 5; }' 'int main(void) { return inner(3); }' > "$T/p.c"
sed 's/inner/wrong/g' "$T/p.c" > "$T/q.c"
build() { cc -O1 -g -fno-inline "-Wl,--build-id=0x$ID" -o "$T/$1" "$T/$2"; }
build good p.c
build evil q.c
addr=$(nm "$T/good" | awk '$3 == "inner" { print $1 }')
is "two programs with the same build id, and a function at the same place" \
    "$(nm "$T/evil" | awk '$3 == "wrong" { print $1 }')" "$addr"
chown 65534 "$T/evil"
# One whose section headers are not there: it can be identified, but not read.
python3 - "$T/evil" "$T/broken" <<'END'
import struct, sys
b = bytearray(open(sys.argv[1], "rb").read())
struct.pack_into("<Q", b, 40, len(b) - 64)
open(sys.argv[2], "wb").write(b)
END
chown 65534 "$T/broken"
# Others, to push their descriptors out: as many as may be open, and more.
mkdir "$T/many"
python3 - "$T/good" "$T/many" $ID <<'END'
import sys
path, folder, build_id = sys.argv[1:]
with open(path, "rb") as f:
    text = f.read()
build_id = bytes.fromhex(build_id)
assert text.count(build_id) == 1
for i in range(40):
    with open("%s/%d" % (folder, i), "wb") as f:
        f.write(text.replace(build_id, bytes([255, i]) + build_id[2:]))
END

module() { printf '%s\n' "#module id=$1 build_id=$ID path=$T/$2"; }
sample() { printf '%s\n' "x-$1;\$$1+${2-$addr} 1"; }
others() {
	for i in $(seq 0 39); do
		printf '#module id=%d build_id=ff%02x%s path=%s\n' $((i + 100)) \
		    "$i" "${ID#????}" "$T/many/$i"
	done
}
# A stream of what words say: m:ID:FILE, s:ID, 0:ID (at no function), others. The
# names, in one line.
named() {
	{ echo '#gp version=1 kind=raw'
	n=0
	for word; do
		case $word in
		m:*) word=${word#m:}; module "${word%:*}" "${word#*:}" ;;
		s:*) sample "${word#s:}"; n=$((n + 1)) ;;
		0:*) sample "${word#0:}" 1; n=$((n + 1)) ;;
		others) others ;;
		esac
	done
	echo "#end lines=$n samples=$n lost=0"; } > "$T/raw"
	# shellcheck disable=SC3045 # every sh that is met here has it
	(ulimit -n 64 && exec "$BIN/gp-symbolize" -v $opts "$T/raw") 2> "$T/err" |
	    sed -n 's/^x-\([0-9]*;.*\) 1$/\1/p' | tr '\n' ' '
}
opts=
anew() { rm -rf "$C"; }
keys() { grep -aohE "$ID(-[0-9]+)?" "$C/tables" | sort -u | tr '\n' ' '; }

is "a stranger's file that comes first names no other's functions" \
    "$(named m:1:evil m:2:good s:2 s:1)" "2;inner 1;wrong "
is "what is kept is kept apart" "$(keys)" "$ID $ID-65534 "
is "so that a later run names it right" "$(named m:1:good s:1)" "1;inner "
like "from the cache" "$(cat "$T/err")" 'good: .*from the cache'
is "and the stranger's" "$(named m:1:evil s:1)" "1;wrong "
like "from the cache, too" "$(cat "$T/err")" 'evil: .*from the cache'

anew
is "a stranger's file that cannot be read costs its own names" \
    "$(named m:1:broken m:2:good s:1 s:2)" "1;[broken] 2;inner "
like "which is said" "$(cat "$T/err")" 'broken: .*MODULE_BAD'

is "it is not read again once it was closed" \
    "$(named m:1:broken s:1 others 0:1)" "1;[broken] 1;[broken] "
is "or it would be said again" "$(grep -c 'MODULE_BAD' "$T/err")" 1

# The descriptor of the one is gone when the other comes.
anew
is "one that takes the place of a closed file has its own names" \
    "$(named m:1:good others m:2:evil s:2)" "2;wrong "
is "under a key of its own" "$(keys)" "$ID-65534 "
is "so that a later run names the closed one right" "$(named m:1:good s:1)" \
    "1;inner "
anew
is "and the other way round, when the closed one is found again" \
    "$(named m:1:evil others m:2:good s:2 s:1)" "2;inner 1;wrong "
is "each under its key" "$(keys)" "$ID $ID-65534 "
is "and in a later run" "$(named m:2:good s:2)" "2;inner "
is "with nothing kept" "$(GP_CACHE_DIR='' named m:1:evil m:2:good others s:2 s:1)" \
    "2;inner 1;wrong "

# Of two strangers likewise.
anew
cp "$T/evil" "$T/third"
chown 65533 "$T/third"
chown 65534 "$T/good"
is "files of two strangers" "$(named m:1:third m:2:good s:1 s:2)" \
    "1;wrong 2;inner "
chown 0 "$T/good"

# Nor does a closed file that could not be read stand for the next.
anew
mv "$T/good" "$T/whole"
cp "$T/broken" "$T/good"
mkfifo "$T/in"
# shellcheck disable=SC3045 # as above
(ulimit -n 64 && exec "$BIN/gp-symbolize" -q "$T/in" > "$T/out") & p=$!
exec 9> "$T/in"
{ echo '#gp version=1 kind=raw'; module 1 good; sample 1; others; sample 100; } >&9
until grep -q '^x-100' "$T/out" 2> "$T/null"; do sleep 0.05; done
mv "$T/whole" "$T/good"
{ module 2 good; sample 2; echo '#end lines=3 samples=3 lost=0'; } >&9
exec 9>&-
wait $p
is "a whole file after a broken one" \
    "$(sed -n 's/^x-\([12];.*\) 1$/\1/p' "$T/out" | tr '\n' ' ')" \
    "1;[good] 2;inner "

# What its DWARF says, too.
anew
opts=--inline
is "of inlined functions the same holds" \
    "$(named m:1:evil m:2:good s:2 s:1)" "2;inner 1;wrong "
is "in a later run" "$(named m:1:good s:1)" "1;inner "

# A debug file that a stranger put where it is looked for.
if unshare -m true 2> "$T/null"; then
	opts=
	objcopy --only-keep-debug "$T/evil" "$T/evil.debug"
	strip -o "$T/bare" "$T/good"
	cp "$T/bare" "$T/his"
	chown 65534 "$T/his"
	mkdir -p /usr/lib/debug
	# The name of a file's function with a debug file of this owner.
	beside() { # OWNER FILE
		anew
		{ echo '#gp version=1 kind=raw'; module 1 "$2"; sample 1
		echo '#end lines=1 samples=1 lost=0'; } > "$T/raw"
		# shellcheck disable=SC2016 # for the other shell
		unshare -m sh -c 'mount -t tmpfs none /usr/lib/debug
			d=/usr/lib/debug/.build-id/01/${3#??}.debug
			mkdir -p "${d%/*}" && cp "$2" "$d" && chown "$1" "$d"
			exec "$BIN/gp-symbolize" -q "$T/raw"' sh "$1" \
		    "$T/evil.debug" "$ID" | sed -n 's/^x-1;\(.*\) 1$/\1/p'
	}
	is "a debug file of root's is used" "$(beside 0 bare)" wrong
	is "a stranger's is not" "$(beside 65534 bare)" "[bare]"
	is "but for his own files" "$(beside 65534 his)" wrong
	is "and not for another's" "$(beside 65533 his)" "[his]"
else
	skip "a stranger's debug file" "no mount namespace"
fi
done_testing
