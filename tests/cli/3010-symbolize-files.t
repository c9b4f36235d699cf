#!/bin/sh
# The right file is found for a process that runs: deleted, replaced, seen by a
# relative only, or with another root; and the wrong one is refused.
. tests/tap.sh

command -v cc > /dev/null || skip_all "no compiler"

# Two builds of a program of the same layout: the same addresses, other names.
prog() { # name number: a program that waits in a function of that name
	# The number, since a build id does not cover the names.
	printf '%s\n' '#include <unistd.h>' \
	    "__attribute__((noinline)) int $1(void) { pause(); return $2; }" \
	    'int main(void) { write(1, "\n", 1); return '"$1"'(); }' > "$T/$1.c"
	cc -O1 -Wl,--build-id -o "$T/$1" "$T/$1.c"
}
prog old_name 1
prog new_name 2
addr() { nm "$1" | awk -v n="$2" '$3 == n { print $1 }'; }
build_id() { readelf -n "$1" | sed -n 's/.*Build ID: //p'; }
OLD=$(addr "$T/old_name" old_name)
OLD_ID=$(build_id "$T/old_name")
NEW_ID=$(build_id "$T/new_name")
is "both builds have the function at one address" \
    "$(addr "$T/new_name" new_name)" "$OLD"

pids=
on_exit='[ -z "$pids" ] || kill $pids 2> /dev/null'

# Start a program and wait until it runs: $pid, and $map of its code.
start() { # program and arguments
	rm -f "$T/fifo"
	mkfifo "$T/fifo"
	"$@" > "$T/fifo" &
	pid=$!
	pids="$pids $pid"
	read -r _ < "$T/fifo" || :
	where
}
# What /proc says of $pid.
where() {
	map=$(awk '$2 ~ /x/ && $6 ~ /^\// { print $1; exit }' "/proc/$pid/maps")
	start=$(sed 's/.*) //' "/proc/$pid/stat" | cut -d ' ' -f 20)
}
# A stream of one sample in the module: path, then the fields of both records.
named() { # path [module-fields [process-fields]]
	printf '%s\n' '#gp version=1 kind=raw' \
	    "#process pid=$pid comm=x ${3-start=$start}" \
	    "#module id=1 ${2-build_id=$OLD_ID} path=$1 pid=$pid map=$map" \
	    "x-$pid;\$1+$OLD 1" '#end lines=1 samples=1 lost=0' |
	    sed 's/ *$//; s/  */ /g' |
	    "$BIN/gp-symbolize" -v 2> "$T/err" | sed -n "s/^x-$pid;\(.*\) 1$/\1/p"
}
# A process whose map_files may be followed needs a capability.
can_map_files=
start "$T/old_name"
if [ -e "/proc/$pid/map_files/$map" ] &&
    head -c 1 "/proc/$pid/map_files/$map" > /dev/null 2>&1; then
	can_map_files=1
fi

is "a living process's file" "$(named "$T/old_name")" old_name
is "a file whose record has no build id" "$(named "$T/old_name" '')" old_name
is "file offsets are converted" \
    "$(OLD=$(printf %x $((0x$OLD))); named "$T/old_name" \
    "build_id=$OLD_ID offsets=1")" old_name
is "another build id is refused" \
    "$(named "$T/old_name" "build_id=$NEW_ID")" '[old_name]'
like "and said" "$(cat "$T/err")" 'MODULE_REPLACED'
is "another start time is another process: the path decides" \
    "$(named "$T/old_name" "build_id=$OLD_ID" start=1)" old_name
like "and it was the path here" "$(cat "$T/err")" 'through its path'
is "a wrong map does not hide the path" \
    "$(map=1000-2000; named "$T/old_name")" old_name

# Replaced, as a package manager does: another file gets the name.
cp "$T/old_name" "$T/prog"
start "$T/prog"
mv "$T/new_name" "$T/prog.new"
mv "$T/prog.new" "$T/prog"
if [ "$can_map_files" ]; then
	is "a file that was replaced while it runs" \
	    "$(named "$T/prog")" old_name
	is "also without a build id: what is mapped, not what is there" \
	    "$(named "$T/prog" '')" old_name
	rm "$T/prog"
	is "a file that was deleted while it runs" \
	    "$(named "$T/prog" "build_id=$OLD_ID deleted=1")" old_name
