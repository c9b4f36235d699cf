# Stacks whose rbp is 0. Of code without rows that tells nothing of its callers; they
# must not look whole. But what musl's start code called is whole.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

for engine in bpf perf; do
	profile --engine=$engine -- "$FIX/zerorbp" callback 1
	check_sums
	ok "$engine: a caller without frame pointers ends a stack that is cut" awk '
		!/;inner(;| )/ { next }
		/^[^;]*;\[truncated\];call_zero;outer;inner/ { n += $NF; next }
		{ wrong += $NF; print "# wrong: " $0 }
		END { print "# " n + 0; exit !(n > 100 && !wrong) }' "$T/folded"
done

# The program asks for the time now and then, and musl's clock_gettime tells nothing of
# its callers; nor can --engine=perf look at the code of a program that has ended.
own='(__)?(clock_gettime|vdso_[a-z_]*|pthread_[a-z_]*|timedwait|wait)|\\[(libc|ld-musl)[^;]*\\]|\\[vdso\\]'
start='(libc_start_main_stage2|__libc_start_main|start|start_c11|\[libc[^;]*\]);'
for link in dynamic static; do
	flag=; [ $link = static ] && flag=-static
	# shellcheck disable=SC2086 # a flag, or none
	if ! musl-gcc -O2 -g -fomit-frame-pointer $flag -o "$T/zerorbp" \
	    tests/fixtures/zerorbp.c 2> "$T/err"; then
		skip "musl, $link" "no musl-gcc that works"
		continue
	fi
	for kind in main thread c11; do
		for engine in bpf perf; do
			profile --engine=$engine -- "$T/zerorbp" $kind 4
			check_sums
			check_stack zerorbp "$start" \
			    "$(sed -n 's/^stack //p' "$T/truth")" 98 "$own"
		done
	done
done
done_testing
