# Native frames of programs that nobody here compiled: interpreters, with JITs,
# assembler, threads, computed gotos, and whatever their distributor used.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

# Where stacks begin: a program (ld.so has a start of its own), a thread, a
# goroutine, the scheduler of Go. What libc hides is [libc…].
begin='(_start|_dl_start_user|\[ld-linux[^;]*\]|__clone3?|clone3?|\[libc[^;]*\]|runtime\.(goexit|mstart|rt0_go|morestack|mcall|_rt0[^;]*|clone)[^;]*|_rt0_amd64[^;]*)'

# check_begin COMM [EXCEPT]: of the samples of processes called COMM, 99.5 % reach
# a beginning, and none has anything else at its outer end. Those that are cut
# at EXCEPT are not counted.
check_begin() {
	awk -v comm="$1" -v begin="$begin" -v except="${2:-^$}" '
	$0 !~ "^" comm "-[0-9]+;" { next }
	{ count = $NF; total += count }
	$0 ~ "^[^;]*;\\[truncated\\];" except "[; ]" {
		known += count
		total -= count
		next
	}
	/^[^;]*;\[truncated\]/ {
		if (++cut < 4) print "# cut: " substr($0, 1, 200)
		next
	}
	$0 ~ "^[^;]*;" begin "(;| [0-9]+$)" { good += count; next }
	# A thread between two programs, or at its end, has no user stack.
	/^[^;]*;[^;]*_\[k\]/ { good += count; next }
	{ if (++wrong < 4) print "# wrong: " substr($0, 1, 200) }
	END {
		printf "# %s: %d of %d whole, %d wrong, %d cut where known\n",
		    comm, good, total, wrong, known
		if (total < 100) print "# too few samples to judge by"
		exit !(total >= 100 && !wrong && good >= total * 0.995)
	}' "$T/folded" > "$T/verdict"
	_s=$?
	cat "$T/verdict"
	_result $_s "$1: 99.5 % of all samples reach the start, none another"
}

# runs NAME COMMAND...: profile it, check what is called NAME (a regular
# expression).
runs() {
	_name=$1; shift
	profile -- "$@"
	check_sums
	check_begin "$_name" "${except:-}"
}

cat > "$T/work.py" <<'EOF'
import json, re, time, zlib, hashlib, decimal
def dig(n):
    return n and dig(n - 1) or sum(i * i for i in range(300))
end = time.process_time() + 2
while time.process_time() < end:
    d = {str(i): [i] * 9 for i in range(200)}
    s = json.dumps(d, indent=1)
    json.loads(s)
    re.findall(r'"(\d+)": \[\s+(\d)', s)
    hashlib.sha256(zlib.compress(s.encode())).hexdigest()
    sorted(d, key=lambda k: -int(k))
    decimal.Decimal(2).sqrt()
    dig(50)
EOF
cat > "$T/work.pl" <<'EOF'
sub dig { my $n = shift; return $n ? dig($n - 1) : eval { sqrt 2 } }
while ((times)[0] < 2) {
    my %h;
    $h{$_ % 97} .= sqrt $_ for 1 .. 5000;
    my @s = sort { $h{$a} cmp $h{$b} } keys %h;
    my $t = join ",", @s;
    $t =~ s/(\d)(\d)/$2$1/g;
    dig(20);
}
EOF
cat > "$T/work.js" <<'EOF'
const zlib = require('zlib'), crypto = require('crypto');
function dig(n) { return n ? dig(n - 1) : Math.sqrt(n + 2); }
const end = process.cpuUsage().user + 2e6;
while (process.cpuUsage().user < end) {
  const a = [];
  for (let i = 0; i < 3e4; i++) a.push({ i, s: 'x' + i });
  const s = JSON.stringify(a);
  JSON.parse(s);
  a.sort((x, y) => y.i - x.i);
  crypto.createHash('sha256').update(s).digest('hex');
  zlib.deflateSync(s.slice(0, 99999));
  s.replace(/"i":(\d+)/g, (m, n) => dig(20) + n);
}
EOF
cat > "$T/work.sh" <<'EOF'
dig() { if [ "$1" -gt 0 ]; then dig $(($1 - 1)); fi; }
for ((i = 0; i < 40000; i++)); do
	x=${x:0:99}${i//[13579]/odd}
	dig 12
	case $x in *77*odd*) y=$(printf %s "$x") ;; esac
done
EOF
cat > "$T/work.go" <<'EOF'
package main

import (
	"encoding/json"
	"fmt"
	"sort"
	"time"
)

func dig(n int, m map[string]int) int {
	if n > 0 {
		return dig(n-1, m)
	}
	b, _ := json.Marshal(m)
	return len(b)
}

func work(done chan int, end time.Time) {
	n := 0
	for time.Now().Before(end) {
		m := map[string]int{}
		for i := 0; i < 500; i++ {
			m[fmt.Sprint(i)] = i
		}
		k := make([]string, 0)
		for s := range m {
			k = append(k, s)
		}
		sort.Strings(k)
		n += dig(30, m)
	}
	done <- n
}

func main() {
	done := make(chan int)
	end := time.Now().Add(4 * time.Second)
	for i := 0; i < 3; i++ {
		go work(done, end)
	}
	for i := 0; i < 3; i++ {
		<-done
	}
}
EOF

pyenv=$(ls -d "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.*/bin/python3 2> /dev/null |
    tail -n 1)
go=$(command -v go || ls -d /usr/lib/go-*/bin/go 2> /dev/null | tail -n 1)
if [ -x /usr/bin/python3 ]; then runs 'python3[^;]*' /usr/bin/python3 "$T/work.py"
else skip "python3" "there is no /usr/bin/python3"; fi
if [ -n "$pyenv" ]; then runs 'python3[^;]*' "$pyenv" "$T/work.py"
else skip "a python3 built from source" "there is no pyenv"; fi
if command -v perl > /dev/null; then runs perl perl "$T/work.pl"
else skip "perl" "there is no perl"; fi
# Some of V8's builtins have no frame, or none yet, and nothing says where. (In Debian's
# libnode they have no names.)
except='(Builtins_[^;]*|[[]libnode[^;]*[]])'
if command -v node > /dev/null; then runs '[^;]*' node "$T/work.js"
else skip "node" "there is no node"; fi
except=
if command -v bash > /dev/null; then runs bash bash "$T/work.sh"
else skip "bash" "there is no bash"; fi
if [ -n "$go" ] && GOCACHE=$T/cache GOPROXY=off "$go" build -o "$T/gowork" \
    "$T/work.go" 2> "$T/err"; then
	runs gowork "$T/gowork"
else skip "a Go program" "no Go compiler that works here"; fi
done_testing
