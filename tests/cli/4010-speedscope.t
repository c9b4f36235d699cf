#!/bin/sh
# speedscope itself reads what gp-collapse and gp-convert write, and counts the
# same.
# Needs chromium and speedscope: npm install speedscope, anywhere; SPEEDSCOPE is
# the folder with its package (default: npm's global one).
. tests/tap.sh

command -v chromium > /dev/null || skip_all "chromium is not installed"
command -v python3 > /dev/null || skip_all "python3 is not installed"
: "${SPEEDSCOPE:=$(npm root -g 2> /dev/null)/speedscope}"
release=$SPEEDSCOPE/dist/release
[ -e "$release/index.html" ] || skip_all "speedscope is not installed (npm)"

cd tests/golden/gp-collapse || exit 1
"$BIN/gp-collapse" raw.in other.stream foreign.folded crlf.in > "$T/folded"
# Without recursion, self and total mean the same to both.
"$BIN/gp-collapse" --top 1000 "$T/folded" |
    sed -nE 's/^ *([0-9]+) +[0-9.]+% +([0-9]+) +[0-9.]+%  (.*)$/\3\t\1\t\2/p' |
    LC_ALL=C sort > "$T/want"
cd ../../..
ok "the page opens" sh -c "python3 tests/browser/speedscope.py '$release' \
    '$T/folded' > '$T/got'"
ok "there are functions" test -s "$T/got"
is "speedscope has the functions, self and total of --top" \
    "$(diff "$T/want" "$T/got")" ""

# Its own format, as gp-convert writes it; lines are fields there.
cd tests/golden/gp-collapse || exit 1
"$BIN/gp-convert" --to=speedscope raw.in other.stream foreign.folded crlf.in \
    > "$T/json"
cd ../../..
ok "the page opens" sh -c "python3 tests/browser/speedscope.py '$release' \
    '$T/json' > '$T/got'"
is "speedscope reads gp-convert's, and counts the same" \
    "$(diff "$T/want" "$T/got")" ""
done_testing
