# 200 processes a second, of 3 ms each: no time to find out about any of them.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

profile -- "$FIX/brief" 5 200
check_sums
n=$(sed -n 's/^processes //p' "$T/truth")
note "processes: $n"
ok "a storm of processes came and went" [ "${n:-0}" -ge 100 ]
ok "99 % of the stacks are whole" awk '
	{ n += $NF }
	/^[^;]*;\[truncated\]/ {
		t += $NF
		if (++shown < 9) print "# cut: " substr($0, 1, 200)
	}
	END {
		printf "# %d of %d samples are cut\n", t, n
		exit !(n >= 300 && t <= n / 100)
	}' "$T/folded"
# Half of such a life is exec, ld.so and exit.
check_stack '(brief|exe)' "$MAIN" "main;brief_work" 40
is "no sample is lost" "$(grep -c '^#lost' "$T/raw")" 0
is "a storm is no reason for a message" "$(cat "$T/err")" ""
done_testing
