#!/bin/sh
# Names made shorter, and addresses where there is no name.
. tests/tap.sh

# The names of addresses (hexadecimal, on stdin) of a file.
named() { # file [option...]
	f=$1
	shift
	awk -v path="$f" '
	BEGIN { print "#gp version=1 kind=raw"; print "#module id=1 path=" path }
	{ print "x-1;$1+" $1 " 1" }
	END { print "#end lines=" NR " samples=" NR " lost=0" }' |
	    "$BIN/gp-symbolize" "$@" 2> "$T/err" |
	    sed -n 's/^x-1;\(.*\) 1$/\1/p'
}
functions() { # file
	nm --defined-only "$1" | awk '$2 ~ /^[tTwW]$/ && $3 ~ /^_[ZR]/ &&
	    !seen[$1]++ { print $1 }'
}

if [ -x "$FIX/cxx" ]; then
	functions "$FIX/cxx" > "$T/addrs"
	named "$FIX/cxx" --no-demangle < "$T/addrs" > "$T/mangled"
	named "$FIX/cxx" --simplify=args < "$T/addrs" > "$T/got"
	c++filt -p < "$T/mangled" | tr ';' ':' > "$T/want"
	ok "args: names without types, as c++filt has them" \
	    cmp "$T/got" "$T/want"
	diff "$T/got" "$T/want" | head -n 4 | sed 's/^/# /'
	named "$FIX/cxx" < "$T/addrs" | grep -c '<' > "$T/before"
	like "there are templates" "$(cat "$T/before")" '^[1-9]'
	named "$FIX/cxx" --simplify=templates < "$T/addrs" > "$T/got"
	is "templates: no arguments are left" "$(sed 's/<\.\.\.>//g
	    s/operator<[<=]*//g' "$T/got" | grep -c '[A-Za-z0-9_]<')" 0
	like "but where they were is seen" "$(cat "$T/got")" '[a-z]<\.\.\.>'
	is "both" "$(named "$FIX/cxx" --simplify=args,templates < "$T/addrs" |
	    sed 's/operator()//g; s/(anonymous namespace)//g; s/{[^}]*}//g' |
	    grep -v ' \[clone' | grep -cE '[a-z]<[^.]')" 0
else
	skip "C++" "fixture not built"
fi
if [ -x "$FIX/rusty_v0" ]; then
	functions "$FIX/rusty_v0" | named "$FIX/rusty_v0" --simplify=templates \
	    > "$T/got"
	like "Rust's paths stay" "$(cat "$T/got")" '^<.* as .*>::'
else
	skip "Rust" "fixture not built"
fi

if command -v cc > /dev/null; then
	printf '%s\n' '	.text' '	.globl	main' \
	    '	.type	parse.isra.0,@function' 'parse.isra.0: nop; ret' \
	    '	.size	parse.isra.0,.-parse.isra.0' \
	    '	.type	_ZN1a1bEi.part.1.cold,@function' \
	    '_ZN1a1bEi.part.1.cold: nop; ret' \
	    '	.size	_ZN1a1bEi.part.1.cold,.-_ZN1a1bEi.part.1.cold' \
	    '	.type	main,@function' 'main: ret' '	.size	main,.-main' \
	    '	.section .note.GNU-stack,"",@progbits' > "$T/c.s"
	cc -o "$T/c" "$T/c.s"
	nm "$T/c" | awk '$3 ~ /isra|part|^main$/ { print $1, $3 }' |
	    sort | cut -d ' ' -f 1 > "$T/addrs"
	is "clones as they are" "$(named "$T/c" < "$T/addrs" | tr '\n' ',')" \
	    "parse.isra.0,a::b(int) [clone .part.1] [clone .cold],main,"
	is "clones folded" "$(named "$T/c" --simplify=clones < "$T/addrs" |
	    tr '\n' ',')" "parse,a::b(int),main,"
	is "also where names stay mangled" "$(named "$T/c" --simplify=clones \
	    --no-demangle < "$T/addrs" | tr '\n' ',')" "parse,_ZN1a1bEi,main,"
	is "everything" "$(named "$T/c" --simplify=clones,args,templates \
	    < "$T/addrs" | tr '\n' ',')" "parse,a::b,main,"
	is "an address without a name" "$(echo 0 | named "$T/c")" '[c]'
	is "shown" "$(echo 3 | named "$T/c" --addrs)" '[c+0x3]'
	is "other names are as ever" "$(named "$T/c" --addrs < "$T/addrs" |
	    tail -n 1)" main
	is "a file that is not there" "$(echo 1f2a | named /nowhere/libfoo.so \
	    --addrs)" '[libfoo.so+0x1f2a]'
	is "what is left raw stays raw" "$(echo 3 | named "$T/c" --addrs \
	    --keep-raw)" '$1+3'
else
	skip "clones" "no compiler"
fi

status "a list of something else" 64 "$BIN/gp-symbolize" --simplify=types
like "is said" "$(cat "$T/err")" 'templates, args and clones'

done_testing
