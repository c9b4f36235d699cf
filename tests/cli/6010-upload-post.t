# gp-upload --url: what each answer of a server leads to.
. tests/tap.sh
. tests/fixtures/http_sink.sh
up=$BIN/gp-upload
S=$T/spool
n=0
# A profile like no other, so that its hash tells it.
profile() { n=$((n + 1)); printf 'x;f%d 3\n' $n > "$T/in"; IN=$T/in; }
hash() { sha256sum < "$T/in" | cut -d' ' -f1; }
waiting() { find "$S" -maxdepth 2 -name 'for-*' | wc -l | tr -d ' '; }
aside() { find "$S" -path '*/rejected/*.tar.gz' | wc -l | tr -d ' '; }
post() { "$up" --url="$URL" --spool="$S" "$@"; }
export GP_CONFIG=
# Where backoff from one run to the next is not what is tested.
forget() { rm -f "$S"/to/*/state; }
litter() { find "$S" -name '.*'; }
sink_start

sink_says 200
profile
status "a profile is sent" 0 post
is "nothing is said" "$(cat "$T/out" "$T/err")" ""
is "it arrives, whole, once, with its id" "$(sink_log | sed 's/ [0-9a-f]\{32\} / ID /')" \
    "200 ID $(hash) True -"
is "and leaves the spool" "$(waiting)" 0
profile
status "-v says what was sent" 0 post -v
like "in a line" "$(cat "$T/err")" ': 1 sent, [0-9]+ bytes, 0 waiting'

# Trouble that passes.
for trouble in 408 429 502 503 504 drop early cut half reset garbage '503 after=1' '429 date=1'; do
	sink_says "$trouble" 204
	profile
	status "$trouble: tried again" 0 post
	is "$trouble: arrived" "$(sink_log | tail -n 1 | cut -d' ' -f1,3)" "204 $(hash)"
	is "$trouble: under the same id" "$(sink_log | cut -d' ' -f2 | sort -u | wc -l | tr -d ' ')" 1
done
for odd in long endless; do
	sink_says $odd
	profile
	status "$odd: an answer is an answer" 0 post
	is "$odd: arrived, once" "$(sink_log | cut -d' ' -f3)" "$(hash)"
done
sink_says 503 503 503
profile
status "trouble that stays: 75" 75 post --retries=2
is "after one attempt and two more" "$(sink_log | wc -l | tr -d ' ')" 3
is "the profile waits" "$(waiting)" 1
like "the message says how many, and where" "$(cat "$T/err")" \
    "^gp-upload: $URL: HTTP status 503: the server says 503; 1 waiting in $S\$"
profile
sink_says 503
forget
status "quiet is quiet" 75 post --retries=0 -q
is "for what the next run repairs" "$(cat "$T/err")" ""
ids=$(cd "$S" && printf '%s\n' 2* | sed 's/.*-//' | tr '\n' ' ')
sink_says 200
IN=/dev/null status "--flush sends what waits" 0 post --flush
is "in order, under the ids they had" "$(sink_log | cut -d' ' -f2 | tr '\n' ' ')" "$ids"
is "nothing waits" "$(waiting)" 0
sink_says hang
profile
status "a server that hangs: the time is up" 75 post --max-time=300ms
is "the profile waits still" "$(waiting)" 1
sink_says '503 after=200'
status "a wait that is longer than the time left: 75" 75 post --flush
is "is not begun" "$(sink_log | wc -l | tr -d ' ')" 1
sink_says 200
status "the server's wish holds for the next run" 75 post --flush
like "it says for how long, and why" "$(cat "$T/err")" \
    'HTTP status 503: .*; not again for (20[01]|1[0-9][0-9]) s; 1 waiting'
is "nothing was sent" "$(sink_log)" ""
printf 'not_before=99999999999\nend\n' > "$(echo "$S"/to/*/state)"
status "a wish beyond reason is none" 0 post --flush
is "it was sent" "$(waiting)" 0
status "an empty spool" 0 post --flush
sink_says 200
IN=/dev/null status "no input: 65" 65 post
is "and nothing is sent of it" "$(sink_log)$(waiting)" "0"

# What the server never takes.
for refusal in 400 411 413 415 422 500; do
	sink_says "$refusal" 200
	rm -rf "$S"
	profile
	status "$refusal: this one is lost to the server" 1 post
	is "$refusal: moved aside" "$(waiting) $(aside)" "0 1"
	is "$refusal: with the answer" "$(cat "$S"/to/*/rejected/*.answer | tr '\n' '|')" \
	    "$URL: HTTP status $refusal: the server says $refusal||the server says $refusal|"
	like "$refusal: said" "$(cat "$T/err")" "moved aside: .*HTTP status $refusal.*UPLOAD_REJECTED"
	is "$refusal: tried once" "$(sink_log | wc -l | tr -d ' ')" 1
