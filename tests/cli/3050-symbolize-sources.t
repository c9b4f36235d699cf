#!/bin/sh
# Names of stripped files: from separate debug files, .gnu_debugdata, the PLT and
# Go's table; each compared with what binutils or go says of the whole file.
. tests/tap.sh

command -v cc > /dev/null || skip_all "no compiler"
export GP_CACHE_DIR=

# The names of addresses (hexadecimal, on stdin) of a file.
named() { # file [option]
	f=$1
	shift
	awk -v path="$f" '
	BEGIN { print "#gp version=1 kind=raw"; print "#module id=1 path=" path }
	{ print "x-1;$1+" $1 " 1" }
	END { print "#end lines=" NR " samples=" NR " lost=0" }' |
	    "$BIN/gp-symbolize" -v --no-demangle "$@" 2> "$T/err" |
	    sed -n 's/^x-1;\(.*\) 1$/\1/p'
}

printf '%s\n' '#include <stdlib.h>' '#include <string.h>' \
    'static __attribute__((noinline)) int inner(int n) { return rand() % (n + 1); }' \
    '__attribute__((noinline)) int outer(char *s) { return inner((int)strlen(s)); }' \
    'int main(int c, char **v) { return outer(v[c - 1]); }' > "$T/p.c"
cc -O1 -Wl,--build-id -o "$T/whole" "$T/p.c"
for n in inner outer main; do
	nm "$T/whole" | awk -v n=$n '$3 == n { print $1 }'
done > "$T/addrs"
all="inner outer main"
none() { printf '[%s] [%s] [%s]' "$1" "$1" "$1"; }
names() { named "$@" < "$T/addrs" | tr '\n' ' ' | sed 's/ $//'; }
objcopy --only-keep-debug "$T/whole" "$T/p.debug"
strip -o "$T/stripped" "$T/whole"
is "a stripped program has no names" "$(names "$T/stripped")" "$(none stripped)"

# .gnu_debuglink
(cd "$T" && objcopy --add-gnu-debuglink=p.debug stripped linked)
is "a debug file beside it" "$(names "$T/linked")" "$all"
like "is said" "$(cat "$T/err")" 'linked: [0-9]+ symbols from its debug file'
mkdir "$T/.debug"
mv "$T/p.debug" "$T/.debug/p.debug"
is "a debug file in .debug" "$(names "$T/linked")" "$all"
cp "$T/.debug/p.debug" "$T/good"
printf x >> "$T/.debug/p.debug"
is "one of another CRC is refused" "$(names "$T/linked")" "$(none linked)"
sed 's/return rand() %/return 1 + rand() %/' "$T/p.c" > "$T/q.c"
cc -O1 -Wl,--build-id -o "$T/other" "$T/q.c"
objcopy --only-keep-debug "$T/other" "$T/.debug/p.debug"
is "and one of another build" "$(names "$T/linked")" "$(none linked)"
# The same CRC in the link, but another build id.
cp "$T/.debug/p.debug" "$T/p.debug"
(cd "$T" && objcopy --add-gnu-debuglink=p.debug stripped wrong)
is "one of another build id is refused, whatever its CRC" \
    "$(names "$T/wrong")" "$(none wrong)"
rm "$T/p.debug" "$T/.debug/p.debug"
mkfifo "$T/.debug/p.debug"
is "a FIFO is not waited for" "$(names "$T/linked")" "$(none linked)"
rm "$T/.debug/p.debug"
head -c 3000 "$T/good" > "$T/.debug/p.debug"
is "half a file is refused" "$(names "$T/linked")" "$(none linked)"
ln -sf /dev/zero "$T/.debug/p.debug"
is "a device is not read" "$(names "$T/linked")" "$(none linked)"
rm -r "$T/.debug"

# A table that was kept does not hide a debug file that comes later.
(
	export GP_CACHE_DIR="$T/cache"
	names "$T/linked" > "$T/before"
	cp "$T/good" "$T/p.debug"
	names "$T/linked" > "$T/after"
	rm "$T/p.debug"
	names "$T/linked" > "$T/kept"
)
is "a program that was met before its debug file was there" \
    "$(cat "$T/before")" "$(none linked)"
is "has names when it is there" "$(cat "$T/after")" "$all"
is "and keeps them" "$(cat "$T/kept")" "$all"

