#!/bin/sh
# Inlined functions and lines: of every function of programs that were built in
# each way that compilers have, the same frames as addr2line, eu-addr2line or
# llvm-symbolizer print.
. tests/tap.sh

for tool in g++ python3 addr2line llvm-symbolizer eu-addr2line; do
	command -v "$tool" > /dev/null || skip_all "no $tool"
done
export GP_CACHE_DIR=
cd "$T" || exit 1
CHECK=$OLDPWD/tests/names/check-names

# Templates, recursion, a cold part, a function in two pieces, a lambda, names in
# namespaces; two units, of which one calls into the other.
cat > one.cpp << 'END'
#include "shared.h"
namespace shop {
struct item { int price, n; };
template <class T, class F> static inline T fold(const item *v, int n, T t, F f) {
	for (int i = 0; i < n; i++)
		t = f(t, v[i]);
	return t;
}
static inline int clamp(int x) { return x < 0 ? 0 : x > 1000 ? 1000 : x; }
struct cart {
	item v[64];
	int n = 0;
	void add(int price) { v[n++ % 64] = { clamp(price), n }; }
	__attribute__((noinline)) long total() const {
		return fold(v, n < 64 ? n : 64, 0L,
		    [](long s, const item &i) { return s + mix(i.price) * i.n; });
	}
};
__attribute__((noinline)) static int depth(int n) {
	if (__builtin_expect(n > 100000, 0))
		throw clamp(n);
	return n < 2 ? n : depth(n - 1) + mix(n);
}
}
int main(int c, char **) {
	shop::cart k;
	for (int i = 0; i < c * 100; i++)
		k.add(mix(i) % 2000);
	try { return (int)k.total() + shop::depth(c) + other(k.n); }
	catch (int x) { return x; }
}
END
cat > two.cpp << 'END'
#include "shared.h"
static int twice(int x) { return mix(x) + mix(x + 1); }
int other(int n) {
	int s = 0;
	for (int i = 0; i < n; i++)
		s += i % 3 ? twice(i) : mix(twice(i));
	return s;
}
END
cat > shared.h << 'END'
static inline int mix(int x) { x ^= x << 7; x *= 2654435761u; return x ^ (x >> 9); }
int other(int n);
END

# frames DESCRIPTION FILE [option...]: all functions, and 150 addresses more.
frames() {
	_what=$1 _file=$2
	shift 2
	python3 "$CHECK" -i -f -n 150 "$@" "$_file" > "$T/said" 2>&1
	_result $? "$_what: frames as others have them"
	like "$_what: there are inlined ones" "$(cat "$T/said")" \
	    ' [1-9][0-9]+ have inlined'
	[ "$_s" = 0 ] || sed 's/^/# /' "$T/said" | head -n 12
}
# Build a program; the rest is skipped if that cannot be done here.
build() { # name compiler option...
	_out=$1
	shift
	"$@" -O3 -o "$_out" one.cpp two.cpp > "$T/log" 2>&1 ||
	    { skip "$_out" "$1 does not build it: $(head -n 1 "$T/log")"
	    return 1; }
}
_s=0

build gcc5 g++ -gdwarf-5 && frames "GCC, DWARF 5" gcc5
build gcc4 g++ -gdwarf-4 && frames "GCC, DWARF 4" gcc4
build clang5 clang++ -gdwarf-5 && frames "Clang, DWARF 5" clang5
build clang4 clang++ -gdwarf-4 && frames "Clang, DWARF 4" clang4
build lto g++ -g -flto && frames "link-time optimisation" lto
build packed g++ -g -gz=zlib && frames "compressed sections" packed
build nopie g++ -g -no-pie && frames "not position-independent" nopie
build lld clang++ -g -fuse-ld=lld -Wl,--icf=all && frames "lld" lld

# What only gp reads of these forms is compared with the whole file: the code is
# the same.
same_as() { # description whole file
	frames "$1" "$3" -t "$2"
}
split() { # name compiler option...
	_name=$1 _compiler=$2
	shift 2
	mkdir "$_name.d"
	(cd "$_name.d" && "$_compiler" -O3 -I.. "$@" -gsplit-dwarf -c ../one.cpp \
	    ../two.cpp && "$_compiler" -o "../$_name" one.o two.o) > log 2>&1 ||
	    { skip "$_name" "$_compiler does not split"; return 1; }
	[ -e "$_name.d/one.dwo" ]
}
split split5 g++ -gdwarf-5 && same_as "split, DWARF 5" gcc5 split5
split split4 g++ -gdwarf-4 && same_as "split, DWARF 4" gcc4 split4
split clangsplit5 clang++ -gdwarf-5 &&
    same_as "split by Clang, DWARF 5" clang5 clangsplit5
split clangsplit4 clang++ -gdwarf-4 &&
    same_as "split by Clang, DWARF 4" clang4 clangsplit4
