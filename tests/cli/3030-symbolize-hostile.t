#!/bin/sh
# Files that were tampered with cost their own names and nothing else.
. tests/tap.sh

command -v perl > /dev/null || skip_all "no perl"
f=$BIN/gp-symbolize
nm --defined-only "$f" | awk '$2 ~ /^[tT]$/ { print $1 }' | head -n 40 > "$T/addrs"

# 400 copies with a few bytes changed where the ELF headers, the section headers
# and the symbol tables are, some cut short; always the same ones.
perl -e '
	use strict;
	my ($file, $dir, $addrs) = @ARGV;
	srand 1;
	open my $in, "<:raw", $file or die;
	my $elf = do { local $/; <$in> };
	my ($shoff, $shentsize, $shnum) =
	    (unpack("Q", substr $elf, 40), unpack("S2", substr $elf, 58));
	my @areas = ([0, 64 + 56 * 13], [$shoff, $shentsize * $shnum]);
	for my $i (0 .. $shnum - 1) {
		my ($type, $off, $size) = unpack("x4 L x16 Q Q",
		    substr $elf, $shoff + $i * $shentsize, $shentsize);
		push @areas, [$off, $size] if $type == 2 || $type == 3 ||
		    $type == 7 || $type == 11;
	}
	my @want = map { chomp; $_ } do { open my $a, "<", $addrs; <$a> };
	my $lines = 0;
	print "#gp version=1 kind=raw\n";
	for my $n (1 .. 400) {
		my $m = $elf;
		for (0 .. int rand 8) {
			my ($off, $size) = @{$areas[int rand @areas]};
			my $at = $off + int rand $size;
			next if $at >= length $m;
			substr($m, $at, 1) = chr(rand() < .3 ? 255 :
			    rand() < .3 ? 0 : int rand 256);
		}
		$m = substr $m, 0, int rand length $m if $n % 10 == 0;
		open my $out, ">:raw", "$dir/m$n" or die;
		print $out $m;
		close $out;
		print "#module id=$n path=$dir/m$n\n";
		print "x-1;\$$n+$_ 1\n" for @want;
		$lines += @want;
	}
	print "#end lines=$lines samples=$lines lost=0\n";
' "$f" "$T" "$T/addrs" > "$T/raw"

IN=$T/raw
status "hundreds of broken files are no failure" 0 "$f"
is "every sample is passed on" "$(tail -n 1 "$T/out")" "$(tail -n 1 "$T/raw")"
is "no address is left" "$(grep -c '^x-1;\$' "$T/out")" 0
n=$(grep -c '^x-1;[^[]' "$T/out")
ok "names come out where they can be read ($n)" [ "$n" -gt 1000 ]
like "what is broken is said, and then counted" "$(cat "$T/err")" \
    'times in all \[MODULE_BAD\]'

# A file that says it has four million functions where it has none.
perl -e '
	my ($file) = @ARGV;
	open my $in, "<:raw", $file or die;
	my $elf = do { local $/; <$in> };
	my ($shoff, $shentsize, $shnum) =
	    (unpack("Q", substr $elf, 40), unpack("S2", substr $elf, 58));
	for my $i (0 .. $shnum - 1) {
		my $at = $shoff + $i * $shentsize;
		substr($elf, $at + 32, 8) = pack "Q", 24 << 22
		    if unpack("L", substr $elf, $at + 4, 4) == 2;
	}
	binmode STDOUT;
	print $elf;
' "$f" > "$T/large"
truncate -s 1G "$T/large"
printf '%s\n' '#gp version=1 kind=raw' "#module id=1 path=$T/large" \
    "x-1;\$1+$(head -n 1 "$T/addrs") 1" '#end lines=1 samples=1 lost=0' > "$T/raw"
status "so large a table is no failure" 0 "$f"
is "its sample is passed on" "$(tail -n 1 "$T/out")" "$(tail -n 1 "$T/raw")"

done_testing
