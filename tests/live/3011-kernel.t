#!/bin/sh
# The kernel's frames: BPF programs, also those that are gone when names are
# looked for; trampolines; and what is left where addresses are hidden.
. tests/tap.sh
. tests/live/profile.sh

need_sampling
# What it changes is the machine's: one at a time, whoever tests beside it.
if command -v flock > /dev/null; then
	exec 8> "${TMPDIR:-/tmp}/gp-test.kernel"
	flock 8
fi
tracefs=/sys/kernel/tracing inst=$tracefs/instances/gp-test
restrict=/proc/sys/kernel/kptr_restrict
was=$(cat "$restrict")
pids="" debug=$T/none
on_exit='[ -z "$pids" ] || kill $pids 2> /dev/null
	[ "$(cat "$restrict")" = "$was" ] || echo "$was" > "$restrict"
	rm -f "$debug"
	[ ! -d "$inst" ] || { echo nop > "$inst/current_tracer"; rmdir "$inst"; }'

header() { printf '#gp version=1 kind=raw host=%s kernel=%s\n' \
    "$(uname -n)" "$(uname -r)"; }
# A stream of one sample at a kernel address.
at() { header; printf '%s\n' "x-1;\$k+$1 1" '#end lines=1 samples=1 lost=0'; }
named() { "$BIN/gp-symbolize" 2> "$T/err" | sed -n 's/^x-1;\(.*\) 1$/\1/p'; }
# The first address in /proc/kallsyms of a name, a regular expression.
address() { awk -v re="$1" '$1 !~ /^0+$/ && $0 ~ re { print $1; exit }' \
    /proc/kallsyms; }

# -- BPF ---------------------------------------------------------------------

if [ "$(cat /proc/sys/net/core/bpf_jit_enable)" = 0 ] ||
    ! "$FIX/bpfburns" 0.01 > /dev/null 2>&1; then
	skip "BPF programs" "the kernel does not run compiled ones"
else
	# Loaded, run and unloaded while it is recorded, as a command.
	profile -- "$FIX/bpfburns" 0.6
	check_sums
	like "a program that came is told of" "$(cat "$T/raw")" \
	    '^#ksymbol addr=[0-9a-f]+ size=[0-9]+ name=bpf_prog_[0-9a-f]+_gp_burns module=bpf$'
	call='call_program;.*;bpf_prog_[0-9a-f]+_gp_burns \[bpf\]_\[k\]'
	n=$(awk -v re="$call" '$0 ~ re { n += $NF } END { print n + 0 }' \
	    "$T/folded")
	ok "it has its name when it is gone ($n)" [ "$n" -ge 100 ]
	# Elsewhere, where nothing of this kernel is known.
	sed 's/^\(#gp.* host=\)[^ ]*/\1elsewhere/' "$T/raw" |
	    "$BIN/gp-symbolize" --keep-raw > "$T/named" 2> "$T/err"
	like "on another machine, too" "$(grep -v '^#' "$T/named")" \
	    ';bpf_prog_[0-9a-f]+_gp_burns \[bpf\]_\[k\]'
	like "with the kernel's build id for the rest" \
	    "$(grep '^#gp' "$T/named")" ' kernel_build_id=[0-9a-f]{16,}'

	# One that was there before, and goes while all is recorded.
	"$FIX/bpfburns" 600 > /dev/null &
	burns=$!
	pids="$pids $burns"
	until grep -q '_gp_burns' /proc/kallsyms; do sleep 0.05; done
	a=$(address '_gp_burns.*bpf')
	like "one that runs is in kallsyms" "$(at "$a" | named)" \
	    '^bpf_prog_[0-9a-f]+_gp_burns \[bpf\]_\[k\]$'
	mkfifo "$T/live"
	"$BIN/gp-record" -F 499 --flush=100ms -o "$T/live" &
	rec=$!
	pids="$pids $rec"
	exec 9< "$T/live"
	# Enough of it, then it goes; it is in the stream as soon as it has gone.
	seen=
	while read -r line <&9; do
		printf '%s\n' "$line"
		case $line in
		bpfburns-*) [ "$seen" ] || kill "$burns"; seen=1 ;;
		'#ksymbol '*"addr=$a "*_gp_burns*) kill "$rec" ;;
		esac
	done > "$T/raw"
	exec 9<&-
	wait "$rec"
	wait "$burns" 2> /dev/null
	like "that one goes is told, too" "$(grep "addr=$a" "$T/raw")" \
	    "^#ksymbol addr=$a size=[0-9]+ name=bpf_prog_[0-9a-f]+_gp_burns"
	# The kernel tells of it first and takes it off its list then, by a thread that
	# has to wait for its turn; and another program may be given its place.
	listed() { grep -q "^$a .*_gp_burns" /proc/kallsyms; }
	i=0
	while listed && [ "$i" -lt 600 ]; do
		i=$((i + 1))
		sleep 0.05
	done
	ok "it is gone" sh -c '! grep -q "^$1 .*_gp_burns" /proc/kallsyms' sh "$a"
	is "so the list alone does not name it" \
	    "$(at "$a" | named | grep -c gp_burns)" 0
	header > "$T/one"
	grep "^#ksymbol addr=$a" "$T/raw" >> "$T/one"
	at "$a" | sed 1d >> "$T/one"
	like "the stream does" "$(named < "$T/one")" \
	    '^bpf_prog_[0-9a-f]+_gp_burns \[bpf\]_\[k\]$'
	pids=
