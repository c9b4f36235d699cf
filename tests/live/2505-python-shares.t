# Shares of functions are what the program says, and a process of a tenth of a
# second has names.
. tests/tap.sh
. tests/live/profile.sh
. tests/live/python.sh
need_sampling
py=$(pythons | head -n 1)
[ "$py" ] || skip_all "no python is installed"

# judge_shares: of RUNS runs one after the other in one recording, each share is judged
# by the exact 99 % interval of the binomial distribution. One in a hundred lies outside
# by chance alone, so one alone is no test. Of a function's shares, which are
# independent of each other, at most 5 of 16 may be: 6 are once in a hundred million
# times. And all samples together, sixteen times as many, may be no further off than
# chance brings once in ten million times: that sees a small error which is always the
# same. Of three functions, that is one false alarm in three million runs at most, and
# fewer, since what ticks evenly varies less than this distribution says.
RUNS=16
judge_shares() {
	LC_ALL=C awk -v runs=$RUNS '
	# How likely it is that k of n or fewer have what each has with probability p.
	function at_most(k, n, p,   i, l, sum) {
		l = n * log(1 - p)
		for (i = 0; i <= k; i++) {
			sum += exp(l)
			l += log((n - i) / (i + 1)) + log(p / (1 - p))
			if (i + 1 >= n)
				break
		}
		return k >= n ? 1 : sum
	}
	# Whether k of n is within the interval that holds all but alpha.
	function is_within(k, n, p, alpha) {
		return at_most(k, n, p) >= alpha / 2 &&
		    (k == 0 || 1 - at_most(k - 1, n, p) >= alpha / 2)
	}
	FILENAME ~ /truth$/ {
		if ($1 == "share") {
			want[$2] = $3
			told++
		}
		next
	}
	/^#/ || !match($0, /;(sixty|thirty|ten)_[0-9]+ \(shares.py:1\)_\[p\];([^;]*;)*spin /) {
		next
	}
	{
		name = substr($0, RSTART + 1)
		sub(/ .*/, "", name)
		run = name
		sub(/.*_/, "", run)
		got[name] += $NF
		n[run] += $NF
	}
	END {
		for (name in want) {
			run = kind = name
			sub(/.*_/, "", run)
			sub(/_.*/, "", kind)
			if (n[run] < 100)
				few = 1
			else if (!is_within(got[name] + 0, n[run], want[name], .01))
				out[kind]++
			all[kind] += got[name]
			expect[kind] += n[run] * want[name]
			total[kind] += n[run]
		}
		for (kind in total) {
			share = expect[kind] / total[kind]
			bad = bad || out[kind] > 5 ||
			    !is_within(all[kind], total[kind], share, 1e-7)
			printf "# %s: %d of %d runs outside of 99 %%; in all " \
			    "%d of %d, %.1f expected, %s 99 %%\n", kind,
			    out[kind], runs, all[kind], total[kind],
			    expect[kind], is_within(all[kind], total[kind],
			    share, .01) ? "within" : "outside of"
		}
		exit !(told == 3 * runs && !few && !bad)
	}' "$T/truth" "$T/named" > "$T/verdict"
	_s=$?
	cat "$T/verdict"
	_result $_s "$1: 60, 30 and 10 % of the time are that"
}
for one in $(pythons | if [ "${ALL_SHAPES-}" ]; then cat; else head -n 1; fi); do
	profile -- "$one" tests/live/python/shares.py 1 $RUNS
	judge_shares "$one"
done

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
