# 200 processes a second, of 3 ms each: no time to find out about any of them.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

for engine in bpf perf; do
	if [ $engine = bpf ]; then
		profile -- "$FIX/brief" 5 200
	else
		# Each sample is 16 KB: a machine that is busy may have no room for
		# some, which status and stream say, both or neither.
		_s=0
		"$BIN/gp-record" -q -F 499 --engine=perf -o "$T/raw" -- \
		    "$FIX/brief" 5 200 > "$T/truth" 2> "$T/err" || _s=$?
		is "status 1 if samples had no room, else 0" $_s \
		    "$(grep -c '^#lost .*reason=ring-full' "$T/raw")"
		"$BIN/gp-symbolize" -q < "$T/raw" |
		    "$BIN/gp-collapse" -q --pid > "$T/folded"
	fi
	check_sums
	n=$(sed -n 's/^processes //p' "$T/truth")
	note "$engine, processes: $n"
	ok "a storm of processes came and went" [ "${n:-0}" -ge 100 ]
	check_whole '(brief|exe)'
	# Half of such a life is exec, ld.so and exit.
	check_stack '(brief|exe)' "$MAIN" "main;brief_work" 40
	[ $engine = bpf ] || continue
	is "a storm is no reason for a message" "$(cat "$T/err")" ""
	is "no sample is lost" "$(grep -c '^#lost' "$T/raw")" 0
done
done_testing
