#!/bin/sh
# What needs root: the kernel's own list, other roots and pid namespaces, other
# users' files.
. tests/tap.sh

[ "$(id -u)" = 0 ] || skip_all "not root"
PROG=$FIX/calls_static
[ -x "$PROG" ] || skip_all "fixture calls_static is not built"

pids=
on_exit='for p in $pids; do kill -9 "$p" 2> /dev/null; done; rm -f "$maps"'
maps=

# The frames of the one sample of a stream on stdin.
named() {
	"$BIN/gp-symbolize" -v 2> "$T/err" | sed -n 's/^x-[0-9]*;\(.*\) 1$/\1/p'
}
header() { printf '#gp version=1 kind=raw host=%s kernel=%s\n' \
    "$(uname -n)" "$(uname -r)"; }
start_of() { sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 20; }

# The kernel: each function's first byte, against the lines of kallsyms.
if [ "$(awk '$1 !~ /^0+$/ { print 1; exit }' /proc/kallsyms)" ]; then
	# Others load and unload BPF programs meanwhile.
	awk '$2 ~ /^[TtWw]$/ && $3 !~ /^__(pfx|cfi)_/ &&
	    $4 !~ /^\[(bpf|__builtin__)/ {
		m = $4; gsub(/__builtin__/, "", m)
		print $1, $3 (m == "" ? "" : " " m) "_[k]"
	}' /proc/kallsyms > "$T/kernel"
	{ header; awk '{ print "x-1;$k+" $1 " 1" }' "$T/kernel"
	  awk 'END { print "#end lines=" NR " samples=" NR " lost=0" }' "$T/kernel"
	} | named > "$T/got"
	# shellcheck disable=SC2046 # two numbers
	set -- $(paste -d '\t' "$T/got" "$T/kernel" | awk -F '\t' '
	    { split($2, a, " "); name = substr($2, length(a[1]) + 2)
	      ok[a[1]] = ok[a[1]] || name == $1 }
	    END { for (k in ok) { n++; if (!ok[k]) bad++ }; print n, bad + 0 }')
	like "the kernel's functions were looked up" "$1" '^[0-9]{4,}'
	is "every one has a name that kallsyms has there" "$2" 0
	is "the kernel's functions are kept" \
	    "$(find "$GP_CACHE_DIR/symbols/kernel" -perm 0600 -user 0 | wc -l)" 1
	{ header; awk '{ print "x-1;$k+" $1 " 1" }' "$T/kernel"
	  awk 'END { print "#end lines=" NR " samples=" NR " lost=0" }' "$T/kernel"
	} | named > "$T/again"
	like "and found again" "$(cat "$T/err")" 'kernel: .*from the cache'
	is "with the same names" "$(paste "$T/got" "$T/again" |
	    awk -F '\t' '$1 != $2' | head -n 3)" ""
else
	skip "the kernel's functions" "kernel.kptr_restrict hides them"
fi
is "a kernel address that is none" \
    "$({ header; printf '%s\n' 'x-1;$k+ffff800000000000 1' \
    '#end lines=1 samples=1 lost=0'; } | named)" '[kernel]_[k]'

# Hidden addresses: as a user without CAP_SYSLOG, where the sysctl hides them.
if command -v setpriv > /dev/null && [ "$(setpriv --reuid=65534 --clear-groups \
    --bounding-set=-all awk '$1 !~ /^0+$/ { print 1; exit }' /proc/kallsyms \
    2> /dev/null)" != 1 ]; then
	{ header; printf '%s\n' 'x-1;$k+ffffffff81000000 1' \
	    '#end lines=1 samples=1 lost=0'; } > "$T/raw"
	chmod 755 "$T"
	is "hidden addresses have no names" "$(setpriv --reuid=65534 \
	    --clear-groups --bounding-set=-all "$BIN/gp-symbolize" < "$T/raw" \
	    2> "$T/err" | sed -n 's/^x-1;//p')" '[kernel]_[k] 1'
	like "and the way out is said" "$(cat "$T/err")" \
	    'CAP_SYSLOG.*kptr_restrict.*KERNEL_HIDDEN'
else
	skip "hidden addresses" "every user sees them here"
fi

# A process with a root and a pid namespace of its own.
command -v unshare > /dev/null || skip_all "no unshare"
mkdir -p "$T/root/tmp" "$T/root/proc"
chmod 755 "$T" "$T/root"
chmod 1777 "$T/root/tmp"
cp "$PROG" "$T/root/prog"
addr=$(nm "$PROG" | awk '$3 == "middle" { print $1 }')
id=$(readelf -n "$PROG" | sed -n 's/.*Build ID: //p')

# Sets $pid, as this name space sees it.
contained() {
	rm -f "$T/fifo"
	mkfifo "$T/fifo"
	# Without gp's preloads or standard input; --kill-child takes it along.
	unshare --pid --fork --kill-child --mount \
	    chroot "$T/root" /prog 600 > "$T/fifo" &
	outer=$!
	pids="$pids $outer"
	read -r _ < "$T/fifo"
	pid=$(cat "/proc/$outer/task/$outer/children")
	pid=${pid%% *}
}
contained
first=$pid first_outer=$outer
module() { # pid map
	printf '#module id=1 build_id=%s path=/prog pid=%s map=%s\n' "$id" "$1" "$2"
}
stream() { # pid frame [module-map]
	header
	printf '#process pid=%s comm=x start=%s container=c1\n' \
	    "$1" "$(start_of "$1")"
	module "$1" "${3-1000-2000}"
	printf '%s\n' "x-$1;$2 1" '#end lines=1 samples=1 lost=0'
}
ok "the process is in another root" [ ! -e /prog ]
is "a file below the process's own root" \
    "$(stream "$first" "\$1+$addr" | named)" middle

# Its perf map has the pid that it has itself: 1.
printf '5000 100 made by a jit\n' > "$T/root/tmp/perf-1.map"
maps=/tmp/perf-$first.map
printf '5000 100 wrong\n' > "$maps"
is "a perf map below the process's root, by its own pid" \
    "$(stream "$first" "\$j$first+5010" | named)" 'made by a jit_[j]'
chown 65534 "$T/root/tmp/perf-1.map"
is "a map of another user is refused" \
    "$(stream "$first" "\$j$first+5010" | named)" '[jit]'
like "and said" "$(cat "$T/err")" "process $first: .*PERFMAP_REFUSED"

# When it is dead, another process of its container has the same files.
{ stream "$first" "\$1+$addr" | sed '/^#module/,$d'; } > "$T/raw"
contained
second=$pid
{
	printf '#process pid=%s comm=x start=%s container=c1\n' \
	    "$second" "$(start_of "$second")"
	module "$first" 1000-2000
	printf '%s\n' "x-$first;\$1+$addr 1" '#end lines=1 samples=1 lost=0'
} >> "$T/raw"
kill -9 "$first_outer"
wait "$first_outer" 2> /dev/null
# The kernel takes the process inside along, a moment later.
while kill -0 "$first" 2> /dev/null; do sleep 0.05; done
is "a dead process's file is found through its container" \
    "$(named < "$T/raw")" middle
like "and said so" "$(cat "$T/err")" "through process $second, which"
sed -i 's/container=c1$/container=c2/;2s/c2/c1/' "$T/raw"
is "but not through another container" "$(named < "$T/raw")" '[prog]'

done_testing