fi

# What follows has the newest name, what came before has the old one.
{
	header
	printf '%s\n' '#ksymbol addr=ffffffffc0001000 size=256 name=a;b module=bpf' \
	    'x-1;$k+ffffffffc0001010 1' 'x-1;$k+ffffffffc0001100 1' \
	    '#ksymbol addr=ffffffffc0001000 size=32 name=new%20one%2012' \
	    'x-1;$k+ffffffffc0001010 1' 'x-1;$k+ffffffffc0001020 1' \
	    '#ksymbol addr=x size=32 name=bad' '#end lines=4 samples=4 lost=0'
} > "$T/one"
is "names of code that came are made safe, and the newest wins" \
    "$(named < "$T/one" | grep -v '^\[kernel\]' | tr '\n' '|')" \
    'a:b [bpf]_[k]|new one_12_[k]|a:b [bpf]_[k]|'
like "a record that is none is said" "$(cat "$T/err")" STREAM_RECORD

# -- modules, trampolines ----------------------------------------------------

a=$(address '^[0-9a-f]+ [tT] [a-z][a-z_0-9]*\t\[[a-z0-9_]+\]$' )
m=$(awk -v a="$a" '$1 == a && NF == 4 && $4 !~ /bpf|__builtin__/ {
    print $3 " " $4; exit }' /proc/kallsyms)
if [ "$m" ]; then
	is "a module's function" "$(at "$a" | named)" "${m}_[k]"
else
	skip "a module's function" "no module is loaded"
fi

# The tracer of an instance has a trampoline of its own.
if mkdir "$inst" 2> /dev/null &&
    echo ksys_read > "$inst/set_ftrace_filter" 2> /dev/null &&
    echo function > "$inst/current_tracer" 2> /dev/null; then
	a=$(address 'ftrace_trampoline')
	if [ "$a" ]; then
		is "a trampoline of ftrace" "$(at "$a" | named)" \
		    'ftrace_trampoline [ftrace]_[k]'
	else
		skip "a trampoline of ftrace" "the kernel made none"
	fi
	echo nop > "$inst/current_tracer"
else
	skip "a trampoline of ftrace" "tracefs does not allow it"
fi

# -- elsewhere ----------------------------------------------------------------

# This kernel as a vmlinux that was linked for another place, found by an invented
# build id: what a stream says elsewhere must be what it says here.
text=$(awk '$3 == "_text" { print $1; exit }' /proc/kallsyms)
id=$(head -c 20 /dev/urandom | od -An -tx1 | tr -d ' \n')
debug=/usr/lib/debug/.build-id/$(printf %.2s "$id")/${id#??}.debug
if [ -z "$text" ] || [ -z "${text##0000*}" ]; then
	skip "another machine's kernel" "addresses are hidden"
else
	profile -- sh -c 'for i in 1 2 3 4; do
	    find /usr -xdev -newer / > /dev/null
	    dd if=/dev/zero bs=64k count=5000 2> /dev/null | cat > /dev/null
	    done'
	like "the stream says where the kernel's text was" "$(cat "$T/raw")" \
	    "^#gp .* kernel_text=$text( |\$)"
	mkdir -p "${debug%/*}"
	python3 tests/fixtures/vmlinux.py "$id" "$text" ffffffff82000000 \
	    "$debug" | sort -u > "$T/known"
	# As of a kernel that could not be asked for its functions.
	sed '/^#kfunction /d' "$T/raw" > "$T/here"
	sed 's/^\(#gp.* host=\)[^ ]*/\1elsewhere/
	    s/ kernel_build_id=[0-9a-f]*/ kernel_build_id='"$id"'/' "$T/here" \
	    > "$T/elsewhere"
	for f in here elsewhere; do
		"$BIN/gp-symbolize" -q "$T/$f" | grep -v '^#' |
		    sed 's/ [0-9]*$//' | tr ';' '\n' > "$T/$f.frames"
	done
	# Where two functions share an address the file has neither.
	# shellcheck disable=SC2046 # two numbers
	set -- $(paste -d '\t' "$T/here.frames" "$T/elsewhere.frames" | awk -F '\t' '
	    NR == FNR { known[$1 "_[k]"] = 1; next }
	    $1 in known { n++; if ($1 != $2) bad++ }
	    END { print n + 0, bad + 0 }' "$T/known" -)
	ok "kernel functions were sampled ($1)" [ "$1" -ge 100 ]
	is "each of them has its name elsewhere, by vmlinux" "$2" 0
fi
rm -f "$debug"
rmdir "${debug%/*}" 2> /dev/null

# -- told of ------------------------------------------------------------------

# Every function that the kernel was asked for is one of its list's, with the address
# and the size that it has there. Of several names of one address any will do, and what
# is told of padding is the name of what it is before.
awk 'NR == FNR {
	    if ($2 ~ /[tTwW]/) {
		sub(/^__pfx_/, "", $3)
		known[$1 " " $3 ($4 ? " " $4 : "")] = 1
	    }
	    next
	}
	/^#kfunction / {
	    addr = name = module = ""
	    for (i = 2; i <= NF; i++) {
		if ($i ~ /^addr=/) addr = substr($i, 6)
		if ($i ~ /^name=/) name = substr($i, 6)
		if ($i ~ /^module=/) module = " [" substr($i, 8) "]"
	    }
	    n++
	    if (!((addr " " name module) in known)) { bad++; print > "/dev/stderr" }
	    if (told[addr]++) twice++
	}
	END { print n + 0, bad + 0, twice + 0 }' /proc/kallsyms "$T/raw" \
    > "$T/told" 2> "$T/unknown"
