# A process in a runc container is known by the container's id: by the cgroup's
# name with the systemd driver, by runc's own state without.
. tests/tap.sh

[ "$(id -u)" -eq 0 ] || skip_all "needs root"
command -v runc > /dev/null || skip_all "no runc"
ID=gp-test-$$ B=$T/bundle
mkdir -p "$B/rootfs/proc" "$B/rootfs/tmp"
cp "$FIX/waits_static" "$B/rootfs/waits"
(cd "$B" && runc spec) || skip_all "runc spec failed"
python3 - "$B/config.json" <<'EOF' || skip_all "no python3"
import json, sys
c = json.load(open(sys.argv[1]))
c['process'].update(args=['/waits'], terminal=False, cwd='/')
c['root'].update(path='rootfs', readonly=False)
# Only proc: what else is mounted differs between kernels.
c['mounts'] = [m for m in c['mounts'] if m['destination'] == '/proc']
c['linux']['namespaces'] = [n for n in c['linux']['namespaces']
    if n['type'] in ('pid', 'mount', 'uts', 'ipc')]
c['linux'].pop('resources', None)
c['linux'].pop('seccomp', None)
json.dump(c, open(sys.argv[1], 'w'))
EOF
on_exit='runc delete -f "$ID" > /dev/null 2>&1'
runc run --bundle "$B" --detach --pid-file "$T/pid" "$ID" \
    > "$T/log" 2>&1 < /dev/null ||
	skip_all "runc cannot run here: $(tail -n 1 "$T/log")"
pid=$(cat "$T/pid")
until grep -q ready "$T/log"; do
	kill -0 "$pid" 2> /dev/null || break
	perl -e 'select undef, undef, undef, .02'
done
"$BIN/gp-discover" -p "$pid" > "$T/out" 2> "$T/err"
p=$(grep '^#process ' "$T/out")
like "the container's id is told" "$p" " container=$ID "
like "and its engine" "$p" ' engine=runc '
like "the program is named as it is in there" "$p" ' exe=/waits '
like "it is native" "$p" ' runtime=native '
like "its own pid is told" "$p" ' ns_pid=[0-9]+ '
is "and is the one that it has" "$(sed -n 's/.* ns_pid=\([0-9]*\).*/\1/p' "$T/out")" \
    "$(sed -n 's/^ready //p' "$T/log" | tail -n 1)"
is "--container finds it" "$("$BIN/gp-discover" --container="gp-test-$$" |
    sed -n 's/^#process pid=\([0-9]*\) .*/\1/p')" "$pid"
is "nothing is said" "$(cat "$T/err")" ""
done_testing
