# Two engines at the same moments: a page fault is one for both, so that the
# kernel's walk of a stack and user space's of a copy of it begin with the same
# registers and the same memory. They have to find the same callers, all of them.
. tests/tap.sh
. tests/live/profile.sh
need_sampling
command -v python3 > /dev/null || skip_all "no python3 to compare with"

cat > "$T/work.py" <<'EOF'
import json, re, sys, zlib, hashlib, decimal
def dig(n):
    return n and dig(n - 1) or sum(i * i for i in range(300))
keep = []
for i in range(30):
    d = {str(i): [i] * 9 for i in range(1000)}
    s = json.dumps(d, indent=1)
    keep.append(json.loads(s))
    re.findall(r'"(\d+)": \[\s+(\d)', s)
    hashlib.sha256(zlib.compress(s.encode())).hexdigest()
    keep.append(sorted(d, key=lambda k: -int(k)))
    decimal.Decimal(2).sqrt()
    dig(20)
EOF
cat > "$T/work.pl" <<'EOF'
sub dig { my $n = shift; return $n ? dig($n - 1) : eval { [ 1 .. 999 ] } }
for (1 .. 60) {
    my %h;
    $h{$_ % 97} .= sqrt $_ for 1 .. 2000;
    push @keep, [values %h], dig(20), sort { $h{$a} cmp $h{$b} } keys %h;
    my $t = join ",", values %h;
    $t =~ s/(\d)(\d)/$2$1/g;
}
EOF
cat > "$T/work.js" <<'EOF'
const zlib = require('zlib'), crypto = require('crypto');
function dig(n) { return n ? dig(n - 1) : Math.sqrt(n + 2); }
const keep = [];
for (let k = 0; k < 8; k++) {
  const a = [];
  for (let i = 0; i < 1e4; i++) a.push({ i, s: 'x' + i });
  const s = JSON.stringify(a);
  keep.push(JSON.parse(s), Buffer.alloc(1e5, 'x'));
  a.sort((x, y) => y.i - x.i);
  crypto.createHash('sha256').update(s).digest('hex');
  zlib.deflateSync(s.slice(0, 99999));
  s.replace(/"i":(\d+)/g, (m, n) => dig(20) + n);
}
EOF
cat > "$T/work.sh" <<'EOF'
dig() { if [ "$1" -gt 0 ]; then dig $(($1 - 1)); fi; }
for ((i = 0; i < 60; i++)); do
	x=$x${i//[13579]/odd}
	dig 12
	case $x in *odd*) y[i]=$(printf %s "$x") ;; esac
done
EOF
cat > "$T/work.go" <<'EOF'
package main

import (
	"encoding/json"
	"fmt"
	"sort"
)

func dig(n int, m map[string]int) []byte {
	if n > 0 {
		return dig(n-1, m)
	}
	b, _ := json.Marshal(m)
	return b
}

func main() {
	keep := make(chan []byte)
	for i := 0; i < 3; i++ {
		go func() {
			for {
				m := map[string]int{}
				k := make([]string, 0)
				for i := 0; i < 500; i++ {
					m[fmt.Sprint(i)] = i
					k = append(k, fmt.Sprint(i))
				}
				sort.Strings(k)
				keep <- dig(20, m)
			}
		}()
	}
	all := make([][]byte, 0)
	for i := 0; i < 2000; i++ {
		all = append(all, <-keep)
	}
}
EOF
cat > "$T/fixtures.sh" <<'EOF'
for p in calls calls_nofp calls_static calls_clang sort cxx rusty; do
	"$FIX/$p" 0
done
for kind in signal altstack vdso hollow alloca ucontext aligned vfork; do
	"$FIX/odd" $kind 0
done
mkdir -p "$T/lib"
cp "$FIX/libplug_a.so" "$FIX/libplug_b.so" "$T/lib/"
"$FIX/dlopens" 0.02 "$T/lib"
"$FIX/jits" 0.02
EOF

