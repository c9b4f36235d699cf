# Processes that change under the profiler: exec, a binary that is gone, short
# lives, a recording of one pid and its children, targets from gp-discover.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

cp "$FIX/execs" "$T/second_name"
profile -- "$FIX/execs" 2 "$T/second_name"
check_sums
check_stack execs "$MAIN" "main;before_exec" 99
check_stack second_name "$MAIN" "main;after_exec" 99

# record [option...] -- COMMAND: into $T/raw and $T/folded, where there may be too much
# for the ring of samples; its status and the stream say so, both or neither.
record() {
	_s=0
	"$BIN/gp-record" -q -F 999 -o "$T/raw" "$@" || _s=$?
	is "gp-record $1: status 1 if samples had no room, else 0" $_s \
	    "$(grep -c '^#lost .*reason=ring-full' "$T/raw")"
	"$BIN/gp-symbolize" -q < "$T/raw" | "$BIN/gp-collapse" -q --pid > "$T/folded"
	check_sums
}

# A child whose parent has gone over to another program, which lies where the first
# one did: with all of it seen, and by processes that are older than the recording,
# of whom only /proc knows, until they are gone.
for engine in bpf perf; do
	profile -F 999 --engine=$engine -- setarch -R "$FIX/orphans" 80 \
	    "$FIX/execs" 0
	check_sums
	check_stack orphans "$MAIN" "main;become_parent;in_a_child" 50
done
mkfifo "$T/go"
setarch -R "$FIX/orphans" 80 "$FIX/execs" 0 < "$T/go" > "$T/said" & orphans=$!
exec 3> "$T/go"
on_exit="kill $orphans"
until grep -q stack "$T/said"; do sleep 0.05; done
record -a -- sh -c 'echo > "$T/go"; exec tail --pid="$1" -f /dev/null' sh $orphans \
    3>&-
exec 3>&-
ok "the older ones end" wait $orphans
on_exit=:
ok "some of them were seen" test "$(grep '^orphans-' "$T/folded" |
    sed 's/;.*//' | sort -u | wc -l)" -ge 10
is "none of them in the other program" \
    "$(grep -E '^orphans-.*;(after_exec|\[execs)' "$T/folded")" ""

# From one program into the other and back, hundreds of times a second: no sample is
# taken for the other's, and hardly any is cut.
mkdir "$T/first" "$T/second"
cp "$FIX/reexecs" "$T/first/reexecs"
cp "$FIX/reexecs_second" "$T/second/reexecs"
# check_programs DESCRIPTION PERCENT [EXCEPT]: so many stacks, or fewer, are cut,
# without those of EXCEPT (a regular expression), which are 2 % at most; the others
# reach the start.
check_programs() {
	grep '^reexecs-' "$T/folded" > "$T/reexecs"
	ok "$1: both programs were seen, and no more than $2 % is cut" awk -v cut="$2" \
	    -v except="${3:-^$}" '
		/main;work_of_first;work_of_first;work_of_first/ { a += $NF }
		/main;work_of_second;work_of_second;work_of_second/ { b += $NF }
		{ n += $NF }
		$0 ~ "^[^;]*;\\[truncated\\];" except "(;| )" { known += $NF; next }
		/^[^;]*;\[truncated\]/ { t += $NF }
		END {
			printf "# %d and %d of %d, %d cut, %d where known\n",
			    a, b, n, t, known
			exit !(a >= 10 && b >= 10 && known <= n / 50 &&
			    t <= 2 + n * cut / 100)
		}' "$T/reexecs"
	is "$1: none was seen as the other" "$(grep -E \
	    'never_called|first.*second|second.*first' "$T/reexecs")" ""
}
for engine in bpf perf; do
	profile -F 1999 --engine=$engine -- setarch -R "$T/first/reexecs" 3 \
	    "$T/second/reexecs"
	# Without BPF a stack whose page at rsp is being made has one frame: how often
	# that is depends on where in its pages the stack is, so on the environment.
	case $engine in
	bpf) cut=0.1 except= ;;
	*) cut=0.5 except='[^;]*;asm_exc_page_fault_\\[k\\];exc_page_fault_\\[k\\]' ;;
	esac
	check_programs "$engine" $cut "$except"
	for which in first second; do
		check_stack reexecs "$MAIN" \
		    "main;work_of_$which;work_of_$which;work_of_$which" 5 "$except"
	done
