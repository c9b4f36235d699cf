#!/bin/sh
# gp.conf(5), as gp-run reads it, checks it, and hands it on.
. tests/tap.sh
. tests/run-fakes.sh

# conf LINE...: write a file.
conf() { printf '%s\n' "$@" > "$T/gp.conf"; chmod 644 "$T/gp.conf"; }

conf '# every minute' '[run]' 'duration = 1s' 'frequency = 49' "spool = $T/spool" \
    'pass = record:--per-thread'
run_conf() { _clean; _gp_run --config "$T/gp.conf" "$@"; }
status "a cycle by the file" 0 run_conf
is "its options reach gp-record" "$(cat "$T/record.args")" "-d 1s -F 49 --flush 15s --per-thread"
like "and gp-upload" "$(cat "$T/upload.args")" "^--spool $T/spool "
status "the command line" 0 run_conf -d 2s --pass record:--idle
is "wins, and adds to lists" "$(cat "$T/record.args")" \
    "-d 2s -F 49 --flush 15s --per-thread --idle"
status "-o on the command line" 0 run_conf -o "$T/o"
is "wins over where the file sends profiles" "$(wc -l < "$T/o")" 2
conf '[run]' 'duration = 1s' "output = $T/o" "state = $T/x"
status "but in one place they contradict each other" 64 run_conf

# Sections of stages.
conf '[run]' 'duration = 1s' '[collapse]' 'annotate = none' '[upload]' "dir = $T/d"
status "sections for stages" 0 run_conf
is "a stage that has one gets the file" "$(cat "$T/collapse.args")" \
    "--config $T/gp.conf --meta"
like "gp-upload too" "$(cat "$T/upload.args")" "^--config $T/gp.conf --time "
is "others do not" "$(cat "$T/record.args")" "-d 1s --flush 15s"
GP_CONFIG=$T/gp.conf status "by GP_CONFIG" 0 gp_run
is "the same" "$(cat "$T/collapse.args")" "--config $T/gp.conf --meta"

# --check, with the real stages.
check() { "$BIN/gp-run" --check --config "$T/gp.conf" --state "$T/none" "$@"; }
conf '[run]' 'duration = 50s' 'discover = yes' '[discover]' 'min-age = 10s' \
    '[record]' 'frequency = 49' '[symbolize]' 'no-demangle = yes' \
    '[collapse]' 'annotate = none' '[upload]' "dir = $T/d"
status "--check of a good file" 0 check
is "says nothing" "$(cat "$T/out" "$T/err")" ""
ok "and does nothing" test ! -e "$T/none" -a ! -e "$T/d"

# LINE-NUMBER SECTION LINE SAYS
while IFS='|' read -r section line says; do
	conf '# a comment' "[$section]" "$line"
	status "--check: $line in [$section]" 78 check --discover
	like "names file, line and key" "$(cat "$T/err")" \
	    "^gp-$section: $T/gp.conf:3: $says\$"
done <<'EOT'
run|duration = long|duration = long: not a duration such as 500ms, 10s or 5m
run|pass = walk:x|pass = walk:x: a stage is discover, record, symbolize, collapse or upload
run|durations = 50s|durations = 50s: there is no such option
run|discover = 1|discover = 1: not yes or no
run|memory|memory: is not "key = value"
run|dir = "/x"|dir = "/x": a value is not quoted
record|frequency = fast|frequency = fast: not a whole number in range
discover|min-age = x|min-age = x: not a duration such as 500ms, 10s or 5m
symbolize|demangle = yes|demangle = yes: there is no such option
collapse|top = x|top = x: not a whole number in range
upload|max-size = big|max-size = big: not a size such as 64K, 10M or 1G
heartbeat|timeout = soon|timeout = soon: not a duration such as 500ms, 10s or 5m
heartbeat|serves = x|serves = x: there is no such option
EOT
conf '[heartbeat]' 'server = https://profiler.example' 'service = shop'
status "--check of a file that is for gp-heartbeat, too" 0 check
conf '[run]' 'duration = 1s' '[recrod]' 'frequency = 49'
status "a section that there is not" 78 check
like "is named" "$(cat "$T/err")" "^gp-run: $T/gp.conf:3: \[recrod\]: there is no such section\$"
conf '[record]' 'frequency = x' 'period = 7' '[upload]' 'retries = x'
status "several mistakes in several sections" 78 check
is "are all told" "$(grep -c "$T/gp.conf:[235]: " "$T/err")" 3
conf '[run]' 'duration = 1s'
status "--check of the command line" 64 check --pass collapse:--no-such-option
conf '[run]' 'duration = x'
status "a cycle with a wrong file" 78 run_conf
ok "does not begin" test ! -e "$T/record.args"
status "a file that is not there" 66 "$BIN/gp-run" --check --config "$T/no.conf"
like "is named" "$(cat "$T/err")" "^gp-run: $T/no.conf: No such file"
conf '[run]'; chmod 666 "$T/gp.conf"
status "a file that anybody may write" 78 check
like "is refused" "$(cat "$T/err")" "^gp-run: $T/gp.conf: any user may change it\$"
GP_CONFIG=$T/none status "the usual file need not exist" 0 gp_run

# What the manual shows is right.
sed -n '/^\[run\]$/,/^\.Ed$/p' man/gp.conf.5 | grep -v '^\.' |
    sed "s|/var/lib|$T|; s|/etc/gp/token|$T/token|" > "$T/gp.conf"
chmod 644 "$T/gp.conf"
: > "$T/token"
ok "the manual has an example" grep -q '^duration' "$T/gp.conf"
status "which is right" 0 check
done_testing
