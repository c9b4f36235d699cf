# Containers by the names that dockerd, podman and containerd's interface to
# Kubernetes give them, real ones all: from gp-discover to the frames of a profile.
# CRI-O is in no package: it speaks what containerd speaks here; how it names control
# groups is in tests/unit/test_container.c, and both in tests/cli/1010-discover-names.t.
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
    umount "$T"/d/run/netns/* "$T"/d/root 2> /dev/null
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
	${exec-} podman --root "$T/p/root" --runroot "$T/p/run" --tmpdir "$T/p/tmp" \
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
	# It is to have the number that is killed, not a shell before it.
	exec=exec pod system service --time=0 "unix://$T/podman.sock" > /dev/null 2>&1 &
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
	    [.container_name, .pod, .namespace, .image // \"none\"] | join(\" \")" "$T/all.json"; }
	like "containerd: the container, its pod, its name space, its image" "$(called "$container")" \
	    '^nginx web-5d4f shop (gp\.test/image:1|sha256:[0-9a-f]{64})$'
	is "containerd: what holds the pod" "$(called "$sandbox")" "POD web-5d4f shop none"
	pid=$($ctr tasks ls | awk -v id="$container" '$1 == id { print $2 }')
	profiled containerd "$pid" "cri:$T/c/sock" k8s:shop/web-5d4f/nginx
	eval "$stop"
	stop=:
}

# A Python of the machine's, in an image that is a program and some empty folders.
docker() { # METHOD PATH [curl's options]
	_m=$1 _p=$2
	shift 2
	curl -sS -f --unix-socket "$T/docker.sock" -X "$_m" "$@" "http://docker$_p"
}
try_docker() {
	command -v dockerd > /dev/null || { skip "docker" "no dockerd"; return; }
	mkdir -p "$T/d" "$T/i/usr" "$T/i/srv" "$T/i/opt"
	echo '{}' > "$T/d/daemon.json"
	dockerd --config-file "$T/d/daemon.json" --data-root "$T/d/root" --exec-root "$T/d/run" \
	    --pidfile "$T/d/pid" --host "unix://$T/docker.sock" --storage-driver=vfs \
	    --iptables=false --ip6tables=false --bridge=none \
	    --add-runtime "gp=$T/runtime" --default-runtime gp > "$T/d/log" 2>&1 &
	servers="$servers $!" dockerd=$!
	tries=0
	until docker GET /_ping > /dev/null 2>&1; do
		tries=$((tries + 1))
		if ! kill -0 $dockerd 2> /dev/null || [ $tries -ge 300 ]; then
			skip "docker" "it does not start here: $(tail -n 1 "$T/d/log")"
			return
		fi
		sleep 0.1
	done
	# What the machine's Python is made of is shown to it, at the same places.
	python=$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))')
	prefix=$(python3 -c 'import sys; print(sys.prefix)')
	for dir in lib lib64; do
		if [ -L "/$dir" ]; then cp -P "/$dir" "$T/i"; else mkdir -p "$T/i/$dir"; fi
	done
	mkdir -p "$T/i/$prefix"
	echo 'while True: pass' > "$T/d/app.py"
	case $prefix in /usr | /usr/*) prefix=/usr ;; esac
	binds=$(for dir in $(printf '%s\n' /usr /lib /lib64 "$prefix" | sort -u); do
		[ -L "$dir" ] || [ ! -d "$dir" ] || printf '"%s:%s:ro",' "$dir" "$dir"
	done)
	tar -C "$T/i" -cf "$T/d/image.tar" .
	if ! { docker POST '/images/create?fromSrc=-&repo=gp.test/image&tag=1' \
	        --data-binary "@$T/d/image.tar" -H 'Content-Type: application/x-tar' &&
	    docker POST "/containers/create?name=shop-$$" -H 'Content-Type: application/json' -d "{
	        \"Image\": \"gp.test/image:1\", \"Cmd\": [\"$python\", \"/srv/app.py\"], \"WorkingDir\": \"/srv\",
	        \"HostConfig\": {\"NetworkMode\": \"host\", \"Binds\": [$binds \"$T/d/app.py:/srv/app.py:ro\"]}}" &&
	    docker POST "/containers/shop-$$/start"; } > "$T/d/out" 2>&1; then
		skip "docker" "no container can be made here: $(tail -n 1 "$T/d/out") $(tail -n 1 "$T/d/log")"
		return
	fi
	# shellcheck disable=SC2016 # for eval
	stop='docker DELETE "/containers/shop-$$?force=1" > /dev/null'
	docker GET "/containers/shop-$$/json" > "$T/d/json"
	pid=$(jq .State.Pid "$T/d/json") id=$(jq -r .Id "$T/d/json")
	# It is a Python once its libraries are mapped.
	tries=0
	until "$BIN/gp-discover" -p "$pid" --json | grep -q '"app":"python' || [ $tries -ge 100 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	is "docker: gp-discover tells engine, id, name, image and application" \
	    "$("$BIN/gp-discover" -p "$pid" --engine="docker:$T/docker.sock" --json |
	        jq -r '.processes[0] | [.engine, .container, .container_name, .image, .app] | join(" ")')" \
	    "docker $id shop-$$ gp.test/image:1 python: /srv/app.py (/srv/app.py)"
	is "docker: its id is a filter" "$("$BIN/gp-discover" --container="$(echo "$id" | cut -c1-12)" --json |
	    jq -c '[.processes[].pid]')" "[$pid]"
	profiled docker "$pid" "docker:$T/docker.sock" "docker:shop-$$"
	"$BIN/gp-record" -d 1s -F 499 --container="$(echo "$id" | cut -c1-12)" > "$T/raw" 2> "$T/err"
	is "docker: gp-record --container takes it alone" \
	    "$(grep -c '^#process' "$T/raw") $(sed -n 's/^#process pid=\([0-9]*\) .*/\1/p' "$T/raw")" "1 $pid"
	like "docker: without its name it has its id" "$("$BIN/gp-symbolize" -q < "$T/raw" |
	    "$BIN/gp-collapse" --container | cut -d';' -f1 | sort -u)" "^docker:$(echo "$id" | cut -c1-12)\$"
	# A whole cycle, to the columns of gProfiler's file.
	"$BIN/gp-discover" -p "$pid" --program --engine="docker:$T/docker.sock" > "$T/targets"
	"$BIN/gp-record" -d 1s -F 499 --targets="$T/targets" 2> "$T/err" | "$BIN/gp-symbolize" -q |
	    "$BIN/gp-convert" --to=col > "$T/col"
	is "docker: number, container, process and application are columns of a .col" \
	    "$(sed 1d "$T/col" | cut -d';' -f1-4 | sed 's/;python[0-9.]*;/;python;/' | sort -u)" \
	    "1;shop-$$;python;appid: python: /srv/app.py (/srv/app.py)"
	is "docker: the header has the container, and the program as it is in there" \
	    "$(head -n 1 "$T/col" | cut -c2- |
	        jq -c '[.containers[0], (.application_metadata[1] | .exe, .container_image)]')" \
	    "[\"shop-$$\",\"$python\",\"gp.test/image:1\"]"
	eval "$stop"
	stop=:
	kill $dockerd
	wait $dockerd
	is "docker: no process is left" "$(pgrep -f "$T/d/")" ""
}
try_podman
try_containerd
try_docker
done_testing
