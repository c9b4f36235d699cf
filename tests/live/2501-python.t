# Every Python that is here: programs that print the stack they are in.
. tests/tap.sh
. tests/live/profile.sh
. tests/live/python.sh
need_sampling
[ -n "$(pythons)" ] || skip_all "no python is installed"

# All shapes of the first one; of the others what versions differ in.
first=yes
for py in $(pythons); do
	if [ $first ]; then
		for s in recursion deep methods generator closure sorted reduce \
		    ctypes caught import zlib calls threads tasks named forked; do
			check_shape "$py" $s
		done
	else
		for s in deep generator sorted calls threads; do
			check_shape "$py" $s
		done
	fi
	first=
done
done_testing
