# What gp-record tells of the command that it ran, and of what it cannot do.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

rec() { "$BIN/gp-record" -q -o "$T/raw" "$@"; }
status "the command's status" 3 rec -- sh -c 'exit 3'
status "a command that was killed" 137 rec -- sh -c 'kill -9 $$'
status "a command that is not there" 127 rec -- "$T/nowhere"
status "a command that is none" 126 rec -- "$T"
status "a command and -p" 64 rec -p 1 -- true
status "an event that is none" 64 rec -e nosuch -d 1s
status "a pid that is none" 64 rec -p 0 -d 1s
status "frequency 0" 64 rec -F 0 -d 1s
status "a duration that is none" 64 rec -d soon
status "a full disk" 74 sh -c '"$BIN/gp-record" -d 100ms > /dev/full'
status "a folder that is not there" 73 "$BIN/gp-record" -d 1s -o "$T/no/file"

"$BIN/gp-record" -- sh -c 'echo to stdout' > "$T/raw" 2> "$T/err"
is "the command does not write into the stream" "$(grep stdout "$T/raw")" ""
is "but on stderr" "$(cat "$T/err")" "to stdout"

# As perf's -a -- sleep 1: all that runs while the command does.
sh -c 'while :; do :; done' & busy=$!
on_exit="kill -9 $busy 2> /dev/null"
status "-a with a command has its status" 4 rec -a -- sh -c 'sleep 0.5; exit 4'
ok "and records others" grep -q "^sh-$busy;" "$T/raw"
rec -- sleep 0.5
is "which no command alone does" "$(grep -c "^sh-$busy;" "$T/raw")" 0
kill -9 $busy
on_exit=:
status "-a and -p" 64 rec -a -p 1

# SIGINT ends it early and cleanly, once it has begun.
rm "$T/raw"
"$BIN/gp-record" -d 100s -o "$T/raw" & pid=$!
on_exit="kill -9 $pid 2> /dev/null"
until grep -q '^#gp ' "$T/raw" 2> /dev/null; do sleep 0.05; done
kill -INT $pid
wait $pid
is "SIGINT: status 0" $? 0
on_exit=:
like "SIGINT: the stream is whole" "$(tail -n 1 "$T/raw")" '^#end '

# It comes while what is written has to wait for the reader: nothing is missing.
mkfifo "$T/full"
exec 3<> "$T/full"
head -c 65536 /dev/zero >&3
"$BIN/gp-record" -d 100s > "$T/full" 2> "$T/err" 3>&- & pid=$!
on_exit="kill -9 $pid 2> /dev/null"
until grep -q '^1 0x1 ' /proc/$pid/syscall 2> /dev/null; do sleep 0.05; done
kill -INT $pid
tail -c +65537 < "$T/full" > "$T/raw" 3>&- & reader=$!
exec 3>&-
wait $pid
is "SIGINT in a write that waits: status 0" $? 0
on_exit=:
wait $reader
is "and not a word" "$(cat "$T/err")" ""
like "it begins" "$(head -n 1 "$T/raw")" '^#gp version=1 kind=raw '
ok "and ends as it has to" sh -c '"$BIN/gp-symbolize" -q < "$T/raw" > "$T/out"'

# A reader that goes away ends it quietly.
"$BIN/gp-record" -d 3s 2> "$T/err" | head -n 1 > "$T/first"
like "SIGPIPE: what was read is there" "$(cat "$T/first")" '^#gp version=1 kind=raw '
is "SIGPIPE: not a word" "$(cat "$T/err")" ""

# Without privilege it says what is missing.
if ! command -v setpriv > /dev/null; then
	skip "nobody" "no setpriv"
else
	cp "$BIN/gp-record" "$T/" && chmod 755 "$T"
	status "nobody may not" 77 setpriv --reuid=65534 --regid=65534 \
	    --clear-groups --inh-caps=-all "$T/gp-record" -d 1s
	like "and is told why" "$(cat "$T/err")" 'needs CAP_BPF and CAP_PERFMON'
fi

# Zombies and kernel threads are processes like others.
sh -c 'true & exec sleep 5' & parent=$!
until zombie=$(ps -o pid= --ppid $parent) && [ -n "$zombie" ]; do sleep 0.05; done
status "a zombie can be asked for" 0 rec -d 300ms -p $zombie
status "a kernel thread can be asked for" 0 rec -d 300ms -p 2
kill $parent
done_testing
