#!/bin/sh
# make install and uninstall, in folders of their own.
. tests/tap.sh

inst() { BUILD=$BUILD DESTDIR=$1 PREFIX=$2 scripts/install ${3-}; }
runs() { "$1" -V > "$T/null"; }
listing() { (cd "$1" && find . ! -type d | sort); }

for prefix in /usr /usr/local /opt/gp; do
	d=$T/d$prefix
	mkdir -p "$d$prefix/bin" "$d$prefix/share/doc/gp"
	echo other > "$d$prefix/bin/other"
	listing "$d" > "$T/before"
	ok "installs to $prefix" inst "$d" $prefix
	root=$d$prefix
	for bin in "$BIN"/gp*; do
		ok "$prefix: ${bin##*/} is there and runs" \
		    runs "$root/bin/${bin##*/}"
	done
	is "$prefix: every page" "$(find "$root/share/man" -type f | wc -l)" \
	    "$(ls man/*.[1-9] | wc -l)"
	etc=./etc
	[ $prefix != /opt/gp ] || etc=.$prefix/etc
	is "$prefix: nothing outside but the configuration" "$(cd "$d" &&
	    find . ! -type d | grep -vx "$etc/gp/gp.conf" | grep -v "^\.$prefix/")" ""
	ok "$prefix: which is there" test -s "$d/$etc/gp/gp.conf"
	like "$prefix: the unit runs what is installed" \
	    "$(cat "$root/lib/systemd/system/gp-profile.service")" \
	    "^ExecStart=$prefix/bin/gp-run\$"
	like "$prefix: the cron line finds it" "$(cat "$root/share/doc/gp/cron")" \
	    "^PATH=$prefix/bin:"
	ok "$prefix: completion for each command" \
	    test -e "$root/share/bash-completion/completions/gp-run" -a \
	    -e "$root/share/fish/vendor_completions.d/gp-run.fish"
	listing "$d" > "$T/once"
	ok "$prefix: again is no error" inst "$d" $prefix
	is "$prefix: and the same" "$(listing "$d")" "$(cat "$T/once")"
	is "$prefix: no file writable by others" \
	    "$(find "$d" -type f -perm /022)" ""
	echo '# mine' >> "$d/$etc/gp/gp.conf"
	ok "$prefix: and again" inst "$d" $prefix
	like "$prefix: a changed gp.conf is let alone" "$(cat "$d/$etc/gp/gp.conf")" '^# mine$'
	ok "$prefix: uninstall" inst "$d" $prefix --remove
	is "$prefix: leaves what was there, and that" "$(listing "$d")" \
	    "$({ cat "$T/before"; echo "$etc/gp/gp.conf"; } | sort)"
	cp scripts/conf/gp.conf "$d/$etc/gp/gp.conf"
	ok "$prefix: uninstall with an unchanged one" inst "$d" $prefix --remove
	is "$prefix: leaves what was there" "$(listing "$d")" "$(cat "$T/before")"
	ok "$prefix: uninstall of nothing" inst "$d" $prefix --remove
done
is "nothing is enabled" "$(grep -rl 'systemctl' scripts/install)" ""
status "a relative PREFIX" 64 inst "$T" usr
BUILD=$T/none
status "nothing built" 66 inst "$T/d" /usr
done_testing