# One recording in another, so that a command is told to both.
both() {
	_one="$BIN/gp-record --eval-frames -e page-faults -c 1"
	# shellcheck disable=SC2086 # words
	$_one -v --engine=bpf -o "$T/bpf" -- \
	    $_one -q --engine=perf -o "$T/perf" -- "$@" > /dev/null 2> "$T/said"
	_cut=$(sed -n 's/.* unreadable (\([0-9]*\) as the ring .*/\1/p' "$T/said")
}

# twins NAME COMMAND...
kind=twins
twins() {
	_name=$1; shift
	both "$@"
	is "$_name: the first one has them all" "$(grep -c '^#lost' "$T/bpf")" 0
	_pids=$(cat "$T/pid" 2> /dev/null || sed -nE \
	    's/^gp-record-[0-9]+;.*//; s/^[^#;]*-([0-9]+);.*/\1/p' "$T/perf" |
	    sort -u)
	# shellcheck disable=SC2086 # a list
	ok "$_name: all stacks are the same" python3 \
	    tests/fixtures/same_stacks.py $kind "$T/bpf" "$T/perf" $_cut $_pids
}

# stacks STACK...: a recording of 100 that anybody has, and one of each of these.
stacks() {
	echo '#module id=1 path=/p'
	echo 'p-7;$1+1;$1+2 100'
	for _s; do echo "p-7;$_s 1"; done
}

# What is cut may be either of two, of which one is another's only twin.
stacks '[truncated];$1+3;$1+9' '$1+1;$1+4;$1+9' > "$T/one"
stacks '[truncated];$1+9' '$1+1;$1+3;$1+9' > "$T/other"
ok "stacks that are cut leave each other theirs" python3 \
    tests/fixtures/same_stacks.py twins "$T/one" "$T/other" 0 7
for _i in 1 2 3 4; do
	printf 'p-7;[truncated];$1+%d 1\n' $_i >> "$T/one"
	printf 'p-7;$1+1;$1+%d 1\n' $_i >> "$T/other"
done
status "more are cut than may be" 1 python3 \
    tests/fixtures/same_stacks.py twins "$T/one" "$T/other" 0 7
ok "unless one had to" python3 \
    tests/fixtures/same_stacks.py twins "$T/one" "$T/other" 2 7
for _i in $(seq 5 30); do
	printf 'p-7;[truncated];$1+%d 1\n' "$_i" >> "$T/one"
	printf 'p-7;$1+1;$1+%d 1\n' "$_i" >> "$T/other"
done
status "not that many" 1 python3 \
    tests/fixtures/same_stacks.py twins "$T/one" "$T/other" 99 7
stacks '[truncated];$1+9' '$1+1;$1+5;$1+9' > "$T/other"
status "one that has no twin is found" 1 python3 \
    tests/fixtures/same_stacks.py twins "$T/one" "$T/other" 0 7

# Rows are made, and of a file of 80 MB loaded, when samples ask for them. How many
# samples come before, and are cut where their stacks are deeper than what a sample can
# carry, is a matter of speed. So it is the second run that is compared.
cat > "$T/again.sh" <<'EOF'
"$@"
echo $$ > "$T/pid"
exec "$@"
EOF

twins "the test programs" sh -e "$T/fixtures.sh"
for p in /usr/bin/python3:py perl:pl node:js bash:sh; do
	case $p in
	node*) kind=builtins ;;
	*) kind=twins ;;
	esac
	if command -v ${p%:*} > /dev/null; then
		twins "${p%:*}" sh "$T/again.sh" "${p%:*}" "$T/work.${p#*:}"
	else
		skip "${p%:*}" "there is none"
	fi
	rm -f "$T/pid"
done
if command -v go > /dev/null && GOCACHE=$T/cache GOPROXY=off go build \
    -o "$T/gowork" "$T/work.go" 2> "$T/err"; then
	# From a scheduler's stack only the kernel's walk finds the way back.
	kind="switching $(nm -S "$T/gowork" | awk -v file="$T/gowork" '
		$NF ~ /^runtime\.systemstack(\.abi0)?$/ {
			print file "+" $1 "+" $2 }')"
	twins Go "$T/gowork"
else
	skip Go "no Go compiler that works here"
fi
done_testing
