#!/bin/sh
# The journal of gp-heartbeat: what a worker saves while the server is asked, what
# is no journal, and a server with TLS.
. tests/tap.sh
. tests/heartbeat.sh
server_start

# A poll holds what it has read while the server keeps it waiting. What is saved
# meanwhile counts.
start 1 '{"duration":5}'
beat --no-spawn
asked() { [ "$(wc -l < "$C/log")" -ge "$1" ]; }
server_says hang
beat --no-spawn --timeout=3s 2> "$T/said" & poll=$!
ok "the server keeps a poll waiting" wait_for asked 2
ok "the lock can be had meanwhile" flock -n "$S/.lock" true
jq '.commands[0].state = "running" | .commands[0].why = "a worker wrote this"' \
    "$S/commands.json" > "$S/x" && mv "$S/x" "$S/commands.json"
rc=0
wait $poll || rc=$?
is "it fails" $rc 75
is "what was saved meanwhile is there" "$(state 1)" "running: a worker wrote this"
is "and what the poll had to say" "$(jq .failures "$S/commands.json")" 1
# The same when the server answers in the end, with another command.
jq 'del(.not_before)' "$S/commands.json" > "$S/x" && mv "$S/x" "$S/commands.json"
cp "$S/commands.json" "$T/good.json"
rm "$S/commands.json"
ok "a journal that is gone is an empty one" beat --no-spawn
is "which takes the command anew" "$(state 1)" queued
cp "$T/good.json" "$S/commands.json"

# However it is laid out, it is the same.
start 2 '{"duration":5}'
beat --no-spawn
jq . "$S/commands.json" > "$S/x" && mv "$S/x" "$S/commands.json"
start 3 '{"duration":5,"pids":[1,2]}'
beat --no-spawn
is "a journal of many lines" "$(jq -r '.commands[].state' "$S/commands.json" |
    tr '\n' ' ')" "running queued queued "
is "its texts are kept" "$(jq -r '.commands[] | .why // .pids // "-"' \
    "$S/commands.json" | tr '\n' '|')" "a worker wrote this|-|1,2|"
printf '{"version":1,"commands":[{"id":"%s","kind":"stop","state":"reported","why":"\\"]}{[\\\\"}]}' \
    "$(id 3)" > "$S/commands.json"
start 4 '{"duration":5}'
beat --no-spawn
is "texts may hold what JSON is made of" "$(jq '.commands[0].why' "$S/commands.json")" \
    '"\"]}{[\\"'

# What is no journal stops it, and stays as it is.
good='{"id":"a","kind":"stop","state":"reported"}'
while IFS= read -r text; do
	printf '%s' "$text" > "$S/commands.json"
	status "no journal: $text" 65 beat --no-spawn
	is "is left alone" "$(cat "$S/commands.json")" "$text"
done << EOT

{}
[]
{"version":2,"commands":[]}
{"version":1,"commands":{}}
{"version":1,"commands":[0]}
{"version":1,"commands":[[$good]]}
{"version":1,"commands":[$good,]}
{"version":1,"commands":[$good $good]}
{"version":1,"commands":[$good}
{"version":1,"commands":[$good]}}
{"version":1,"commands":[$good
{"version":1,"commands":[],"commands":[$good]}
{"version":1,"commands":[],"more":[$good]}
{"version":1,"commands":[0],"more":[$good]}
{"version":1,"commands":[{"id":"a","id":"b","kind":"stop","state":"reported"}]}
{"version":1,"commands":[{"id":"","kind":"stop","state":"reported"}]}
{"version":1,"commands":[{"id":"a","kind":"stop","state":"lost"}]}
{"version":1,"commands":[{"id":"a","kind":"stop","state":"reported","runs":-1}]}
EOT
rm "$S/commands.json"

# TLS: the certificate counts.
if command -v openssl > "$T/null"; then
	for name in own other; do
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
		    -nodes -keyout "$T/$name.key" -out "$T/$name.pem" -days 2 \
		    -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
		    2> "$T/openssl" || { cat "$T/openssl" >&2; exit 1; }
	done
	server_stop
	rm -f "$C/port"
	server_start "$T/own.pem" "$T/own.key"
	URL=https${URL#http}
	status "a server that is trusted" 0 beat --no-spawn --ca-file="$T/own.pem"
	is "gives its command" "$(state 4)" queued
	lines=$(wc -l < "$C/log")
	status "one that is not" 75 beat --no-spawn --ca-file="$T/other.pem"
	like "is said to be none" "$(cat "$T/err")" certificate
	is "it is sent nothing" "$(wc -l < "$C/log")" "$lines"
else
	skip "TLS" "no openssl"
fi
done_testing
