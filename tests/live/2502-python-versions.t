# What versions differ in, on every other Python that is here: how deep calls
# look, where the frames of threads are, what a call does at its begin and end,
# names of methods, tables of lines.
. tests/tap.sh
. tests/live/profile.sh
. tests/live/python.sh
need_sampling
others=$(pythons | tail -n +2)
[ "$others" ] || skip_all "there is one python here at most (PYTHONS=, pyenv)"

for py in $others; do
	check_shapes "$py" lines:deep lines:calls lines:threads lines:tasks \
	    lines:named lines:methods lines:generator \
	    lines:sorted lines:subinterpreter
done
done_testing
