#!/bin/sh
# Names, moments and lines of compiled code come from the jitdump file that the
# stream says a process writes, if it is to be believed.
. tests/tap.sh

command -v perl > /dev/null || skip_all "no perl"
sleep 600 &
pid=$!
map=/tmp/perf-$pid.map
on_exit="kill $pid; rm -f $map"
start=$(sed 's/.*) //' "/proc/$pid/stat" | cut -d ' ' -f 20)
dump=$T/jit-$pid.dump
# Code came 10, 20, 30 seconds after the machine was started, or at any other time.
cat > "$T/dump.pl" << 'END'
sub record { my ($id, $t, $body) = @_; pack("L2 Q", $id, 16 + length $body,
	$t * 1e9) . $body }
sub load { my ($t, $at, $size, $name) = @_;
	record(0, $t, pack("L2 Q4", 1, 1, $at, $at, $size, 1) . "$name\0" .
	    "\xc3" x $size) }
sub move { my ($t, $from, $to, $size) = @_;
	record(1, $t, pack("L2 Q5", 1, 1, $to, $from, $to, $size, 1)) }
sub places { my ($t, $at, @p) = @_; my ($n, $b) = (0, "");
	while (my ($addr, $line, $file) = splice @p, 0, 3) {
		$b .= pack("Q L2", $addr, $line, 0) . "$file\0"; $n++ }
	record(2, $t, pack("Q2", $at, $n) . $b) }
sub head { pack("L6 Q2", 0x4a695444, 1, 40, 62, 0, 1, 0, shift // 0) }
binmode STDOUT;
END
# make_dump PERL: what it prints becomes the dump.
make_dump() { { cat "$T/dump.pl"; echo "$1"; } | perl > "$dump"; }

# The frames of one sample, joined by " | ". $fields of #jit, $time before it.
frames() { # frame...
	_stack=$(printf ';%s' "$@")
	printf '%s\n' "#gp version=1 kind=raw ${time:+clock=10 interval=1}" \
	    "#process pid=$pid comm=x start=$start ${uid:+uid=$uid}" \
	    "#jit pid=$pid $fields" ${time:+"#time at=$time"} \
	    "x-$pid$_stack 1" '#end lines=1 samples=1 lost=0' |
	    sed 's/  */ /g; s/ $//' |
	    "$BIN/gp-symbolize" $options 2> "$T/err" |
	    sed -n "s/^x-$pid;\(.*\) 1$/\1/p" | sed 's/;/ | /g'
}
fields="dump=$dump map=1000-2000" time='' options='' uid=
j="\$j$pid+"

is "a dump that is not there" "$(frames "${j}1000")" "[jit]"
make_dump 'print head, load(10, 0x1000, 0x100, "JS:*parse /srv/a.js:12"),
    record(4, 11, pack("Q3", 0, 0, 0)), record(99, 11, "new"),
    load(11, 0x3000, 16, "a;b\tc"), load(11, 0x4000, 16, "ends in 12"),
    load(20, 0x1080, 0x10, "over it"), move(30, 0x1080, 0x2000, 0x10)'
is "code is found by address" "$(frames "${j}1000" "${j}10ff" "${j}1100")" \
    "JS:*parse /srv/a.js:12_[j] | JS:*parse /srv/a.js:12_[j] | [jit]"
is "the newest wins, where it was and where it moved" \
    "$(frames "${j}107f" "${j}1080" "${j}2000")" \
    "JS:*parse /srv/a.js:12_[j] | over it_[j] | over it_[j]"
is "names are made safe" "$(frames "${j}3000" "${j}4000")" \
    "a:b c_[j] | ends in_12_[j]"
time=8
is "until the end of an interval nothing else was there" \
    "$(frames "${j}1080" "${j}2000")" "JS:*parse /srv/a.js:12_[j] | [jit]"
time=9
is "when it came" "$(frames "${j}1080" "${j}2000")" "over it_[j] | [jit]"
time=19
is "and when it moved" "$(frames "${j}1080" "${j}2000")" \
    "over it_[j] | over it_[j]"
time=
printf '%s\n' '#gp version=1 kind=raw clock=10 interval=1' \
    "#process pid=$pid comm=x start=$start" "#jit pid=$pid $fields" \
    '#time at=8' "x-$pid;${j}1080 1" '#time at=9' "x-$pid;${j}1080 1" \
    '#time at=8' "x-$pid;${j}1080 1" '#end lines=3 samples=3 lost=0' \
    > "$T/raw"
is "one address is two functions, and back" \
    "$("$BIN/gp-symbolize" < "$T/raw" | sed -n 's/^x-.*;//p' | tr '\n' '|')" \
    "JS:*parse /srv/a.js:12_[j] 1|over it_[j] 1|JS:*parse /srv/a.js:12_[j] 1|"
sed 's/ clock=10//' "$T/raw" > "$T/raw2"
is "of a stream without a clock the newest counts" \
    "$("$BIN/gp-symbolize" < "$T/raw2" | grep -c 'over it')" 3

# Other clocks.
make_dump 'print head(1), load(12, 0x1000, 16, "first"),
    load(11, 0x1000, 16, "last")'
time=1
is "the processor's own times mean nothing here" "$(frames "${j}1000")" \
    "last_[j]"
make_dump 'print head, load(1.7e9, 0x1000, 16, "first"),
    load(1.6e9, 0x1000, 16, "last")'
is "nor do times to come" "$(frames "${j}1000")" "last_[j]"
time=

# Lines.
make_dump 'print head, places(5, 0x1000, 0x1000, 7, "/src/a.js", 0x1008, 9, "\xff",
    0x100c, 3, "/src/b;.js"), load(10, 0x1000, 16, "f"),
    places(5, 0x2000, 0x2000, 7, "\1\2"), load(10, 0x2000, 16, "g")'
is "lines are shown on request only" "$(frames "${j}1000")" "f_[j]"
options=--lines
is "the last place before an address counts" \
    "$(frames "${j}1007" "${j}1008" "${j}100c")" \
    "f (a.js:7)_[j] | f (a.js:9)_[j] | f (b:.js:3)_[j]"
is "places that make no sense are none" "$(frames "${j}2000")" "g_[j]"
options='--lines --paths=full'
is "with whole paths" "$(frames "${j}1007")" "f (/src/a.js:7)_[j]"
options=

# With a perf map beside it.
printf '1000 10 of the map\n5000 10 only there\n' > "$map"
is "a perf map has the rest" "$(frames "${j}1000" "${j}5000")" \
    "f_[j] | only there_[j]"
rm "$map"

# It grows while the stream comes.
make_dump 'print head, load(10, 0x1000, 16, "early")'
cp "$dump" "$T/before"
make_dump 'print head, load(10, 0x1000, 16, "early"),
    load(11, 0x2000, 16, "late"), load(11, 0x1000, 16, "over")'
cp "$dump" "$T/after"
mv "$T/before" "$dump"
mkfifo "$T/in" "$T/out"
"$BIN/gp-symbolize" < "$T/in" > "$T/out" &
sym=$!
exec 8> "$T/in" 9< "$T/out"
printf '%s\n' '#gp version=1 kind=raw' "#process pid=$pid comm=x start=$start" \
    "#jit pid=$pid $fields" "x-$pid;${j}1000;${j}2000 1" >&8
while read -r line <&9; do case $line in x-*) break ;; esac; done
is "what is not there yet has no name" "$line" "x-$pid;early_[j];[jit] 1"
tail -c +"$(($(wc -c < "$dump") + 1))" "$T/after" >> "$dump"
printf '%s\n' "x-$pid;${j}2008 1" '#progress samples=2' \
    "x-$pid;${j}1000;${j}2000 1" '#end lines=3 samples=3 lost=0' >&8
