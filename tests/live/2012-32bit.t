# A 32-bit process: sampled, counted and named as far as gp goes, which is the
# innermost frame and the file that it is in.
. tests/tap.sh
. tests/live/profile.sh
need_sampling
if ! "$FIX/tiny32"; then skip_all "this kernel runs no 32-bit programs"; fi

for engine in bpf perf; do
	profile -v --engine=$engine -- sh -c \
	    "for i in 1 2 3; do '$FIX/tiny32'; done"
	check_sums
	like "$engine: its innermost frame is an offset in its file" \
	    "$(cat "$T/raw")" '^tiny32-[0-9]+;\[truncated\];\$[0-9]+\+10[01][0-9a-f] [0-9]+$'
	is "$engine: every stack is said to be cut, and in its file" "$(sed -n \
	    's/^tiny32-[0-9]*;//p' "$T/folded" |
	    grep -v ';_*[a-z].*_\[k\]' | sed 's/ [0-9]*$//' | sort -u)" \
	    "[truncated];[tiny32]"
	like "$engine: -v says how many" "$(cat "$T/err")" \
	    '[1-9][0-9]* of 32-bit processes'
done
done_testing
