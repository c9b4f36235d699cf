# heartbeat.sh - for tests of gp-heartbeat; sourced after tap.sh.
# shellcheck disable=SC2034 # the variables are for the test
#
#	server_start [CERT KEY]	sets $URL; stops when the test ends
#	command ID JSON		the server's current command
#	server_says ACTION...	what the next requests get
#	beat [option...]	polls, with a gp-run that notes its arguments
#	settled			waits until no worker is at it
#	state ID		"reported completed", as the journal has it
C=$T/control S=$T/state RUNS=$T/runs
mkdir "$C" "$T/bin"
on_exit='server_stop'
server_stop() {
	[ -z "${server_pid-}" ] || kill "$server_pid" 2> /dev/null
	pkill -f -- "--state=$S" && sleep 0.2
}
server_start() {
	python3 tests/fixtures/control_server.py "$C" "$@" 2> "$T/server.err" &
	server_pid=$!
	while [ ! -s "$C/port" ]; do
		kill -0 "$server_pid" 2> /dev/null || {
			echo "Bail out! control_server.py: $(cat "$T/server.err")"
			exit 1
		}
		sleep 0.02
	done
	URL=http://127.0.0.1:$(cat "$C/port")
	unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
	export NO_PROXY='*'
}
# A UUID that ends in a number.
id() { printf '00000000-0000-4000-8000-%012d' "$1"; }
start() { # NUMBER CONFIG
	printf '{"command_id":"%s","profiling_command":{"command_type":"start","combined_config":%s}}\n' \
	    "$(id "$1")" "$2" > "$C/command.new"
	mv "$C/command.new" "$C/command"
}
stop() { # NUMBER
	printf '{"command_id":"%s","profiling_command":{"command_type":"stop","combined_config":{}}}\n' \
	    "$(id "$1")" > "$C/command.new"
	mv "$C/command.new" "$C/command"
}
server_says() { printf '%s\n' "$@" > "$C/script"; }

# A gp-run that notes what it is asked, and takes as long as $T/takes says
# (0: at once; a file $T/go ends one that waits) or ends with $T/status.
cat > "$T/bin/gp-run" <<'EOT'
#!/bin/sh
T=${0%/bin/gp-run}
echo "$*" >> "$T/runs"
ended() { echo "ended early" >> "$T/runs"; exit 0; }
trap ended TERM
if [ -e "$T/waits" ]; then
	: > "$T/running"
	while [ ! -e "$T/go" ]; do sleep 0.05; done
fi
exit "$(cat "$T/status" 2> /dev/null || echo 0)"
EOT
chmod +x "$T/bin/gp-run"
: > "$RUNS"
heartbeat() {
	"$BIN/gp-heartbeat" --server="$URL" --service=shop --hostname=web-7 \
	    --state="$S" --bindir="$T/bin" --timeout=5s "$@"
}
beat() { heartbeat "$@"; }
# Nothing is left to do, and no worker is at it: the lock can be had.
idle() {
	[ ! -e "$S/commands.json" ] || ! jq -e '.commands[] |
	    select(.state == "queued" or .state == "running")' \
	    "$S/commands.json" > /dev/null
}
settled() {
	wait_for idle
	[ ! -e "$S/.worker" ] || flock -w 60 "$S/.worker" true
}
state() {
	jq -r --arg id "$(id "$1")" '.commands[] | select(.id == $id) |
	    .state + (if .failed then " failed" else "" end) +
	    (if .why then ": " + .why else "" end)' "$S/commands.json"
}
# What the server was told of a command.
told() {
	[ ! -e "$C/completed" ] || jq -r --arg id "$(id "$1")" \
	    'select(.command_id == $id) | .status +
	    (if .error_message then ": " + .error_message else "" end)' \
	    "$C/completed"
}
wait_for() { # COMMAND...: until it succeeds, a minute at most
	_tries=0
	until "$@"; do
		_tries=$((_tries + 1))
		[ "$_tries" -lt 600 ] || return 1
		sleep 0.1
	done
}
runs() { wc -l < "$RUNS" | tr -d ' '; }
