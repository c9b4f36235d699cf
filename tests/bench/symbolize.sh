#!/bin/sh
# symbolize.sh - the same samples named by perf script and by gp-symbolize.
#
# perf records three loads at 1999 Hz, so that two CPUs give as many samples as forty do
# at 99 Hz: four programs (5 s); servers, processes that stay (60 s, as long as a cycle
# of gp-run; BENCH_SECONDS): an HTTP server of node, Python with a database, Perl, Ruby;
# and a busy machine (as long): compilers, Python, node, perl, and programs with DWARF,
# hundreds of processes, and whatever else the machine does. The more often a stack comes
# again the more gp-symbolize is ahead, which names a stack once and perf script every
# sample. perf2raw.py makes a raw stream of each, as gp-record writes it; perf names the
# very file that it was made of.
# Cold: nothing is in gp's cache. Warm: the same stream once more. perf keeps none
# of symbols, so for it there is one row.
# CPU time is that of all processes that took part (cpu.py); texts go to /dev/null.
# gp-record asks the kernel for its functions, perf script reads them: so there is a
# second ratio, with the time that this takes gp-record, measured by the function beside
# the same load.
#
# Inlined functions: perf 6.1 looks them up only where it unwinds by DWARF itself, and
# asks addr2line, one process for each file. So a third recording, with copies of
# stacks, of programs that have DWARF is named by perf script as it is, and by
# gp-symbolize --inline; what of perf's time goes to unwinding is a row of its own
# (perf script --no-inline). How many inlined frames either prints is a row too.
# For the busy machine, which is recorded with the kernel's stacks, the peer is what
# one does then: perf script, and addr2line -i once for each file, with its distinct
# addresses, each once.
set -u
: "${BUILD:=$PWD/build}"
BIN=$BUILD/bin FIX=$BUILD/tests/fixtures
seconds=${BENCH_SECONDS:-60}
skip() { printf 'skip\t%s\n' "$1"; exit 0; }
[ "$(id -u)" -eq 0 ] || skip "needs root"
command -v perf > /dev/null || skip "no perf"
command -v python3 > /dev/null || skip "no python3"
[ -x /usr/bin/time ] || skip "no /usr/bin/time"
T=$(mktemp -d) || exit 1
load=
trap 'kill $load 2> /dev/null; rm -rf "$T"' EXIT
trap 'exit 130' INT TERM
# Each cold run has a folder of its own: to make files where as many have just been
# removed costs ext4 more than all the rest.
new_cache() {
	caches=$((${caches:-0} + 1))
	export GP_CACHE_DIR="$T/cache.$caches"
}
new_cache

row() { printf '%s\t%s\t%s\n' "$1" "$2" "$3"; }
# run NAME COMMAND...: three times, each cold one with an empty cache. What is kept is
# the one of median CPU time. Status 124 if one was stopped.
run() {
	_n=$1 _status=0
	shift
	for _i in 1 2 3; do
		case $_n in *.cold*) new_cache ;; esac
		python3 tests/bench/cpu.py "$T/$_n.$_i" -t 280 /usr/bin/time \
		    -f %M -o "$T/$_n.$_i.kib" "$@" > /dev/null 2>&1
		[ $? -ne 124 ] || _status=124
	done
	_i=$(for _i in 1 2 3; do
		awk -v i="$_i" '{ print $1 + $2, i }' "$T/$_n.$_i"
	done | sort -n | sed -n '2s/.* //p')
	cp "$T/$_n.$_i" "$T/$_n"
	cp "$T/$_n.$_i.kib" "$T/$_n.kib"
	return $_status
}
cpu() { awk '{ printf "%.4f", $1 + $2 }' "$T/$1"; }
peak() { awk 'END { printf "%.1f", $1 / 1024 }' "$T/$1.kib"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", a / (b ? b : 0.001) }'; }

# -- loads: they go on until they are killed --------------------------------

four() {
	"$FIX/sort" 1000 > /dev/null & load=$!
	"$FIX/calls" 1000 > /dev/null & load="$load $!"
	python3 -c '
import json
d = {str(i): list(range(20)) for i in range(50)}
while True: json.loads(json.dumps(d, indent=1))' & load="$load $!"
	perl -e 'while (1) { my %h; $h{$_ % 97} .= sqrt $_ for 1 .. 5000;
	    my @s = sort { $h{$a} cmp $h{$b} } keys %h }' & load="$load $!"
}

