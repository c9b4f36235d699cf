#!/bin/sh
# embed.sh NAME FILE... - write sources of a page as C to standard output.
#
#	static const unsigned char NAME_html[] = { ... };   NAME_css, NAME_js
#	#define NAME_CSS_HASH "..."                         NAME_JS_HASH
#
# Files of one kind are joined in the order given. The hashes go into a
# Content-Security-Policy, so that a browser runs these bytes and no others.
set -eu
name=$1
shift

# The bytes of standard input as an array.
array() {
	echo "static const unsigned char $1[] = {"
	od -An -v -tu1 | sed 's/^ *//; s/  */,/g; s/$/,/'
	echo '};'
}
# The SHA-256 of standard input in base64: the form that a policy takes.
# printf of coreutils, since that of dash knows no \x.
hash_of() {
	hex=$(sha256sum)
	hex=${hex%% *}
	env printf "$(printf %s "$hex" | sed 's/../\\x&/g')" | base64
}
# The files of a kind, joined.
joined() { # suffix file...
	suffix=$1
	shift
	for file; do
		case $file in *."$suffix") cat "$file" ;; esac
	done
}

echo '/* made by embed.sh */'
case "$*" in *.html*) joined html "$@" | array "${name}_html" ;; esac
for kind in css js; do
	joined $kind "$@" | array "${name}_$kind"
	upper=$(echo "${name}_$kind" | tr '[:lower:]' '[:upper:]')
	echo "#define ${upper}_HASH \"$(joined $kind "$@" | hash_of)\""
done
