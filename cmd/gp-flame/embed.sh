#!/bin/sh
# embed.sh HTML CSS JS... - write the page's sources as C to standard output.
#
# The scripts are joined in the order given. Their hash and the style sheet's go
# into the page's Content-Security-Policy, so that a browser runs these bytes and
# no others.
set -eu
html=$1 css=$2
shift 2

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

echo '/* made by embed.sh */'
array page_html < "$html"
array page_css < "$css"
cat "$@" | array page_js
echo "#define PAGE_CSS_HASH \"$(hash_of < "$css")\""
echo "#define PAGE_JS_HASH \"$(cat "$@" | hash_of)\""
