#!/bin/sh
# gp-collapse: what a golden file cannot say.
. tests/tap.sh
collapse=$BIN/gp-collapse

# Text that is easy to sum up, in three pieces of different forms.
awk 'BEGIN { srand(3); for (i = 0; i < 5000; i++) {
	s = "p" int(rand() * 5)
	for (d = int(rand() * 12); d >= 0; d--)
		s = s ";" substr("f ab c!d:e<f_[k]", int(rand() * 9) + 1, 8)
	print s, int(rand() * 1000) } }' > "$T/a.folded"
sed 's/$/\r/; s/ \([0-9]*\r\)$/\t \1/' "$T/a.folded" > "$T/b.folded"
{ echo '#gp version=1 kind=named'
  sed 's/^\(p.\)/\1-77/' "$T/a.folded"
  awk '{ n += $NF } END { print "#end lines=" NR " samples=" n " lost=0" }' \
      "$T/a.folded"; } > "$T/c.named"

sum() { awk '{ n += $NF } END { print n + 0 }' "$1"; }
want=$(($(sum "$T/a.folded") * 3))
status "three forms of one profile merge" 0 "$collapse" "$T/a.folded" \
    "$T/b.folded" "$T/c.named"
cp "$T/out" "$T/all"
is "samples in are samples out" "$(sum "$T/all")" "$want"
is "each stack stands once" "$(sed 's/ [0-9]*$//' "$T/all" | sort | uniq -d)" ""
ok "stacks are in the order of sort(1)" sh -c \
    "sed 's/ [0-9]*\$//' '$T/all' | LC_ALL=C sort -c"
status "the order of the input does not matter" 0 "$collapse" "$T/c.named" \
    "$T/b.folded" "$T/a.folded"
ok "nor does it change a byte" cmp -s "$T/out" "$T/all"
LC_ALL=de_DE.UTF-8 "$collapse" "$T/a.folded" "$T/b.folded" "$T/c.named" \
    > "$T/out"
ok "nor does the locale" cmp -s "$T/out" "$T/all"
IN=$T/all status "its own output is its input" 0 "$collapse"
ok "and comes out unchanged" cmp -s "$T/out" "$T/all"
"$collapse" --meta "$T/a.folded" "$T/b.folded" > "$T/meta"
"$collapse" "$T/meta" "$T/c.named" > "$T/out"
ok "also with records" cmp -s "$T/out" "$T/all"
head -c -1 "$T/meta" > "$T/short"
status "and those find out a cut file" 65 "$collapse" "$T/short"

# What is left out and what stays make up the whole.
"$collapse" --focus=f "$T/c.named" > "$T/with"
"$collapse" --ignore=f "$T/c.named" > "$T/without"
is "focus and ignore are each other's rest" \
    "$(($(sum "$T/with") + $(sum "$T/without")))" "$(sum "$T/a.folded")"
"$collapse" --hide=. "$T/c.named" > "$T/hidden"
is "hide leaves processes and every sample" \
    "$(cut -d ';' -f 2- "$T/hidden" | grep -c ';'; sum "$T/hidden")" \
    "$(printf '0\n%s' "$(sum "$T/a.folded")")"
like "meta says what filters left out" \
    "$("$collapse" --meta --ignore=f "$T/c.named" | tail -n 1)" \
    " filtered=$(sum "$T/with")\$"

# What each known reader demands of a line.
{ cat "$T/all"; printf '%s\n' 'worker 7;x 9 1' 'a;GLIBC 2.36 1' '#gst;x 1' \
    'tail ;x 1' ';;  1'
  awk 'BEGIN { printf "deep"; for (i = 0; i < 20000; i++) printf ";f%d", i
	print " 1" }'; } > "$T/odd"
"$collapse" "$T/odd" > "$T/pure" 2> "$T/err"
is "FlameGraph sees no line with two counts" \
    "$(grep -Ec '[[:space:]][0-9]+(\.[0-9]*)?[[:space:]]+[0-9]+$' "$T/pure")" 0
is "speedscope takes every line" "$(grep -Evc '^.* [0-9]+$' "$T/pure")" 0
is "Pyroscope reads to the end" \
    "$(awk 'length($0) > 65534 { n++ } END { print n + 0 }' "$T/pure")" 0
is "inferno takes no line for a comment" "$(grep -c '^#' "$T/pure")" 0
is "and none has an empty frame" "$(grep -Ec '^;|;;|; [0-9]+$' "$T/pure")" 0
like "a deep stack is cut behind its root" "$(grep -o '^deep;.\{20\}' \
    "$T/pure")" '^deep;\[truncated\];f'
# Where Devel::NYTProf brings it along.
PATH=$PATH:/usr/share/perl5/Devel/NYTProf
for reader in flamegraph.pl inferno-flamegraph; do
	if ! command -v $reader > /dev/null; then
		skip "$reader draws it" "$reader is not installed"
		continue
	fi
	_s=0; $reader "$T/pure" > "$T/svg" 2> "$T/err" || _s=$?
	is "$reader draws it without complaint" "$_s$(cat "$T/err")" 0
	like "$reader counts every sample" "$(tr -d , < "$T/svg")" \
	    "$(sum "$T/pure") samples"
done

# -o: whole or not at all.
echo old > "$T/file"
status "-o replaces a file" 0 "$collapse" -o "$T/file" "$T/a.folded"
is "-o writes nothing to stdout" "$(cat "$T/out")" ""
ok "-o writes what stdout gets" sh -c \
    "'$collapse' '$T/a.folded' | cmp -s - '$T/file'"
status "-o in no folder cannot be created" 73 "$collapse" -o "$T/none/file" \
    "$T/a.folded"
like "and is named" "$(cat "$T/err")" "create $T/none/file: No such file"
status "-o of a folder cannot be created" 73 "$collapse" -o "$T" "$T/a.folded"
status "-o /dev/full fails" 74 "$collapse" -o /dev/full "$T/a.folded"
status "-o /dev/null succeeds" 0 "$collapse" -o /dev/null "$T/a.folded"
ok "and leaves the device" test -c /dev/null
mkfifo "$T/pipe"
"$collapse" -o "$T/pipe" "$T/a.folded" & cat "$T/pipe" > "$T/read"; wait
ok "-o writes into a FIFO" cmp -s "$T/read" "$T/file"
is "nothing else is left behind" \
    "$(find "$T" -name '.*tmp*' | wc -l)" 0

# An interrupt is meant for the recorder; what it still says counts.
mkfifo "$T/in"
env --default-signal=INT "$collapse" < "$T/in" > "$T/out" &
pid=$!
exec 3> "$T/in"
echo 'a;b 1' >&3
# It catches SIGINT (bit 1), or has ended.
until grep -q '^SigCgt:.*[2367abef]$' "/proc/$pid/status" 2> /dev/null; do
	kill -0 $pid 2> /dev/null || break
done
kill -INT $pid
echo 'a;b 2' >&3
exec 3>&-
_s=0; wait $pid || _s=$?
is "one interrupt does not end it" "$_s $(cat "$T/out")" "0 a;b 3"
done_testing
