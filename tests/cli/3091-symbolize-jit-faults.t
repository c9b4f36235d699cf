#!/bin/sh
# What JIT compilers write is read as files are: where a file system does not
# answer, or the reader is killed, it costs these names and nothing else.
. tests/tap.sh

[ "$(id -u)" = 0 ] || skip_all "not root"
command -v perl > /dev/null || skip_all "no perl"
[ -e /dev/fuse ] || skip_all "no FUSE"
S=$BIN/gp-symbolize
perl -e 'binmode STDOUT;
	print pack("L6 Q2", 0x4a695444, 1, 40, 62, 0, 1, 0, 0),
	    pack("L2 Q", 0, 16 + 40 + 2 + 16, 1),
	    pack("L2 Q4", 1, 1, 0x1000, 0x1000, 16, 1), "f\0", "\xc3" x 16
	' > "$T/dump"
echo '1000 10 f' > "$T/map"
mkdir "$T/mnt"
server='' p=''
on_exit='kill -9 $p 2> /dev/null; kill $server 2> /dev/null
	wait; umount -l "$T/mnt" 2> /dev/null; rm -f "/tmp/perf-$p.map"'
sleep 600 & other=$!
p=$other

# mount_file FILE QUESTION: $T/mnt/file is it.
mount_file() {
	rm -f "$T/ready"
	"$FIX/slowfs" "$1" "$T/mnt" "$2" > "$T/ready" 2> "$T/err" & server=$!
	until [ -s "$T/ready" ] || ! kill -0 $server 2> "$T/null"; do
		sleep 0.05
	done
	[ -s "$T/ready" ]
}
unmount_file() { kill $server; wait $server; }
# Of a process with such a file, and of one of the same stream without.
frames() { # pid [jit-fields]
	printf '%s\n' '#gp version=1 kind=raw' "#process pid=$1 comm=x" \
	    "#jit pid=$1${2:+ $2}" "x-$1;\$j$1+1008 1" "x-$1;main 1" \
	    '#end lines=2 samples=2 lost=0' |
	    timeout -k 5 120 "$S" --file-timeout=$limit 2> "$T/err" |
	    sed -n 's/^x-[0-9]*;\(.*\) 1$/\1/p' | tr '\n' ' '
}

for question in never lookup getattr open read flush; do
	if ! mount_file "$T/dump" $question; then
		skip "a file system that stops answering" "$(cat "$T/err")"
		break
	fi
	want="[jit] main " said=PERFMAP_REFUSED limit=1s
	case $question in
	never | flush) want="f_[j] main " said='' limit=30s ;;
	esac
	is "a dump where nobody answers: $question" \
	    "$(frames $other "dump=$T/mnt/file")" "$want"
	like "and that is said" "$(cat "$T/err")" "$said"
	unmount_file
done

# A map is looked for below the process's own root: it has such a file there.
for question in never open read; do
	mount_file "$T/map" $question || break
	mkfifo "$T/began" 2> "$T/null"
	unshare --mount sh -c 'touch "/tmp/perf-$$.map" &&
	    mount --bind "$1" "/tmp/perf-$$.map" && echo "$$" > "$2" &&
	    exec sleep 600' sh "$T/mnt/file" "$T/began" & p=$!
	read -r _ < "$T/began"
	want="[jit] main " limit=1s
	[ $question = never ] && want="f_[j] main " limit=30s
	is "a perf map where nobody answers: $question" "$(frames $p)" "$want"
	kill $p
	wait $p
	rm -f "/tmp/perf-$p.map"
	unmount_file
done

# Readers that are killed at random while they read: each name is right or missing.
kill $other
sleep 600 & p=$!
perl -e 'binmode STDOUT;
	print pack("L6 Q2", 0x4a695444, 1, 40, 62, 0, 1, 0, 0);
	print pack("L2 Q", 0, 16 + 40 + 2 + 16, 1),
	    pack("L2 Q4", 1, 1, 0x1000, 0x1000, 16, 1), "f\0", "\xc3" x 16
	    for 1 .. 200000' > "$T/dump"
bad=0 n=0 missing=0 limit=30s
while [ $n -lt 12 ]; do
	n=$((n + 1))
	frames $p "dump=$T/dump" > "$T/got" & run=$!
	perl -e 'select undef, undef, undef, rand 0.15'
	for r in $(pgrep -f "^$S --file-timeout=$limit"); do
		[ "$(cat "/proc/$r/comm" 2> "$T/null")" != "gp-symbolize:ro" ] ||
		    kill -9 "$r"
	done
	wait $run
	case $(cat "$T/got") in
	"f_[j] main ") ;;
	"[jit] main ") missing=$((missing + 1)) ;;
	*) bad=$((bad + 1)); note "$(cat "$T/got")" ;;
	esac
done
is "a reader that is killed costs its names at most ($missing of $n)" $bad 0

done_testing
