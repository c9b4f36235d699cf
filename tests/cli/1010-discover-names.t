# gp-discover --names: what engines call their containers, and engines that are
# slow, broken or lie.
. tests/tap.sh

A=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
B=1b4f0e9851971998e732078544c96b36c3d01cedf7caa332359d6f1d83567014
POD=60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752
P=$T/proc
mkdir -p "$P"
echo '1000.00 2000.00' > "$P/uptime"
process() { # PID CGROUP
	mkdir -p "$P/$1"
	printf '%s (x) S 1 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0\n' "$1" > "$P/$1/stat"
	printf 'Pid:\t%s\nUid:\t0\t0\t0\t0\nNSpid:\t%s\n' "$1" "$1" > "$P/$1/status"
	printf '0::%s\n' "$2" > "$P/$1/cgroup"
	ln -sf "$FIX/waits" "$P/$1/exe"
	: > "$P/$1/maps"
}
process 10 "/docker/$A"
process 11 "/docker/$B"
process 12 "/kubepods/pod7/$POD"
process 13 /user.slice
servers=
on_exit='kill $servers 2> /dev/null'
for kind in docker cri; do
	python3 tests/fixtures/engine.py $kind "$T/$kind" "$T/$kind.says" &
	servers="$servers $!"
done
# Whoever comes before it listens is refused.
while ! [ -S "$T/docker" ] || ! [ -S "$T/cri" ]; do sleep 0.02; done
says() { echo "$2" > "$T/$1.says"; }
d() { "$BIN/gp-discover" --proc="$P" "$@"; }
name() { # PID
	sed -n "s/^#process pid=$1 .* engine=[a-z]* \(\(container_name\|pod\|namespace\)=.*\) cgroup=.*/\1/p" "$T/out" |
	    sed 's/ image=.*//'
}
image() { # PID
	sed -n "s/^#process pid=$1 .* image=\([^ ]*\) cgroup=.*/\1/p" "$T/out"
}

says docker good; says cri good
status "docker" 0 d --engine="docker:$T/docker"
is "says the name, not the alias" "$(name 10)" "container_name=web"
is "the kubelet's containers have labels" "$(name 11)" "container_name=nginx pod=web-5d4f namespace=shop"
is "the image of one, none of an image that cannot be one" "$(image 10)$(image 11)" "web:1.4"
is "what it does not know has none" "$(name 12)$(grep -c 'container_name=' "$T/out")" 2
is "and nothing is said" "$(cat "$T/err")" ""
cp "$T/out" "$T/stream"
status "cri" 0 d --engine="cri:$T/cri"
is "says container, pod and name space" "$(name 10)" "container_name=nginx pod=web-5d4f namespace=shop"
is "and its image" "$(image 10)" "registry.example:5000/nginx@sha256:0a1b"
is "one whose pod is not known has none" "$(name 11)" ""
is "the pod's own container is POD" "$(name 12)" "container_name=POD pod=web-5d4f namespace=shop"
is "and nothing is said" "$(cat "$T/err")" ""
says cri old
status "an older one" 0 d --engine="cri:$T/cri"
is "is asked in its version" "$(name 10)" "container_name=nginx pod=web-5d4f namespace=shop"
says cri good
status "both" 0 d --engine="podman:$T/docker" --engine="cri:$T/cri"
is "who comes first is believed" "$(name 10) $(name 12)" "container_name=web container_name=POD pod=web-5d4f namespace=shop"
status "in JSON" 0 d --engine="cri:$T/cri" --json
is "too" "$(jq -r '.processes[] | select(.pid == 10) | [.container_name, .pod, .namespace, .image] | join(" ")' "$T/out")" \
    "nginx web-5d4f shop registry.example:5000/nginx@sha256:0a1b"
is "null where there is none" "$(jq -r '.processes[] | select(.pid == 13) | .container_name' "$T/out")" null
status "in the table" 0 d --engine="cri:$T/cri" --engine="docker:$T/docker" --table
like "Kubernetes' with the pod" "$(cat "$T/out")" 'docker:shop/web-5d4f/nginx'

