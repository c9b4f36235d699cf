#!/bin/sh
# Names that strangers chose come out as gp-stream(5) says: whatever bytes they
# are, a line stays a line, a frame a frame, and a count a count.
. tests/tap.sh

command -v cc > /dev/null || skip_all "no compiler"
command -v perl > /dev/null || skip_all "no perl"

# What a symbol is called, as perl sees it, and what comes out.
cat > "$T/cases" << 'END'
"a;b"	a:b
"tab\tnew\nline\rs"	tab new line s
"bell\x07 escape\x1b[31m del\x7f"	bell? escape?[31m del?
"half \xc3 and \xff\xfe"	half \xef\xbf\xbd and \xef\xbf\xbd\xef\xbf\xbd
"gr\xc3\xbc\xc3\x9fe"	gr\xc3\xbc\xc3\x9fe
"over\xc0\xafl\xed\xa0\x80s"	over\xef\xbf\xbd\xef\xbf\xbdl\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbds
"quotes \" and '"	quotes " and '
"ends in 12"	ends in_12
"ends in 1.5"	ends in_1.5
"ends in 12 \t"	ends in_12
"  blanks  "	blanks
"\$3+1c2f0"	_3+1c2f0
"\$k+ffff"	_k+ffff
"#gp version=1"	#gp version=1
"<script>alert(1)</script>"	<script>alert(1)</script>
"%s%n%20"	%s%n%20
"_Z"	_Z
"_ZN"	_ZN
"_R"	_R
"back\\slash"	back\\slash
"12"	12
END
n=$(wc -l < "$T/cases")
# A program with so many functions, whose names are then written over.
awk 'BEGIN { pad = sprintf("%40s", ""); gsub(/ /, "p", pad)
	for (i = 1; i <= '"$n"'; i++)
		printf "int placeholder_%02d_%s(void) { return %d; }\n", i, pad, i
	print "int main(void) { return 0; }" }' > "$T/p.c"
cc -O1 -Wl,--build-id=none -o "$T/prog" "$T/p.c"
nm "$T/prog" | awk '$3 ~ /^placeholder_/ { print $3, $1 }' | sort |
    awk '{ print $2 }' > "$T/addrs"
perl -e '
	my ($prog, $cases, $want) = @ARGV;
	open my $in, "<:raw", $prog or die;
	my $elf = do { local $/; <$in> };
	open my $c, "<:raw", $cases or die;
	open my $w, ">:raw", $want or die;
	my $i = 0;
	while (<$c>) {
		chomp;
		my ($name, $text) = split /\t/, $_, 2;
		$name = eval $name;
		$text =~ s/\\x([0-9a-f]{2})/chr hex $1/ge;
		$text =~ s/\\\\/\\/g;
		my $old = sprintf "placeholder_%02d_%s", ++$i, "p" x 40;
		my $new = $name . "\0" x (length($old) - length $name);
		$elf =~ s/\Q$old\E/$new/g or die;
		print $w "$text\n";
	}
	open my $out, ">:raw", $prog or die;
	print $out $elf;
' "$T/prog" "$T/cases" "$T/want"
{
	printf '%s\n' '#gp version=1 kind=raw' "#module id=1 path=$T/prog"
	awk '{ print "x-1;$1+" $1 ";$1+" $1 " 7" }' "$T/addrs"
	echo "#end lines=$n samples=$((7 * n)) lost=0"
} > "$T/raw"
IN=$T/raw status "the stream is taken" 0 "$BIN/gp-symbolize" --no-demangle
sed -n 's/^x-1;//p' "$T/out" > "$T/lines"
awk '{ print $0 ";" $0 " 7" }' "$T/want" > "$T/want2"
ok "each name comes out as the manual says" cmp "$T/lines" "$T/want2"
diff "$T/want2" "$T/lines" | cat -v | head -n 10 | sed 's/^/# /'
IN=$T/raw status "demangled, too" 0 "$BIN/gp-symbolize"
is "of which no line is lost" "$(grep -c '^x-1;.* 7$' "$T/out")" "$n"
ok "and the next stage agrees" sh -c \
    '"$1" < "$2" > "$3"' sh "$BIN/gp-collapse" "$T/out" "$T/folded"
is "on the sum" "$(awk '{ n += $NF } END { print n }' "$T/folded")" "$((7 * n))"

# A name of 100 KB.
{
	printf '.globl '; head -c 100000 /dev/zero | tr '\0' n
	printf '\n.type '; head -c 100000 /dev/zero | tr '\0' n
	printf ', @function\n'; head -c 100000 /dev/zero | tr '\0' n
	printf ': ret\n.size '; head -c 100000 /dev/zero | tr '\0' n
	printf ', 1\n.section .note.GNU-stack,"",@progbits\n'
} > "$T/long.s"
cc -shared -nostdlib -o "$T/long.so" "$T/long.s"
a=$(nm "$T/long.so" | awk 'length($3) == 100000 { print $1 }')
printf '%s\n' '#gp version=1 kind=raw' "#module id=1 path=$T/long.so" \
    "x-1;\$1+$a;\$1+$a 7" '#end lines=1 samples=7 lost=0' > "$T/raw"
IN=$T/raw status "a name of 100 KB" 0 "$BIN/gp-symbolize"
is "is cut where the manual says" \
    "$(sed -n 's/^x-1;\([^;]*\);.*/\1/p' "$T/out" | tr -d '\n' | wc -c)" 8192
like "and that is seen" "$(sed -n 's/^x-1;[^;]*\(....\);.*/\1/p' "$T/out")" \
    '^n\.\.\.$'

# Files and processes have names as well.
cp "$T/long.so" "$T/lib;x	y 12"
printf '%s\n' '#gp version=1 kind=raw' \
    "#module id=1 path=$T/lib;x%09y%2012" '#module id=2 path=/%0A;%20%207' \
    'x-1;$1+0;$2+0 7' '#end lines=1 samples=7 lost=0' > "$T/raw"
IN=$T/raw status "names of files" 0 "$BIN/gp-symbolize" -q
is "are made safe, too" "$(sed -n 's/^x-1;//p' "$T/out")" \
    '[lib:x y 12];[ :  7] 7'

done_testing
