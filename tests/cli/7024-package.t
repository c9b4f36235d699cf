#!/bin/sh
# What goes into the Debian package, and how gp is to run in containers.
# (tests/package installs it.)
. tests/tap.sh

# The capabilities of every way to run gp are those that gp-run's stages take, and
# one to let gp-record go first.
sed -nE 's/^#define LOOK \((.*)\)$/\1/p; s/^\t\[PLAN_[A-Z]+\] = (.*),$/\1/p' cmd/gp-run/plan.c |
    grep -oE 'CAP\([A-Z_]+\)' | sed 's/CAP(\(.*\))/\1/' | sort -u > "$T/caps"
is "gp-run's stages take six" "$(wc -l < "$T/caps")" 6
echo SYS_NICE >> "$T/caps"
sort -o "$T/caps" "$T/caps"
same() { is "$1: its capabilities" "$(sort -u "$2" | diff - "$T/caps")" ""; }
for unit in gp-profile gp-command; do
	for key in AmbientCapabilities CapabilityBoundingSet; do
		sed -n "s/^$key=//p" scripts/systemd/$unit.service | tr ' ' '\n' |
		    sed 's/^CAP_//' > "$T/c"
		same "$unit.service, $key" "$T/c"
	done
done
sed -n 's/^ *add: \[ *\(.*[A-Z]\) *\]$/\1/p' scripts/kubernetes/gp-daemonset.yaml |
    tr ', ' '\n\n' | grep . > "$T/c"
same "gp-daemonset.yaml" "$T/c"
if command -v jq > "$T/null"; then
	for set in bounding effective permitted; do
		jq -r ".process.capabilities.${set}[]" scripts/oci/config.json |
		    sed 's/^CAP_//' > "$T/c"
		same "config.json, $set" "$T/c"
	done
	is "config.json has the host's pids" "$(jq -r '.linux.namespaces[].type' \
	    scripts/oci/config.json | grep -c pid)" 0
else
	skip "config.json" "no jq"
fi
if command -v ruby > "$T/null"; then
	# shellcheck disable=SC2016 # ruby's
	status "gp-daemonset.yaml is YAML" 0 ruby -ryaml -e '
		docs = YAML.load_stream(File.read(ARGV[0]))
		pod = docs.find { |d| d["kind"] == "DaemonSet" }["spec"]["template"]["spec"]
		mounts = pod["containers"][0]["volumeMounts"].map { |m| m["name"] }
		abort "a mount without a volume" unless
		    mounts.sort == pod["volumes"].map { |v| v["name"] }.sort
		puts docs.find { |d| d["kind"] == "ConfigMap" }["data"]["gp.conf"]
		STDERR.puts pod["containers"][0]["args"]' \
	    scripts/kubernetes/gp-daemonset.yaml
	cp "$T/out" "$T/gp.conf"; cp "$T/err" "$T/loop"
	status "the configuration in it is right" 0 "$BIN/gp-run" --check --config "$T/gp.conf"
	ok "the loop in it is a script" sh -n "$T/loop"
else
	skip "gp-daemonset.yaml" "no ruby"
fi
status "the configuration that is installed is right" 0 "$BIN/gp-run" --check \
    --config scripts/conf/gp.conf
sed 's/^#\([a-z]*\) = /\1 = /' scripts/conf/gp.conf > "$T/gp.conf"
echo team=web > "$T/metadata"
echo '{"application": {"1": {"job": "x"}}}' > "$T/jobs"
sed -i "s|/etc/gp/token|/dev/null|; s|/etc/gp/metadata|$T/metadata|; s|/run/jobs/metadata.json|$T/jobs|" "$T/gp.conf"
status "with what is commented out, too" 0 "$BIN/gp-run" --check --config "$T/gp.conf"

command -v dpkg-deb > "$T/null" && command -v dpkg-shlibdeps > "$T/null" || {
	skip "the Debian package" "no dpkg-dev"
	done_testing
}
# Into a folder of its own.
status "the package is built" 0 env GP_DEB_DIR="$T" BUILD="$BUILD" scripts/build-deb
deb=$(tail -n 1 "$T/out")
dpkg-deb -c "$deb" > "$T/list"
is "no file of it is another user's" "$(awk '$2 != "root/root"' "$T/list")" ""
for f in etc/gp/gp.conf usr/bin/gp-run usr/bin/gp-status usr/lib/sysusers.d/gp.conf \
    usr/lib/tmpfiles.d/gp.conf usr/lib/systemd/system/gp-profile.timer \
    usr/share/doc/gp/monitoring/gp-alerts.yml usr/share/doc/gp/runbooks/GpMemory.md \
    usr/share/doc/gp/kubernetes/gp-daemonset.yaml usr/share/doc/gp/oci/config.json \
    usr/share/man/man5/gp.conf.5.gz; do
	like "it has $f" "$(cat "$T/list")" " \./$f\$"
done
unlike "no unit in it is enabled" "$(cat "$T/list")" '\.wants/'
mkdir "$T/ctrl"
dpkg-deb -e "$deb" "$T/ctrl"
is "gp.conf is a configuration file" "$(cat "$T/ctrl/conffiles")" /etc/gp/gp.conf
like "it depends on what is loaded when needed" "$(cat "$T/ctrl/control")" \
    '^Depends: .*libjansson4.*libcurl4'
for s in postinst prerm postrm; do
	ok "$s is a script that runs" sh -c 'test -x "$1" && sh -n "$1"' sh "$T/ctrl/$s"
	unlike "$s enables and starts nothing" "$(cat "$T/ctrl/$s")" \
	    'systemctl.* (enable|start|restart)'
done
done_testing
