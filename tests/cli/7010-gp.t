#!/bin/sh
# gp: the front door.
. tests/tap.sh

status "gp alone explains the suite" 0 "$BIN/gp"
ok "in one screen" test "$(wc -l < "$T/out")" -le 24
is "of 80 columns" "$(grep -E '.{81}' "$T/out")" ""
like "with a pipeline" "$(cat "$T/out")" 'record.*\| gp symbolize \| gp collapse'
cp "$T/out" "$T/screen"
status "gp -h is the same" 0 "$BIN/gp" -h
ok "to the byte" cmp -s "$T/out" "$T/screen"
status "gp -V" 0 "$BIN/gp" -V
like "gp -V says the version" "$(cat "$T/out")" '^gp \(gp\) [0-9]'

status "gp record -h is gp-record -h" 0 "$BIN/gp" record -h
is "to the byte too" "$(cat "$T/out")" "$("$BIN/gp-record" -h)"
status "gp hands on the exit status" 64 "$BIN/gp" collapse --no-such-option
status "an unknown command" 64 "$BIN/gp" recrod
like "lists those there are" "$(cat "$T/err")" 'no command recrod.* discover record .* help$'
status "an unknown option" 64 "$BIN/gp" --frequency
status "a path is no command" 64 "$BIN/gp" ../bin/record
like "and is masked" "$("$BIN/gp" "$(printf 'a\033[1mb')" 2>&1)" 'command a\?\[1mb'
full() { "$BIN/gp" > /dev/full; }
status "no room for the screen" 74 full

# Beside itself first, then in PATH.
mkdir "$T/a" "$T/b"
cp "$BIN/gp" "$T/a"
for d in a b; do
	printf '#!/bin/sh\necho "%s $0 $*"\n' "$d" > "$T/$d/gp-mine"
	chmod +x "$T/$d/gp-mine"
done
is "a command beside gp comes first" \
    "$(PATH=$T/b:$PATH "$T/a/gp" mine 1 2)" "a $T/a/gp-mine 1 2"
rm "$T/a/gp-mine"
is "then one in PATH" "$(PATH=$T/b:$PATH "$T/a/gp" mine '3 4')" "b $T/b/gp-mine 3 4"
status "one of the suite that is not installed" 69 env PATH=/nowhere "$T/a/gp" flame
like "it says so" "$(cat "$T/err")" 'gp-flame is neither beside gp nor in PATH'

# help: man if it works, else -h.
printf '#!/bin/sh\necho "page $*"\n' > "$T/b/man"
chmod +x "$T/b/man"
is "gp help record opens the manual" "$(PATH=$T/b:$PATH "$BIN/gp" help record)" \
    "page gp-record"
printf '#!/bin/sh\necho none >&2; exit 16\n' > "$T/b/man"
is "without a page it prints -h" "$(PATH=$T/b:$PATH "$BIN/gp" help record 2>&1)" \
    "$("$BIN/gp-record" -h)"
is "gp help without a page is gp" "$(PATH=$T/b:$PATH "$BIN/gp" help 2>&1)" \
    "$(cat "$T/screen")"
PATH=$T/b:$PATH status "gp help of nothing known" 64 "$BIN/gp" help nonesuch
done_testing
