#!/bin/sh
# The commands that read profiles: options that all have, and that none is untested.
. tests/tap.sh

printf 'a;b 1\nx y\n' > "$T/bad"
run() { # command option...: it reads a profile with a line that is none
	_bin=$BIN/$1
	shift
	case $_bin in
	*-diff) "$_bin" "$@" "$T/bad" -- "$T/bad" ;;
	*-convert) "$_bin" "$@" --to=folded "$T/bad" ;;
	*) "$_bin" "$@" "$T/bad" ;;
	esac
}
# The files in which options of a command stand as somebody would type them.
tests_of() {
	ls tests/golden/"$1"/*.args
	case $1 in
	gp-collapse) ls tests/cli/0010-filters.t tests/cli/40*.t \
	    tests/cli/7004-run-config.t ;;
	gp-flame) ls tests/cli/5[01]*.t tests/browser/flame*.py ;;
	gp-diff) ls tests/cli/0010-filters.t tests/cli/56*.t ;;
	gp-convert) ls tests/cli/0010-filters.t tests/cli/45*.t ;;
	esac
}

for cmd in gp-collapse gp-convert gp-diff gp-flame; do
	status "$cmd says what it cannot read" 1 run $cmd
	cp "$T/out" "$T/want"
	like "and where" "$(cat "$T/err")" "^$cmd: $T/bad:2: .*STREAM_COUNT"
	for quiet in -q --quiet; do
		status "$cmd $quiet does as much" 1 run $cmd $quiet
		is "without a word" "$(cat "$T/err")" ''
		ok "and writes the same" cmp -s "$T/out" "$T/want"
	done
	run $cmd > "$T/out" 2> "$T/said" || :
	for verbose in -v --verbose; do
		status "$cmd $verbose does as much" 1 run $cmd $verbose
		ok "and says more" [ "$(wc -l < "$T/err")" -gt \
		    "$(wc -l < "$T/said")" ]
		ok "and writes the same" cmp -s "$T/out" "$T/want"
	done
	"$BIN/$cmd" -V > "$T/short"
	status "$cmd --version" 0 "$BIN/$cmd" --version
	ok "it is -V" cmp -s "$T/out" "$T/short"

	for output in "-o $T/file" "--output=$T/file"; do
		rm -f "$T/file"
		# shellcheck disable=SC2086 # two words
		status "$cmd ${output%"$T"*} does as much" 1 run $cmd $output
		ok "the file has what would be printed" cmp -s "$T/file" "$T/want"
		is "and nothing is printed" "$(cat "$T/out")" ''
	done

	# shellcheck disable=SC2046 # many files
	cat $(tests_of $cmd) > "$T/tests"
	for option in $("$BIN/$cmd" --help |
	    sed -n 's/^  \(-.,\|   \) --\([a-z-]*\).*/\2/p'); do
		case $option in
		help | quiet | verbose | version | output) continue ;; # above
		esac
		ok "some test is of $cmd --$option" \
		    grep -qE -- "--$option([]=[:space:]\"',)]|\$)" "$T/tests"
	done
done
done_testing
