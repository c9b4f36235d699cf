#!/bin/sh
# Tables of functions are kept: the second run takes them from there, and nothing
# that may lie there, or happen to it, changes a name.
. tests/tap.sh

command -v cc > /dev/null || skip_all "no compiler"
C=$GP_CACHE_DIR/symbols

printf '%s\n' 'int first(void) { return 1; }' 'int second(void) { return 2; }' \
    'int main(void) { return first() + second(); }' > "$T/p.c"
cc -O1 -fno-inline -Wl,--build-id -o "$T/prog" "$T/p.c"
ID=$(readelf -n "$T/prog" | sed -n 's/.*Build ID: //p')
addr() { nm "$T/prog" | awk -v n="$1" '$3 == n { print $1 }'; }
stream() { # path
	printf '%s\n' '#gp version=1 kind=raw' "#module id=1 build_id=$ID path=$1" \
	    "x-1;\$1+$(addr first);\$1+$(addr second) 1" \
	    '#end lines=1 samples=1 lost=0'
}
stream "$T/prog" > "$T/raw"
named() { "$BIN/gp-symbolize" -v "${1-$T/raw}" 2> "$T/err" |
    sed -n 's/^x-1;\(.*\) 1$/\1/p'; }

is "a first run" "$(named)" "first;second"
like "parses the file" "$(cat "$T/err")" 'prog: .*from \.symtab'
ok "and keeps what it found" [ -s "$C/tables" ]
is "a second run names the same" "$(named)" "first;second"
like "without parsing it" "$(cat "$T/err")" 'prog: .*from the cache'
cp "$C/tables" "$T/good"
is_kept() { named > /dev/null; grep -q 'from the cache' "$T/err"; }
keys() { grep -aoE "$ID(-[0-9]+)?" "$C/tables" | sort -u; }

# Whatever is asked for: what was seen once is not parsed again.
printf '%s\n' '#gp version=1 kind=raw' "#module id=1 build_id=$ID path=$T/prog" \
    "x-1;\$1+$(addr main);\$1+1 1" '#end lines=1 samples=1 lost=0' > "$T/raw3"
is "another function" "$(named "$T/raw3")" "main;[prog]"
unlike "is named without a look into the file" "$(cat "$T/err")" 'from \.symtab'

# A long table has a file of its own.
perl -e 'print "int function_with_a_rather_long_name_$_(void) { return $_; }\n"
    for 1 .. 2000; print "int main(void) { return 0; }\n"' > "$T/l.c"
cc -Wl,--build-id -o "$T/long" "$T/l.c"
LID=$(readelf -n "$T/long" | sed -n 's/.*Build ID: //p')
long() { # function
	printf '%s\n' '#gp version=1 kind=raw' "#module id=1 build_id=$LID path=$T/long" \
	    "x-1;\$1+$(nm "$T/long" | awk -v n="$1" '$3 == n { print $1 }') 1" \
	    '#end lines=1 samples=1 lost=0'
}
long function_with_a_rather_long_name_7 > "$T/raw4"
is "a function of two thousand" "$(named "$T/raw4")" function_with_a_rather_long_name_7
ok "all of which are kept" [ -s "$C/$LID" ]
is "not with those of other files" "$(grep -ac "$LID" "$C/tables")" 0
long function_with_a_rather_long_name_1999 > "$T/raw4"
is "another one" "$(named "$T/raw4")" function_with_a_rather_long_name_1999
unlike "is named without a look into the file" "$(cat "$T/err")" 'from \.symtab'
printf X | dd of="$C/$LID" bs=1 seek=9 conv=notrunc 2> /dev/null
is "a table with damage in it names the same" "$(named "$T/raw4")" \
    function_with_a_rather_long_name_1999
rm -r "$C"
named > /dev/null

# The key is the build id; but a stripped copy has fewer functions.
strip -o "$T/stripped" "$T/prog"
stream "$T/stripped" > "$T/raw2"
is "a stripped copy has the names that were kept" "$(named "$T/raw2")" \
    "first;second"
rm -r "$C"
is "it has none of its own" "$(named "$T/raw2")" "[stripped];[stripped]"
is "and does not keep the whole one from being parsed" "$(named)" "first;second"
is "after which it has names" "$(named "$T/raw2")" "first;second"

# Damage: absent, and made anew.
printf 'garbage' > "$C/tables"
is "garbage is no matter" "$(named)" "first;second"
ok "and is replaced" is_kept
head -c 700 "$T/good" > "$C/tables"
is "nor is a half file" "$(named)" "first;second"
: > "$C/tables"
is "nor an empty one" "$(named)" "first;second"
ok "each is replaced" is_kept
# In a name: found when it is asked for.
at=$(grep -abo second "$C/tables" | cut -d : -f 1)
printf X | dd of="$C/tables" bs=1 seek="$at" conv=notrunc 2> /dev/null
is "a damaged name is read from the file" "$(named)" "first;second"
ok "and replaced" is_kept
rm "$C/tables"
ln -s "$T/good" "$C/tables"
is "a link is not followed" "$(named)" "first;second"
ok "but replaced" [ ! -L "$C/tables" ]
rm "$C/tables"
mkfifo "$C/tables"
is "a FIFO is not waited for" "$(named)" "first;second"
rm -f "$C/tables"
mkdir "$C/tables"
is "a folder in its place is no trouble" "$(named)" "first;second"
like "and said to those who ask" "$(cat "$T/err")" 'could not be kept'
rmdir "$C/tables"

