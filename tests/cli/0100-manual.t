#!/bin/sh
# What a user can type or read is in the manual, and the other way round.
. tests/tap.sh

# The options that -h shows, as "-F --frequency" or "--frequency".
help_options() { # command
	"$BIN/$1" -h | sed -nE 's/^  (-., |    )(--[a-z0-9-]+).*/\1\2/p' |
	    sed 's/^ *//; s/,//' | sort
}
# The options that a page documents: ".It Fl F , Fl Fl frequency ...", in which
# mdoc also has "Fl -frequency".
page_options() { # page
	sed -nE 's/^\.It (Fl (.) , )?Fl (Fl |-)([a-z0-9-]+).*/-\2 --\4/p' "$1" |
	    sed 's/^- //' | sort
}
# The names that .Xr refers to among the suite's own pages.
references() { sed -nE 's/^(\.It )?\.?Xr (gp[a-z-]*) ([157]).*/\2.\3/p' man/*; }

for bin in "$BIN"/gp*; do
	cmd=${bin##*/}
	page=man/$cmd.1
	ok "$cmd has a manual page" test -e "$page"
	# gp itself has its own kind of command line.
	[ "$cmd" != gp ] || continue
	help_options "$cmd" > "$T/help"
	: > "$T/page"
	[ ! -e "$page" ] || page_options "$page" > "$T/page"
	is "$cmd -h and its page list the same options" \
	    "$(diff "$T/help" "$T/page")" ""
	sed "s/^/$cmd /" "$T/help" >> "$T/all"
done
for page in man/*.1; do
	cmd=${page##*/}
	ok "$page belongs to a command" test -x "$BIN/${cmd%.1}"
done

# A letter has one long name, the registered one.
awk 'NF == 3 { print $2, $3 }' "$T/all" | sort -u > "$T/letters"
page_options man/gp-options.7 > "$T/register"
is "letters are used as gp-options(7) registers them" \
    "$(comm -23 "$T/letters" "$T/register")" ""

# diag.def and gp-diag(7).
sed -nE 's/^DIAG\(([A-Z0-9_]+), *([A-Z]+),.*/\1 \2/p' \
    libcommon/base/diag.def | sort > "$T/def"
sed -nE 's/^\.It Dv ([A-Z0-9_]+) Pq ([A-Z]+)$/\1 \2/p' man/gp-diag.7 |
    sort > "$T/page"
is "gp-diag(7) explains every diagnostic, with its level" \
    "$(diff "$T/def" "$T/page")" ""

# Every key that a command writes is in gp-stream(5), and every reason of a loss.
grep -rhoE 'record_put[a-z0-9_]*\([^,]*, "[a-z_]+"' cmd libcommon --include='*.c' |
    sed 's/.*"\(.*\)"/\1/' | sort -u > "$T/keys"
sed -n 's/^\.It Cm //p' man/gp-stream.5 | tr -d ' ' | tr , '\n' |
    sort -u > "$T/page"
is "gp-stream(5) explains every key" "$(comm -23 "$T/keys" "$T/page")" ""

for ref in $(references | sort -u); do
	ok "the page $ref that others refer to exists" test -e "man/$ref"
done

# The README's table of commands, and gp(7)'s list.
sed -nE 's/^\| *\[?`(gp[a-z-]*)`.*/\1/p' README.md | sort > "$T/readme"
ls "$BIN" | sort > "$T/bins"
is "the README lists the commands that there are" \
    "$(diff "$T/bins" "$T/readme")" ""
sed -nE 's/^\.It Xr (gp[a-z-]*) 1$/\1/p' man/gp.7 | sort > "$T/gp7"
is "gp(7) lists the commands that there are" "$(diff "$T/bins" "$T/gp7")" ""
if [ -x "$BIN/gp" ]; then
	"$BIN/gp" > "$T/out"
	for cmd in $(grep -v '^gp$' "$T/bins"); do
		like "gp lists $cmd" "$(cat "$T/out")" "${cmd#gp-}"
	done
fi
done_testing
