# Programs that print the stack they are in: every shape, on one Python; on all that
# there are, with ALL_SHAPES=1, which make check-pythons sets.
. tests/tap.sh
. tests/live/profile.sh
. tests/live/python.sh
need_sampling
[ "$(pythons)" ] || skip_all "no python is installed"

for py in $(pythons | if [ "${ALL_SHAPES-}" ]; then cat; else head -n 1; fi); do
	check_shapes "$py" recursion deep methods generator closure sorted \
	    reduce ctypes
	check_shapes "$py" caught import zlib hashlib calls threads unlocked tasks
	check_shapes "$py" named forked greenlets switching subinterpreter
	check_shapes "$py" recursing entering starting
	check_shapes "$py" lines:recursion lines:methods lines:generator \
	    lines:caught
	ENGINE=bpf-bounded
	check_shapes "$py" threads generator
	ENGINE=
done
done_testing
