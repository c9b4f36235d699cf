#!/bin/sh
# How inlined functions and lines stand in the text; when lines are let go; and
# DWARF that was tampered with.
. tests/tap.sh

for tool in cc perl objcopy; do
	command -v "$tool" > /dev/null || skip_all "no $tool"
done
export GP_CACHE_DIR=
mkdir "$T/src"
cat > "$T/src/p.c" << 'END'
#define INLINED static inline __attribute__((always_inline))
volatile int sink;
INLINED void inner(void)
{
	sink++;
}
INLINED void middle(void)
{
	inner();
}
__attribute__((noinline)) void outer(void)
{
	middle();
}
__attribute__((noinline)) void plain(void)
{
	sink = 7;
}
int main(void) { outer(); plain(); return 0; }
END
cc -O1 -g -Wl,--build-id -o "$T/prog" "$T/src/p.c" || skip_all "cc does not build"
addr() { nm "$T/prog" | awk -v n="$1" '$3 == n { print $1 }'; }
OUTER=$(addr outer) PLAIN=$(addr plain) MAIN=$(addr main)
stream() { # path
	printf '%s\n' '#gp version=1 kind=raw' '#process pid=4194304 comm=x' \
	    "#module id=1 path=$1" "x-4194304;\$1+$MAIN;\$1+$OUTER 3" \
	    "x-4194304;\$1+$PLAIN 2" "x-4194304;\$1+1 1" \
	    '#end lines=3 samples=6 lost=0'
}
named() { # path option...
	_f=$1
	shift
	stream "$_f" | "$BIN/gp-symbolize" "$@" 2> "$T/err" |
	    sed -n 's/^x-4194304;//p' | tr '\n' '|'
}

is "inlined functions come behind the one that holds them" \
    "$(named "$T/prog" --inline)" \
    'main;outer;middle_[i];inner_[i] 3|plain 2|[prog] 1|'
is "lines are where the next one is called, and where execution is" \
    "$(named "$T/prog" --inline --lines)" \
    'main (p.c:19);outer (p.c:13);middle (p.c:9)_[i];inner (p.c:5)_[i] 3|plain (p.c:17) 2|[prog] 1|'
is "of the function alone it is the line in it" \
    "$(named "$T/prog" --lines)" \
    'main (p.c:19);outer (p.c:13) 3|plain (p.c:17) 2|[prog] 1|'
is "full paths" "$(named "$T/prog" --lines --paths=full)" \
    "main ($T/src/p.c:19);outer ($T/src/p.c:13) 3|plain ($T/src/p.c:17) 2|[prog] 1|"
is "what has no name stays raw, if wanted" \
    "$(named "$T/prog" --inline --keep-raw)" \
    'main;outer;middle_[i];inner_[i] 3|plain 2|$1+1 1|'
is "without the jail it is the same" \
    "$(named "$T/prog" --inline --lines --no-jail)" \
    "$(named "$T/prog" --inline --lines)"
stream "$T/prog" | "$BIN/gp-symbolize" --inline |
    "$BIN/gp-collapse" --annotate=none > "$T/out"
like "gp-collapse takes the suffix off" "$(cat "$T/out")" \
    '^x;main;outer;middle;inner 3$'
status "another form of paths" 64 "$BIN/gp-symbolize" --paths=short
like "is said" "$(cat "$T/err")" 'neither base nor full'

# Names by DWARF alone, and none at all.
objcopy --strip-unneeded --keep-section='.debug_*' -w "$T/prog" "$T/nosyms" 2> /dev/null
objcopy -w --remove-symbol='*' --remove-section=.symtab "$T/prog" "$T/nosyms" 2> /dev/null
if [ -e "$T/nosyms" ] && ! nm "$T/nosyms" 2> /dev/null | grep -q .; then
	is "functions without symbols have their names from DWARF" \
	    "$(named "$T/nosyms" --inline)" \
	    'main;outer;middle_[i];inner_[i] 3|plain 2|[nosyms] 1|'
else
	skip "names from DWARF alone" "objcopy keeps the symbols"
fi
objcopy -g "$T/prog" "$T/nodwarf"
is "a file without DWARF has its functions" \
    "$(named "$T/nodwarf" --inline --lines)" 'main;outer 3|plain 2|[nodwarf] 1|'
