# A program in a runc container on a Debian root: its stack, its names, its
# container. The root is made by debootstrap once, into build/.
. tests/tap.sh
. tests/live/profile.sh
need_sampling
command -v runc > /dev/null || skip_all "no runc"
command -v debootstrap > /dev/null || skip_all "no debootstrap"

root=$BUILD/root-container
if [ ! -e "$root.done" ]; then
	rm -rf "$root"
	mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2> /dev/null |
	    sed -nE -e 's/^deb +(\[[^]]*\] +)?([^ ]*\/debian)\/? .*/\2/p' \
	    -e 's/^URIs: *([^ ]*\/debian)\/? *$/\1/p' | head -n 1)
	# shellcheck disable=SC2086 # no mirror: debootstrap's own default
	if debootstrap --variant=minbase bookworm "$root" $mirror \
	    > "$BUILD/debootstrap.log" 2>&1; then
		: > "$root.done"
	else
		skip_all "debootstrap failed: $(tail -n 1 "$BUILD/debootstrap.log")"
	fi
fi
# A name that only the container's root has, and nothing of the host's.
mkdir -p "$root/opt"
cp "$FIX/calls_nofp" "$root/opt/inside"
mkdir "$T/bundle"
( cd "$T/bundle" && runc spec )
python3 - "$T/bundle/config.json" "$root" <<'EOF'
import json, sys
path, root = sys.argv[1:]
c = json.load(open(path))
c["root"] = {"path": root, "readonly": True}
c["process"]["terminal"] = False
c["process"]["args"] = ["/opt/inside", "60"]
json.dump(c, open(path, "w"))
EOF
name=gp-test-$$
on_exit="runc delete -f $name > /dev/null 2>&1"
runc run --no-pivot -b "$T/bundle" $name > "$T/out" 2>&1 < /dev/null & runc=$!
pid=
until [ -n "$pid" ] && grep -q stack "$T/out"; do
	kill -0 $runc 2> /dev/null || break
	pid=$(runc list 2> /dev/null | awk -v n=$name '$1 == n && $2 > 0 { print $2 }')
	sleep 0.1
done
if [ -z "$pid" ]; then
	skip_all "runc cannot run a container here: $(tail -n 1 "$T/out")"
fi
profile -d 2s -p "$pid"
check_sums
check_stack inside "$MAIN" "main;outer;middle;inner"
like "its container is known" "$(cat "$T/raw")" \
    "^#process pid=$pid .*container=$name"
like "its libc is the container's" "$(cat "$T/raw")" \
    '^#module .*path=/opt/inside '
done_testing
