#!/bin/sh
# gp-diff: what a golden file cannot say.
. tests/tap.sh
diff=$BIN/gp-diff

# A function that doubles its share, five runs a side.
for i in 1 2 3 4 5; do
	printf 'app;main;parse %d\napp;main;run %d\n' $((100 + i)) $((900 - i)) \
	    > "$T/base$i"
	printf 'app;main;parse %d\napp;main;run %d\n' $((200 + i)) $((800 - i)) \
	    > "$T/new$i"
done
runs() { # option... - both sides, with options of gp-diff
	(cd "$T" && "$diff" "$@" base? -- new?)
}

# -o
for form in table folded json markdown junit github; do
	option=--$form
	[ $form != table ] || option=--top=30
	want=0
	runs $option --fail-on=5% > "$T/want" 2> "$T/err" || want=$?
	status "--$form into a file ends as without" $want runs $option \
	    --fail-on=5% -o "$T/$form"
	ok "it has what would be printed" cmp -s "$T/want" "$T/$form"
	is "which is something" "$([ -s "$T/$form" ]; echo $?)" 0
	is "and nothing is printed" "$(cat "$T/out")" ""
done
status "--output is the same" 1 runs --fail-on=5% --output="$T/long"
ok "to the byte" cmp -s "$T/long" "$T/table"
is "no other file is left" "$(find "$T" -name '.*')" ""

is "that the gate fails is said, since the table is elsewhere" \
    "$(cat "$T/err")" 'gp-diff: gate failed: 1 of 3 grew beyond the limit'
status "one that cannot decide" 3 "$diff" --fail-on=5% -o "$T/unsure" \
    "$T/base1" -- "$T/new1"
ok "leaves its report too" [ -s "$T/unsure" ]

echo precious > "$T/kept"
printf 'no count here\n' > "$T/words"
status "what is no profile is not compared" 65 "$diff" -o "$T/kept" \
    "$T/words" -- "$T/new1"
is "the file that was there stays" "$(cat "$T/kept")" precious
status "nor is what is not there" 66 "$diff" -o "$T/kept" "$T/missing" -- \
    "$T/new1"
is "and it stays again" "$(cat "$T/kept")" precious
status "wrong options write nothing" 64 runs -o "$T/kept" --fail-on=x
is "it still stays" "$(cat "$T/kept")" precious
status "a folder that is not there" 73 runs -o "$T/no/report"
# shellcheck disable=SC2016 # of the inner shell
status "a full disk" 74 sh -c 'cd "$1" && "$0" base? -- new? > /dev/full' \
    "$diff" "$T"
status "a file that is there is replaced" 1 runs --fail-on=5% -o "$T/kept"
ok "by the whole report" cmp -s "$T/kept" "$T/table"
done_testing
