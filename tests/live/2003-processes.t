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
# What else runs may be too much for the ring.
"$BIN/gp-record" -q -F 999 -a -o "$T/raw" -- sh -c \
    'echo > "$T/go"; exec tail --pid="$1" -f /dev/null' sh $orphans 3>&-
ok "they are recorded" test $? -le 1
exec 3>&-
ok "the older ones end" wait $orphans
on_exit=:
"$BIN/gp-symbolize" -q < "$T/raw" | "$BIN/gp-collapse" -q --pid > "$T/folded"
ok "some of them were seen" test "$(grep '^orphans-' "$T/folded" |
    sed 's/;.*//' | sort -u | wc -l)" -ge 10
is "none of them in the other program" \
    "$(grep -E '^orphans-.*;(after_exec|\[execs)' "$T/folded")" ""

# From one program into the other and back, while nobody reads what becomes of it:
# of what was lost nothing is known, and no sample is taken for the other's. (Without
# BPF a few still are: docs/unwinding.md.)
mkdir "$T/first" "$T/second"
cp "$FIX/reexecs" "$T/first/reexecs"
cp "$FIX/reexecs_second" "$T/second/reexecs"
cat > "$T/halting" <<'END'
	for i in 1 2 3 4; do
		sleep 0.3; kill -STOP "$PPID"; sleep 0.7; kill -CONT "$PPID"
	done &
	exec setarch -R "$1/first/reexecs" 5 "$1/second/reexecs"
END
profile -F 1999 --engine=bpf -- sh "$T/halting" "$T"
grep '^reexecs-' "$T/folded" > "$T/reexecs"
ok "both programs were seen" awk '
	/main;work_of_first;work_of_first;work_of_first/ { a += $NF }
	/main;work_of_second;work_of_second;work_of_second/ { b += $NF }
	/^[^;]*;\[truncated\]/ { cut += $NF }
	{ n += $NF }
	END { printf "# %d and %d of %d, %d cut\n", a, b, n, cut
	exit !(a >= 100 && b >= 100) }' "$T/reexecs"
is "and none as the other" "$(grep -E \
    'never_called|first.*second|second.*first' "$T/reexecs")" ""

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
ok "99 % of the storm's stacks are whole" awk '
	{ n += $NF } /^[^;]*;\[truncated\]/ { t += $NF }
	END { exit !(n > 100 && t <= n / 100) }' "$T/folded"
want=$(sed -n 's/^processes //p' "$T/truth")
got=$(sed -n 's/^[^;]*-\([0-9]*\);.*;short_work.*/\1/p' "$T/folded" |
    sort -u | wc -l)
is "every process of the storm is there" "$got" "$want"
is "a storm is no reason for a message" "$(cat "$T/err")" ""

# A pid that is used again: each program has its own stacks.
if [ -w /proc/sys/kernel/ns_last_pid ] && command -v python3 > /dev/null; then
	profile -- python3 tests/fixtures/same_pid.py "$FIX/calls" 1 -- \
	    "$FIX/calls_nofp" 1
	check_sums
	pid=$(sed -n 's/^pid //p' "$T/truth")
	is "both ran under one pid" "$(sed -nE \
	    "s/^(calls[a-z_]*)-$pid;.*/\\1/p" "$T/folded" | sort -u | tr '\n' ' ')" \
	    "calls calls_nofp "
	check_stack calls "$MAIN" "main;outer;middle;inner" 99
	check_stack calls_nofp "$MAIN" "main;outer;middle;inner" 99
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
