#!/bin/sh
# Kernel addresses of another machine: named from the symbols of its vmlinux, found
# by build id, wherever that kernel was put when it started.
. tests/tap.sh

[ "$(id -u)" -eq 0 ] || skip_all "writes into /usr/lib/debug"
command -v cc > /dev/null || skip_all "no compiler"
export GP_CACHE_DIR="$T/cache"

id=$(head -c 20 /dev/urandom | od -An -tx1 | tr -d ' \n')
debug=/usr/lib/debug/.build-id/$(printf %.2s "$id")/${id#??}.debug
on_exit='rm -f "$debug"; rmdir "${debug%/*}" 2> /dev/null'

# A kernel: linked at the top of memory, and what is each CPU's near its bottom.
cat > "$T/k.s" << 'END'
	.section .percpu, "ax"
	.globl cpu_data
	.type cpu_data, @function
cpu_data: .skip 64
	.size cpu_data, 64
	.text
	.globl _text, startup, vfs_read, tcp_ack
	.type startup, @function
	.type vfs_read, @function
	.type tcp_ack.isra.0, @function
_text:
	.skip 0x10
startup: .skip 0x1f0
	.size startup, 0x1f0
vfs_read: .skip 0x100
	.size vfs_read, 0x100
tcp_ack.isra.0: .skip 0x100
	.size tcp_ack.isra.0, 0x100
END
cc -c -o "$T/k.o" "$T/k.s" &&
    ld -o "$T/vmlinux" --build-id=0x"$id" --section-start=.percpu=0x1000 \
	-Ttext=0xffffffff81000000 -e startup "$T/k.o" || exit 1
objcopy --only-keep-debug "$T/vmlinux" "$T/vmlinux.debug"

stream() { # fields
	echo "#gp version=1 kind=raw host=elsewhere kernel=1.2.3-test $*"
	echo '#ksymbol addr=ffffffffc0000100 size=64 name=bpf_prog_1_x module=bpf'
	for a in 9a200210 9a2002ff 9a200300 9a200420 9a1fffff ba200210 c0000110; do
		echo "x-1;\$k+ffffffff$a 1"
	done
	echo '#end lines=7 samples=7 lost=0 truncated=0'
}
named() { # options, fields
	options=$1
	shift
	# shellcheck disable=SC2086 # several options
	stream "$@" | "$BIN/gp-symbolize" $options 2> "$T/err" |
	    sed -n 's/^x-1;\(.*\) 1$/\1/p' | tr '\n' ' ' | sed 's/ $//'
}
none='[kernel]_[k]'
bpf='bpf_prog_1_x [bpf]_[k]'
text=kernel_text=ffffffff9a200000
six="$none $none $none $none $none $none $bpf"

is "without its vmlinux there are no names" \
    "$(named '' "kernel_build_id=$id $text")" "$six"
like "which is said" "$(cat "$T/err")" 'another machine'
mkdir -p "${debug%/*}"
cp "$T/vmlinux.debug" "$debug"
want="vfs_read_[k] vfs_read_[k] tcp_ack.isra.0_[k] $none $none $none $bpf"
is "with it there are" "$(named '' "kernel_build_id=$id $text")" "$want"
is "once more, from the cache" \
    "$(named '' "kernel_build_id=$id $text")" "$want"
is "clones can be folded" \
    "$(named --simplify=clones "kernel_build_id=$id $text" | cut -d ' ' -f 3)" \
    'tcp_ack_[k]'
is "not where the stream does not say where the text was" \
    "$(named '' "kernel_build_id=$id")" "$six"
is "nor where that makes no sense" \
    "$(named '' "kernel_build_id=$id kernel_text=everywhere")" "$six"
is "nor for another build" \
    "$(named '' "kernel_build_id=${id%?????}00000 $text")" "$six"
like "--keep-raw keeps what has no name" \
    "$(named --keep-raw "kernel_build_id=$id $text")" \
    '^vfs_read_.* \$k\+ffffffff9a200420 .*ba200210 bpf_prog'
is "a second stream has its own kernel" "$( (stream "kernel_build_id=$id $text"
    stream "kernel_build_id=$id kernel_text=ffffffff9a000000") |
    "$BIN/gp-symbolize" -q | grep -c 'vfs_read\|tcp_ack')" 3
# Another kernel under this build id, or none at all.
head -c 700 "$T/vmlinux.debug" > "$debug"
is "half a vmlinux names nothing" "$(GP_CACHE_DIR='' \
    named '' "kernel_build_id=$id $text")" "$six"
cp "$T/k.o" "$debug"
is "nor does a file that is none" "$(GP_CACHE_DIR='' \
    named '' "kernel_build_id=$id $text")" "$six"
done_testing
