#!/bin/sh
# gp-heartbeat against a server that does what the real one does.
. tests/tap.sh
. tests/heartbeat.sh
server_start

status "a poll works" 0 beat
is "it says nothing" "$(cat "$T/err" "$T/out")" ""
last() { tail -n 1 "$C/log" | jq -r "$1"; }
is "to the right place" "$(last .path)" /api/metrics/heartbeat
is "from the right host" "$(last '.body.hostname + " " + .body.service_name')" \
    "web-7 shop"
is "without a command so far" "$(last '.body.last_command_id')" null
like "in local time" "$(last '.body.timestamp')" \
    '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}$'
is "nothing was run" "$(runs)" 0

# A single run.
start 1 '{"duration":7,"frequency":49,"pids":[12,34],"continuous":false}'
status "a command comes" 0 beat
settled
is "it is run as it was asked" "$(cat "$RUNS")" "--wait=900s -d 7s -F 49 -p 12,34"
is "and has ended" "$(state 1)" ended
is "the server was not told before it had" "$(told 1)" ""
status "the next poll" 0 beat
is "tells, once it has" "$(told 1)" completed
is "and has told" "$(state 1)" reported
for _ in 1 2 3; do beat; done
settled
is "it is run once, however often it is repeated" "$(runs)" 1
is "and reported once" "$(jq -r .command_id "$C/completed" | sort | uniq -d)" ""
beat
is "what was received and executed is said" "$(last \
    '.body | .received_command_ids[0] + .executed_command_ids[0] + .last_command_id')" \
    "$(id 1)$(id 1)$(id 1)"

# What the server says nothing of.
start 2 '{}'
beat; settled
is "defaults are the server's" "$(tail -n 1 "$RUNS")" "--wait=900s -d 60s -F 11"
start 3 '{"profiler_configs":{"perf":{"mode":"fp","events":["instructions"]}}}'
beat --run=--dir=/srv; settled
is "an event, and arguments of ours" "$(tail -n 1 "$RUNS")" \
    "--dir=/srv --wait=900s -d 60s -F 11 -e instructions"

# What cannot be obeyed is said once, and not run.
: > "$RUNS"
n=10
while IFS='|' read -r config why; do
	start $n "$config"
	beat && beat && beat
	settled
	is "refused: $why" "$(told $n)" "failed: $why"
	n=$((n + 1))
done <<'EOT'
{"duration":0}|duration is not from 1 to 86400 seconds
{"duration":"60"}|duration is not from 1 to 86400 seconds
{"frequency":100000}|frequency is not from 1 to 1000 Hz
{"profiling_mode":"allocation"}|profiling_mode is not cpu
{"pids":[1,"; rm -rf /"]}|pids holds what is no pid
{"pids":7}|pids is no list
{"continuous":"yes"}|continuous is neither true nor false
{"target_hostnames":["web-8"]}|target_hostnames does not name this host
{"profiler_configs":{"perf":"disabled"}}|the system profiler is disabled, and there is no other
{"profiler_configs":{"perf":{"events":["--output=/etc/passwd"]}}}|events holds what is no event
[]|combined_config is not understood
EOT
printf '{"command_id":"%s","profiling_command":{"command_type":"dance"}}\n' \
    "$(id 30)" > "$C/command"
beat && beat && beat
is "an unknown command fails once" "$(told 30)" \
    "failed: command_type is neither start nor stop"
is "none of these was run" "$(runs)" 0

# How a run ends is what is told.
for st in 1:'completed: something is missing from the profile' \
    75:'completed: the profile is not delivered yet' \
    77:'failed: gp-run ended with status 77'; do
	n=$(runs)
	echo "${st%%:*}" > "$T/status"
	start "4${st%%:*}" '{"duration":5}'
	beat; settled; beat
	is "gp-run ends with ${st%%:*}" "$(told "4${st%%:*}")" "${st#*:}"
	is "and was started once" $(($(runs) - n)) 1
done
rm "$T/status"

# A continuous session, a single run in between, and a stop.
: > "$RUNS"
: > "$T/waits"
start 50 '{"duration":10,"continuous":true}'
beat
ok "the session runs" wait_for test -e "$T/running"
rm "$T/running"
start 51 '{"duration":20}'
beat
ok "the single run takes its place" wait_for grep -q -- '-d 20s' "$RUNS"
is "the cycle delivered what it had" "$(sed -n 2p "$RUNS")" "ended early"
rm -f "$T/running"
: > "$T/go"
ok "and the session goes on" wait_for sh -c \
    'tail -n 1 "$1" | grep -q -- "-d 10s"' sh "$RUNS"