# Where it cannot be.
is "without a cache" "$(GP_CACHE_DIR='' named)" "first;second"
like "the file is parsed" "$(cat "$T/err")" 'prog: .*from \.symtab'
is "a file where the folder should be" \
    "$(GP_CACHE_DIR=$T/p.c named)" "first;second"
like "is said to those who ask" "$(cat "$T/err")" 'no cache of symbols'
if [ -w /dev/full ]; then
	is "a device there" "$(GP_CACHE_DIR=/dev/full named)" "first;second"
fi
mkdir -p "$T/open/symbols"
chmod 777 "$T/open/symbols"
is "a folder that all may write" "$(GP_CACHE_DIR=$T/open named)" "first;second"
is "is left alone" "$(ls "$T/open/symbols")" ""

if [ "$(id -u)" = 0 ]; then
	mkdir -p "$T/theirs/symbols"
	cp "$T/good" "$T/theirs/symbols/tables"
	chown -R 65534 "$T/theirs"
	is "a folder of somebody else's" "$(GP_CACHE_DIR=$T/theirs named)" \
	    "first;second"
	unlike "is not believed" "$(cat "$T/err")" 'from the cache'
	is "nor written to" "$(find "$T/theirs" -user 0)" ""
	chown 0 "$T/theirs"
	is "nor is one of his in root's" "$(GP_CACHE_DIR=$T/theirs named)" \
	    "first;second"
	unlike "at all" "$(cat "$T/err")" 'from the cache'
	named > /dev/null
	chown 65534 "$C/tables"
	is "a stranger's file is not believed" "$(named)" "first;second"
	unlike "at all" "$(cat "$T/err")" 'from the cache'
	mkdir -p "$T/theirs/symbols"
	chown 65534 "$T/theirs/symbols"
	cp "$T/good" "$T/theirs/symbols/tables"
	is "a stranger's folder" "$(GP_CACHE_DIR=$T/theirs named)" "first;second"
	unlike "is not read" "$(cat "$T/err")" 'from the cache'
	is "nor written to" "$(ls "$T/theirs/symbols")" "tables"
	chown 65534 "$T/prog"
	rm "$C/tables"
	is "a stranger's program" "$(named)" "first;second"
	is "is kept apart, by who it belongs to" "$(keys)" "$ID-65534"
	is "and found again" "$(named)" "first;second"
	like "there" "$(cat "$T/err")" 'from the cache'
	chown 0 "$T/prog"
	if mkdir "$T/mnt" && mount -t tmpfs -o size=16k none "$T/mnt" 2> /dev/null
	then
		on_exit='umount "$T/mnt"'
		mkdir "$T/mnt/symbols"
		head -c 16000 /dev/zero > "$T/mnt/symbols/full" 2> /dev/null
		is "a full disk" "$(GP_CACHE_DIR=$T/mnt named)" "first;second"
		rm "$T/mnt/symbols/full"
		is "that is full no more" "$(GP_CACHE_DIR=$T/mnt named)" \
		    "first;second"
		mount -o remount,ro "$T/mnt"
		is "a disk that cannot be written" \
		    "$(GP_CACHE_DIR=$T/mnt named)" "first;second"
		like "can be read" "$(cat "$T/err")" 'from the cache'
	else
		skip "a full disk" "cannot mount here"
	fi
fi

# Build ids are kept too, of files that have not just been changed.
i=0
while [ ! -s "$C/identities" ] && [ "$i" -lt 30 ]; do
	i=$((i + 1))
	sleep 0.5
	named > /dev/null
done
ok "what build ids files have is kept" [ -s "$C/identities" ]
is "and believed" "$(named)" "first;second"
sed 's/return 1/return first0()/; 1i int first0(void) { return 3; }' "$T/p.c" > "$T/p2.c"
cc -O1 -fno-inline -Wl,--build-id -o "$T/prog2" "$T/p2.c"
cp -p "$T/prog" "$T/keep"
size=$(stat -c %s "$T/prog")
cat "$T/prog2" > "$T/prog"
truncate -s "$size" "$T/prog"
touch -r "$T/keep" "$T/prog"
is "a file with other contents, of the same time and size, is another" \
    "$(named)" "[prog];[prog]"
like "and said to be" "$(cat "$T/err")" 'another build'
cat "$T/keep" > "$T/prog"
for how in garbage ''; do
	printf '%s' "$how" > "$C/identities"
	is "damage there is no matter ($how)" "$(named)" "first;second"
done

# What DWARF answered is kept beside the tables, by the same rules.
printf '%s\n' 'static inline int half(int x) { return x / 3 + 7 % x; }' \
    'int whole(int x) { return half(x) ^ half(x + 1); }' \
    'int main(int c, char **v) { return whole(c) + !v; }' > "$T/d.c"
