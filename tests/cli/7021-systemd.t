#!/bin/sh
# The systemd units, as installed.
. tests/tap.sh
command -v systemd-analyze > "$T/null" || skip_all "no systemd-analyze"

BUILD=$BUILD DESTDIR='' PREFIX=$T/p scripts/install
u=$T/p/lib/systemd/system
for unit in scripts/systemd/*; do
	unit=${unit##*/}
	status "$unit is correct" 0 systemd-analyze verify --man=no "$u/$unit"
	is "$unit: not a warning" "$(cat "$T/out" "$T/err")" ""
done
# 0 is best, 10 worst; up to 4.9 systemd calls it OK. What is left: capabilities
# to sample and read, the network for gp-upload.
status "the service is confined: exposure at most 3.5" 0 systemd-analyze \
    security --no-pager --offline=true --threshold=35 "$u/gp-profile.service"
status "so is what the server asks for" 0 systemd-analyze \
    security --no-pager --offline=true --threshold=35 "$u/gp-command.service"
status "a poll has no privilege: exposure at most 2" 0 systemd-analyze \
    security --no-pager --offline=true --threshold=20 "$u/gp-heartbeat.service"
for option in $(sed -n 's/^ExecStart=[^ ]* //p' "$u/gp-command.service" \
    "$u/gp-heartbeat.service" | grep -oE -- '(^| )--[a-z-]+'); do
	like "gp-heartbeat has $option" "$("$BIN/gp-heartbeat" -h)" \
	    "(^|[ ,])${option}[=, ]"
done
# What may record may do the same, whoever asks for it: systemd cannot include one
# file in another.
rights() { sed -n '/^# A user of its own/,$p' "$1"; }
ok "there is something to compare" [ "$(rights "$u/gp-profile.service" | wc -l)" -gt 40 ]
is "what records for the server may do what the timer's may" \
    "$(rights "$u/gp-command.service")" "$(rights "$u/gp-profile.service")"
# One user and folder for both, so that what one writes down the other runs.
for key in User DynamicUser StateDirectory; do
	is "$key is the same" \
	    "$(sed -n "s/^$key=//p" "$u/gp-command.service")" \
	    "$(sed -n "s/^$key=//p" "$u/gp-heartbeat.service")"
done
# A worker that ends at once, while there is work, is started again by the path: not
# without a pause, and without a limit, which would stop the path.
is "the worker has no start limit" "$(sed -n '/^\[Unit\]/,/^\[/s/^StartLimitIntervalSec=//p' \
    "$u/gp-command.service")" 0
is "the path waits for what the pause looks at" "$(sed -n 's/^PathExists=//p' \
    "$u/gp-command.path")" /var/lib/gp/heartbeat/work
pause=$(sed -n "s|^ExecStopPost=-/bin/sh -c '\(.*\)'\$|\1|p" \
    "$u/gp-command.service" | sed "s|%S|$T/lib|g")
mkdir -p "$T/lib/gp/heartbeat" "$T/fake"
printf '#!/bin/sh\necho "$@" >> %s/slept\n' "$T" > "$T/fake/sleep"
chmod +x "$T/fake/sleep"
: > "$T/slept"
after_end() { PATH=$T/fake:$PATH sh -c "$pause"; }
ok "there is a pause" [ -n "$pause" ]
status "after an end with nothing left" 0 after_end
is "there is none" "$(cat "$T/slept")" ""
: > "$T/lib/gp/heartbeat/work"
status "while something is left" 0 after_end
is "there is one of seconds" "$(cat "$T/slept")" 10
if systemd-analyze calendar minutely > "$T/null" 2>&1; then
	like "the timer is for every minute" "$(systemd-analyze calendar \
	    "$(sed -n 's/^OnCalendar=//p' "$u/gp-profile.timer")")" \
	    'Normalized form: \*-\*-\* \*:\*:00'
fi
has() { like "$1" "$(cat "$u/gp-profile.service")" "^$1\$"; }
has LimitCORE=0
has IgnoreSIGPIPE=no
has KillMode=mixed
has 'MemoryMax=[0-9]+M'
has NoNewPrivileges=yes
# These would break it: see the unit.
unlike "nothing hides /proc" "$(cat "$u/gp-profile.service")" \
    '^(ProtectKernelTunables=yes|ProtectKernelLogs=yes|ProcSubset=pid|PrivateUsers=yes|ProtectProc=)'
# One user for all, whom sysusers.d makes; folders as tmpfiles.d makes them.
for unit in gp-profile gp-command gp-heartbeat; do
	is "$unit: its user" "$(sed -n 's/^User=//p' "$u/$unit.service")" \
	    "$(awk '$1 == "u" { print $2 }' scripts/conf/sysusers.conf)"
	is "$unit: the mode of the state" \
	    "$(sed -n 's/^StateDirectoryMode=//p' "$u/$unit.service")" \
	    "$(awk '$2 == "/var/lib/gp" { print $3 }' scripts/conf/tmpfiles.conf)"
done
if command -v systemd-sysusers > "$T/null" && [ "$(id -u)" -eq 0 ]; then
	mkdir -p "$T/r/etc" "$T/r/usr/lib"
	cp -r "$T/p/lib/sysusers.d" "$T/p/lib/tmpfiles.d" "$T/r/usr/lib"
	status "sysusers.d makes the user" 0 systemd-sysusers --root="$T/r" gp.conf
	like "without a shell" "$(cat "$T/r/etc/passwd")" \
	    '^gp:x:[0-9]+:[0-9]+:gp profiler:/var/lib/gp:/usr/sbin/nologin$'
	status "tmpfiles.d makes the folders" 0 systemd-tmpfiles --root="$T/r" --create gp.conf
	is "which are the user's" "$(stat -c '%a %u' "$T/r/var/lib/gp")" \
	    "751 $(sed -n 's/^gp:x:\([0-9]*\):.*/\1/p' "$T/r/etc/passwd")"
else
	skip "sysusers.d" "no systemd-sysusers, or not root"
fi
done_testing
