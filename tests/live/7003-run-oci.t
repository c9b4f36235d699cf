#!/bin/sh
# gp in a container, by the bundle that comes with it: it sees the host.
. tests/tap.sh
. tests/live/profile.sh
need_sampling
command -v runc > "$T/null" || skip_all "no runc"
command -v python3 > "$T/null" || skip_all "no python3"

# One process in user space, one that is mostly in the kernel.
"$FIX/calls" 600 > "$T/truth" & load=$!
dd if=/dev/zero of=/dev/null bs=64k 2> "$T/null" & kernel_load=$!
on_exit='kill $load $kernel_load; wait 2> /dev/null; runc delete -f $name > /dev/null 2>&1'
name=gp-test-$$

# A root that has what this machine has, and gp in /gp; the host's folders are ours.
mkdir -p "$T/bundle/rootfs" "$T/host/etc" "$T/host/state" "$T/host/cache" "$T/host/run"
printf '[run]\nduration = 2s\n[upload]\ndir = /var/lib/gp/profiles\nspool = /var/lib/gp/spool\n' \
    > "$T/host/etc/gp.conf"
( cd "$T/bundle/rootfs" && mkdir -p proc dev sys etc/gp var/lib/gp var/cache/gp run/gp \
    var/tmp gp usr bin lib lib64 sbin )
python3 - scripts/oci/config.json "$T" "$BIN" <<'EOT'
import json, os, sys
path, t, gp = sys.argv[1:]
c = json.load(open(path))
ours = {"/etc/gp": "etc", "/var/lib/gp": "state", "/var/cache/gp": "cache", "/run/gp": "run"}
for m in c["mounts"]:
    if m["destination"] in ours:
        m["source"] = t + "/host/" + ours[m["destination"]]
for d in ["usr", "bin", "lib", "lib64", "sbin"]:
    if os.path.isdir("/" + d):
        c["mounts"].append({"destination": "/" + d, "type": "bind", "source": os.path.realpath("/" + d),
                            "options": ["rbind", "ro"]})
c["mounts"].append({"destination": "/gp", "type": "bind", "source": gp, "options": ["bind", "ro"]})
c["process"]["args"] = ["/gp/gp-run"]
json.dump(c, open(t + "/bundle/config.json", "w"))
EOT
cycle() { runc run --no-pivot -b "$T/bundle" "$name" < "$T/null"; }
_s=0
cycle > "$T/out" 2> "$T/err" || _s=$?
# What is runc's own trouble says nothing of the bundle.
grep -qE 'runc (run|create) failed|level=error.*(cgroup|mount)' "$T/err" &&
    skip_all "runc cannot run a container here: $(tail -n 1 "$T/err")"
note "$(cat "$T/err")"
like "a cycle in the container: the status" "$_s" '^[01]$'
is "one profile is stored on the host" \
    "$(find "$T/host/state/profiles" -name '*.folded.gz' | wc -l)" 1
find "$T/host/state/profiles" -name '*.gz' -exec zcat {} + > "$T/o"
like "it names a process of the host" "$(cat "$T/o")" '^calls;.*main;outer;middle;inner'
like "and the kernel" "$(cat "$T/o")" ';[a-z][a-z0-9_.]*_\[k\]'
like "figures are on the host" "$(cat "$T/host/state/metrics.prom")" \
    '^gp_stage_ends_total.stage="record",outcome="(ok|lossy)". 1$'
is "nothing else is left" "$(ls "$T/host/run"; find "$T/host/state/unsent" "$T/host/state/recording" -type f)" ""
done_testing