servers() {
	cat > "$T/server.js" <<- 'END'
	const http = require("http"), zlib = require("zlib");
	const crypto = require("crypto"), host = "127.0.0.1";
	const server = http.createServer((request, response) => {
	  const o = {};
	  for (let i = 0; i < 500; i++) o["k" + i] = [i, "x" + i, {a: i}];
	  const s = JSON.stringify(o);
	  JSON.parse(s);
	  response.setHeader("x", crypto.createHash("sha256").update(s).digest("hex"));
	  response.end(zlib.gzipSync(s));
	});
	server.listen(0, host, () => {
	  const port = server.address().port;
	  const ask = () => http.get({port, host},
	      r => { r.on("data", () => {}); r.on("end", ask); });
	  for (let i = 0; i < 8; i++) ask();
	});
	END
	cat > "$T/server.py" <<- 'END'
	import hashlib, json, pickle, re, sqlite3, zlib
	c = sqlite3.connect(":memory:")
	c.execute("create table t(a, b)")
	while True:
	    s = json.dumps({str(i): list(range(20)) for i in range(300)}, indent=1)
	    re.findall(r"(\d+),\s*(\d+)", s)
	    hashlib.sha256(s.encode()).digest(), zlib.compress(s.encode())
	    pickle.loads(pickle.dumps(json.loads(s)))
	    c.execute("delete from t")
	    c.executemany("insert into t values(?, ?)",
	        [(i, str(i)) for i in range(300)])
	    c.execute("select sum(a), b from t group by b order by 2").fetchall()
	END
	node "$T/server.js" & load=$!
	python3 "$T/server.py" & load="$load $!"
	perl -e 'while (1) { my %h; $h{$_ % 97} .= sqrt $_ for 1 .. 5000;
	    my @s = sort { $h{$a} cmp $h{$b} } keys %h }' & load="$load $!"
	ruby -rjson -e 'loop { a = (1..2000).map { |i| {"id" => i, "n" => "x#{i}"} }
	    JSON.parse(JSON.generate(a)).sort_by { |x| x["n"] }.
	    group_by { |x| x["id"] % 7 } }' & load="$load $!"
}

again() { while :; do "$@" > /dev/null 2>&1; done; }
compile() {
	for f in libcommon/*/*.c; do
		"${CC:-cc}" -std=c11 -D_GNU_SOURCE -O2 -g -Ilibcommon -I. \
		    -I"$BUILD" -c -o /dev/null "$f"
	done
}
pythons() {
	python3 -c '
import json, re, hashlib, zlib, pickle, sqlite3, tarfile, email, asyncio
for i in range(20):
    d = {str(i): list(range(20)) for i in range(300)}
    s = json.dumps(d, indent=1)
    json.loads(s)
    re.findall(r"(\d+),\s*(\d+)", s)
    hashlib.sha256(s.encode()).digest(), zlib.compress(s.encode())
    pickle.loads(pickle.dumps(d))
    c = sqlite3.connect(":memory:")
    c.execute("create table t(a, b)")
    c.executemany("insert into t values(?, ?)", [(i, str(i)) for i in range(300)])
    c.execute("select sum(a), b from t group by b order by 2").fetchall()'
}
node_json() {
	node -e '
const zlib = require("zlib"), crypto = require("crypto");
for (let k = 0; k < 40; k++) {
  const o = {};
  for (let i = 0; i < 2000; i++) o["k" + i] = [i, "x" + i, {a: i}];
  const s = JSON.stringify(o);
  JSON.parse(s);
  zlib.gzipSync(s);
  crypto.createHash("sha256").update(s).digest("hex");
  s.match(/k\d+/g).sort();
}' || sleep 1
}
own() { # programs that have DWARF
	timeout 1 "$FIX/cxx" 1
	timeout 1 "$FIX/rusty" 1
	timeout 1 "$FIX/sort" 1
	"$BIN/gp-symbolize" -q "$T/four.raw"
}
shells() {
	find /usr/lib -name '*.so*' | sort | xargs -n 50 md5sum
	tar cf - man docs | xz -1
	perl -e 'for (1 .. 50) { my %h; $h{$_ % 97} .= sqrt $_ for 1 .. 5000;
	    my @s = sort { $h{$a} cmp $h{$b} } keys %h }'
}
busy() {
	load=
	for what in compile pythons node_json own shells; do
		again $what & load="$load $!"
	done
}

# -- recording and naming ---------------------------------------------------

# Build ids in the records: without, perf misreads its own file where another
# recorder asks the kernel for them at the same time. perf 6.1 crashes where it looks
# for them itself: -B.
record() { # name, seconds
	ask "$1"
	perf record -q -B --buildid-mmap -F 1999 -a -g -o "$T/$1.data" -- \
	    sleep "$2" > /dev/null 2>&1 || skip "perf cannot record"
	kill $load 2> /dev/null
	wait
	load=
	perf script --no-inline -i "$T/$1.data" -F comm,pid,ip,dso \
	    --show-mmap-events 2> /dev/null |
	    python3 tests/bench/perf2raw.py > "$T/$1.raw" ||
	    skip "perf's file cannot be read"
}

# What gp-record takes to tell of the functions that are in a stream, in seconds.
ask() { # name
	"$BIN/gp-record" -v -F 1999 -d 3s -o /dev/null 2>&1 |
	    sed -n 's/.*kernel: \([0-9]*\) functions told of, \([0-9]*\) us.*/\1 \2/p' \
	    > "$T/$1.asked"
}
asked() { # name
	awk -v n="$(grep -c '^#kfunction' "$T/$1.raw")" \
	    '{ t = $1 ? $2 / $1 * n / 1e6 : 0 } END { printf "%.4f", t }' \
	    "$T/$1.asked"
}
with_asked() { # name, of which run
	awk -v a="$(cpu "$2")" -v b="$(asked "$1")" 'BEGIN { print a + b }'
}

