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

# Processes that are gone before anybody could ask them: nobody has to.
profile -- sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	"$1" -S tests/live/python/brief.py; done' sh "$py"
awk '!/^#/ { n += $NF }
	/<module> \(brief.py:1\)_\[p\];main \(brief.py:14\)_\[p\];work \(brief.py:7\)/ {
		k += $NF }
	/\[unknown\]/ { u += $NF }
	END { printf "# %d samples, %d named, %d with an unknown frame\n", n, k, u
		exit !(n >= 50 && k >= n / 2 && u <= n / 20) }' "$T/named" > "$T/verdict"
_s=$?
cat "$T/verdict"
_result $_s "a process that lives a tenth of a second has names"

ENGINE=bpf-bounded
check_shape "$py" threads
done_testing
