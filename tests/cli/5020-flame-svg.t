#!/bin/sh
# The image that gp-flame writes with --svg, and flamegraph.pl's options.
. tests/tap.sh
cd "$T" || exit 1
# The image without its style and script, a line a frame.
body() { sed '/<style>/,/<\/style>/d; /^<script>/,$d' out; }
# Whether it is XML, and that only gp's elements are in it.
cat > check.py <<'PY'
import sys, xml.etree.ElementTree as E
root = E.parse(sys.argv[1]).getroot()
names = {e.tag.split('}')[1] for e in root.iter()}
extra = names - set('svg title desc style defs linearGradient stop rect g a '
                    'text script'.split())
scripts = [e for e in root.iter() if e.tag.endswith('script')]
on = [k for e in root.iter() for k in e.attrib if k.lower().startswith('on')]
print(sorted(extra), len(scripts), on)
PY
valid() { # description [file]
	is "$1" "$(python3 "$T/check.py" "${2:-out}" 2>&1)" '[] 1 []'
}

printf 'main;parse;read 30\nmain;parse 10\nmain;write 20\n' > in
status 'an image is written' 0 "$BIN/gp-flame" --svg in
is 'nothing is said' "$(cat err)" ''
valid 'it is XML with one script'
# flamegraph.pl's places: 1180 pixels for 60 samples, rows of 16 from
# height 16 * 4 + 36 + 34, text 3 pixels in.
is 'frames are where flamegraph.pl has them' "$(body | sed -n '/id="frames"/,$p')" \
'<g id="frames">
<g><title>all (60 samples, 100%)</title><rect x="10.0" y="85.0" width="1180.0" height="15.0" fill="#cecb17" rx="2" ry="2"/><text x="13.00" y="95.50">all</text></g>
<g><title>main (60 samples, 100.00%)</title><rect x="10.0" y="69.0" width="1180.0" height="15.0" fill="#de860a" rx="2" ry="2"/><text x="13.00" y="79.50">main</text></g>
<g><title>parse (40 samples, 66.67%)</title><rect x="10.0" y="53.0" width="786.7" height="15.0" fill="#e11008" rx="2" ry="2"/><text x="13.00" y="63.50">parse</text></g>
<g><title>write (20 samples, 33.33%)</title><rect x="796.7" y="53.0" width="393.3" height="15.0" fill="#f92e07" rx="2" ry="2"/><text x="799.67" y="63.50">write</text></g>
<g><title>read (30 samples, 50.00%)</title><rect x="10.0" y="37.0" width="590.0" height="15.0" fill="#d72002" rx="2" ry="2"/><text x="13.00" y="47.50">read</text></g>
</g>'
cp out first
status 'again' 0 "$BIN/gp-flame" --svg in
ok 'the same input gives the same bytes' cmp -s first out

# Options.
svg() { # description option...
	d=$1
	shift
	status "$d" 0 "$BIN/gp-flame" --svg "$@" in
	valid "$d: valid"
}
svg 'an icicle' --inverted --subtitle under
like 'has the root on top, below the subtitle' "$(body)" \
    'all \(60.*y="61.0"'
like 'and its title' "$(body)" '<text id="title"[^>]*>Icicle graph<'
svg 'sizes' --width=620 --height=20 --fontsize=10 --fontwidth=0.5 --fonttype='A"<b>'
like 'width of frames' "$(body)" '>main .*width="600.0" height="19.0"'
like 'size and font of text' "$(cat out)" \
    'font-size="10" font-family="A&quot;&lt;b&gt;" data-char="5"'
svg 'minwidth in pixels' --minwidth=500
is 'leaves out what is narrower' "$(body | grep -c '<g><title>')" 4
svg 'minwidth in percent' --minwidth=60%
is 'leaves out what has less' "$(body | grep -c '<g><title>')" 3
svg 'the height follows what is drawn' --minwidth=60%
like 'three levels' "$(cat out)" 'height="118" viewBox="0 0 1200 118"'
svg 'names for things' --title='A <b> & c' --subtitle="it's" --notes='x--y <z>' \
    --countname=bytes --nametype='Site "1":' --factor=10
like 'title' "$(body)" '<text id="title"[^>]*>A &lt;b&gt; &amp; c<'
like 'subtitle' "$(body)" '<text id="subtitle"[^>]*>it&#39;s<'
like 'notes' "$(body)" '<desc>x--y &lt;z&gt;</desc>'
like 'name type' "$(cat out)" 'data-nametype="Site &quot;1&quot;:"'
like 'counts' "$(body)" '>parse \(400 bytes, 66.67%\)<'
svg 'a larger total' --total=120
like 'makes frames narrower' "$(body)" '>main .*50.00%.*width="590.0"'
status 'a smaller one' 0 "$BIN/gp-flame" --svg --total=6 in
like 'is not used, and that is said' "$(cat err)" 'total is less'
for c in kind module mem io wakeup chain java js perl red green blue aqua \
    yellow purple orange; do
	status "colors $c" 0 "$BIN/gp-flame" --svg --colors=$c in
done
svg 'a flat background' --bgcolors='#12abEF'
like 'is what was asked for' "$(body)" 'stop-color="#12abEF" offset="95%"'
svg 'a search to start with' --search='a"<'
like 'is handed to the script' "$(cat out)" 'data-search="a&quot;&lt;"'
svg 'reversed' --reverse
like 'starts with what was innermost' "$(body | grep 'y="69.0"')" '>read .30'
svg 'a chart' --flamechart
like 'has its own title' "$(body)" '>Flame chart<'