rows() { # name, what of it, suffix of the peer's figures, the peer
	for who in "perf" cold warm; do
		row "$1$2: CPU: $who" "$(cpu "$1.$who$3")" s
		row "$1$2: frames a CPU second: $who" "$(awk -v f="$frames" \
		    -v c="$(cpu "$1.$who$3")" \
		    'BEGIN { printf "%d", f / (c ? c : 0.001) }')" 1/s
		row "$1$2: peak memory: $who" "$(peak "$1.$who$3")" MiB
	done
	for who in cold warm; do
		row "$1$2: CPU: $4 / gp-symbolize, $who" \
		    "$(ratio "$(cpu "$1.perf$3")" "$(cpu "$1.$who$3")")" ratio
		row "$1$2: CPU: $4 / gp-symbolize, $who, and gp-record's part" \
		    "$(ratio "$(cpu "$1.perf$3")" "$(with_asked "$1" "$1.$who$3")")" \
		    ratio
	done
}

measure() { # name
	d=$T/$1.data r=$T/$1.raw
	run "$1.perf" perf script --no-inline -i "$d"
	run "$1.cold" "$BIN/gp-symbolize" -q "$r"
	run "$1.warm" "$BIN/gp-symbolize" -q "$r"
	"$BIN/gp-symbolize" -q "$r" > "$T/kept"
	GP_CACHE_DIR='' "$BIN/gp-symbolize" -q "$r" | cmp -s - "$T/kept" ||
	    echo "symbolize: other names with the cache than without" >&2
	frames=$(perf script --no-inline -i "$d" -F ip 2> /dev/null |
	    grep -c '[0-9a-f]')
	row "$1: samples" "$(sed -n 's/^#end .*samples=\([0-9]*\).*/\1/p' "$r")" ""
	row "$1: lines" "$(grep -vc '^#' "$r")" ""
	row "$1: processes" "$(grep -v '^#' "$r" | cut -d ';' -f 1 | sort -u |
	    wc -l)" ""
	row "$1: modules" "$(grep -c '^#module' "$r")" ""
	row "$1: frames of all samples" "$frames" ""
	row "$1: functions of the kernel" "$(grep -c '^#kfunction' "$r")" ""
	row "$1: CPU: gp-record, for these" "$(asked "$1")" s
	row "$1: distinct addresses" "$(tr ';' '\n' < "$r" | sed 's/ [0-9]*$//' |
	    grep '^\$' | sort -u | wc -l)" ""
	rows "$1" "" "" "perf script"
}