rm "$T/go"
beat
is "the single run is reported" "$(told 51)" completed
is "the session is not: it runs" "$(told 50)" ""
rm -f "$T/running"
start 52 '{"duration":11,"continuous":true}'
beat
ok "a newer session takes its place" wait_for grep -q -- '-d 11s' "$RUNS"
wait_for sh -c "[ \"\$(jq -r '.commands[] | select(.id == \"$(id 50)\").state' \
    '$S/commands.json')\" != running ]"
stop 53
beat
settled
beat
is "the old session is reported" "$(told 50)" "completed: replaced by a newer one"
is "the new one, too" "$(told 52)" "completed: stopped"
is "and the stop" "$(told 53)" completed
before=$(runs)
beat; settled
is "nothing runs any more" "$(runs)" "$before"

# A cycle that a server refused, once; a single run does not wait for the next.
echo 69 > "$T/status"
rm -f "$T/running"
start 54 '{"duration":12,"continuous":true}'
beat
ok "another session runs" wait_for test -e "$T/running"
saved() { stat -c '%i %y' "$S/commands.json"; }
before=$(saved)
: > "$T/go"
noted() { [ "$(saved)" != "$before" ]; }
ok "its cycle is refused" wait_for noted
rm "$T/go" "$T/status" "$T/running"
start 55 '{"duration":21}'
beat
ok "a single run comes in the pause" wait_for grep -q -- '-d 21s' "$RUNS"
: > "$T/go"
ok "and the session goes on" wait_for sh -c \
    'tail -n 1 "$1" | grep -q -- "-d 12s"' sh "$RUNS"
rm "$T/go"
stop 56
beat
settled
beat
is "until it is stopped" "$(told 54)" "completed: stopped"
rm "$T/waits"

# Limits of processes.
start 60 '{"profiler_configs":{"perf":"enabled_restricted"}}'
beat; settled; beat
like "a limit of processes" "$(told 60)" \
    '^(completed|failed: [0-9]+ processes, more than the 600 of the limit)$'

# Servers in trouble.
state_of() { jq -r ".$1 // 0" "$S/commands.json"; }
retry() { jq 'del(.not_before)' "$S/commands.json" > "$S/x" &&
    mv "$S/x" "$S/commands.json"; }
requests() { wc -l < "$C/log" | tr -d ' '; }
server_says '503 after=200'
status "a server that cannot: try later" 75 beat
like "it is said" "$(cat "$T/err")" 'HTTP status 503; no further poll for 200 s'
is "once" "$(wc -l < "$T/err" | tr -d ' ')" 1
before=$(requests)
status "until then it is left alone" 0 beat
is "no request is made" "$(requests)" "$before"
is "and nothing said" "$(cat "$T/err")" ""
# The clock was set back: what is to come may be years away.
jq '.not_before += 100000' "$S/commands.json" > "$S/x" && mv "$S/x" "$S/commands.json"
status "a wait beyond any that it makes is none" 0 beat
is "the server is asked" "$(requests)" $((before + 1))
is "and trusted again" "$(state_of failures)" 0
for says in drop hang 'text <html>' 'text {"success":false,"message":"busy"}' \
    'text {"success":true,"command_id":"../../etc","profiling_command":{"command_type":"start"}}' \
    'text []' '500'; do
	server_says "$says"
	status "trouble: $says" 75 beat --timeout=2s
	is "is one line" "$(wc -l < "$T/err" | tr -d ' ')" 1
	retry
done
is "seven failures in a row" "$(state_of failures)" 7
beat
is "one that works ends them" "$(state_of failures)" 0
: > "$RUNS"
# The report arrives, the answer to it does not.
start 70 '{"duration":5}'
beat; settled
server_says ok after-drop drop # libcurl tries twice
status "the answer to a report is lost" 75 beat
retry
beat
is "it is repeated, and taken once" "$(told 70)" completed
is "the run was not" "$(runs)" 1

# Servers that do not take a report: it is repeated, others are sent meanwhile.
n=80
for st in 500 501 404 405 410 403; do
	start $n '{"duration":5}'
	beat; settled
	start $((n + 1)) '{"duration":5}'
	server_says ok "$st" ok
	beat --no-spawn 2> "$T/err" # $n is not taken
	is "$st: it is one line" "$(wc -l < "$T/err" | tr -d ' ')" 1
	like "that names it" "$(cat "$T/err")" "command $(id $n): HTTP status $st;"
	is "is not reported" "$(state $n)" ended
	retry
	heartbeat --work
	server_says ok "$st" ok
	status "again" 75 beat
	is "does not hold up the next" "$(told $((n + 1)))" completed
	is "which is reported" "$(state $((n + 1)))" reported
	retry
	beat
	is "and is taken in the end" "$(told $n)" completed
	n=$((n + 2))
