#!/bin/sh
# Names of compiled code come from the process's own perf map, if it is to be
# believed.
. tests/tap.sh

sleep 600 &
pid=$!
map=/tmp/perf-$pid.map
on_exit="kill $pid; rm -f $map"
start=$(sed 's/.*) //' "/proc/$pid/stat" | cut -d ' ' -f 20)

# The frames of a sample, joined by " | ".
frames() { # frame...
	_stack=$(printf ';%s' "$@")
	printf '%s\n' '#gp version=1 kind=raw' \
	    "#process pid=$pid comm=x start=$start ${runtime:+runtime=node}" \
	    "x-$pid$_stack 1" '#end lines=1 samples=1 lost=0' | sed 's/ $//' |
	    "$BIN/gp-symbolize" 2> "$T/err" | sed -n "s/^x-$pid;\(.*\) 1$/\1/p" |
	    sed 's/;/ | /g'
}
runtime=

is "without a map it is [jit]" "$(frames "\$j$pid+1000")" "[jit]"
cat > "$map" << 'END'
1000 100 LazyCompile:~parse /srv/app.js:12
2000 100 old
2080 10 moved here
3000 10 a;b	c
4000 10 ends in 12
not a line
END
is "names are found by address" \
    "$(frames "\$j$pid+1000" "\$j$pid+10ff" "\$j$pid+1100")" \
    "LazyCompile:~parse /srv/app.js:12_[j] | LazyCompile:~parse /srv/app.js:12_[j] | [jit]"
is "later lines override earlier ones" \
    "$(frames "\$j$pid+207f" "\$j$pid+2080" "\$j$pid+2090")" \
    "old_[j] | moved here_[j] | old_[j]"
is "names are made safe" "$(frames "\$j$pid+3000")" "a:b c_[j]"
is "a name that ends in a number" "$(frames "\$j$pid+4000")" "ends in_12_[j]"
runtime=1
is "a map that was opened early" "$(frames "\$j$pid+2080")" "moved here_[j]"
runtime=
start=$((start + 1))
is "another process of that pid has no map" "$(frames "\$j$pid+2080")" "[jit]"
start=$((start - 1))

mv "$map" "$T/target"
ln -s "$T/target" "$map"
is "a link is not followed" "$(frames "\$j$pid+2080")" "[jit]"
rm "$map"
mkfifo "$map"
is "a FIFO is not waited for" "$(frames "\$j$pid+2080")" "[jit]"
rm "$map"
printf '1000 10 %s\n' "$(head -c 100000 /dev/zero | tr '\0' n)" > "$map"
is "a long name is cut" "$(frames "\$j$pid+1000" | wc -c)" "$((8192 + 4 + 1))"
is "and says so" "$(frames "\$j$pid+1000" | tail -c 11)" "nnn..._[j]"
head -c 200000 /dev/urandom > "$map"
is "noise has no names" "$(frames "\$j$pid+2080")" "[jit]"

done_testing