# --cp: colours stay.
printf 'main->rgb(1,2,3)\nnonsense\na->b->rgb(4,5,6)\n' > palette.map
status '--cp' 0 "$BIN/gp-flame" --svg --cp in
like 'uses the colors that there are' "$(body)" '>main .*fill="#010203"'
like 'reports a line that is none' "$(cat err)" 'palette.map:2: .*FLAME_MAP'
like 'keeps them' "$(cat palette.map)" '^a->b->rgb\(4,5,6\)$'
like 'adds the new' "$(cat palette.map)" '^parse->rgb\(225,16,8\)$'
is 'in order' "$(LC_ALL=C sort palette.map)" "$(cat palette.map)"
status '--cp with another palette' 0 "$BIN/gp-flame" --svg --cp --colors=mem in
like 'changes no color that was there' "$(body)" '>parse .*fill="#e11008"'
rm palette.map
mkdir palette.map
status 'a map that is none' 66 "$BIN/gp-flame" --svg --cp in
rmdir palette.map

# --nameattr: links and titles, no markup.
printf 'main\thref=https://x.org/?a=1&b=2\ttitle=T<1>\n' > attr
printf 'parse\thref=javascript:alert(1)\nread\thref=java\001script:x\n' >> attr
printf 'write\tonclick=f()\tg_extra=<b>\nall\thref=./all\ttarget=_blank\n' >> attr
printf 'lonely\n' >> attr
status '--nameattr' 0 "$BIN/gp-flame" --svg --nameattr=attr in
valid 'it is still XML with one script'
like 'a link and a title' "$(body)" \
    '<a href="https://x.org/\?a=1&amp;b=2" target="_top"><title>T&lt;1&gt;</title>'
like 'a relative link' "$(body)" '<a href="./all" target="_blank">'
unlike 'no script in a link' "$(body)" 'href="java'
is 'what is left out is named' "$(grep -c 'attr:[2-5]: .*FLAME_ATTR' err)" 3
status 'attributes that are not there' 66 "$BIN/gp-flame" --svg --nameattr=no in

# Strangers' names.
printf '%s 1\n' '</script><script>alert(1)</script>' ']]>' '<![CDATA[' '&lt;' \
    '"onload="f()' "'" '<a xlink:href="javascript:f()">x</a>' '<!--' '--' \
    "$(printf '\357\277\277\357\277\276\302\205\342\200\256\360\237\224\245')" \
    "$(printf 'bad\377\300utf8')" "$(head -c 100000 /dev/zero | tr '\0' x)" > evil
status 'hostile names' 0 "$BIN/gp-flame" --svg --title '</svg><script>' \
    --notes ']]>' --subtitle '<!--' --search '"/><script>' evil
valid 'are text'
is 'one title each' "$(body | grep -c '^<g><title>')" 14

# The same frames as flamegraph.pl draws, where that is installed; no stack here is
# a part of another, since a frame's own samples are at its other end there.
peer=/usr/share/perl5/Devel/NYTProf/flamegraph.pl
rects() { # file: x, width, fill and title of each frame
	python3 - "$1" <<'PY'
import html, re, sys
text = open(sys.argv[1], encoding='utf-8').read()
for t, x, w, f in sorted(re.findall(
        r'<title>([^<]*)</title>\s*<rect x="([\d.]+)" y="[\d.]+" '
        r'width="([\d.]+)" height="[\d.]+" fill="([^"]+)"', text)):
    if f.startswith('rgb'):
        f = '#%02x%02x%02x' % tuple(map(int, re.findall(r'\d+', f)))
    print(x, w, f, re.sub(r'_\[[kwij]\] \(', ' (', html.unescape(t)))
PY
}
awk 'BEGIN { srand(3); for (i = 0; i < 500; i++) {
	s = "p" int(3 * rand())
	for (k = 0; k < 6; k++)
		s = s ";f" int(5 * rand()) (rand() < .2 ? "_[k]" : "")
	print s, 1 + int(20 * rand()) } }' > many
if [ -e "$peer" ]; then
	for args in '' '--width=500 --minwidth=2 --colors=red' \
	    '--inverted --reverse --colors=io' \
	    '--total=90000 --factor=2.5 --countname=bytes --colors=mem'; do
		# shellcheck disable=SC2086 # arguments are words
		perl "$peer" --hash $args many > peer.svg 2> /dev/null
		# shellcheck disable=SC2086
		"$BIN/gp-flame" --svg --hash $args many > own.svg 2> /dev/null
		rects peer.svg > want
		rects own.svg > got
		ok "as flamegraph.pl ${args:-without options}" \
		    sh -c 'test -s want && cmp -s want got'
		cmp -s want got || note "$(diff want got | head -4)"
	done
else
	skip 'as flamegraph.pl draws it' 'no libdevel-nytprof-perl'
fi

# The policy.
status '--print-csp --svg' 0 "$BIN/gp-flame" --print-csp --svg
python3 - first > want <<'PY'
import base64, hashlib, sys, xml.etree.ElementTree as E
root = E.parse(sys.argv[1]).getroot()
for tag, key in (('script', 'script-src'), ('style', 'style-src')):
    e = next(e for e in root.iter() if e.tag.endswith('}' + tag))
    print("%s 'sha256-%s'" % (key, base64.b64encode(hashlib.sha256(
        e.text.encode()).digest()).decode()))
PY
while IFS= read -r line; do
	ok "allows ${line%% *} by its hash" grep -qF "$line" out
done < want

# An input that is not complete says so in the image.
printf '#gp version=1 kind=named\na;b 2\n' > half
status 'half a stream is drawn, but not a success' 65 "$BIN/gp-flame" --svg half
like 'the image says so' "$(body)" '<text id="incomplete"'
done_testing
