#!/bin/sh
# A cycle needs no root: the capabilities and system calls that the systemd
# service grants are enough.
. tests/tap.sh
. tests/live/profile.sh
need_sampling
command -v setpriv > "$T/null" || skip_all "no setpriv"
unit=scripts/systemd/gp-profile.service
caps=$(sed -n 's/^AmbientCapabilities=//p' $unit | tr 'A-Z ' 'a-z,' |
    sed 's/cap_/+/g')

# One process in user space, one that is mostly in the kernel.
"$FIX/calls" 600 > "$T/truth" & load=$!
dd if=/dev/zero of=/dev/null bs=64k 2> "$T/null" & kernel_load=$!
on_exit='kill $load $kernel_load; wait 2> /dev/null'
# The test's folder and the commands, where nobody can reach them.
mkdir "$T/nobody" "$T/bin"
chmod 755 "$T" "$T/bin"
cp "$BIN"/gp-* "$T/bin"
chown 65534 "$T/nobody"
confined() {
	setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs \
	    --inh-caps "-all,$caps" --bounding-set "-all,$caps" \
	    --ambient-caps "$caps" env -i PATH="$PATH" HOME="$T/nobody" \
	    XDG_STATE_HOME="$T/nobody" XDG_CACHE_HOME="$T/nobody" \
	    RUNTIME_DIRECTORY="$T/nobody" TMPDIR="$T/nobody" "$@"
}
# Status 1: a busy machine made gp-record lose samples, which is another matter.
cycle() {
	confined "$T/bin/gp-run" -d 2s --dir "$T/nobody/profiles" ||
	    [ $? -eq 1 ]
}
status "a cycle with the service's capabilities" 0 cycle
note "$(cat "$T/err")"
find "$T/nobody/profiles" -name '*.gz' -exec zcat {} + > "$T/o"
like "names what a process of root's does" "$(cat "$T/o")" \
    '^calls;.*main;outer;middle;inner'
like "names the kernel" "$(cat "$T/o")" ';[a-z][a-z0-9_.]*_\[k\]'

# Without them, the message says which.
caps=+syslog
status "without them" 77 confined "$T/bin/gp-run" -d 1s -o "$T/nobody/o"
like "the capability is named" "$(cat "$T/err")" 'CAP_(BPF|PERFMON)'

# System calls, those of the filter against those made.
if command -v strace > "$T/null" && command -v systemd-analyze > "$T/null"; then
	# The service's filter, with the sets in it (and in those) opened.
	systemd-analyze syscall-filter | awk -v want="$(sed -n \
	    's/^SystemCallFilter=//p' $unit)" '
	function open_set(name,   i) {
		if (done[name]++)
			return
		for (i = 1; i <= n[name]; i++)
			add(member[name, i])
	}
	function add(word) {
		if (word ~ /^@/)
			open_set(word)
		else
			print word
	}
	/^@/ { set = $1; next }
	NF && $1 !~ /^#/ { member[set, ++n[set]] = $1 }
	END {
		k = split(want, w, " ")
		for (j = 1; j <= k; j++)
			add(w[j])
	}' | sort -u > "$T/allowed"
	ok "the filter is read" grep -qx bpf "$T/allowed"
	ok "with its sets" grep -qx read "$T/allowed"
	strace -f -qq -o "$T/trace" "$T/bin/gp-run" -d 1s --discover \
	    --dir "$T/profiles" --lock "$T/lock" --tmpdir "$T" --state "$T/state" 2> "$T/err"
	sed -nE 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p' "$T/trace" | sort -u > "$T/made"
	ok "a cycle makes system calls" test "$(wc -l < "$T/made")" -gt 20
	is "all of which the service may make" \
	    "$(comm -13 "$T/allowed" "$T/made")" ""
else
	skip "system calls" "no strace or systemd-analyze"
fi
done_testing