# Programs with DWARF, with copies of their stacks.
record_dwarf() { # name, seconds
	cat > "$T/own" <<- 'END'
	end=$(($(date +%s) + $1))
	while [ "$(date +%s)" -lt "$end" ]; do
		timeout 1 "$FIX/cxx" 1
		timeout 1 "$FIX/rusty" 1
		timeout 1 "$FIX/sort" 1
		"$BIN/gp-symbolize" -q --no-jail "$T/four.raw"
		"$BIN/gp-symbolize" -q --no-jail --inline "$T/four.raw"
	done
	END
	ask "$1"
	env FIX="$FIX" BIN="$BIN" T="$T" GP_CACHE_DIR='' perf record -q -B --buildid-mmap \
	    -F 997 --call-graph dwarf -o "$T/$1.data" -- sh "$T/own" "$2" \
	    > /dev/null 2>&1 || skip "perf cannot record"
	perf script --no-inline -i "$T/$1.data" -F comm,pid,ip,dso \
	    --show-mmap-events 2> /dev/null |
	    python3 tests/bench/perf2raw.py > "$T/$1.raw" ||
	    skip "perf's file cannot be read"
}

measure_dwarf() { # name
	d=$T/$1.data r=$T/$1.raw
	run "$1.unwound" perf script --no-inline -i "$d"
	run "$1.perf" perf script -i "$d"
	[ $? -ne 124 ] || echo "symbolize: perf script was stopped" >&2
	run "$1.cold" "$BIN/gp-symbolize" -q --inline "$r"
	run "$1.warm" "$BIN/gp-symbolize" -q --inline "$r"
	frames=$(perf script --no-inline -i "$d" -F ip 2> /dev/null |
	    grep -c '[0-9a-f]')
	row "$1: samples" "$(sed -n 's/^#end .*samples=\([0-9]*\).*/\1/p' "$r")" ""
	row "$1: frames of all samples" "$frames" ""
	row "$1: inlined frames: perf" "$(perf script -i "$d" 2> /dev/null |
	    grep -c '(inlined)')" ""
	row "$1: inlined frames: gp-symbolize" "$("$BIN/gp-symbolize" -q --inline "$r" |
	    awk '!/^#/ { c = $NF; n += c * gsub(/_\[i\]/, "") } END { print n }')" ""
	row "$1: CPU: perf, without inlined functions" "$(cpu "$1.unwound")" s
	rows "$1" "" "" "perf script"
}

# addr2line for each module's file of addresses.
cat > "$T/peer" << 'END'
perf script --no-inline -i "$1"
for a in "$2"/*.addrs; do
	addr2line -aifC -e "$(cat "${a%.addrs}.path")" < "$a"
done
END

measure_inline() { # name
	command -v addr2line > /dev/null || return
	mkdir "$T/addrs"
	python3 - "$r" "$T/addrs" <<- 'END'
	import collections, os, re, sys
	path, addrs = {}, collections.defaultdict(set)
	for line in open(sys.argv[1], errors='replace'):
	    if line.startswith('#module '):
	        f = dict(w.split('=', 1) for w in line.split()[1:])
	        path[f['id']] = f['path']
	    elif not line.startswith('#'):
	        for m in re.finditer(r'\$(\d+)\+([0-9a-f]+)', line):
	            addrs[m[1]].add(int(m[2], 16))
	for id, a in addrs.items():
	    if os.path.isfile(path[id]):
	        with open('%s/%s.path' % (sys.argv[2], id), 'w') as f:
	            f.write(path[id])
	        with open('%s/%s.addrs' % (sys.argv[2], id), 'w') as f:
	            f.writelines('0x%x\n' % x for x in sorted(a))
	END
	run "$1.perf.i" sh "$T/peer" "$d" "$T/addrs"
	[ $? -ne 124 ] || echo "symbolize: addr2line was stopped" >&2
	run "$1.cold.i" "$BIN/gp-symbolize" -q --inline "$r"
	run "$1.warm.i" "$BIN/gp-symbolize" -q --inline "$r"
	rows "$1" ", inlined functions" .i "perf script and addr2line"
}

four
record four 5
measure four
servers
record servers "$seconds"
measure servers
busy
record busy "$seconds"
measure busy
measure_inline busy
if command -v addr2line > /dev/null; then
	record_dwarf dwarf 10
	measure_dwarf dwarf
fi
