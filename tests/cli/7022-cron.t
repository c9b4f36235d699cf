#!/bin/sh
# The cron line does what cron would do with it.
. tests/tap.sh
. tests/run-fakes.sh

BUILD=$BUILD DESTDIR='' PREFIX=$T/p scripts/install
tab=$T/p/share/doc/gp/cron
is "one line that is a job" "$(grep -cE '^[*0-9]' "$tab")" 1
is "no % that cron would make a newline of" "$(grep -v '^#' "$tab" | grep %)" ""
job=$(grep -E '^[*0-9]' "$tab")
is "every minute, as root" "$(echo "$job" | cut -d' ' -f1-6)" "* * * * * root"
cmd=$(echo "$job" | cut -d' ' -f7-)
shell=$(sed -n 's/^SHELL=//p' "$tab") path=$(sed -n 's/^PATH=//p' "$tab")

# The stages beside the installed gp-run are fakes, and state is ours.
for s in discover record symbolize collapse upload; do
	cp "$FAKES/gp-$s" "$T/p/bin/"
done
cron() {
	env -i FAKE_DIR="$T" RUNTIME_DIRECTORY="$T" STATE_DIRECTORY="$T/state" GP_CONFIG="$T/p/etc/gp/gp.conf" TMPDIR="$T/tmp" HOME=/ \
	    PATH="$path" "$@" "$shell" -c "$cmd"
}
status "it works in cron's environment" 0 cron
is "silent, or cron would send mail" "$(cat "$T/out" "$T/err")" ""
is "it delivers" "$(wc -l < "$T/uploaded")" 2
like "what the installed configuration asks for" "$(cat "$T/record.args")" '-d 50s'
status "trouble is said" 1 cron FAKE_SYMBOLIZE=segv
like "in a mail" "$(cat "$T/err")" RUN_STAGE
done_testing