exec 8>&-
is "what came since is found" "$(sed -n 's/^x-[0-9]*;//p' <&9 | tr '\n' '|')" \
    "late_[j] 1|over_[j];late_[j] 1|"
exec 9<&-
wait "$sym"

# Not to be believed.
mv "$dump" "$T/target"
ln -s "$T/target" "$dump"
is "a link is not followed" "$(frames "${j}1000")" "[jit]"
rm "$dump"
mkfifo "$dump"
is "a FIFO is not waited for" "$(frames "${j}1000")" "[jit]"
rm "$dump"
echo 'no dump at all' > "$dump"
is "what is no dump has no names" "$(frames "${j}1000")" "[jit]"
like "and that is said" "$(cat "$T/err")" \
    'process [0-9]*: .*not a jitdump file.*PERFMAP_REFUSED'
cp "$T/target" "$dump"
truncate -s 1T "$dump" 2> /dev/null || truncate -s 1G "$dump"
is "a huge sparse one is no trouble" "$(frames "${j}1000")" "over_[j]"
cp "$T/target" "$dump"
touch -d '1970-01-02' "$dump"
is "one of a process that had this pid before" "$(frames "${j}1000")" "[jit]"
touch "$dump"
is "is told by its time" "$(frames "${j}1000")" "over_[j]"
fields="dump=jit-$pid.dump map=1000-2000"
is "a path must be absolute" "$(frames "${j}1000")" "[jit]"
fields="dump=$dump map=2000-1000"
is "a mapping that is none" "$(frames "${j}1000")" "[jit]"
like "is a bad record" "$(cat "$T/err")" STREAM_RECORD
fields="dump=$dump"
is "none is needed" "$(frames "${j}1000")" "over_[j]"
if [ "$(id -u)" = 0 ]; then
	chown 65534 "$dump"
	is "another user's is refused" "$(frames "${j}1000")" "[jit]"
	like "and that is said" "$(cat "$T/err")" \
	    'belongs to neither the process.s user nor root.*PERFMAP_REFUSED'
	chown 0 "$dump"
fi

# A reader that is brought down costs the names of that file.
{ cat "$T/target"; perl -e 'print pack("L2 Q", 0, 16, 1) x 1000000'; } > "$dump"
is "a million records that are none" "$(frames "${j}1000")" "over_[j]"

# The process is gone; its files are not.
cp "$T/target" "$dump"
printf '5000 10 only there\n' > "$map"
kill "$pid"
wait "$pid" 2> /dev/null
on_exit="rm -f $map"
uid=$(id -u)
is "what a process left is used when it is gone" \
    "$(frames "${j}1000" "${j}5000")" "over_[j] | only there_[j]"
touch -d '1970-01-02' "$dump" "$map"
is "unless it is older" "$(frames "${j}1000" "${j}5000")" "[jit] | [jit]"
touch "$dump" "$map"
uid=
is "or it is not known whose it was" "$(frames "${j}1000" "${j}5000")" \
    "[jit] | [jit]"

done_testing
