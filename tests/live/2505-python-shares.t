# Shares of functions are what the program says, and a process of a tenth of a
# second has names.
. tests/tap.sh
. tests/live/profile.sh
. tests/live/python.sh
need_sampling
py=$(pythons | head -n 1)
[ "$py" ] || skip_all "no python is installed"

# 4.9 deviations of the binomial distribution: one run in a million is outside.
profile -- "$py" tests/live/python/shares.py 1.5
LC_ALL=C awk 'FILENAME ~ /truth$/ { if ($1 == "share") want[$2] = $3; next }
	/^#/ { next }
	{
		for (name in want)
			if ($0 ~ ";" name " \\(shares.py:[0-9]+\\)_\\[p\\];spin ") {
				got[name] += $NF
				n += $NF
			}
	}
	END {
		for (name in want) {
			d = got[name] - n * want[name]
			limit = 4.9 * sqrt(n * want[name] * (1 - want[name])) + 2
			printf "# %s: %d of %d, %.1f expected, %.1f at most off\n",
			    name, got[name], n, n * want[name], limit
			if (d > limit || -d > limit)
				bad = 1
			k++
		}
		exit !(k == 3 && n >= 200 && !bad)
	}' "$T/truth" "$T/named" > "$T/verdict"
_s=$?
cat "$T/verdict"
_result $_s "60, 30 and 10 % of the time are that"

# Processes that are gone before anybody could ask them: nobody has to.
profile -- sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	"$1" -S tests/live/python/brief.py; done' sh "$py"
awk '!/^#/ { n += $NF }
	/<module> \(brief.py:1\)_\[p\];main \(brief.py:14\)_\[p\];work \(brief.py:7\)/ {
		k += $NF }
	/\[unknown\]/ { u += $NF }
	END { printf "# %d samples, %d named, %d with an unknown frame\n", n, k, u
		exit !(n >= 50 && k >= n / 2 && u <= n / 10) }' "$T/named" > "$T/verdict"
_s=$?
cat "$T/verdict"
_result $_s "a process that lives a tenth of a second has names"

# Without native frames, nothing else is lost.
profile --python-native=off --paths=full -- "$py" tests/live/python/shares.py 1
check_sums
unlike "no native frame stands with Python's" \
    "$(grep '_\[p\]' "$T/named" | sed 's/^[^;]*;//; s/;[^;]*_\[k\]//g')" \
    '(^|;)[^;]*[^]](;| [0-9]*$)'
like "the path is whole" "$(cat "$T/named")" \
    ';spin \([^;]*/tests/live/python/shares.py:[0-9]+\)_\[p\]|;spin \(tests/live'

# The interpreter's own function stands behind what it runs on request, and else not;
# in a file without symbols it has no name of its own.
for keep in --eval-frames ''; do
	# shellcheck disable=SC2086 # none, where it is empty
	profile $keep -- "$py" tests/live/python/shares.py 1
	LC_ALL=C awk -v keep="$keep" '!/^#/ && /;spin \(/ {
		count = $NF
		sub(/ [0-9]+$/, "")
		n = split($0, f, ";")
		all += count
		for (i = 2; i <= n; i++) {
			eval = f[i] ~ /^_?PyEval_EvalFrame/
			ends = f[i - 1] ~ /_\[p\]$/ && f[i] !~ /_\[p\]$/
			if (keep == "" ? eval : ends && !eval &&
			    f[i] !~ /^\[(lib)?python/)
				bad += count
		}
		if (keep != "" && f[n] ~ /_\[p\]$/)
			bad += count
	}
	END {
		printf "# %d stacks, %d wrong\n", all, bad
		exit !(all >= 50 && bad == 0)
	}' "$T/named" > "$T/verdict"
	_s=$?
	cat "$T/verdict"
	_result $_s "${keep:-without --eval-frames}: that function"
done
done_testing
