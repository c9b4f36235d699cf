#!/bin/sh
# What every command does the same way; a new one is covered at once.
. tests/tap.sh

for bin in "$BIN"/gp-*; do
	cmd=${bin##*/}
	status "$cmd -h succeeds" 0 "$bin" -h
	like "$cmd -h says usage on stdout" "$(head -n 1 "$T/out")" \
	    "^usage: $cmd \\[options\\]"
	is "$cmd -h says nothing on stderr" "$(cat "$T/err")" ""
	cp "$T/out" "$T/help"
	status "$cmd --help succeeds" 0 "$bin" --help
	ok "$cmd --help is -h" cmp -s "$T/out" "$T/help"
	unlike "$cmd -h fits a terminal" "$(cat "$T/help")" '^.{101}'
	for o in help quiet version verbose; do
		like "$cmd has --$o" "$(cat "$T/help")" "^  -., --$o "
	done

	status "$cmd -V succeeds" 0 "$bin" -V
	like "$cmd -V is one line" "$(cat "$T/out")" \
	    "^$cmd \\(gp\\) [0-9]+\\.[0-9]+\\.[0-9]+$"
	is "$cmd -V is only that" "$(wc -l < "$T/out")" 1

	status "$cmd refuses an unknown option" 64 "$bin" --no-such-option
	is "$cmd says so in one line" "$(cat "$T/err")" \
	    "$cmd: unknown option --no-such-option (try $cmd -h)"
	is "$cmd writes nothing then" "$(cat "$T/out")" ""
	status "$cmd refuses an unknown letter" 64 "$bin" -Z

	# A full disk is found, whatever is written to it.
	_s=0; "$bin" -h > /dev/full 2> "$T/err" < /dev/null || _s=$?
	is "$cmd -h on a full disk exits 74" "$_s" 74
	like "$cmd says why" "$(cat "$T/err")" "^$cmd: .*No space left"
	_s=0; "$bin" -V >&- 2> "$T/err" < /dev/null || _s=$?
	is "$cmd -V without stdout exits 74" "$_s" 74
	_s=0; "$bin" -h > "$T/out" 2>&- < /dev/null || _s=$?
	is "$cmd -h without stderr succeeds" "$_s" 0
	ok "$cmd writes its help to stdout then" cmp -s "$T/out" "$T/help"
done
done_testing