done
rm -rf "$S"
for i in 1 2 3; do profile; sink_says 503; post --retries=0 -q < "$T/in"; forget; done
sink_says 200 413 200
status "one in the middle is refused" 1 post --flush
is "the others go on" "$(waiting) $(aside) $(sink_log | wc -l | tr -d ' ')" "0 1 3"
for refusal in 401 403 404 405 410 "302 to=$URL/other"; do
	sink_says "$refusal" 200
	rm -rf "$S"
	profile
	status "$refusal: the next would fare no better, 69" 69 post
	is "$refusal: moved aside" "$(waiting) $(aside)" "0 1"
	like "$refusal: with the answer" "$(cat "$S"/to/*/rejected/*.answer)" "HTTP status ${refusal%% *}"
	is "$refusal: tried once" "$(sink_log | wc -l | tr -d ' ')" 1
	sink_says 200
	status "$refusal: mended, --again sends it" 0 post --flush --again
	is "$refusal: it arrived" "$(waiting) $(aside) $(sink_log | cut -d' ' -f1,3)" "0 0 200 $(hash)"
done
rm -rf "$S"
for i in 1 2 3; do profile; sink_says 503; post --retries=0 -q < "$T/in"; forget; done
sink_says 401
status "a token that is wrong" 69 post --flush
is "is tried once, the others wait" "$(waiting) $(aside) $(sink_log | wc -l | tr -d ' ')" "2 1 1"
sink_says 200
status "when it is right they go" 0 post --flush
is "all three, with --again" "$(post --flush --again; waiting; aside; sink_log | wc -l | tr -d ' ')" "0
0
3"
profile
sink_says 400
post -q < "$T/in"
sink_says 200
tar xzOf "$S"/to/*/rejected/*.tar.gz profile.folded > "$T/aside"
IN=$T/aside status "one that is aside, as a profile of now" 0 post
is "arrives" "$(sink_log | cut -d' ' -f1,3)" "200 $(hash)"
rm -rf "$S"
sink_says "302 to=http://elsewhere.example/?k=SECRET"
profile
status "a redirect is said" 69 post
like "with advice" "$(cat "$T/err")" 'redirects are not followed'

# A broken profile is not passed off as a whole one.
rm -rf "$S"
sink_says 200
printf '#gp version=1 kind=named\nx;y 3\n' > "$T/in"
IN=$T/in status "a stream without its end" 65 post
is "is not sent" "$(sink_log)" ""
is "but kept aside" "$(aside)" 1
like "with the reason" "$(cat "$S"/rejected/*.answer)" 'ends without #end'
is "and told apart in its meta.json" \
    "$(tar xzOf "$S"/rejected/*.tar.gz meta.json | grep -o '"complete":[a-z]*')" '"complete":false'
sink_says 503
profile; post --retries=0 -q < "$T/in"
sink_says 200
IN=/dev/null status "what waits goes out, whatever the input is" 65 post
is "it arrived" "$(sink_log | cut -d' ' -f3)" "$(hash)"

# Both at once, and one that fails.
sink_says 200
profile
status "a directory and a server" 0 post --dir="$T/d"
is "both have it" "$(zcat "$T"/d/2*/*/*/*.gz) $(sink_log | cut -d' ' -f3)" "$(cat "$T/in") $(hash)"
sink_says 200
profile
status "the directory fails" 73 post --dir=/proc/none
is "the server has it" "$(sink_log | cut -d' ' -f3)" "$(hash)"
status "the spool fails" 73 "$up" --url="$URL" --spool=/proc/none --dir="$T/d2"
is "the directory has it" "$(zcat "$T"/d2/2*/*/*/*.gz)" "$(cat "$T/in")"

# The spool's bound.
rm -rf "$S"
for i in 1 2 3 4 5; do
	profile
	sink_says 503
	status "bundle $i waits" 75 post --retries=0 --max-files=3
	forget
done
is "three wait" "$(waiting)" 3
like "what was dropped is said, and for whom" "$(cat "$T/err")" \
    'the oldest dropped unsent: 2.*, for post-127.0.0.1-[0-9]+ \[UPLOAD_DROPPED\]'
is "and counted" "$(cat "$S"/to/*/dropped)" 00000000000000000002
sink_says 413 200 200
post --flush -q
is "one is aside" "$(aside)" 1
for i in 1 2 3; do profile; sink_says 503; post --retries=0 -q --max-files=3 < "$T/in"; forget; done
is "what was refused is dropped before what waits" "$(waiting) $(aside)" "3 0"
sink_says 503
profile
status "a bound in bytes" 75 post --retries=0 --max-size=1
is "leaves the newest" "$(waiting)" 1
is "no unfinished file is left" "$(litter)" ""
touch "$S/notes" "$S/20200101T000000.000Z-00"
sink_says 200
status "what is no entry is not sent" 0 post --flush
is "and stays" "$(find "$S" -maxdepth 1 -name 'notes' -o -maxdepth 1 -name '2020*' | wc -l | tr -d ' ')" 2

