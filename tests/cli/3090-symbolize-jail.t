#!/bin/sh
# What reads a file may crash, be killed or hang: it costs that file's names.
. tests/tap.sh

export GP_CACHE_DIR=
S=$BIN/gp-symbolize
good=$FIX/calls
[ -x "$good" ] || skip_all "fixture not built"
addr=$(nm "$good" | awk '$3 == "inner" { print $1 }')
# A stream of modules, each with one sample of inner().
stream() { # path...
	echo '#gp version=1 kind=raw'
	id=0
	for path; do
		id=$((id + 1))
		printf '%s\n' "#module id=$id path=$path" "x-1;\$$id+$addr 1"
	done
	echo "#end lines=$id samples=$id lost=0"
}
command -v perl > "$T/null" || skip_all "no perl"
ID=$(readelf -n "$good" | sed -n 's/.*Build ID: //p')
# Copies with build ids of their own: $T/NAME1 and so on.
copies() { # NAME count
	perl -e '
		my ($file, $id, $to, $n) = @ARGV;
		open my $in, "<:raw", $file or die;
		my $elf = do { local $/; <$in> };
		my $at = index $elf, pack "H*", $id;
		die if $at < 0;
		for my $i (1 .. $n) {
			substr($elf, $at, 4) = pack "N", $i;
			open my $out, ">:raw", "$to$i" or die;
			print $out $elf;
			close $out;
		}' "$good" "$ID" "$T/$1" "$2"
}
named() { sed -n 's/^x-1;\(.*\) 1$/\1/p' "$T/out" | tr '\n' ' '; }

# No file at all.
mkfifo "$T/fifo"
mkdir "$T/dir"
copies sparse 1
truncate -s 2T "$T/sparse1" 2> "$T/null" || truncate -s 1T "$T/sparse1"
truncate -s 2T "$T/zeros" 2> "$T/null" || truncate -s 1T "$T/zeros"
ln -s loop "$T/loop"
stream "$good" "$T/fifo" /dev/zero /dev/tty "$T/dir" "$T/zeros" "$T/loop" \
    "$T/sparse1" > "$T/raw"
IN=$T/raw status "a FIFO, devices, a folder, 2 TB of nothing, a link to itself" \
    0 "$S"
is "have no names, and a program of 2 TB has" "$(named)" \
    "inner [fifo] [zero] [tty] [dir] [zeros] [loop] inner "

# A file that is cut, or becomes another one, between being opened and read.
for cut in 0 100 3000; do
	copies cut 1
	mkfifo "$T/in"
	rm -f "$T/out"
	"$S" < "$T/in" > "$T/out" 2> "$T/err" & p=$!
	exec 9> "$T/in"
	printf '%s\n' '#gp version=1 kind=raw' "#module id=1 path=$T/cut1" \
	    "#module id=2 path=$good" "x-1;\$2+$addr 1" >&9
	until grep -q inner "$T/out" 2> /dev/null; do sleep 0.05; done
	truncate -s $cut "$T/cut1"
	printf '%s\n' "x-1;\$1+$addr 1" '#end lines=2 samples=2 lost=0' >&9
	exec 9>&-
	_s=0
	wait $p || _s=$?
	is "a file cut to $cut bytes while it is in use" "$_s $(named)" \
	    "0 inner [cut1] "
	rm "$T/in"
done

# The leak checker is a child too, that is to live, and a tracer.
export ASAN_OPTIONS=detect_leaks=0
# Killed at random, over and over, while there are 300 files to read.
copies k 300
# shellcheck disable=SC2046 # a list
stream $(seq -f "$T/k%g" 300) > "$T/raw"
perl -e '
	my ($cmd, $raw) = @ARGV;
	srand 7;
	my $pid = fork;
	if (!$pid) { open STDIN, "<", $raw; exec $cmd, "-v" }
	my $killed = 0;
	while (waitpid($pid, 1) == 0) {
		open my $f, "<", "/proc/$pid/task/$pid/children" or next;
		my $kids = <$f> // "";
		$killed += kill 9, $_ for split " ", $kids;
		select undef, undef, undef, .02 * rand;
	}
	print STDERR "killed $killed\n";
	exit($? ? 1 : 0);
' "$S" "$T/raw" > "$T/out" 2> "$T/err"
is "its children are killed at random" "$?" 0
like "several times" "$(cat "$T/err")" '^killed [1-9]'
is "no sample is lost" "$(grep -c '^x-1;' "$T/out")" 300
is "no name is wrong" "$(sed -n 's/^x-1;\(.*\) 1$/\1/p' "$T/out" |
    grep -cvE '^(inner|\[k[0-9]+\])$')" 0
ok "and some are right" grep -q '^x-1;inner 1' "$T/out"

# In this process, on request.
stream "$good" > "$T/raw"
status "--no-jail" 0 "$S" --no-jail "$T/raw"
is "names the same" "$(named)" "inner "

# Where less of a jail can be had.
if command -v strace > "$T/null"; then
	for call in unshare seccomp,prctl capset; do
		inject=
		for c in $(echo "$call" | tr ',' ' '); do
			inject="$inject -e inject=$c:error=EPERM"
		done
		# shellcheck disable=SC2086 # words
		strace -f -o "$T/null" $inject "$S" -v "$T/raw" > "$T/out" \
		    2> "$T/err"
		_s=$?
		is "without $call" "$_s $(named)" "0 inner "
		like "it is said what is missing" "$(cat "$T/err")" \
		    'the jail is weaker'
	done
else
	skip "a weaker jail" "no strace"
fi
if [ "$(id -u)" = 0 ] && command -v setpriv > "$T/null"; then
	chmod 755 "$T"
	cp "$S" "$T/gp-symbolize"
	cp "$good" "$T/calls"
	stream "$T/calls" > "$T/raw2"
	status "without privilege" 0 setpriv --reuid 65534 --regid 65534 \
	    --clear-groups --inh-caps=-all --bounding-set=-all \
	    "$T/gp-symbolize" -v "$T/raw2"
	is "it works as well" "$(named)" "inner "
	unlike "and is bounded" "$(cat "$T/err")" 'seccomp|capabilities'
fi

# A file system that stops answering.
if [ "$(id -u)" = 0 ] && [ -e /dev/fuse ] && [ -x "$FIX/slowfs" ]; then
	mkdir "$T/mnt"
	server=
	on_exit='kill $server 2> /dev/null; wait; umount -l "$T/mnt" 2> /dev/null'
	stream "$good" "$T/mnt/file" > "$T/raw"
	copies away 1
	for question in never lookup getattr open read flush; do
		rm -f "$T/ready"
		"$FIX/slowfs" "$T/away1" "$T/mnt" $question > "$T/ready" \
		    2> "$T/err" & server=$!
		until [ -s "$T/ready" ] || ! kill -0 $server 2> "$T/null"; do
			sleep 0.05
		done
		if ! [ -s "$T/ready" ]; then
			skip "a file system that stops answering" \
			    "$(cat "$T/err")"
			break
		fi
		want="inner [file] "
		case $question in never | flush) want="inner inner " ;; esac
		# The good file comes first, so that no time limit is near it.
		timeout -k 5 120 "$S" --file-timeout=3s "$T/raw" \
		    > "$T/out" 2> "$T/err"
		_s=$?
		is "a file system that does not answer: $question" \
		    "$_s $(named)" "0 $want"
		kill $server
		wait $server
	done
fi
done_testing
