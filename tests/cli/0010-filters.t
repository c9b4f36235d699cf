#!/bin/sh
# Every command that reads files (its usage says so) survives any input: it ends,
# with a status of the table, by no signal, and says why in lines of its own.
. tests/tap.sh

# Arguments that a command cannot do without.
needs() {
	case $1 in
	gp-upload) echo "--dir=$T/store" ;;
	gp-convert) echo --to=pprof ;;
	esac
}
filters=
for bin in "$BIN"/gp-*; do
	"$bin" -h < /dev/null 2>&1 | head -n 1 | grep -Fq '[file' &&
	    filters="$filters ${bin##*/}"
done
ok "there are filters" test -n "$filters"

# run COMMAND ARGUMENT...: sets $_s; output in $T/out, $T/err.
run() {
	_c=$1 _s=0; shift
	# shellcheck disable=SC2046 # several words or none
	"$BIN/$_c" $(needs "$_c") "$@" > "$T/out" 2> "$T/err" || _s=$?
}
# sane DESCRIPTION: it did not crash, and what it said is readable.
sane() {
	case $_s in
	0 | 1 | 6[4-9] | 7[0-8]) _ok=0 ;;
	*) _ok=1 ;;
	esac
	_result "$_ok" "$1: ends with a status of the table ($_s)"
	is "$1: says lines of its own" "$(LC_ALL=C tr -c '\n -~' '~' \
	    < "$T/err" | grep -v "^$_c: ")" ""
	ok "$1: says few of them" test "$(wc -l < "$T/err")" -le 20
}

head -c 300000 "$BIN/gp-collapse" > "$T/binary"
head -c 70000 /dev/zero > "$T/zeros"
{ head -c 65536 /dev/zero | tr '\0' x; echo ' 1'; } > "$T/64k"
{ echo 'a;b 1'; head -c 17825792 /dev/zero | tr '\0' x; echo ' 1'
  echo 'c;d 2'; } > "$T/17m"
printf '#gp version=1 kind=named\na-1;b 1\n' > "$T/half"
# shellcheck disable=SC2016 # a $ of the stream
printf '#gp version=1 kind=raw\n#module id=1 path=/x\na-1;$1+1 1\n' > "$T/cut"
printf '#gp version=1 kind=named\n#end lines=0 samples=0 lost=0\n' > "$T/none"
: > "$T/empty"

for cmd in $filters; do
	for input in binary zeros 64k 17m half cut none empty; do
		run "$cmd" < "$T/$input"
		sane "$cmd < $input"
		was=$_s
		case $input in
		half | cut) is "$cmd < $input: an incomplete stream is 65" \
		    "$_s" 65 ;;
		empty) ok "$cmd < $input: nothing is not success" \
		    test "$_s" -ne 0 ;;
		esac
		run "$cmd" "$T/$input"
		is "$cmd $input: as an operand, the same status" "$_s" "$was"
	done
	run "$cmd" "$T/no-such-file" < /dev/null
	is "$cmd: a file that is not there is 66" "$_s" 66
	like "$cmd: which is named" "$(cat "$T/err")" "^$cmd: .*no-such-file"
	run "$cmd" "$T" < /dev/null
	sane "$cmd: a folder as input"
	ok "$cmd: a folder as input is an error" test "$_s" -ne 0
	_s=0; run "$cmd" <&-
	sane "$cmd: closed stdin"
	ok "$cmd: closed stdin is an error" test "$_s" -ne 0
done

# What does not go to a folder goes to stdout: full, closed, or no longer read.
{ echo '#gp version=1 kind=named'
  awk 'BEGIN { for (i = 0; i < 50000; i++) print "a-1;f" i ";g;h 1" }'
  echo '#end lines=50000 samples=50000 lost=0'; } > "$T/big"
for cmd in $filters; do
	[ -z "$(needs "$cmd")" ] || continue
	run "$cmd" < "$T/big"
	is "$cmd: good input" "$_s" 0
	_s=0; "$BIN/$cmd" < "$T/big" > /dev/full 2> "$T/err" || _s=$?
	is "$cmd: a full disk is 74" "$_s" 74
	like "$cmd: and is told" "$(cat "$T/err")" "^$cmd: "
	_s=0; "$BIN/$cmd" < "$T/big" >&- 2> "$T/err" || _s=$?
	is "$cmd: closed stdout is 74" "$_s" 74
	# Also where somebody made SIGPIPE be ignored.
	for trap in - ''; do
		# shellcheck disable=SC2064 # it is the shell's variable
		(trap "$trap" PIPE; _s=0
		    "$BIN/$cmd" < "$T/big" 2> "$T/err" || _s=$?
		    echo $_s > "$T/status") | head -c 1 > /dev/null
		is "$cmd: a reader that goes away is no news" \
		    "$(cat "$T/status" "$T/err")" 141
	done
done
done_testing
