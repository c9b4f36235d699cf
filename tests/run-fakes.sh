# run-fakes.sh - stages for gp-run's tests that do what $FAKE_RECORD,
# $FAKE_SYMBOLIZE, … say: crash, hang, lie. Sourced behind tap.sh.
#
# Every one notes its pid in $T/pids; after a cycle none may be alive.
# gp_run ARGUMENT... runs a cycle of them, in $T alone.
export FAKE_DIR="$T" STATE_DIRECTORY="$T/state"
FAKES=$T/bin
mkdir "$FAKES" "$T/tmp"

# What all can do, then the stage's own work.
fake() { # NAME; its work on stdin
	{
		cat <<-'HEAD'
		#!/bin/sh
		echo $$ >> "$FAKE_DIR/pids"
		name=${0##*/gp-}
		echo "$*" > "$FAKE_DIR/$name.args"
		trouble() {
			case $1 in
			segv) kill -SEGV $$ ;;
			kill) kill -KILL $$ ;;
			stop) kill -STOP $$ ;;
			stubborn) trap '' TERM INT; kill -STOP $$
				while :; do sleep 1; done ;;
			slow) : > "$FAKE_DIR/$name.waits"; exec sleep 1000 ;;
			late) sleep 1 ;;
			oom) exec "$FIX/hog" ;;
			exit*) exit "${1#exit}" ;;
			esac
		}
		HEAD
		cat
	} > "$FAKES/gp-$1"
	chmod +x "$FAKES/gp-$1"
}

cat > "$T/stream" <<'EOT'
#gp version=1 kind=raw tool=fake/1 host=h event=cpu-clock freq=99 cpus=2
#process pid=7 comm=app exe=/bin/app
#module id=3 path=/usr/lib/libc.so.6 pid=7
app-7;$3+10;main 3
app-7;$k+ff80 2
#lost count=1 reason=ring-full
#end lines=2 samples=5 lost=1
EOT

fake discover <<'EOF2'
trouble "$FAKE_DISCOVER"
echo '#process pid=7 decision=profile'
EOF2
fake record <<'EOF2'
case $* in *--targets*) cat > "$FAKE_DIR/targets" ;; esac
case $FAKE_RECORD in
before-*) trouble "${FAKE_RECORD#before-}" ;;
garbage) printf 'what\0is\377this\n'; exit 0 ;;
huge) cat "$FAKE_DIR/stream"; exec yes '#module id=3 path=/x' ;;
much) trap '' INT # a signal must not cost what it has
	head -3 "$FAKE_DIR/stream"
	yes 'app-7;$3+10;main 3' | head -1000
	echo '#end lines=1000 samples=3000 lost=0'; exit 0 ;;
esac
head -3 "$FAKE_DIR/stream"
case $FAKE_RECORD in
wait) trap 'tail -n +4 "$FAKE_DIR/stream"; kill $!; exit 0' INT
	sleep 1000 & : > "$FAKE_DIR/record.waits"; wait; wait ;;
deaf) trap '' INT TERM; : > "$FAKE_DIR/record.waits"
	while :; do sleep 1; done ;;
count-*) echo '#progress samples=5'; trouble "${FAKE_RECORD#count-}" ;;
late-*) sed -n 4p "$FAKE_DIR/stream"; printf 'app-7;main 12'
	trouble "${FAKE_RECORD#late-}" ;;
told-*) # As with --flush: it has 5, has written 3, and then …
	echo '#progress samples=5'; sed -n 4p "$FAKE_DIR/stream"
	case $FAKE_RECORD in *-wait) trouble slow ;; esac
	trouble "${FAKE_RECORD#told-}"
	tail -n +5 "$FAKE_DIR/stream"; exit 0 ;;
*) trouble "$FAKE_RECORD" ;;
esac
tail -n +4 "$FAKE_DIR/stream"
EOF2
fake symbolize <<'EOF2'
case $FAKE_SYMBOLIZE in
look) { ls /proc/self/fd | tr '\n' ' '; echo
	grep -E '^Sig(Blk|Ign)' /proc/self/status
	grep core /proc/self/limits; } > "$FAKE_DIR/look" ;;
garbage) cat > /dev/null; echo nonsense; exit 0 ;;
huge) cat > /dev/null; exec yes 'app-7;main 1' ;;
leave) setsid sleep 1000 & echo $! >> "$FAKE_DIR/pids" ;;
after-*) sed s/kind=raw/kind=named/; trouble "${FAKE_SYMBOLIZE#after-}" ;;
late-*) sed 's/kind=raw/kind=named/;5q'; trouble "${FAKE_SYMBOLIZE#late-}" ;;
*) trouble "$FAKE_SYMBOLIZE" ;;
esac
sed 's/kind=raw/kind=named/;s/\$3+10/malloc/;s/\$k+ff80/schedule_[k]/'
EOF2
fake collapse <<'EOF2'
case $FAKE_COLLAPSE in
drop) sed '4d;/^#end/s/ lines=2 samples=5/ lines=1 samples=2/'; exit ;;
filter) sed '4d;/^#end/s/ lines=2 samples=5\(.*\)/ lines=1 samples=2\1 filtered=3/'
	exit ;;
*) trouble "$FAKE_COLLAPSE" ;;
esac
case " $* " in
*' --meta '*) cat ;;
*) grep -v '^#' | sort ;;
esac
EOF2
fake upload <<'EOF2'
case $* in *--time*) echo "${*##*--time }" | cut -d' ' -f1 >> "$FAKE_DIR/upload.times" ;; esac
case $FAKE_UPLOAD in
spooled) cat > /dev/null; kill -KILL $$ ;;
*) trouble "$FAKE_UPLOAD" ;;
esac
cat > "$FAKE_DIR/uploaded.raw"
cat "$FAKE_DIR/uploaded.raw" >> "$FAKE_DIR/uploaded.all"
grep -v '^#' "$FAKE_DIR/uploaded.raw" | sort >> "$FAKE_DIR/uploaded"
EOF2

_gp_run() { "$BIN/gp-run" --bindir "$FAKES" --lock "$T/lock" \
    --tmpdir "$T/tmp" "$@"; }
_clean() { rm -f "$T/pids" "$T"/uploaded* "$T"/*.args "$T"/*.times "$T"/*.waits; }
gp_run() { _clean; _gp_run --spool "$T/spool" "$@"; }
# With -o, which needs no spool.
gp_run_o() { _clean; _gp_run -o "$T/o" "$@"; }
# In the background; $run is its pid.
gp_run_bg() {
	_clean
	"$BIN/gp-run" --bindir "$FAKES" --lock "$T/lock" --tmpdir "$T/tmp" \
	    --spool "$T/spool" "$@" 2> "$T/bg.err" &
	run=$!
}

# Those of the noted processes that are alive, zombies apart.
alive() {
	while read -r pid; do
		case $(cut -d' ' -f3 "/proc/$pid/stat" 2> "$T/null") in
		''|Z) ;; *) echo "$pid" ;; esac
	done < "$T/pids"
}
# wait_for COMMAND...: until it succeeds; a minute is for ever.
wait_for() {
	_i=0
	until "$@"; do
		_i=$((_i + 1)); [ $_i -lt 1200 ] || return 1; sleep 0.05
	done
}
nobody() { [ -z "$(alive)" ]; }
nothing_left() { # DESCRIPTION
	is "$1: no process is left" "$(alive)" ""
	is "$1: no file is left" "$(ls -A "$T/tmp"; ls "$T/lock" 2> "$T/null")" ""
}
