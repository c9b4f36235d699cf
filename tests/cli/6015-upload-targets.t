# gp-upload to several targets: none waits for another, none loses by another.
. tests/tap.sh
. tests/fixtures/http_sink.sh
up=$BIN/gp-upload
S=$T/spool
export GP_CONFIG=
n=0
profile() { n=$((n + 1)); printf 'x;f%d 3\n' $n > "$T/in"; IN=$T/in; }
hash() { sha256sum < "$T/in" | cut -d' ' -f1; }
waiting() { find "$S" -maxdepth 2 -name "for-$1" | wc -l | tr -d ' '; }
forget() { rm -f "$S"/to/*/state; }
log() { cat "$SINK/log-$1" 2> /dev/null; }
sink_start
A="--to=http://127.0.0.1:$SINK_PORT/a name=a" B="--to=http://127.0.0.1:$SINK_PORT/b name=b"
dead="--to=http://127.0.0.1:1/ name=dead"
both() { "$up" "$A" "$B" --spool="$S" "$@"; }

profile
status "two targets" 0 both
is "both have it, under one id" "$(log a | cut -d' ' -f2,3)" "$(log b | cut -d' ' -f2) $(hash)"
is "and nothing waits" "$(ls "$S")" "finished
rejected
to"
profile
status "and one that is dead: 75" 75 both "$dead" --retries=0
is "costs the others nothing" "$(log a | tail -n 1 | cut -d' ' -f3) $(log b | tail -n 1 | cut -d' ' -f3)" "$(hash) $(hash)"
is "it waits for the dead one alone" "$(waiting dead) $(waiting a) $(waiting b)" "1 0 0"
like "said, with the target" "$(cat "$T/err")" '^gp-upload: http://127.0.0.1:1/: .*1 waiting in'
profile
status "a target that is not named now" 0 both
is "keeps what waits for it, and gets nothing new" "$(waiting dead)" 1
forget
status "it gets it when it is named again" 0 "$up" "--to=http://127.0.0.1:$SINK_PORT/dead name=dead" --spool="$S" --flush
is "once, wherever it is now" "$(log dead | wc -l | tr -d ' ') $(waiting dead)" "1 0"

# One hangs: the others do not wait. It is still hanging when they are done.
sink_says hang
profile
"$up" "$A" --spool="$S" --max-time=600s < "$T/in" &
slow=$!
while kill -0 $slow && ! [ -s "$SINK/log-a" ]; do sleep 0.02; done
profile
status "while one target's server hangs" 75 both
is "the other gets its own" "$(log b | cut -d' ' -f3) $(waiting a)" "$(hash) 2"
ok "meanwhile" kill -0 $slow
kill $slow; wait $slow 2> /dev/null
while pgrep -f "spool=$S" > /dev/null; do sleep 0.02; done
forget
sink_says 200
status "after a kill of gp-upload its sender is gone, and all arrives" 0 both --flush
is "in order" "$(log a | cut -d' ' -f3 | tail -n 1) $(waiting a)" "$(hash) 0"

# One refuses for good what the other takes.
sink_says 413
profile
"$up" "$A" --spool="$S" < "$T/in" > /dev/null 2>&1
is "what one refuses is aside for it" "$(ls "$S/to/a/rejected" | wc -l | tr -d ' ') $(find "$S" -maxdepth 1 -name '2*' | wc -l | tr -d ' ')" "2 0"
status "--again sends it once more" 0 "$up" "$A" --spool="$S" --flush --again -v
like "said" "$(cat "$T/err")" '1 that were rejected wait again'
is "and it arrives" "$(log a | tail -n 1 | cut -d' ' -f3) $(ls "$S/to/a/rejected" | wc -l | tr -d ' ')" "$(hash) 0"
status "--again without --flush" 64 "$up" "$A" --spool="$S" --again

# The same profile again, by its time.
sink_says 200
t=--time=2026-11-24T10:41:07.482Z
profile
status "a profile with a time" 0 both $t
status "the same again" 0 both $t -v
like "is known" "$(cat "$T/err")" 'has this profile already'
is "and not sent" "$(log a | wc -l | tr -d ' ') $(log b | wc -l | tr -d ' ')" "1 1"
profile
status "another of that time" 0 both $t
is "is another" "$(log a | wc -l | tr -d ' ')" 2
for bad in 2026-11-24 2026-13-24T10:41:07.482Z 2026-11-24T10:41:07Z 2026-02-30T10:41:07.482Z x; do
	status "no time: $bad" 64 both --time=$bad
done

# Bounds: what the dead one does not get, it loses, and nobody else.
rm -rf "$S"
for i in 1 2 3 4; do profile; both "$dead" --retries=0 --max-files=2 -q < "$T/in"; forget; done
is "the bound holds for the dead one" "$(waiting dead) $(cat "$S/to/dead/dropped")" "2 00000000000000000002"
is "who is alive has lost nothing" "$(ls "$S"/to/*/dropped)" "$S/to/dead/dropped"
profile
status "said" 75 both "$dead" --retries=0 --max-files=2
like "which, and for whom" "$(cat "$T/err")" 'dropped unsent: 20[0-9TZ.]*-[0-9a-f]*, for dead \[UPLOAD_DROPPED\]'