# By build id: libc's, as Debian has it.
libc=$(readlink -f "$(ldd /bin/sh | awk '$1 ~ /^libc\.so/ { print $3 }')")
id=$(readelf -n "$libc" | sed -n 's/.*Build ID: //p')
debug=/usr/lib/debug/.build-id/$(printf %.2s "$id")/${id#??}.debug
if [ -r "$debug" ]; then
	nm -S --defined-only "$debug" | awk 'NF == 4 && $3 ~ /^[tTwWi]$/ &&
	    $4 !~ /^[.$]|^L\(/ && $2 !~ /^0+$/ { print $1, $4 }' > "$T/nm"
	cut -d ' ' -f 1 "$T/nm" | named "$libc" > "$T/got"
	like "libc's debug file is found" "$(cat "$T/err")" \
	    'libc.*symbols from its debug file'
	# Where functions share an address, the name of any is right.
	# shellcheck disable=SC2046 # two numbers
	set -- $(paste -d ' ' "$T/got" "$T/nm" | awk '
	    { sub(/@.*/, "", $3); ok[$2] = ok[$2] || $1 == $3 }
	    END { for (k in ok) { n++; if (!ok[k]) bad++ }; print n, bad + 0 }')
	like "with static functions ($1)" "$1" '^[0-9]{4}'
	is "each of which has its name" "$2" 0
else
	skip "libc's debug file" "libc6-dbg is not installed"
fi

# .gnu_debugdata: the static functions only, as Fedora makes it.
if command -v xz > /dev/null; then
	mini() { # program of-symbols
		xz -k -c "$2" > "$T/mini.xz"
		objcopy --add-section .gnu_debugdata="$T/mini.xz" "$1" "$T/mini"
	}
	objcopy -S --remove-section .gdb_index --remove-section .comment \
	    --keep-symbol=inner --keep-symbol=outer "$T/good" "$T/symbols"
	mini "$T/stripped" "$T/symbols"
	is ".gnu_debugdata" "$(names "$T/mini")" "inner outer [mini]"
	like "is said" "$(cat "$T/err")" 'symbols from .gnu_debugdata'
	head -c 100000000 /dev/zero > "$T/zeros"
	mini "$T/stripped" "$T/zeros"
	rm "$T/zeros"
	is "what would become too large is not unpacked" \
	    "$(names "$T/mini")" "$(none mini)"
	like "and said" "$(cat "$T/err")" 'debugdata is too large'
	echo "no ELF file" > "$T/text"
	mini "$T/stripped" "$T/text"
	is "text in it" "$(names "$T/mini")" "$(none mini)"
	objcopy --add-section .gnu_debugdata="$T/text" "$T/stripped" "$T/mini"
	is "no xz" "$(names "$T/mini")" "$(none mini)"
	xz -k -c "$T/symbols" | head -c 300 > "$T/half"
	objcopy --add-section .gnu_debugdata="$T/half" "$T/stripped" "$T/mini"
	is "half of it" "$(names "$T/mini")" "$(none mini)"
else
	skip ".gnu_debugdata" "no xz"
fi

# PLT slots, as objdump names them. Lazy binding, bound at once, with and
# without endbr64, and by other linkers.
plt() { # description compiler-options
	d=$1
	shift
	if ! cc -O1 "$@" -o "$T/plt" "$T/p.c" 2> /dev/null; then
		skip "PLT slots, $d" "cannot be built here"
		return
	fi
	strip "$T/plt"
	objdump -d --no-show-raw-insn "$T/plt" | sed -nE \
	    's/^0*([0-9a-f]+) <(strlen|rand)(@[A-Z][^@]*)?(@plt)>:$/\1 \2\4/p' \
	    > "$T/slots"
	[ -s "$T/slots" ] || { skip "PLT slots, $d" "objdump names none"; return; }
	is "PLT slots, $d" "$(cut -d ' ' -f 1 "$T/slots" | named "$T/plt")" \
	    "$(cut -d ' ' -f 2 "$T/slots")"
}
plt lazy -fno-builtin -Wl,-z,lazy -fcf-protection=none
plt "lazy, with endbr64" -fno-builtin -Wl,-z,lazy -fcf-protection=full \
    -Wl,-z,ibtplt
plt "bound at once" -fno-builtin -Wl,-z,now
plt "bound at once, with endbr64" -fno-builtin -Wl,-z,now \
    -fcf-protection=full -Wl,-z,ibtplt
plt "not position-independent" -fno-builtin -no-pie -Wl,-z,lazy
plt "lld's" -fno-builtin -fuse-ld=lld
plt "gold's" -fno-builtin -fuse-ld=gold

# Go, stripped: every function that nm finds in the whole one.
go=$(command -v go || ls /usr/lib/go*/bin/go 2> /dev/null | head -n 1)
if [ -n "$go" ]; then
	printf '%s\n' 'package main' '//go:noinline' \
	    'func fib(n int) int { if n < 2 { return n }; return fib(n-1) + fib(n-2) }' \
	    'func main() { println(fib(20)) }' > "$T/m.go"
	for mode in exe pie; do
		HOME=$T GOCACHE=$T/gocache GO111MODULE=off "$go" build \
		    -buildmode=$mode -o "$T/gowhole" "$T/m.go" > "$T/go.log" 2>&1 ||
		    { skip "a stripped Go program, $mode" "go does not build"
		    continue; }
		strip -o "$T/gostripped" "$T/gowhole"
		# C's start files are not Go's. nm says abi0 where Go does not.
		nm "$T/gowhole" | awk '$2 ~ /^[tT]$/ &&
		    $3 ~ /^(main|fmt|runtime|strconv|sync|os)\./ &&
		    $3 !~ /^runtime\.(text|etext|rodata|memhash_varlen|debugCall)/ {
			sub(/\.abi0$/, "", $3); print $1, $3 }' > "$T/nm"
		cut -d ' ' -f 1 "$T/nm" | named "$T/gostripped" |
		    sed 's/\.abi0$//' > "$T/got"
		like "Go's table is read, $mode" "$(cat "$T/err")" \
		    "functions from Go's table"
		is "every function of a stripped Go program has its name, $mode" \
		    "$(paste -d ' ' "$T/got" "$T/nm" | awk '$1 != $3' | head -n 5)" ""
		like "of which there are many" "$(wc -l < "$T/nm")" '[0-9]{3}'
	done
else
	skip "a stripped Go program" "no go"
fi

done_testing
