#!/bin/sh
# Shell completion, in each shell that is here.
. tests/tap.sh
PATH=$BIN:$PATH

# complete WORD...: what bash offers for the last word, as one line.
cat > "$T/try" <<'EOT'
. scripts/completions/gp.bash
compopt() { :; }
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
$(complete -p "${1##*/}" | sed -n 's/.*-F \([^ ]*\).*/\1/p')
echo "${COMPREPLY[@]}"
EOT
bash_try() { bash "$T/try" "$@"; }
if command -v bash > "$T/null"; then
	like "bash: gp offers its commands" "$(bash_try gp '')" 'discover record .*help'
	is "bash: the one that begins so" "$(bash_try gp rec)" record
	is "bash: options of a command" "$(bash_try gp-record --freq)" --frequency=
	is "bash: behind gp too" "$(bash_try gp record --freq)" --frequency=
	mkdir "$T/dir"; : > "$T/file"
	is "bash: a folder" "$(bash_try gp-run --dir = "$T/d")" "$T/dir"
	is "bash: a file" "$(bash_try gp-run -o "$T/fi")" "$T/file"
	like "bash: a pid" "$(bash_try gp-record -p $$)" "(^| )$$( |\$)"
	is "bash: a number cannot be guessed" "$(bash_try gp-record -F '')" ""
	is "bash: gp help" "$(bash_try gp help coll)" collapse
	for bin in "$BIN"/gp-*; do
		cmd=${bin##*/}
		is "bash: all options of $cmd" \
		    "$(bash_try "$cmd" -- | tr -d = | tr ' ' '\n' | sort)" \
		    "$("$bin" -h | sed -nE 's/^  (-., |    )(--[a-z0-9-]+).*/\2/p' | sort)"
	done
else
	skip "bash completion" "no bash"
fi

if command -v fish > "$T/null"; then
	fish_try() { HOME=$T fish -N -c "source scripts/completions/gp.fish
	    complete -C'$1'" 2> "$T/err" | cut -f1 | tr '\n' ' '; }
	like "fish: gp offers its commands" "$(fish_try 'gp ')" '(^| )symbolize '
	is "fish: options of a command" "$(fish_try 'gp-record --freq')" "--frequency= "
	is "fish: behind gp too" "$(fish_try 'gp record --freq')" "--frequency= "
else
	skip "fish completion" "no fish"
fi

if command -v zsh > "$T/null"; then
	# What _arguments and _describe would be told. zsh sends SIGCONT to what it waits
	# for, which takes away the SIGSTOP by which LeakSanitizer stops a program at its
	# end: it would wait for ever.
	zsh_try() { ASAN_OPTIONS=detect_leaks=0 zsh -f -c '
	    _arguments() { print -rl -- "$@" }
	    _describe() { print -rl -- ${(P)2} }
	    words=("$@") CURRENT=$#
	    source scripts/completions/_gp "$@"' zsh "$@"; }
	like "zsh: gp offers its commands" "$(zsh_try gp '')" '^record:sample'
	like "zsh: options of a command" "$(zsh_try gp-run --)" \
	    '^--dir=\[.*\]:DIR:_directories'
	like "zsh: behind gp too" "$(zsh_try gp run --)" '^-d\+\[how long.*:DUR'
	like "zsh: flags take nothing" "$(zsh_try gp-run --)" '^--discover\[[^]]*\]$'
	for bin in "$BIN"/gp-*; do
		is "zsh: all options of ${bin##*/}" "$(zsh_try "${bin##*/}" -- |
		    sed -nE 's/^(--[a-z0-9-]+).*/\1/p' | sort)" \
		    "$("$bin" -h | sed -nE 's/^  (-., |    )(--[a-z0-9-]+).*/\2/p' | sort)"
	done
else
	skip "zsh completion" "no zsh"
fi
done_testing