done
start 95 '{"duration":5}'
beat; settled
server_says ok 422
status "a report that is wrong in itself" 0 beat
like "is said" "$(cat "$T/err")" "the report of command $(id 95): HTTP status 422"
is "and not repeated" "$(state 95)" reported
# Away as a whole: it is asked once.
start 96 '{"duration":5}'; beat; settled
jq --arg id "$(id 97)" '.commands += [.commands[-1] | .id = $id]' \
    "$S/commands.json" > "$S/x" && mv "$S/x" "$S/commands.json"
before=$(requests)
server_says ok 503
status "a server that takes none" 75 beat
is "is asked for one" "$(requests)" $((before + 2))
retry
beat
# Many that are not taken, for ever: the others have their turn.
jq --arg id "$(id 98)" '.commands += [range(10; 30) as $i | .commands[-1] |
    .id = $id[:-4] + "10\($i)" | .state = "ended"]' "$S/commands.json" > "$S/x" &&
    mv "$S/x" "$S/commands.json"
before=$(requests)
server_says ok 404 404 404 404 404 404 404 404 404
status "reports that nobody takes" 75 beat
is "are not all tried at once" "$(requests)" $((before + 9))
retry
server_says ok
beat
is "one day they are taken" "$(jq '[.commands[] | select(.state == "ended")] |
    length' "$S/commands.json")" 0

# A journal that cannot be believed.
cp "$S/commands.json" "$T/good.json"
head -c 100 "$T/good.json" > "$S/commands.json"
status "a damaged journal stops everything" 65 beat
like "and says why" "$(cat "$T/err")" 'commands.json: line .*would run again'
cp "$T/good.json" "$S/commands.json"

# The newest thousand.
jq '.commands = [range(1200) | {id: "00000000-0000-4000-9000-\(1e11 + .)",
    kind: "start", state: (if . == 3 then "ended" else "reported" end)}]' \
    "$T/good.json" > "$S/commands.json"
server_says '500'
beat 2> "$T/err"
is "a thousand are kept" "$(jq '.commands | length' "$S/commands.json")" 1000
is "the newest, in order" "$(jq -r '.commands[-1].id, .commands[1].id' \
    "$S/commands.json" | tr '\n' ' ')" \
    "00000000-0000-4000-9000-100000001199 00000000-0000-4000-9000-100000000201 "
is "and what was not reported" "$(jq -r '.commands[0].id' "$S/commands.json")" \
    00000000-0000-4000-9000-100000000003

# Tokens and wrong usage.
printf 's3cret\n' > "$T/token"
chmod 600 "$T/token"
retry
beat --token-file="$T/token"
is "the token is sent" "$(last .authorization)" "Bearer s3cret"
ok "and kept nowhere" sh -c '! grep -rq s3cret "$1"' sh "$S"
status "no server" 64 "$BIN/gp-heartbeat" --service=x --state="$S"
status "no service" 64 "$BIN/gp-heartbeat" --server="$URL" --state="$S"
status "a password in the URL" 64 "$BIN/gp-heartbeat" --service=x \
    --server=http://u:p@h/ --state="$S"
printf '[heartbeat]\nserver = %s\nservice = shop\n' "$URL" > "$T/gp.conf"
status "all of it from gp.conf" 0 "$BIN/gp-heartbeat" --config="$T/gp.conf" \
    --state="$S" --bindir="$T/bin"

# Its figures.
rm -rf "$S"; : > "$RUNS"
metric() { sed -n "s/^$1 //p" "$S/metrics.prom"; }
start 700 '{"duration":7}'
beat; settled; beat
is "polls are counted" "$(metric 'gp_heartbeat_polls_total{outcome="ok"}')" 2
is "commands, too" "$(metric 'gp_heartbeat_commands_total{outcome="completed"}')" 1
is "and what is remembered" "$(metric gp_heartbeat_history_entries)" 1
server_says 500 500
beat 2> "$T/null"
is "a poll that failed" "$(metric 'gp_heartbeat_polls_total{outcome="failed"}')" 1
ok "leaves the last success as it was" test -n "$(metric gp_heartbeat_last_success_timestamp_seconds)"
if command -v promtool > "$T/null"; then
	is "promtool takes them" "$(promtool check metrics < "$S/metrics.prom" 2>&1)" ""
else
	skip "promtool" "no promtool"
fi
done_testing
