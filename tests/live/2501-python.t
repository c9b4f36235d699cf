# Programs that print the stack they are in: every shape, on one Python.
. tests/tap.sh
. tests/live/profile.sh
. tests/live/python.sh
need_sampling
py=$(pythons | head -n 1)
[ "$py" ] || skip_all "no python is installed"

check_shapes "$py" recursion deep methods generator closure sorted reduce ctypes
check_shapes "$py" caught import zlib hashlib calls threads unlocked tasks
check_shapes "$py" named forked greenlets subinterpreter
check_shapes "$py" lines:recursion lines:methods lines:generator lines:caught
ENGINE=bpf-bounded
check_shapes "$py" threads generator
done_testing
