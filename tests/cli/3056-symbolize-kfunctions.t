#!/bin/sh
# Functions of the kernel that the stream tells of: named wherever it is, whatever the
# kernel here says or hides.
. tests/tap.sh

export GP_CACHE_DIR="$T/cache"

stream() { # the machine
	cat <<- END
	#gp version=1 kind=raw host=$1 kernel=1.2.3-test
	#kfunction addr=ffffffff9a200200 size=256 name=vfs_read
	#kfunction addr=ffffffffc0a01230 size=16 name=nf_hook module=nf_it
	x-1;\$k+ffffffff9a2001ff 1
	x-1;\$k+ffffffff9a200200;\$k+ffffffffc0a0123f 2
	x-1;\$k+ffffffff9a2002ff;\$k+ffffffff9a200301 3
	#kfunction addr=ffffffff9a200300 size=1 name=a%20b;c%2012
	#ksymbol addr=ffffffffc0a01238 size=4 name=bpf_prog_1_x module=bpf
	y-2;\$k+ffffffff9a200300;\$k+ffffffffc0a0123f 1
	y-2;\$k+ffffffffc0a01237;\$k+ffffffffc0a01238 1
	#end lines=5 samples=8 lost=0
	END
}
samples() { grep -v '^#'; }

stream elsewhere | "$BIN/gp-symbolize" > "$T/named" 2> "$T/err"
is "they are named, on another machine" "$(samples < "$T/named")" \
'x-1;[kernel]_[k] 1
x-1;vfs_read_[k];nf_hook [nf_it]_[k] 2
x-1;vfs_read_[k];[kernel]_[k] 3
y-2;a b:c_12_[k];nf_hook [nf_it]_[k] 1
y-2;nf_hook [nf_it]_[k];bpf_prog_1_x [bpf]_[k] 1'
is "and mean nothing in what comes out" "$(grep -c kfunction "$T/named")" 0
like "of which the sums are right" "$(tail -n 1 "$T/named")" \
    '^#end lines=5 samples=8 lost=0'
stream elsewhere | "$BIN/gp-symbolize" --inline 2> "$T/err" | samples > "$T/inline"
ok "with inlined functions as well" \
    sh -c 'grep -v "^#" "$1" | cmp -s - "$2"' sh "$T/named" "$T/inline"

# What has no name stays, and what tells of the others with it.
stream elsewhere | "$BIN/gp-symbolize" --keep-raw > "$T/kept" 2> "$T/err"
is "with --keep-raw they are kept" "$(grep -c '^#kfunction' "$T/kept")" 3
is "in their places" "$(sed -n '7p' "$T/kept")" \
    '#kfunction addr=ffffffff9a200300 size=1 name=a%20b;c%2012'
is "beside addresses without a name" "$(samples < "$T/kept" | head -n 1)" \
    'x-1;$k+ffffffff9a2001ff 1'
is "the kernel here need not be asked" \
    "$(stream "$(uname -n)" | grep -v 1ff | sed 's/;[^;]*200301 3/ 3/' |
    "$BIN/gp-symbolize" -v 2>&1 > "$T/named" | grep -c '^gp-symbolize: kernel:')" 0

# A second stream is another kernel's.
{ stream elsewhere; stream nowhere | grep -v '^#kfunction'; } |
    "$BIN/gp-symbolize" 2> "$T/err" | samples | tail -n 4 > "$T/named"
is "another stream is told of nothing" "$(sed -n 1p "$T/named")" \
    'x-1;[kernel]_[k];[kernel]_[k] 2'

bad() {
	printf '%s\n' '#gp version=1 kind=raw host=elsewhere' "#kfunction $1" \
	    'x-1;$k+ffffffff9a200200 1' '#end lines=1 samples=1 lost=0' |
	    "$BIN/gp-symbolize" > "$T/named" 2> "$T/err"
	is "said of one that is none: $1" \
	    "$(grep -c STREAM_RECORD "$T/err")/$(samples < "$T/named")" \
	    '1/x-1;[kernel]_[k] 1'
}
bad 'addr=ffffffff9a200200 size=16'
bad 'size=16 name=f'
bad 'addr=ffffffff9a200200 name=f'
bad 'addr=ffffffff9a200200 size=0 name=f'
bad 'addr=9a200200x size=16 name=f'
bad 'addr=ffffffff9a200200 size=-16 name=f'
bad 'addr=ffffffff9a200200 size=18446744073709551615 name=f'

done_testing