else
	skip "replaced file" "map_files needs CAP_CHECKPOINT_RESTORE"
	is "without map_files the file there is refused" \
	    "$(named "$T/prog")" '[prog]'
fi
kill "$pid"
wait "$pid" 2> /dev/null

# Moved: the record has the name of before.
cp "$T/old_name" "$T/prog"
start "$T/prog"
mv "$T/prog" "$T/moved"
if [ "$can_map_files" ]; then
	is "a file that was moved while it runs" "$(named "$T/prog")" old_name
	cp "$T/old_name.c" "$T/prog"
	is "whatever has its name now" "$(named "$T/prog")" old_name
else
	skip "moved file" "map_files needs CAP_CHECKPOINT_RESTORE"
fi
rm -f "$T/prog" "$T/moved"
kill "$pid"
wait "$pid" 2> /dev/null
is "of a dead process's deleted file nothing is found" \
    "$(named "$T/prog")" '[prog]'
like "and the module is named" "$(cat "$T/err")" 'prog: .*\[MODULE_GONE\]'

# A file that is gone again before the sample comes was opened in time.
cp "$T/old_name" "$T/short"
start "$T/short"
rm -f "$T/fifo"
mkfifo "$T/fifo"
"$BIN/gp-symbolize" < "$T/fifo" > "$T/out" &
sym=$!
pids="$pids $sym"
exec 9> "$T/fifo"
printf '%s\n' '#gp version=1 kind=raw' "#process pid=$pid comm=x start=$start" \
    "#module id=1 build_id=$OLD_ID path=$T/short pid=$pid map=$map" >&9
# The record comes out before the file is opened; the descriptor tells.
n=0
until readlink "/proc/$sym/fd/"* 2> /dev/null | grep -q "$T/short" ||
    [ "$n" -ge 600 ]; do
	n=$((n + 1))
	sleep 0.1
done
kill "$pid"
wait "$pid" 2> /dev/null
rm "$T/short"
printf '%s\n' "x-$pid;\$1+$OLD 1" '#end lines=1 samples=1 lost=0' >&9
exec 9>&-
wait "$sym"
is "a file is opened when its record comes" "$(sed -n 4p "$T/out")" \
    "x-$pid;old_name 1"

# Not ELF, not a file, not ours.
pid=4194304 map=1000-2000 start=1
echo 'no ELF at all' > "$T/text"
is "a text file has no names" "$(named "$T/text" '')" '[text]'
like "and is said to be none" "$(cat "$T/err")" 'text: .*not an ELF file'
mkfifo "$T/pipe"
is "a FIFO is not waited for" "$(named "$T/pipe" '')" '[pipe]'
is "a device is not opened" "$(named /dev/zero '')" '[zero]'
is "a folder has no names" "$(named /tmp '')" '[tmp]'
truncate -s 2T "$T/sparse" 2> /dev/null || truncate -s 1G "$T/sparse"
is "a huge sparse file is no trouble" "$(named "$T/sparse" '')" '[sparse]'
cp "$T/old_name" "$T/sparse"
truncate -s 1G "$T/sparse"
is "nor one with something at its start" "$(named "$T/sparse")" old_name
head -c 3000 "$T/old_name" > "$T/cut"
is "a file that was cut has the names that were kept of the whole one" \
    "$(named "$T/cut" '')" old_name
is "without them it has none" "$(GP_CACHE_DIR='' named "$T/cut" '')" '[cut]'
is "a process in a container is not looked for here" \
    "$(named "$T/old_name" "build_id=$OLD_ID" "container=c1")" '[old_name]'

# The first process of a container runs; many short ones came after it.
sleep 600 &
main=$!
pids="$pids $main"
{
	echo '#gp version=1 kind=raw'
	echo "#process pid=$main comm=main container=c1"
	for n in 0 1 2 3 4 5 6 7 8 9; do
		echo "#process pid=$((4194304 + n)) comm=x start=1 container=c1"
	done
	echo "#module id=1 build_id=$OLD_ID path=$T/old_name pid=4194313"
	printf '%s\n' "x-4194313;\$1+$OLD 1" '#end lines=1 samples=1 lost=0'
} > "$T/raw"
is "a relative that runs is found behind dead ones" \
    "$("$BIN/gp-symbolize" -v < "$T/raw" 2> "$T/err" | sed -n 's/^x-.*;//p')" \
    'old_name 1'
like "and said" "$(cat "$T/err")" "through process $main, which sees the same"

done_testing
