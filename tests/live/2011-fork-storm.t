# 200 processes a second, of 3 ms each: no time to find out about any of them.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

for engine in bpf perf; do
	profile --engine=$engine -- "$FIX/brief" 5 200
	check_sums
	n=$(sed -n 's/^processes //p' "$T/truth")
	note "$engine, processes: $n"
	ok "a storm of processes came and went" [ "${n:-0}" -ge 100 ]
	check_whole '(brief|exe)'
	# Half of such a life is exec, ld.so and exit.
	check_stack '(brief|exe)' "$MAIN" "main;brief_work" 40
	is "a storm is no reason for a message" "$(cat "$T/err")" ""
	[ $engine = bpf ] || continue
	is "no sample is lost" "$(grep -c '^#lost' "$T/raw")" 0
done
done_testing
