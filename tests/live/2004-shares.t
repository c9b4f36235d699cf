# 60, 30 and 10 percent of the time are 60, 30 and 10 percent of the samples.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

profile -- "$FIX/shares" 5
check_sums
# within NAME SHARE: the function's share is in the 99 % binomial interval.
within() {
	awk -v f=";$1(;| )" -v p="$2" '
	/;main/ { n += $NF; if ($0 ~ f) k += $NF }
	END {
		half = 2.576 * sqrt(n * p * (1 - p))
		printf "# %d of %d, expected %d +- %d\n", k, n, n * p, half
		exit !(n > 1000 && k >= n * p - half && k <= n * p + half)
	}' "$T/folded"
}
# One honest recording in a hundred is outside; two in a row are not.
for want in sixty:0.6 thirty:0.3 ten:0.1; do
	within "${want%:*}" "${want#*:}" > "$T/first" ||
		{ cat "$T/first"; profile -- "$FIX/shares" 5; }
	ok "${want%:*} lies within the 99 % interval of ${want#*:}" \
	    within "${want%:*}" "${want#*:}"
done
done_testing
