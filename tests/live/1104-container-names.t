# Containers by the names that podman and containerd's interface to Kubernetes give
# them, real ones both: from gp-discover to the frames of a profile.
. tests/tap.sh
. tests/live/profile.sh
need_sampling
command -v runc > /dev/null || skip_all "no runc"
command -v jq > /dev/null || skip_all "no jq"
command -v curl > /dev/null || skip_all "no curl"

# runc, without limits that a machine may not let its root set.
cat > "$T/runtime" <<'EOT'
#!/bin/sh
b=. prev=
for a; do [ "$prev" != --bundle ] || b=$a; prev=$a; done
case " $* " in *" create "*)
	jq 'del(.process.rlimits, .process.oomScoreAdj)' "$b/config.json" > "$b/new" &&
	    mv "$b/new" "$b/config.json" ;;
esac
exec runc "$@"
EOT
chmod +x "$T/runtime"
# What follows runs in the background, and goes when the test ends.
servers='' stop=:
on_exit='eval "$stop"; [ -z "$servers" ] || kill $servers 2> /dev/null; wait 2> /dev/null
    umount -R "$T"/c/state/*/*/*/rootfs "$T"/c/state/*/*/shm 2> /dev/null; :'
# profiled NAME PID ENGINE FRAME: from the list of processes to folded text.
profiled() {
	"$BIN/gp-discover" -p "$2" --engine="$3" > "$T/targets" 2> "$T/err"
	is "$1: nothing is said" "$(cat "$T/err")" ""
	"$BIN/gp-record" -d 1s -F 499 --targets="$T/targets" 2> "$T/err" |
	    "$BIN/gp-symbolize" | "$BIN/gp-collapse" --container > "$T/folded"
	like "$1: the profile has it" "$(cut -d';' -f1 "$T/folded" | sort -u)" "^$4\$"
}

pod() {
	podman --root "$T/p/root" --runroot "$T/p/run" --tmpdir "$T/p/tmp" \
	    --cgroup-manager=cgroupfs --storage-driver=vfs \
	    --events-backend=file --runtime="$T/runtime" "$@"
}
try_podman() {
	command -v podman > /dev/null || { skip "podman" "no podman"; return; }
	mkdir -p "$T/p" "$T/rootfs/proc" "$T/rootfs/sys" "$T/rootfs/dev" \
	    "$T/rootfs/tmp" "$T/rootfs/run" "$T/rootfs/etc"
	cp "$FIX/calls_static" "$T/rootfs/program"
	if ! pod run -d --name gp-test-$$ --network=host \
	    --rootfs "$T/rootfs" /program 600 > "$T/id" 2> "$T/err"; then
		pod rm -a -f > /dev/null 2>&1
		skip "podman" "it cannot run here: $(tail -n 1 "$T/err")"
		return
	fi
	stop='pod rm -a -f -t 0 > /dev/null 2>&1'
	pid=$(pod inspect -f '{{.State.Pid}}' gp-test-$$)
	pod system service --time=0 "unix://$T/podman.sock" 2> /dev/null &
	servers="$servers $!"
	until [ -S "$T/podman.sock" ]; do sleep 0.05; done
	is "podman: gp-discover tells the name" \
	    "$("$BIN/gp-discover" -p "$pid" --engine="podman:$T/podman.sock" --json |
	        jq -r '.processes[0] | [.engine, .container, .container_name] | join(" ")')" \
	    "podman $(cat "$T/id") gp-test-$$"
	profiled podman "$pid" "podman:$T/podman.sock" "podman:gp-test-$$"
	eval "$stop"
	stop=:
	service=$(pgrep -f "system service.*$T/podman.sock")
	# Those that watched the container end behind it.
	i=0
	until [ "$(pgrep -f "$T/p/root")" = "$service" ] || [ $i -ge 600 ]; do
		i=$((i + 1))
		sleep 0.05
	done
	is "podman: no process is left" "$(pgrep -f "$T/p/root")" "$service"
}

try_containerd() {
	command -v containerd > /dev/null && command -v ctr > /dev/null ||
		{ skip "containerd" "no containerd"; return; }
	mkdir -p "$T/c"
	cat > "$T/c/config.toml" <<-EOT
	version = 2
	root = "$T/c/root"
	state = "$T/c/state"
	[grpc]
	  address = "$T/c/sock"
	[plugins."io.containerd.internal.v1.opt"]
	  path = "$T/c/opt"
	[plugins."io.containerd.grpc.v1.cri"]
	  stream_server_port = "0"
	  sandbox_image = "gp.test/image:1"
	  disable_apparmor = true
	  restrict_oom_score_adj = true
	  disable_hugetlb_controller = true
	  [plugins."io.containerd.grpc.v1.cri".containerd]
	    snapshotter = "native"
	    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
	      runtime_type = "io.containerd.runc.v2"
	      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
	        BinaryName = "$T/runtime"
	EOT
	containerd -c "$T/c/config.toml" > "$T/c/log" 2>&1 &
	servers="$servers $!"
	ctr="ctr -a $T/c/sock -n k8s.io"
	tries=0
	until $ctr version > /dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || { skip "containerd" "it does not start here"; return; }
		sleep 0.1
	done
	python3 tests/fixtures/cri_pod.py --image "$FIX/calls_static" "$T/c/image.tar" gp.test/image:1
	if ! { $ctr images import --snapshotter native "$T/c/image.tar" &&
	    python3 tests/fixtures/cri_pod.py "$T/c/sock" gp.test/image:1 > "$T/c/ids"; } \
	    > "$T/c/out" 2>&1; then
		skip "containerd" "no pod can be made here: $(tail -n 1 "$T/c/out")"
		return
	fi
	# shellcheck disable=SC2016 # for eval
	stop='for t in $($ctr tasks ls -q); do $ctr tasks kill -s 9 "$t"; done > /dev/null 2>&1
	    while [ -n "$($ctr tasks ls | grep RUNNING)" ]; do sleep 0.05; done
	    for t in $($ctr tasks ls -q); do $ctr tasks rm -f "$t"; done > /dev/null 2>&1'
	read -r sandbox container < "$T/c/ids"
	"$BIN/gp-discover" --engine="cri:$T/c/sock" --json > "$T/all.json" 2> "$T/err"
	called() { jq -r ".processes[] | select(.container == \"$1\") |
	    [.container_name, .pod, .namespace] | join(\" \")" "$T/all.json"; }
	is "containerd: the container, its pod and its name space" "$(called "$container")" "nginx web-5d4f shop"
	is "containerd: what holds the pod" "$(called "$sandbox")" "POD web-5d4f shop"
	pid=$($ctr tasks ls | awk -v id="$container" '$1 == id { print $2 }')
	profiled containerd "$pid" "cri:$T/c/sock" k8s:shop/web-5d4f/nginx
	eval "$stop"
	stop=:
}
try_podman
try_containerd
done_testing