package() { # name whole tool...
	_name=$1 _whole=$2
	shift 2
	[ -e "$_name" ] && (cd "$_name.d" && "$@" -e "../$_name" \
	    -o "../$_name.dwp") > log 2>&1 ||
	    { skip "package of $_name" "cannot be made here"; return; }
	mv "$_name.d" "$_name.gone"
	same_as "package of $_name" "$_whole" "$_name"
	rm "$_name.dwp"
	is "without it the function alone is left, of $_name" \
	    "$(python3 "$CHECK" -i -f -n 50 "$_name" 2> /dev/null |
	    sed -n 's/.* \([0-9]*\) have inlined.*/\1/p')" 0
}
package split4 gcc4 dwp
package clangsplit5 clang5 llvm-dwp

if command -v dwz > /dev/null; then
	cp gcc5 dwz1 && cp gcc5 dwz2
	if dwz -m "$T/alt" -M "$T/alt" dwz1 dwz2 > log 2>&1 && [ -e alt ]; then
		same_as "with dwz's alternate file" gcc5 dwz1
		mv alt alt.gone
		python3 "$CHECK" -i -f -n 50 -t gcc5 dwz1 > said
		unlike "which is needed" "$(cat said)" ' 0 wrong'
		mv alt.gone alt
	else
		skip "dwz's alternate file" "dwz makes none: $(head -n 1 log)"
	fi
else
	skip "dwz's alternate file" "no dwz"
fi

# Stripped, with the debug file beside it, as packages have it.
objcopy --only-keep-debug --compress-debug-sections gcc5 gcc5.debug
strip -o linked gcc5
objcopy --add-gnu-debuglink=gcc5.debug linked
frames "a separate debug file" linked -t gcc5
mv gcc5.debug gcc5.moved

if command -v rustc > /dev/null; then
	cat > r.rs << 'END'
use std::collections::HashMap;
#[derive(Clone)]
struct Item { name: String, price: u32 }
fn parse(s: &str) -> HashMap<String, u32> {
    s.split(',').filter_map(|kv| { let mut p = kv.splitn(2, '=');
        Some((p.next()?.to_string(), p.next()?.trim().parse().ok()?)) }).collect()
}
fn main() {
    let m = parse("a=1,b=2,c=77");
    let mut v: Vec<Item> = (0..50).map(|i| Item { name: format!("item{}", i * 7 % 13), price: i }).collect();
    v.sort_by(|a, b| b.price.cmp(&a.price).then_with(|| a.name.cmp(&b.name)));
    println!("{} {}", m.len(), v.iter().map(|i| i.price).sum::<u32>());
}
END
	if rustc -O -g -o rust r.rs > log 2>&1; then
		frames "Rust" rust
	else
		skip "Rust" "rustc does not build it"
	fi
else
	skip "Rust" "no rustc"
fi

# Lines wait for each other's frames, and a record that comes meanwhile keeps its place.
# "main;parse" is what the lines before and behind the pause have in common.
if nm gcc5 > addrs 2> /dev/null; then
	main=$(awk '$3 == "main" { print $1 }' addrs)
	other=$(awk '$3 == "_Z5otheri" { print $1 }' addrs)
	module() { printf '#module id=%d path=%s\n' "$1" "$T/gcc5"; }
	(printf '#gp version=1 kind=raw\n'
	module 1
	printf 'x-1;parse;$1+%s 1\n' "$main"
	sleep 0.5 # longer than a line waits
	printf 'x-1;parse;$1+%s 2\n' "$other"
	module 2
	printf 'x-1;parse;$2+%s 3\n' "$main"
	printf '#end lines=3 samples=6 lost=0\n') |
	    "$BIN/gp-symbolize" --inline > got
	is "a record between lines that wait" "$(sed 's/[^;]*_\[i\]//g
	    s/;;*/;/g; s/; / /; s/(.*)//' got)" "#gp version=1 kind=named
$(module 1)
x-1;parse;main 1
x-1;parse;other 2
$(module 2)
x-1;parse;main 3
#end lines=3 samples=6 lost=0"

	# The first line does not wait until others come no more: they come until it is
	# there, or for ten seconds.
	{ printf '#gp version=1 kind=raw\n'; module 1; } > begun
	python3 - "$BIN/gp-symbolize" "$main" > got << 'END'
import select, subprocess, sys, time
p = subprocess.Popen([sys.argv[1], "-q", "--inline"], stdin=subprocess.PIPE,
    stdout=subprocess.PIPE)
p.stdin.write(open("begun", "rb").read())
got = b""
for i in range(500):
    p.stdin.write(b"x-1;$1+%s 1\n" % sys.argv[2].encode())
    p.stdin.flush()
    time.sleep(.02)
    if select.select([p.stdout], [], [], 0)[0]:
        got += p.stdout.read1()
    if b"\nx-1" in got:
        break
print(got.decode(), end="")
p.stdin.close()
p.stdout.read()
END
	like "a line comes out while others come in" "$(cat got)" '^x-1;.*main'
fi

done_testing