is "and nothing is said" "$(cat "$T/err")" ""

# Records keep their place among lines; a pid's second process is another one.
{ stream "$T/prog" | sed '$d'
  printf '%s\n' '#process pid=4194304 comm=y' "#module id=1 path=$T/prog" \
      "y-4194304;\$1+$OUTER 4" '#end lines=4 samples=10 lost=0'
} | "$BIN/gp-symbolize" --inline > "$T/out"
is "the stream has its order" "$(sed 's/ .*//' "$T/out" | tr '\n' ' ')" \
    "#gp #process #module x-4194304;main;outer;middle_[i];inner_[i] x-4194304;plain x-4194304;[prog] #process #module y-4194304;outer;middle_[i];inner_[i] #end "
is "and its sums" "$(tail -n 1 "$T/out")" '#end lines=4 samples=10 lost=0'

# A line does not wait for others that do not come.
mkfifo "$T/fifo"
rm -f "$T/out"
"$BIN/gp-symbolize" --inline < "$T/fifo" > "$T/out" &
pid=$!
on_exit='kill "$pid" 2> /dev/null'
exec 9> "$T/fifo"
stream "$T/prog" | sed '$d' >&9
n=0
until grep -q 'inner' "$T/out" 2> /dev/null || [ "$n" -ge 600 ]; do
	n=$((n + 1))
	sleep 0.1
done
like "lines come out while the input is open" "$(cat "$T/out")" \
    'outer;middle_\[i\];inner_\[i\] 3'
echo '#end lines=3 samples=6 lost=0' >&9
exec 9>&-
ok "and all is well at its end" wait "$pid"

# 150 copies whose DWARF has a few bytes changed, always the same ones: each keeps
# its samples and, from its symbols, its functions. Without build ids, or they
# were one file.
cc -O1 -g -Wl,--build-id=none -o "$T/anon" "$T/src/p.c"
# shellcheck disable=SC2046 # three numbers
perl -e '
	use strict;
	my ($file, $dir, @want) = @ARGV;
	srand 1;
	open my $in, "<:raw", $file or die;
	my $elf = do { local $/; <$in> };
	my ($shoff, $shnum, $strx) =
	    (unpack("Q", substr $elf, 40), unpack("x60 S2", $elf));
	my @sh = map { [unpack "L2 Q4 L2 Q2", substr $elf, $shoff + 64 * $_, 64] }
	    0 .. $shnum - 1;
	my @areas;
	for my $s (@sh) {
		my $name = unpack "Z*", substr $elf, $sh[$strx][4] + $s->[0];
		push @areas, [$s->[4], $s->[5]] if $name =~ /^\.debug_(info|abbrev|aranges|line|line_str|rnglists|ranges|str)$/;
	}
	my $lines = 0;
	print "#gp version=1 kind=raw\n";
	for my $n (1 .. 150) {
		my $m = $elf;
		for (0 .. int rand 12) {
			my ($off, $size) = @{$areas[int rand @areas]};
			substr($m, $off + int rand $size, 1) =
			    chr(rand() < .3 ? 255 : rand() < .3 ? 0 : int rand 256);
		}
		open my $out, ">:raw", "$dir/m$n" or die;
		print $out $m;
		close $out;
		print "#module id=$n path=$dir/m$n\n";
		print "x-1;\$$n+$_ 1\n" for @want;
		$lines += @want;
	}
	print "#end lines=$lines samples=$lines lost=0\n";
' "$T/anon" "$T" $(for f in outer plain main; do
	nm "$T/anon" | awk -v n="$f" '$3 == n { print $1 }'; done) > "$T/raw"
IN=$T/raw
status "tampered DWARF is no failure" 0 "$BIN/gp-symbolize" --inline --lines
is "every sample is passed on" "$(tail -n 1 "$T/out")" "$(tail -n 1 "$T/raw")"
is "every function keeps its name" \
    "$(grep -cE '^x-1;(outer|plain|main)( \([^)]*\))?(;.*)? 1$' "$T/out")" 450
n=$(grep -c '_\[i\]' "$T/out")
ok "inlined ones come out where they can be read ($n)" [ "$n" -gt 50 ]

done_testing
