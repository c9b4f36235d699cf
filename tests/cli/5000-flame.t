#!/bin/sh
# gp-flame from outside: what it writes, when it refuses, what it leaves alone.
. tests/tap.sh
cd "$T" || exit 1

printf 'a;b 2\na;c 1\n' > in
IN=in status 'folded text becomes a page' 0 "$BIN/gp-flame"
is 'nothing is said' "$(cat err)" ''
is 'it starts as HTML does' "$(head -1 out)" '<!DOCTYPE html>'
cp out first
IN=in status 'again' 0 "$BIN/gp-flame"
ok 'the same input gives the same bytes' cmp -s first out
status 'a file as operand' 0 "$BIN/gp-flame" in
ok 'it gives the same page' cmp -s first out
status 'several files add' 0 "$BIN/gp-flame" --dump-frames in in
is 'every count is doubled' "$(cut -f 1-3,5 out | head -2)" \
    "$(printf '0\t0\t6\tall (6 samples, 100%%)\n1\t0\t6\ta (6 samples, 100.00%%)')"

# The policy holds for exactly the script and the style sheet of the page.
hash_between() { # first line, last line
	sed -n "/$1/,/$2/p" first | sed "1s/^.*$1//; \$s/$2.*\$//" |
	    python3 -c 'import sys, hashlib, base64
data = sys.stdin.buffer.read()[:-1]
print(base64.b64encode(hashlib.sha256(data).digest()).decode())'
}
status '--print-csp needs no input' 0 "$BIN/gp-flame" --print-csp
ok 'the style sheet is allowed by its hash' \
    grep -qF "style-src 'sha256-$(hash_between '<style>' '<.style>')'" out
ok 'the script is allowed by its hash' \
    grep -qF "script-src 'sha256-$(hash_between '<script>' '<.script>')'" out
unlike 'nothing unsafe is allowed' "$(cat out)" 'unsafe|https?:|\*'
is 'one policy, first of all that counts' \
    "$(grep -c 'http-equiv="Content-Security-Policy"' first)" 1
unlike 'the page names no other place' "$(cat first)" \
    '(src|href)="?(https?:)?//|@import|url\('
unlike 'no handler stands in an attribute' "$(sed '/^<script>/,$d' first)" \
    '<[^>]* on[a-z]+='

# Names and titles are text, wherever they stand.
printf '%s 1\n' '</script><script>alert(1)//' '<!--<script' '&amp;' \
    '"><img onerror=f()>' > evil
status 'hostile names' 0 "$BIN/gp-flame" --title '</title><script>' \
    --subtitle '<b>' evil
is 'no tag came from a name' \
    "$(grep -o '<[a-z/!][a-z/!-]*' out | sort | uniq -c)" \
    "$(grep -o '<[a-z/!][a-z/!-]*' first | sort | uniq -c)"
unlike 'no raw markup' "$(cat out)" 'onerror=f\(\)>|alert\(1\)//<'

# What only an image has is not taken in silence.
for opt in --width=900 --hash --cp --minwidth=0 --nametype=x --colors=hot \
    --fontsize=9 --total=9 --factor=2 --random --bgcolors=blue --nameattr=x; do
	status "$opt without --svg" 64 "$BIN/gp-flame" "$opt" in
	like 'says what it needs' "$(cat err)" "${opt%%=*}.* needs --svg"
done
for opt in --colors=x --bgcolors=red --order=x --normalize=x --columns=3 \
    --minwidth=x --minwidth=101% --width=0 --width=1e9 --fontsize=nan \
    --height=-1 --factor=inf --total=x; do
	status "$opt is refused" 64 "$BIN/gp-flame" --svg "$opt" in
done
status 'a chart has no base' 64 "$BIN/gp-flame" --flamechart --base=in in
status 'nor two columns' 64 "$BIN/gp-flame" --flamechart --columns=2 in
status 'a base or two columns' 64 "$BIN/gp-flame" --base=in --columns=2 in
status '--hash or --random' 64 "$BIN/gp-flame" --svg --hash --random in

# Two profiles.
printf 'a;b 1\na;d 1\n' > base
status '--base compares' 0 "$BIN/gp-flame" --base base -o diff.html in
ok 'it says so in the page' grep -q '"diff":true,.*"baseSamples":2' diff.html
printf 'a;b 1 2\na;c 0 1\na;d 1 0\n' > two
IN=two status 'two columns are the same' 0 "$BIN/gp-flame"
ok 'the same page' cmp -s out diff.html
status 'several bases add' 0 "$BIN/gp-flame" --base base --base base in
ok 'each was read' grep -q '"baseSamples":4' out
status 'a base that is not there' 66 "$BIN/gp-flame" --base missing in
status 'an empty base is no profile' 65 "$BIN/gp-flame" --base /dev/null in
like 'that is said' "$(cat err)" 'no samples: all is new'
status 'the new side must have samples' 65 "$BIN/gp-flame" --base in /dev/null

# -o
status '-o writes a file' 0 "$BIN/gp-flame" -o page.html in
ok 'with the same bytes' cmp -s first page.html
is 'and nothing else' "$(cat out)$(find . -name '.page.html*')" ''
echo precious > page.html
IN=/dev/null status 'an empty input is refused' 65 "$BIN/gp-flame" -o page.html
like 'it says so' "$(cat err)" '^gp-flame: <stdin> is empty'
is 'the file that was there stays' "$(cat page.html)" precious
printf '#gp version=1 kind=named\n#end lines=0 samples=0 lost=0\n' > none
status 'a stream without samples is refused' 65 "$BIN/gp-flame" -o page.html none
like 'it says so, too' "$(cat err)" 'no samples'
printf 'no count here\n' > words
status 'text that is no profile is refused' 65 "$BIN/gp-flame" words
head -c 100000 /dev/urandom > noise
status 'noise is refused or drawn, but ends' \
    "$("$BIN/gp-flame" noise > n.out 2> n.err; s=$?; [ $s -le 1 ] || s=65; echo $s)" \
    "$BIN/gp-flame" noise
printf '#gp version=1 kind=named\na;b 2\n' > half
status 'half a stream is drawn, but not a success' 65 "$BIN/gp-flame" \
    -o page.html half
like 'it says so, at last' "$(cat err)" 'ends without #end'
ok 'the page says so' grep -q 'ends without #end' page.html
status 'a file that is not there' 66 "$BIN/gp-flame" in missing
is 'nothing is written' "$(cat out)" ''
status 'a folder that is not there' 73 "$BIN/gp-flame" -o no/page.html in
status 'a full disk' 74 sh -c '"$0" in > /dev/full' "$BIN/gp-flame"
status 'a reader that leaves' 0 sh -c '"$0" in | head -1 > /dev/null' \
    "$BIN/gp-flame"

# Sums that JavaScript cannot hold are refused line by line.
printf 'a 9007199254740991\nb 1\nc 18446744073709551615\n' > huge
status 'more than 2^53 samples' 1 "$BIN/gp-flame" --dump-frames huge
is 'what fits is drawn' "$(tail -1 out | cut -f 1-3)" \
    "$(printf '1\t0\t9007199254740991')"
like 'what does not is named' "$(cat err)" 'huge:2: more than 2\^53 .*FLAME_SUM'

printf '#gp version=1 kind=raw host=h\n$1+2 1\n#end lines=1 samples=1 lost=0\n' > raw
status 'a stream without names is drawn' 0 "$BIN/gp-flame" raw
like 'with advice' "$(cat err)" 'gp-symbolize'
done_testing