read -r n bad twice < "$T/told"
if [ "$n" -eq 0 ] && [ "$("$BIN/gp-record" -v -d 10ms 2>&1 > /dev/null |
    grep -c 'does not name its functions')" -gt 0 ]; then
	skip "the kernel's functions are told of" "this kernel cannot be asked"
else
	ok "the kernel's functions are told of ($n)" [ "$n" -ge 50 ]
	is "each is in its list" "$bad" 0
	sed 's/^/# /' "$T/unknown"
	is "and each is told of once" "$twice" 0
	# Elsewhere, and without vmlinux, they are all that has a name.
	for host in "$(uname -n)" elsewhere; do
		sed "s/^\(#gp.* host=\)[^ ]*/\1$host/
		    s/ kernel_text=[0-9a-f]*//" "$T/raw" |
		    "$BIN/gp-symbolize" -q | grep -v '^#' > "$T/$host.lines"
		sed 's/ [0-9]*$//' "$T/$host.lines" | tr ';' '\n' > "$T/$host.frames"
	done
	# shellcheck disable=SC2046 # two numbers
	set -- $(paste -d '\t' "$T/$(uname -n).frames" "$T/elsewhere.frames" |
	    awk -F '\t' '$2 ~ /_\[k\]$/ && $2 != "[kernel]_[k]" {
		n++; if ($1 != $2) bad++ }
	    END { print n + 0, bad + 0 }')
	ok "on another machine the kernel has names ($1)" [ "$1" -ge 100 ]
	is "which are the same as here" "$2" 0
	n=$(grep -c '\[kernel\]_\[k\]' "$T/elsewhere.lines")
	ok "where all but a few have one ($n)" [ "$n" -le \
	    $(($(wc -l < "$T/elsewhere.lines") / 50)) ]
fi

# -- hidden ------------------------------------------------------------------

a=$(address ' [tT] vfs_read$')
if [ -z "$a" ]; then
	skip "hidden addresses" "they are hidden already"
elif ! echo 2 > "$restrict" 2> /dev/null; then
	skip "hidden addresses" "kernel.kptr_restrict cannot be set"
else
	at "$a" > "$T/one"
	got=$(named < "$T/one")
	kept=$("$BIN/gp-symbolize" --keep-raw < "$T/one" 2> "$T/err2")
	"$BIN/gp-record" -F 499 -o "$T/raw" -- sh -c 'for i in 1 2 3 4; do
	    dd if=/dev/zero bs=64k count=5000 2> /dev/null | cat > /dev/null
	    done'
	"$BIN/gp-symbolize" -q < "$T/raw" | grep -v '^#' > "$T/lines"
	echo "$was" > "$restrict"
	is "with kptr_restrict=2 root sees none" "$got" '[kernel]_[k]'
	is "which is said in one line" \
	    "$(grep -c KERNEL_HIDDEN "$T/err")/$(wc -l < "$T/err")" 1/1
	like "with the way out" "$(cat "$T/err")" 'kernel\.kptr_restrict=0'
	is "the address can be kept" \
	    "$(printf '%s\n' "$kept" | grep '^x-1')" "x-1;\$k+$a 1"
	is "and named when it is shown again" \
	    "$(printf '%s\n' "$kept" | named)" 'vfs_read_[k]'
	if grep -q '^#kfunction ' "$T/raw"; then
		n=$(grep -c 'vfs_read_\[k\]' "$T/lines")
		ok "what is recorded meanwhile has its names ($n)" [ "$n" -ge 1 ]
	else
		skip "what is recorded meanwhile has its names" \
		    "this kernel cannot be asked"
	fi
fi

done_testing
