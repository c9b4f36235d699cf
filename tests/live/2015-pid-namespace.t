# gp-record in a PID name space of its own, as in a container: the pids that it
# takes and writes are those that its user sees in /proc, whoever finds them.
. tests/tap.sh
. tests/live/profile.sh
need_sampling
unshare --pid --fork --mount-proc true 2> /dev/null ||
	skip_all "no PID name space can be made here"

# In there: one program, another in a name space within, and recordings of them.
cat > "$T/inside" <<'EOS'
pid_of() { # COMM: the one process called that, as /proc has it
	until p=$(pgrep -x "$1"); do sleep 0.05; done
	echo "$p"
}
record() { # FILE [option...]: status 1 if samples had no room, else 0
	s=0
	"$BIN/gp-record" -F 999 -o "$T/$@" || s=$?
	[ $s -eq "$(grep -c '^#lost .*reason=ring-full' "$T/$1")" ]
}
"$FIX/calls" 600 > /dev/null &
unshare --pid --fork --mount-proc "$FIX/calls_nofp" 600 > /dev/null &
{ echo "calls-$(pid_of calls)"; echo "calls_nofp-$(pid_of calls_nofp)"; } |
	sort > "$T/there"
for engine in bpf bpf-bounded perf; do
	record all.$engine --engine=$engine -d 5s
	record one.$engine --engine=$engine -d 500ms -p "$(pid_of calls_nofp)"
	record command.$engine --engine=$engine -- sh -c 'echo "calls_static-$$" >&2
	    exec "$FIX/calls_static" 0.5' 2> "$T/command.$engine.told"
done
# The first process of the name space is this shell.
record first -d 1s -p 1
EOS
ok "recordings in a PID name space" unshare --pid --fork --mount-proc \
    --kill-child sh -e "$T/inside"
note "$(cat "$T/there")"

# whose FILE COMM: the processes of a recording that are called so
whose() {
	sed -nE "s/^($2-[0-9]+);.*/\\1/p" "$1" | sort -u
}
for engine in bpf bpf-bounded perf; do
	for kind in all one command; do
		cp "$T/$kind.$engine" "$T/raw"
		"$BIN/gp-symbolize" -q < "$T/raw" |
		    "$BIN/gp-collapse" --pid > "$T/folded"
		check_sums
		case $kind in
		all) is "$engine: all pids are those of /proc there" \
			"$(whose "$T/raw" 'calls(_nofp)?')" "$(cat "$T/there")"
		    check_stack calls "$MAIN" "main;outer;middle;inner"
		    check_stack calls_nofp "$MAIN" "main;outer;middle;inner" ;;
		one) is "$engine: -p takes those, and no other process" \
			"$(sed -n 's/^\([^#;]*\);.*/\1/p' "$T/raw" | sort -u)" \
			"$(grep nofp "$T/there")" ;;
		command) is "$engine: a command has its own" \
			"$(whose "$T/raw" calls_static)" \
			"$(grep ^calls_static "$T/$kind.$engine.told")" ;;
		esac
	done
done
is "-p 1 is the first process there, and its children" \
    "$(whose "$T/first" 'calls(_nofp)?')" "$(cat "$T/there")"

# From outside, the same processes have outer pids.
unshare --pid --fork --mount-proc --kill-child "$FIX/calls" 600 > /dev/null &
outer=$!
# It takes no other signal, and takes its child along.
on_exit="kill -9 $outer"
until pid=$(pgrep -P $outer -x calls); do sleep 0.05; done
profile -d 5s -p "$pid"
check_sums
is "from outside a process has the outer pid" \
    "$(whose "$T/raw" calls)" "calls-$pid"
check_stack calls "$MAIN" "main;outer;middle;inner"
kill -9 $outer
on_exit=:

# Where /proc is another name space's, nothing would be true.
status "another name space's /proc is refused" 69 unshare --pid --fork \
    "$BIN/gp-record" -d 1s
like "and the way out is said" "$(cat "$T/err")" 'mount-proc'
done_testing
