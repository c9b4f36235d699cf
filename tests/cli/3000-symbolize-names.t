#!/bin/sh
# Every function of several real programs gets the name that nm(1) says it has.
. tests/tap.sh

# A raw stream of one module with the addresses (hexadecimal) on stdin.
stream() { # file
	awk -v path="$1" -v id="$(readelf -n "$1" 2> /dev/null |
	    sed -n 's/.*Build ID: //p' | head -n 1)" '
	BEGIN {
		print "#gp version=1 kind=raw"
		print "#process pid=4194304 comm=x"
		printf "#module id=1 %spath=%s\n",
		    id == "" ? "" : "build_id=" id " ", path
	}
	{ print "x-4194304;$1+" $1 " 1" }
	END { print "#end lines=" NR " samples=" NR " lost=0" }'
}

# The functions nm knows: ADDRESS SIZE NAME, .symtab or else .dynsym; versions
# and undefined symbols off, and no assembler's labels ("L(x)", ".Lx").
functions() { # file
	{ nm -S --no-demangle --defined-only "$1" 2> /dev/null | grep . ||
	    nm -D -S --no-demangle --defined-only "$1"; } |
	awk 'NF == 4 && $3 ~ /^[tTwWi]$/ && $4 !~ /^[.$]|^L\(/ {
		sub(/@.*/, "", $4)
		if ($2 !~ /^0+$/) print $1, $2, $4
	}'
}

# At the first, the middle and the last byte of each function, one of the names
# that nm has there; prints the number of looks and of mistakes. Where functions
# nest or overlap, the name of any of them is right.
check() { # file
	functions "$1" > "$T/nm"
	perl -lane '
		my ($a, $s) = (hex $F[0], hex $F[1]);
		printf "%x\n%x\n%x\n", $a, $a + int($s / 2), $a + $s - 1;
	' "$T/nm" > "$T/addrs"
	stream "$1" < "$T/addrs" > "$T/raw"
	"$BIN/gp-symbolize" --no-demangle < "$T/raw" 2> "$T/err" |
	    sed -n 's/^x-4194304;\(.*\) 1$/\1/p' > "$T/names"
	paste "$T/addrs" "$T/names" | perl -e '
		open(my $nm, "<", shift) or die;
		my @f = map { my @x = split; [hex $x[0], hex $x[1], $x[2]] } <$nm>;
		@f = sort { $a->[0] <=> $b->[0] } @f;
		my ($n, $bad, $max) = (0, 0, 0);
		for (@f) { $max = $_->[1] if $_->[1] > $max }
		while (<STDIN>) {
			chomp;
			my ($addr, $name) = split /\t/, $_, 2;
			$addr = hex $addr;
			$n++;
			my ($lo, $hi) = (0, scalar @f);
			while ($lo < $hi) {
				my $mid = int(($lo + $hi) / 2);
				if ($f[$mid][0] <= $addr) { $lo = $mid + 1 }
				else { $hi = $mid }
			}
			my $ok = 0;
			for (my $i = $lo - 1; $i >= 0 &&
			    $f[$i][0] + $max > $addr; $i--) {
				next if $f[$i][0] + $f[$i][1] <= $addr;
				$ok = 1, last if $f[$i][2] eq $name;
			}
			next if $ok;
			$bad++;
			printf STDERR "%x %s\n", $addr, $name if $bad < 5;
		}
		print "$n $bad\n";
	' "$T/nm" 2> "$T/wrong"
}

for f in "$(ldd /bin/sh | awk '$1 ~ /^libc\.so/ { print $3 }')" /bin/bash \
    "$(readlink -f /usr/bin/python3)" \
    "$(ldd "$FIX/cxx" | awk '$1 ~ /^libstdc/ { print $3 }')" \
    "$(readlink -f /lib64/ld-linux-x86-64.so.2)" "$BIN/gp-symbolize" \
    "$FIX/calls" "$FIX/calls_static" "$FIX/cxx" "$FIX/rusty"; do
	if [ ! -r "$f" ]; then
		skip "every function of ${f:-a library}" "not on this machine"
		continue
	fi
	f=$(readlink -f "$f")
	# shellcheck disable=SC2046 # two numbers
	set -- $(check "$f")
	like "functions of ${f##*/} were looked up" "$1" '^[1-9][0-9]'
	is "every function of ${f##*/} has its name" "${2-}" 0
	[ "${2-}" = 0 ] || note "$(cat "$T/wrong" "$T/err")"
done

# Names as their authors wrote them; libiberty is behind both, so this shows only
# that gp does not get in its way. c++filt adds the hashes of Rust's crates
# and the types of its constants.
for f in "$FIX/cxx" "$FIX/rusty" "$FIX/rusty_v0"; do
	if [ ! -r "$f" ]; then
		skip "names of ${f##*/} are demangled" "fixture not built"
		continue
	fi
	functions "$f" | awk '$3 ~ /^_[ZR]/ && !seen[$1]++ { print $1 }' > "$T/addrs"
	stream "$f" < "$T/addrs" > "$T/raw"
	"$BIN/gp-symbolize" --no-demangle < "$T/raw" | sed -n 's/^x-4194304;//p' |
	    sed 's/ 1$//' | c++filt |
	    sed -E 's/;/:/g; s/\[[0-9a-f]{8,16}\]//g; s/::h[0-9a-f]{16}$//; s/([0-9]): [iu][0-9size]+>/\1>/g' > "$T/want"
	"$BIN/gp-symbolize" < "$T/raw" | sed -n 's/^x-4194304;//p' |
	    sed 's/ 1$//' > "$T/got"
	ok "names of ${f##*/} are demangled" cmp "$T/want" "$T/got"
	unlike "no name of ${f##*/} is left mangled" "$(cat "$T/got")" '^_[ZR]'
	diff "$T/want" "$T/got" | head -n 6 | cut -c 1-200 |
	    sed 's/^/# /'
done

# More addresses than are kept at once (NAMES_CACHE_MAX, FRAMECACHE_MAX), each with a
# text of its own: what is known, as of 1000 in each line, is forgotten in the midst
# of one.
cp /bin/true "$T/nameless" && strip "$T/nameless"
awk -v path="$T/nameless" 'BEGIN {
	print "#gp version=1 kind=raw"
	print "#module id=1 path=" path
	for (i = n = 540000; i; i--) {
		a = sprintf("$1+%x", 1048576 + 16 * i)
		b = sprintf("$1+%x", 1048576 + 16 * (i * 7919 % n))
		print "p-1;" b ";" a ";$1+1000;" b " 1"
	}
	print "#end lines=" n " samples=" n " lost=0"
}' > "$T/many"
sed 's/kind=raw/kind=named/; s/\$1+\([0-9a-f]*\)/[nameless+0x\1]/g' "$T/many" > "$T/want"
"$BIN/gp-symbolize" --addrs "$T/many" > "$T/got"
ok "more addresses than are kept at once" cmp "$T/want" "$T/got"

done_testing