# A directory among them; from a configuration file; names.
rm -rf "$S"
cat > "$T/conf" <<EOT
[upload]
spool = $S
to = $T/d
to = http://127.0.0.1:$SINK_PORT/a name=a token-file=$T/token
EOT
printf 'SeCrEt-7\n' > "$T/token"; chmod 600 "$T/token"
sink_says 200
profile
status "targets of a file" 0 "$up" --config="$T/conf"
is "get it" "$(zcat "$T"/d/2*/*/*/*.gz) $(log a | cut -d' ' -f3,5-)" "$(cat "$T/in") $(hash) Bearer SeCrEt-7"
sink_says 200
status "those of the command line take their place" 0 "$up" --config="$T/conf" "$B"
is "get it instead" "$(log a | wc -l | tr -d ' ') $(log b | wc -l | tr -d ' ')" "0 1"
echo "to = http://h/ token=SeCrEt-8" >> "$T/conf"
status "a token that stands in the file: 78" 78 "$up" --config="$T/conf" --check
like "is named by line" "$(cat "$T/err")" "$T/conf:5: to: a token there can be seen"
unlike "and not shown" "$(cat "$T/err")" SeCrEt-8
status "two of one name" 64 "$up" --to=http://h/a --to=http://h/b --spool="$S"
like "need names" "$(cat "$T/err")" 'two targets are called post-h'

# Several directories: all get it, each within its own bounds; one that fails
# costs the others nothing.
profile
status "two directories" 0 "$up" --to="$T/d1" --dir="$T/d2" --to="$T/d1"
is "have it, each once" "$(zcat "$T"/d1/2*/*/*/*.gz "$T"/d2/2*/*/*/*.gz)" "$(cat "$T/in" "$T/in")"
cp "$T/in" "$T/before"
profile
sink_says 200
status "one of three fails: 73" 73 "$up" --dir="$T/d1" --dir=/proc/none --dir="$T/d2" "$A" --spool="$S" --max-files=1
like "said" "$(cat "$T/err")" '/proc/none: cannot store the profile'
is "the others have it, and a server too" "$(zcat "$T"/d1/2*/*/*/*.gz "$T"/d2/2*/*/*/*.gz) $(log a | tail -n 1 | cut -d' ' -f3)" \
    "$(cat "$T/in" "$T/in") $(hash)"
rm -rf "$T/d1" "$T/d2"
{ echo '[upload]'; echo "to = $T/d1"; echo "to = $T/d2"; } > "$T/dirs.conf"
status "directories of a file" 0 "$up" --config="$T/dirs.conf"
is "have it" "$(find "$T/d1" "$T/d2" -name '*.gz' | wc -l | tr -d ' ')" 2
status "that of the command line takes their place" 0 "$up" --config="$T/dirs.conf" --dir="$T/d3"
is "has it instead" "$(find "$T/d1" "$T/d2" -name '*.gz' | wc -l | tr -d ' ') $(find "$T/d3" -name '*.gz' | wc -l | tr -d ' ')" "2 1"
status "no directory" 64 "$up" --dir=
# shellcheck disable=SC2046
status "too many" 64 "$up" $(for i in 1 2 3 4 5 6 7 8 9; do echo "--dir=$T/many$i"; done)
status "a password in a URL" 64 "$up" --to=http://u:PaSs@h/ --spool="$S"
unlike "is not shown" "$(cat "$T/err")" PaSs
status "no target" 64 "$up" --to= --spool="$S"
status "a token file without --url" 64 "$up" "$A" --token-file="$T/token" --spool="$S"

# Where a token is to be found while it is used: in the server's log, and nowhere
# else.
rm -rf "$S" "$SINK"/log*
sink_says hang
profile
cat > "$T/c.conf" <<EOT
[upload]
spool = $S
to = http://127.0.0.1:$SINK_PORT/a name=a token-env=MY_TOKEN
to = http://127.0.0.1:$SINK_PORT/b name=b token-credential=mine
EOT
mkdir "$T/cred"; echo CrEd-SeCrEt > "$T/cred/mine"; chmod 600 "$T/cred/mine"
MY_TOKEN=EnV-SeCrEt CREDENTIALS_DIRECTORY=$T/cred "$up" -v --config="$T/c.conf" \
    --max-time=600s < "$T/in" > "$T/all" 2>&1 &
pid=$!
while kill -0 $pid && ! { [ -s "$SINK/log-a" ] && [ -s "$SINK/log-b" ]; }; do sleep 0.02; done
for p in $pid $(pgrep -P $pid); do tr '\0' ' ' < "/proc/$p/cmdline"; done > "$T/cmdlines" 2> /dev/null
like "while it is sent" "$(cat "$T/cmdlines")" 'gp-upload -v --config'
kill $pid; wait $pid 2> /dev/null
while pgrep -f "config=$T/c.conf" > /dev/null; do sleep 0.02; done
is "the tokens reach the servers" "$(cat "$SINK/log-a" "$SINK/log-b" | cut -d' ' -f5- | sort)" \
    "Bearer CrEd-SeCrEt
Bearer EnV-SeCrEt"
rm -f "$SINK"/log*
is "and are in no process list, log, spool or profile" "$(grep -rlE 'CrEd-SeCrEt|EnV-SeCrEt' "$T" | grep -v "^$T/cred/mine")" ""
for f in "$S"/2*/bundle.tar.gz; do tar xzOf "$f"; done > "$T/content"
unlike "nor packed in one" "$(cat "$T/content")" SeCrEt
done_testing