cc -O2 -g -fno-ipa-icf -Wl,--build-id -o "$T/dprog" "$T/d.c"
DID=$(readelf -n "$T/dprog" | sed -n 's/.*Build ID: //p')
printf '%s\n' '#gp version=1 kind=raw' "#module id=1 build_id=$DID path=$T/dprog" > "$T/draw"
nm -S "$T/dprog" | perl -ane 'if (($F[3] // "") eq "whole") { my $a = hex $F[0];
    printf "x-1;\$1+%x 1\n", $a + $_ for 0 .. hex($F[1]) - 1 }' >> "$T/draw"
k=$(grep -c '^x' "$T/draw")
echo "#end lines=$k samples=$k lost=0" >> "$T/draw"
dnamed() { "$BIN/gp-symbolize" -v --inline --lines "$T/draw" 2> "$T/err"; }
dnamed > "$T/first"
like "inlined functions" "$(cat "$T/first")" 'half \(d.c:1\)_\[i\]'
unlike "are read from the file first" "$(cat "$T/err")" 'DWARF of .*cache'
dnamed > "$T/second"
ok "and the same again" cmp "$T/first" "$T/second"
like "from the cache" "$(cat "$T/err")" "DWARF of $k addresses, from the cache"
unlike "and none is left out" "$(cat "$T/err")" 'functions left out'
is "without lines they are asked for anew" \
    "$("$BIN/gp-symbolize" -v --inline "$T/draw" 2>&1 | grep -c 'DWARF of')" 0
for how in 'printf garbage' 'head -c 100 "$T/dgood"' ':'; do
	cp "$C/$DID.lines" "$T/dgood"
	eval "$how" > "$C/$DID.lines"
	dnamed > "$T/second"
	ok "what is damaged is asked for anew ($how)" cmp "$T/first" "$T/second"
	dnamed > /dev/null
	like "and kept ($how)" "$(cat "$T/err")" "DWARF of $k addresses, from"
done
grep -v '^#end' "$T/draw" | head -n 5 > "$T/few"
echo '#end lines=3 samples=3 lost=0' >> "$T/few"
rm "$C/$DID.lines"
"$BIN/gp-symbolize" --inline --lines "$T/few" > /dev/null
dnamed > "$T/second"
ok "what is new is added to what is kept" cmp "$T/first" "$T/second"
like "and only that is asked for" "$(cat "$T/err")" 'DWARF of 3 addresses, from'
dnamed > /dev/null
like "so that all is there" "$(cat "$T/err")" "DWARF of $k addresses, from"

# Many at once, and some killed.
rm -rf "$C"
bad=0
for i in 1 2 3 4 5 6; do
	(n=0; while [ "$n" -lt 10 ]; do
		n=$((n + 1))
		[ "$("$BIN/gp-symbolize" "$T/raw" | sed -n 3p)" = \
		    "x-1;first;second 1" ] || exit 1
		rm -f "$C/tables"
	done) &
	eval "p$i=$!"
done
n=0
while [ "$n" -lt 20 ]; do
	n=$((n + 1))
	"$BIN/gp-symbolize" "$T/raw" > /dev/null &
	kill -9 $! 2> /dev/null
	wait $! 2> /dev/null
done
for i in 1 2 3 4 5 6; do
	eval "wait \$p$i" || bad=$((bad + 1))
done
is "several at once, and some killed, all have the right names" "$bad" 0
named > /dev/null
ok "and leave a whole file" is_kept

# Files of the system, and the vDSO, on a disk that cannot hang: what was kept is
# enough, and no worker is started to open or to read any of it.
libc=$(readlink -f "$(cc -print-file-name=libc.so.6)")
case $(stat -f -c %T /) in ext2/ext3 | xfs) disk=1 ;; *) disk= ;; esac
if [ -z "$disk" ] || [ "$(stat -c %d /)" != "$(stat -c %d "$libc")" ] ||
    [ "$(stat -c %u "$libc")" != 0 ]; then
	skip "a warm run starts no process" "libc is not on a disk of ext4 or xfs"
elif ! strace -qq -o /dev/null true 2> /dev/null; then
	skip "a warm run starts no process" "no strace, or it may not trace"
else
	printf '%s\n' '#gp version=1 kind=raw' "#module id=1 path=$libc" \
	    '#module id=2 path=[vdso]' 'x-1;$1+30000;$2+a00 1' \
	    '#end lines=1 samples=1 lost=0' > "$T/raw5"
	forks() {
		ASAN_OPTIONS=detect_leaks=0 strace -f -o "$T/trace" \
		    -e trace=clone,clone3,fork,vfork "$BIN/gp-symbolize" "$T/raw5" \
		    > "$T/out5" 2> "$T/err"
		grep -cE '(clone|clone3|fork|vfork)\(' "$T/trace"
	}
	rm -rf "$C"
	n=$(forks)
	ok "a cold run has workers ($n)" [ "$n" -ge 1 ]
	cp "$T/out5" "$T/cold5"
	is "a warm run starts no process" "$(forks)" 0
	ok "and says the same" cmp "$T/cold5" "$T/out5"
fi

done_testing
