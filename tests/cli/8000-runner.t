#!/bin/sh
# tests/run notices everything that can go wrong with a test.
. tests/tap.sh

mkdir -p "$T/tests/cli" "$T/tests/golden/gp-x" "$T/build/bin" \
    "$T/tests/unit" "$T/build/tests/unit"
cp tests/run tests/run-golden tests/tap.sh "$T/tests/"

# What tests/run says about one shell test with this body.
try() {
	printf '%s\n' '. tests/tap.sh' "$1" > "$T/tests/cli/0000-x.t"
	_s=0
	BUILD=$T/build TEST_TIMEOUT=${limit:-60} \
	    "$T/tests/run" cli > "$T/out" 2>&1 || _s=$?
	last=$(tail -n 1 "$T/out")
}

try 'ok "a" true; ok "b" true; done_testing'
is "what passes is counted" "$_s: $last" "0: 2 passed, 0 failed, 0 skipped"
is "what passes is silent" "$(wc -l < "$T/out")" 2
try 'ok "a" true; is "b" 1 2; done_testing'
is "a failure is counted" "$_s: $last" "1: 1 passed, 1 failed, 0 skipped"
like "a failure is shown" "$(cat "$T/out")" 'want: 2'
try 'ok "a" sh -c "echo \# why not; exit 1"; ok "b" true; done_testing'
like "with what was said before it" "$(cat "$T/out")" 'why not'
try 'note "old"; ok "a" true; note "of both"; ok "b" true; ok "c" false; done_testing'
like "or before those that it is about" "$(cat "$T/out")" 'of both'
unlike "but not what was about others" "$(cat "$T/out")" 'old'
try 'ok "a" true; skip "b" "no such thing"; done_testing'
is "a skip is counted" "$_s: $last" "0: 1 passed, 0 failed, 1 skipped"
like "a skip has its reason" "$(cat "$T/out")" 'no such thing'
try 'skip_all "no such kernel"'
is "a skipped file is one skip" "$_s: $last" "0: 0 passed, 0 failed, 1 skipped"
try 'ok "a" true'
is "no plan is a failure" "$_s: $last" "1: 1 passed, 1 failed, 0 skipped"
try 'done_testing'
is "no test is a failure" "$_s: $last" "1: 0 passed, 1 failed, 0 skipped"
try 'ok "a" true; kill -SEGV $$'
is "dying is a failure" "$_s: $last" "1: 1 passed, 1 failed, 0 skipped"
try 'ok "a" true; echo "1..1"; exit 3'
is "a status alone is a failure" "$_s: $last" \
    "1: 1 passed, 1 failed, 0 skipped"
limit=1
try 'ok "a" true; sleep 60 & sleep 60; done_testing'
limit=60
like "hanging is a failure" "$(cat "$T/out")" 'still ran after 1 s'

printf '#!/bin/sh\ncat; echo note >&2; exit 1\n' > "$T/build/bin/gp-x"
chmod +x "$T/build/bin/gp-x"
echo text > "$T/tests/golden/gp-x/a.in"
echo text > "$T/tests/golden/gp-x/a.out"
golden() {
	_s=0
	BUILD=$T/build "$T/tests/run-golden" "$@" > "$T/out" 2>&1 || _s=$?
}
golden
is "another status and message are failures" "$_s" 1
like "and are shown" "$(cat "$T/out")" '# err: \+note'
golden --rewrite
golden
is "rewritten, they are expected" "$_s: $(head -n 1 "$T/out")" "0: ok 1 - gp-x/a"
rm "$T/build/bin/gp-x"
golden
is "a command that is missing is a failure" "$_s" 1
done_testing
