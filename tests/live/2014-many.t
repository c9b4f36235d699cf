# Much of everything: thousands of mappings in a process, fork without exec,
# hundreds of processes at a time; and what the kernel keeps of them goes.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

profile -- "$FIX/manymaps" 2
check_sums
ok "5,000 mappings: the work is in its place" awk '
	{ n += $NF } /;main;among_many/ { a += $NF }
	/;main;forked;among_many/ { f += $NF }
	END { print "# " a " and " f " of " n
	exit !(a > n * 0.4 && f > n * 0.4) }' "$T/folded"

# Bytes of the map that ties pids and addresses to mappings (an LPM trie, type
# 11), as the kernel counts them.
trie_bytes() {
	cat /proc/$recorder/fdinfo/* 2> /dev/null | awk '
	$1 == "map_type:" { type = $2 } $1 == "memlock:" && type == 11 { n += $2 }
	END { printf "%d", n }'
}

# 500 at a time, of which all are killed; then what began them waits.
"$BIN/gp-record" -v -F 499 -o "$T/raw" -- sh -c '"$FIX/crowd" 500 0.008
    until [ -e "$T/go" ]; do sleep 0.05; done' > "$T/truth" 2> "$T/err" &
recorder=$!
on_exit="touch '$T/go'; kill -9 $recorder 2> /dev/null"
until grep -q ready "$T/truth"; do
	kill -0 $recorder 2> /dev/null || break
	sleep 0.1
done
sleep 0.5
many=$(trie_bytes)
kill -9 "$(sed -n 's/^pid //p' "$T/truth")"
for _ in $(seq 300); do
	few=$(trie_bytes)
	[ "$few" -ge $((many / 4)) ] || break
	sleep 0.1
done
touch "$T/go"
wait $recorder
recorded=$?
on_exit=:
is "500 processes: status 0" $recorded 0
"$BIN/gp-symbolize" -q < "$T/raw" | "$BIN/gp-collapse" --pid > "$T/folded"
check_sums
# The rest goes into 500 forks.
check_stack crowd "$MAIN" "main;child;crowd_work" 70
met=$(sed -n 's/^\(crowd-[0-9]*\);.*;crowd_work.*/\1/p' "$T/folded" | sort -u |
    wc -l)
note "met: $met"
# Of 8 ms, at 2 ms a sample.
ok "nearly all were met, each with its own stacks" [ "$met" -ge 450 ]
is "no sample is lost" "$(grep -c '^#lost' "$T/raw")" 0
unlike "500 processes are no reason for a message" "$(cat "$T/err")" '\[[A-Z_]*\]$'
note "trie: $many bytes, then $few"
if [ "$many" -lt 100000 ]; then
	skip "what ended leaves the trie" "this kernel does not count it"
else
	ok "what ended leaves the trie" [ "$few" -lt $((many / 4)) ]
fi
done_testing
