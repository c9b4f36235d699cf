# 60, 30 and 10 percent of the time are 60, 30 and 10 percent of the samples.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

profile -- "$FIX/shares" 5
check_sums
for want in sixty:0.6 thirty:0.3 ten:0.1; do
	ok "${want%:*} lies within the 99 % interval of ${want#*:}" awk \
	    -v f=";${want%:*}(;| )" -v p="${want#*:}" '
	/;main/ { n += $NF; if ($0 ~ f) k += $NF }
	END {
		half = 2.576 * sqrt(n * p * (1 - p))
		printf "# %d of %d, expected %d +- %d\n", k, n, n * p, half
		exit !(n > 1000 && k >= n * p - half && k <= n * p + half)
	}' "$T/folded"
done
done_testing
