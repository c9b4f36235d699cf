# Frames that unwinders stumble over.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

signal='(main;run_signal;interrupted|main;run_altstack;interrupted);'
# raise(3) and the frame that the kernel made, by whatever names libc has.
raise='(([a-z_]*(raise|kill|signal|restore)[a-z_]*|\[libc[^;]*\]);)+'
for kind in signal altstack; do
	profile -- "$FIX/odd" $kind 4
	check_sums
	check_stack odd "$MAIN$signal$raise" "handler"
done
for kind in vdso bigframe hollow alloca aligned; do
	profile -- "$FIX/odd" $kind 2
	check_sums
	check_stack odd "$MAIN" "$(sed -n 's/^stack //p' "$T/truth")"
done
# At the end of a function that aligned its stack, rbp is its caller's.
for engine in bpf perf; do
	profile -F 1999 --engine=$engine -- "$FIX/odd" realigned 2
	check_sums
	check_stack odd "$MAIN" "$(sed -n 's/^stack //p' "$T/truth")" 40
done
"$FIX/odd" vdso 1000 > /dev/null & odd=$!
on_exit="kill $odd"
like "vdso: the function in it has its name" \
    "$("$BIN/gp-record" -F 499 -d 2s -p $odd |
	"$BIN/gp-symbolize" -q | "$BIN/gp-collapse")" \
    'clock_reader;.*(clock_gettime|\[vdso\])'

kill $odd
on_exit=:

# A coroutine of makecontext(3) begins in glibc, and nowhere before.
profile -- "$FIX/odd" ucontext 2
check_sums
check_stack odd '((__start_context|\[libc[^;]*\]);)' "coroutine;in_coroutine"

# vfork: children come and go in the parent's frame; their exit is the kernel's time,
# in which there is no user stack any more.
profile -- "$FIX/odd" vfork 2
check_sums
check_stack odd "$MAIN" "main;run_vfork;vforker" 50

# musl tells nothing of its own frames: a stack ends there, and says so. Its return
# from a handler is known by the instructions.
for link in dynamic static; do
	flag=; [ $link = static ] && flag=-static
	# shellcheck disable=SC2086 # a flag, or none
	if ! musl-gcc -O2 -g -fomit-frame-pointer $flag -o "$T/odd_musl" \
	    tests/fixtures/odd.c 2> "$T/err"; then
		skip "musl, $link" "no musl-gcc that works"
		continue
	fi
	for engine in bpf perf; do
		profile --engine=$engine -- "$T/odd_musl" signal 1
		check_sums
		ok "musl, $link, $engine: handlers have no other callers" awk '
			!/;handler/ { next }
			{ n += $NF }
			/;main;run_signal;interrupted;[^;]*;.*handler/ { next }
			/^[^;]*;\[truncated\]/ { t += $NF; next }
			{ wrong += $NF; print "# wrong: " $0 }
			END { print "# " n ", " t + 0 " cut"
			exit !(n > 100 && !wrong) }' "$T/folded"
		like "musl, $link, $engine: but what was interrupted" \
		    "$(cat "$T/folded")" \
		    '\[truncated\];([^;]+;)+[^;]+;handler'
	done
done
done_testing
