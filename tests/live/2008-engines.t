# The engines find the same stacks: in the kernel with bpf_loop(), in the kernel
# with a bounded loop, and in user space; the last also without privilege.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

for engine in bpf bpf-bounded perf; do
	profile --engine=$engine -- "$FIX/calls_nofp" 2
	check_sums
	check_stack calls_nofp "$MAIN" "main;outer;middle;inner"
	profile --engine=$engine -- "$FIX/sort" 2
	check_sums
	stack=$(sed -n 's/^stack //p' "$T/truth")
	check_stack sort "${THREAD}sorter;(([a-z_0-9.]*sort[a-z_0-9.]*|\[libc[^;]*\]);)+" \
	    "$stack"
	profile --engine=$engine -- "$FIX/odd" aligned 2
	check_stack odd "$MAIN" "$(sed -n 's/^stack //p' "$T/truth")"
	# What was seen in the user part, without the start of the process.
	sed -nE 's/^sort-[0-9]*;(.*;)?(sorter;.*)/\2/p' "$T/folded" |
	    sed 's/;[^;]*_\[k\].*//; s/ [0-9]*$//' | grep 'deep;deep$' |
	    sort -u > "$T/deep.$engine"
done
profile --engine=auto -v -- "$FIX/calls" 0.5
like "auto says which" "$(cat "$T/err")" 'engine (bpf|perf)'

if ! command -v setpriv > /dev/null; then
	skip "as nobody" "no setpriv"
elif [ "$(cat /proc/sys/kernel/perf_event_paranoid)" -gt 2 ]; then
	skip "as nobody" "kernel.perf_event_paranoid is above 2"
else
	chmod 755 "$T"
	mkdir -m 777 "$T/open"
	cp "$BIN/gp-record" "$FIX/calls_nofp" "$T/open/"
	status "nobody records a command of his own" 0 env -u XDG_CACHE_HOME \
	    setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
	    "$T/open/gp-record" -v -F 499 -o "$T/open/raw" -- \
	    "$T/open/calls_nofp" 2
	like "and is told which engine, and why" "$(cat "$T/err")" \
	    'engine perf: .*CAP_BPF'
	cp "$T/open/raw" "$T/raw"
	"$BIN/gp-symbolize" -q < "$T/raw" | "$BIN/gp-collapse" --pid > "$T/folded"
	check_sums
	check_stack calls_nofp "$MAIN" "main;outer;middle;inner"
	unlike "and sees nothing of the kernel" "$(cat "$T/folded")" '_\[k\]'
fi
done_testing