# What goes wrong costs the names of that engine, and is said in a line.
for kind in docker cri; do
	for trouble in drop half huge lie slow long "status 5"; do
		[ "$kind $trouble" != "docker long" ] || continue
		says $kind "$trouble"
		status "$kind, $trouble: the list comes all the same" 0 d --engine="$kind:$T/$kind"
		is "$kind, $trouble: complete, without names" \
		    "$(sed 's/ container_name=.*cgroup=/ cgroup=/; s/ age=[^ ]*//; /^#gp/d' "$T/out")" \
		    "$(sed 's/ container_name=.*cgroup=/ cgroup=/; s/ age=[^ ]*//; /^#gp/d' "$T/stream")"
		is "$kind, $trouble: none" "$(grep -c container_name= "$T/out")" 0
		like "$kind, $trouble: said" "$(cat "$T/err")" "^gp-discover: $T/$kind: .*DISCOVER_NAMES"
		is "$kind, $trouble: once" "$(wc -l < "$T/err" | tr -d ' ')" 1
	done
	says $kind odd
	status "$kind: entries of other forms" 0 d --engine="$kind:$T/$kind"
	is "$kind: are left out" "$(name 10)$(name 11)" ""
	says $kind good
done
says docker slow
status "one that is slow" 0 d --engine="docker:$T/docker" --engine="cri:$T/cri"
is "costs the other nothing" "$(name 10)" "container_name=nginx pod=web-5d4f namespace=shop"
status "a socket that is not there" 0 d --engine="docker:$T/none"
like "is said when it was asked for" "$(cat "$T/err")" "$T/none: .*No such file"
: > "$T/file"
status "a file in its place" 0 d --engine="docker:$T/file"
like "likewise" "$(cat "$T/err")" "$T/file: .*is no socket"
says docker good
status "the same twice" 0 d --engine="docker:$T/docker" --engine="docker:$T/docker"
is "is asked once, and good" "$(name 10)" "container_name=web"
rm -r "$P/10" "$P/11" "$P/12"
says docker drop
status "a machine without containers" 0 d --engine="docker:$T/docker"
is "asks nobody" "$(cat "$T/err")" ""
for bad in docker: docker:rel "docker:/$(printf '%0120d' 0)" x:/a /a; do
	status "no engine: $bad" 64 d --engine="$bad"
done

# CRI-O names control groups in its own way, with either driver, and answers as any
# engine of Kubernetes does.
process 20 "/kubepods.slice/kubepods-pod7.slice/crio-$A.scope"
process 21 "/kubepods/pod7/crio-$POD"
process 22 "/system.slice/crio-conmon-$A.scope"
for version in good old; do
	says cri $version
	status "CRI-O, $version" 0 d --engine="cri:$T/cri"
	is "CRI-O, $version: pod, name space and container" "$(name 20)" \
	    "container_name=nginx pod=web-5d4f namespace=shop"
	is "CRI-O, $version: and the pod's own" "$(name 21)" \
	    "container_name=POD pod=web-5d4f namespace=shop"
	is "CRI-O, $version: who it is" "$(sed -n 's/^#process pid=2[01] .* engine=\([a-z]*\) .*/\1/p' "$T/out" | tr '\n' ' ')" \
	    "crio crio "
	is "CRI-O, $version: its monitor is in none" "$(grep -c '^#process pid=22 .* container=' "$T/out")" 0
done

# A proxy of the environment has no business with a socket.
process 10 "/docker/$A"
says docker good
status "a proxy in the environment" 0 env http_proxy=http://127.0.0.1:1/ all_proxy=http://127.0.0.1:1/ \
    "$BIN/gp-discover" --proc="$P" --engine="docker:$T/docker"
is "is not used" "$(name 10)" "container_name=web"
is "gp-collapse shows the names" "$({ sed '$d' "$T/stream" | sed 's/kind=discover/kind=named/'
    printf 'x-10;f 1\nx-11;f 2\nx-13;f 4\n#end lines=3 samples=7 lost=0\n'; } |
    "$BIN/gp-collapse" --container)" "[host];x;f 4
docker:web;x;f 1
k8s:shop/web-5d4f/nginx;x;f 2"
done_testing