# One sender at a time.
rm -rf "$S"
sink_says hang 200 200 200 200 200 200 200 200
profile
"$up" --url="$URL" --spool="$S" --max-time=600s < "$T/in" &
slow=$!
while kill -0 "$slow" && [ -z "$(sink_log)" ]; do sleep 0.02; done
profile
status "while another sends: 75" 75 post
like "it is said" "$(cat "$T/err")" 'another gp-upload is sending; 2 waiting'
kill "$slow"
wait "$slow" 2> /dev/null
is "a sender that is killed loses nothing" "$(waiting)" 2
for i in 1 2 3 4 5 6; do
	printf 'y;f%d 1\n' $i | post -q &
	jobs="${jobs-} $!"
done
# shellcheck disable=SC2086
wait $jobs
post --flush
is "of eight none is lost, and none sent twice" \
    "$(waiting) $(sink_log | grep -c ^200) $(sink_log | grep ^200 | cut -d' ' -f3 | sort -u | wc -l | tr -d ' ')" "0 8 8"
is "no unfinished file is left by them" "$(litter)" ""

# Time: beyond what libcurl can count is no reason to wait for ever, or not.
sink_says 200
profile
status "a very long time" 0 post --max-time=10000d
# The first SIGINT is for gp-record. The shell lets its background jobs ignore it.
sink_says 200
mkfifo "$T/fifo"
env --default-signal=INT "$up" --url="$URL" --spool="$S" < "$T/fifo" &
pid=$!
exec 3> "$T/fifo"
profile
head -c 3 "$T/in" >&3
while kill -0 $pid && ! grep -q '^SigCgt:.*[2367abef]$' "/proc/$pid/status"; do
	sleep 0.02
done
kill -INT $pid
tail -c +4 "$T/in" >&3
exec 3>&-
rc=0
wait $pid || rc=$?
is "a SIGINT while it reads does not end it" "$rc $(sink_log | cut -d' ' -f3)" "0 $(hash)"

# Secrets.
printf '  SeCrEt-123\n\n' > "$T/token"; chmod 600 "$T/token"
sink_says 200
profile
status "a token from a file" 0 post --token-file="$T/token"
is "is sent, trimmed" "$(sink_log | cut -d' ' -f5-)" "Bearer SeCrEt-123"
like "unencrypted, which is said" "$(cat "$T/err")" 'UPLOAD_CLEARTEXT'
chmod 644 "$T/token"
sink_says '400 echo'
profile
status "a server that repeats it" 1 post --token-file="$T/token" -v
unlike "does not bring it to stderr" "$(cat "$T/err")" 'SeCrEt'
is "or to a file" "$(grep -rl SeCrEt "$S")" ""
like "a token that all can read is warned of" "$(cat "$T/err")" 'UPLOAD_TOKEN_MODE'
sink_says 200
profile
GP_TOKEN=fromenv status "a token from the environment" 0 post
is "is sent too" "$(sink_log | cut -d' ' -f5-)" "Bearer fromenv"
profile
status "a token file that is not there" 66 post --token-file="$T/none"
is "costs no profile" "$(waiting)" 1
printf 'a\r\nX-Evil: 1' > "$T/token"
status "a token that would be two headers" 78 post --flush --token-file="$T/token"
: > "$T/token"
status "a token file without a token" 78 post --flush --token-file="$T/token"
head -c 100000 /dev/zero | tr '\0' a > "$T/token"
status "a token file that is none" 66 post --flush --token-file="$T/token"
status "a URL with a password" 64 "$up" --url=http://u:PaSs@127.0.0.1/ --spool="$S"
unlike "is not shown" "$(cat "$T/err")" 'PaSs'
status "a URL with a key in its query" 75 "$up" --url="http://127.0.0.1:1/in?key=PaSs" --spool="$S" --retries=0 -v
unlike "shows without it" "$(cat "$T/err")" 'PaSs'
for url in ftp://h/ file:///etc/passwd h/in '' 'http://' 'http://[::1' "http://h h/"; do
	status "not a URL to send to: '$url'" 64 "$up" --url="$url" --spool="$S"
done
status "a name that does not resolve is trouble that may pass" 75 \
    "$up" --url=http://no-such-host.invalid/ --spool="$S" --retries=0
done_testing
