# root.sh - a minimal Debian root, made once; sourced after tap.sh.
# shellcheck disable=SC2034 # base is for the test
#
#	debian_root NAME [PACKAGE,PACKAGE...]	sets base, a folder to be copied
debian_root() {
	command -v debootstrap > "$T/null" || skip_all "no debootstrap"
	grep -qx 'ID=debian' /etc/os-release || skip_all "not Debian"
	base=$BUILD/$1
	[ ! -e "$base.done" ] || return 0
	rm -rf "$base"
	mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2> "$T/null" |
	    sed -nE -e 's/^deb +(\[[^]]*\] +)?([^ ]*\/debian)\/? .*/\2/p' \
	    -e 's/^URIs: *([^ ]*\/debian)\/? *$/\1/p' | head -n 1)
	# shellcheck disable=SC2086 # no mirror: debootstrap's own default
	debootstrap --variant=minbase ${2:+--include="$2"} \
	    "$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)" "$base" $mirror \
	    > "$T/log" 2>&1 || skip_all "debootstrap failed: $(tail -n 1 "$T/log")"
	: > "$base.done"
}
