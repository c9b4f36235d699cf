# --cgroup and --container: what runs in one, whenever it came there, and nothing
# else.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

# perf's hierarchy: version 1 with perf_event, else version 2.
mount=$(awk '$3 == "cgroup" && $4 ~ /(^|,)perf_event(,|$)/ { v1 = $2 }
    $3 == "cgroup2" && !v2 { v2 = $2 } END { print v1 ? v1 : v2 }' /proc/mounts)
[ -n "$mount" ] || skip_all "no cgroups are mounted"
name=gp-test-$$
mkdir "$mount/$name" 2> /dev/null || skip_all "no cgroup can be made"
mkdir "$mount/$name/inner"
pids=
on_exit='kill -9 $pids 2> /dev/null; wait 2> /dev/null
    rmdir "$mount/$name/inner" "$mount/$name"'
# inside CGROUP PROGRAM
inside() {
	sh -c 'echo $$ > "$1/cgroup.procs"; exec "$2" 600' sh "$mount/$1" \
	    "$FIX/$2" > /dev/null &
	pids="$pids $!"
}
inside $name calls
inside $name/inner calls_nofp
"$FIX/calls_static" 600 > /dev/null & outside=$!
pids="$pids $outside"

for engine in bpf bpf-bounded perf; do
	record_enough --engine=$engine --cgroup=/$name
	is "$engine: what is in it and below, nothing else" \
	    "$(sed -nE 's/^([^#;]*)-[0-9]+;.*/\1/p' "$T/raw" | grep -vx sh |
		sort -u | tr '\n' ' ')" "calls calls_nofp "
done
record_enough --cgroup="$mount/$name/inner"
is "its folder will do" "$(sed -nE 's/^([^#;]*)-[0-9]+;.*/\1/p' "$T/raw" |
    grep -vx sh | sort -u)" calls_nofp
"$BIN/gp-symbolize" -q < "$T/raw" | "$BIN/gp-collapse" --pid > "$T/folded"
check_sums
check_stack calls_nofp "$MAIN" "main;outer;middle;inner"

# One that comes later.
rm -f "$T/raw"
"$BIN/gp-record" -F 499 --cgroup=$name -d 100s -o "$T/raw" & recorder=$!
pids="$pids $recorder"
until grep -q '^#gp ' "$T/raw" 2> /dev/null; do sleep 0.05; done
echo $outside > "$mount/$name/cgroup.procs"
until grep -q '^#process .*comm=calls_static' "$T/raw"; do
	kill -0 $recorder 2> /dev/null || break
	sleep 0.05
done
kill -INT $recorder
wait $recorder
like "what comes into it later is recorded" "$(cat "$T/raw")" \
    "^calls_static-$outside;"

status "one that is not there" 66 "$BIN/gp-record" --cgroup=/no/$name -d 1s
status "a container that is not there" 66 \
    "$BIN/gp-record" --container=no-$name -d 1s
status "both" 64 "$BIN/gp-record" --cgroup=/ --container=a -d 1s
status "a cgroup and a pid" 64 "$BIN/gp-record" --cgroup=/ -p 1 -d 1s

# A cgroup that is named as an engine does is a container.
id=$(printf '%064d' $$)
mkdir "$mount/docker-$id.scope"
on_exit="$on_exit; rmdir \"$mount/docker-$id.scope\""
inside "docker-$id.scope" sort
until grep -q . "$mount/docker-$id.scope/cgroup.procs"; do sleep 0.05; done
record_enough --container="$(printf %.60s "$id")"
is "--container: what is in it" "$(sed -nE 's/^([^#;]*)-[0-9]+;.*/\1/p' \
    "$T/raw" | grep -vx sh | sort -u)" sort
like "and that it is one" "$(cat "$T/raw")" "^#process .*container=$id"
# One that begins while it is recorded, below a process that is known already: it is
# not where that is.
"$BIN/gp-record" -F 499 -o "$T/raw" -- sh -c 'i=0
    while [ $i -lt 200000 ]; do i=$((i + 1)); done
    sh -c "echo \$\$ > \"$1/cgroup.procs\"; exec \"$2\" 0.5"
    while [ $i -lt 300000 ]; do i=$((i + 1)); done' sh "$mount/docker-$id.scope" \
    "$FIX/sort" > /dev/null
like "nor is a new one taken for its parent's" "$(cat "$T/raw")" \
    "^#process .* comm=sort .*container=$id"
unlike "which is in none" "$(grep ' comm=sh ' "$T/raw" | head -n 1)" container=
done_testing
