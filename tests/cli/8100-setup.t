#!/bin/sh
# The scripts that set things up say what is missing, and do no more than needed.
. tests/tap.sh

unprivileged() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}
# A copy that anyone may read.
chmod 755 "$T"
mkdir "$T/gp"
cp -r scripts Makefile "$T/gp/"
chmod -R a+rX "$T/gp"

status "quickstart without root ends with 77" 77 \
    unprivileged "$T/gp/scripts/quickstart"
like "and names the capability" "$(cat "$T/err")" 'CAP_BPF'
like "and says what to run" "$(cat "$T/err")" 'sudo scripts/quickstart'
status "run-tests without root ends with 77" 77 \
    unprivileged "$T/gp/scripts/run-tests"
like "and says what can be run" "$(cat "$T/err")" 'make check'
status "quickstart -h" 0 scripts/quickstart -h
status "quickstart with a wrong option" 64 scripts/quickstart --lode
status "install-deps with a wrong purpose" 64 scripts/install-deps everything

# apt-get is not called when nothing is missing, and not without root.
mkdir "$T/fake"
for tool in apt-get apt-cache; do
	printf '#!/bin/sh\necho %s "$@" >> "%s/called"\nexit 1\n' $tool "$T" \
	    > "$T/fake/$tool"
done
printf '#!/bin/sh\necho installed\n' > "$T/fake/dpkg-query"
chmod 755 "$T/fake"/*
PATH=$T/fake:$PATH status "install-deps with nothing missing" 0 \
    scripts/install-deps build
ok "asks nothing of apt" test ! -e "$T/called"
printf '#!/bin/sh\nexit 1\n' > "$T/fake/dpkg-query"
PATH=$T/fake:$PATH status "install-deps without root ends with 77" 77 \
    unprivileged "$T/gp/scripts/install-deps" lint build
like "and says what to run" "$(cat "$T/err")" 'apt-get install'
if [ "$(id -u)" -eq 0 ]; then
	PATH=$T/fake:$PATH status "install-deps where apt fails ends with 69" 69 \
	    scripts/install-deps build
	is "after a second try with new lists" \
	    "$(grep -c '^apt-get.* update' "$T/called")" 1
	had=$([ ! -e /usr/sbin/policy-rc.d ] || cat /usr/sbin/policy-rc.d)
	printf '#!/bin/sh\nsh /usr/sbin/policy-rc.d containerd start\necho $? > "%s/policy"\nexit 1\n' \
	    "$T" > "$T/fake/apt-get"
	PATH=$T/fake:$PATH scripts/install-deps build 2> "$T/err"
	is "no service is started meanwhile" "$(cat "$T/policy")" 101
	is "and then the machine is as it was" \
	    "$([ ! -e /usr/sbin/policy-rc.d ] || cat /usr/sbin/policy-rc.d)" "$had"
else
	skip "install-deps where apt fails" "needs root"
fi
status "the headers include one another in an order" 0 scripts/include-order
done_testing
