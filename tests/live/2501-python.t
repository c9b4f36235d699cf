# Programs that print the stack they are in: every shape, on one Python.
. tests/tap.sh
. tests/live/profile.sh
. tests/live/python.sh
need_sampling
py=$(pythons | head -n 1)
[ "$py" ] || skip_all "no python is installed"

for s in recursion deep methods generator closure sorted reduce ctypes caught \
    import zlib calls threads tasks named forked; do
	check_shape "$py" $s
done
ENGINE=bpf-bounded
check_shape "$py" threads
done_testing
