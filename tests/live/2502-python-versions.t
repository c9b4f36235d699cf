# What versions differ in, on every other Python that is here: how deep calls
# look, where the frames of threads are, what a call does at its begin and end.
. tests/tap.sh
. tests/live/profile.sh
. tests/live/python.sh
need_sampling
others=$(pythons | tail -n +2)
[ "$others" ] || skip_all "there is one python here at most (PYTHONS=, pyenv)"

for py in $others; do
	for s in deep calls threads; do
		check_shape "$py" $s
	done
done
done_testing