done
# And while nobody reads what becomes of it: of what was lost nothing is known.
cat > "$T/halting" <<'END'
	for i in 1 2 3; do
		sleep 0.3; kill -STOP "$PPID"; sleep 1.2; kill -CONT "$PPID"
	done &
	exec setarch -R "$1/first/reexecs" 6 "$1/second/reexecs"
END
for engine in bpf perf; do
	record --engine=$engine -F 1999 -- sh "$T/halting" "$T"
	check_programs "$engine, halted" 100
done

cp "$FIX/unlinks" "$T/unlinks"
profile -- "$T/unlinks" 2
check_sums
check_stack unlinks "$MAIN" "main;without_file"

# No process of the storm is missing, and none has another's name.
profile -- "$FIX/storm" 5
check_sums
# Of 20 to 50 ms, a part goes into exec, ld.so and exit: some 5 % of some hundred
# samples.
check_stack '(storm|exe)' "$MAIN" "main;short_work" 90
check_whole '(storm|exe)'
want=$(sed -n 's/^processes //p' "$T/truth")
got=$(sed -n 's/^[^;]*-\([0-9]*\);.*;short_work.*/\1/p' "$T/folded" |
    sort -u | wc -l)
is "every process of the storm is there" "$got" "$want"
is "a storm is no reason for a message" "$(cat "$T/err")" ""

# A pid that is used again: each program has its own stacks.
if [ -w /proc/sys/kernel/ns_last_pid ] && command -v python3 > /dev/null; then
	for engine in bpf perf; do
		profile --engine=$engine -- python3 tests/fixtures/same_pid.py \
		    "$FIX/calls" 1 -- "$FIX/calls_nofp" 1
		check_sums
		pid=$(sed -n 's/^pid //p' "$T/truth")
		is "$engine: both ran under one pid" "$(sed -nE \
		    "s/^(calls[a-z_]*)-$pid;.*/\\1/p" "$T/folded" | sort -u |
		    tr '\n' ' ')" "calls calls_nofp "
		check_stack calls "$MAIN" "main;outer;middle;inner" 99
		check_stack calls_nofp "$MAIN" "main;outer;middle;inner" 99
	done
else
	skip "a pid that is used again" "no python3, or pids cannot be chosen"
fi

# One process of several, by pid.
"$FIX/calls" 20 > /dev/null & wanted=$!
"$FIX/shares" 20 > /dev/null & other=$!
on_exit="kill $wanted $other"
profile -d 1s -p $wanted
check_sums
is "-p: nothing but that process" \
    "$(sed 's/;.*//' "$T/folded" | sort -u)" "calls-$wanted"

# What discover wrote is what is recorded, and its runtime is passed on.
{ echo "#gp version=1 kind=discover"
  echo "#process pid=$wanted comm=calls runtime=native/7 decision=profile"
  echo "#process pid=$other comm=shares decision=skip reason=filtered"
  echo "#end lines=0 samples=0 lost=0"; } > "$T/targets"
profile -d 1s --targets "$T/targets"
is "--targets: what is to be skipped is skipped" \
    "$(sed 's/;.*//' "$T/folded" | sort -u)" "calls-$wanted"
like "--targets: the runtime is passed on" "$(cat "$T/raw")" \
    "^#process pid=$wanted .*runtime=native/7"
kill $wanted $other
wait
on_exit=:
status "-p of a process that was: no such process" 66 \
    "$BIN/gp-record" -d 1s -p $wanted
like "and which" "$(cat "$T/err")" "no such process: $wanted "
done_testing
