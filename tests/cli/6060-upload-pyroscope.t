# gp-upload to Pyroscope: its rules, and requests that it takes whole or not.
. tests/tap.sh
. tests/fixtures/http_sink.sh
up=$BIN/gp-upload
S=$T/spool
start=$(date -u -d '-1 minute' +%Y-%m-%dT%H:%M:%SZ)
cat > "$T/in" <<EOT
#gp version=1 kind=folded tool=gp-collapse/0.1.0 streams=1 host=web-7 freq=49 start=$start samples=11 lost=0 truncated=0 filtered=0
bash;main 3
python3;main (app.py:31)_[p];read_[k] 8
#end lines=2 samples=11 lost=0 truncated=0 filtered=0
EOT
log() { cat "$SINK/log-pyroscope" 2> /dev/null; }
fresh() { rm -f "$SINK/log-pyroscope" "$SINK/pyroscope.folded" "$S"/to/*/state; }
to() { "$up" --to="pyroscope+http://127.0.0.1:$SINK_PORT/ name=t service=web.shop${SET-}" --spool="$S" "$@"; }
sink_start

IN=$T/in status "a profile is sent" 0 to
is "the server takes it: name, rate, spy, tenant, lines, samples" "$(log)" \
    "200 web.shop.cpu{host=web-7} 49 gp - 2 11 -"
is "as pure folded text" "$(cat "$SINK/pyroscope.folded")" "$(grep -v '^#' "$T/in")"
fresh
echo id-SeCrEt > "$T/token"; chmod 600 "$T/token"
SET=" label=env=prod label=zone=a,b tenant=team-1 user=12345 token-file=$T/token"
IN=$T/in status "labels, a tenant, and a user with a token" 0 to
is "reach it; what would end a label does not" "$(log)" \
    "200 web.shop.cpu{env=prod,zone=a_b,host=web-7} 49 gp team-1 2 11 Basic $(printf '12345:id-SeCrEt' | base64)"
SET=' label=host=mine'
fresh
IN=$T/in status "a label that gp has itself" 0 to
like "is the user's" "$(log)" 'cpu\{host=mine\}'
SET=

# Whatever comes in, what goes out is lines that it takes.
fresh
{
	printf '# a comment of another tool\nx;y 3\r\nx;y 4\nswap per;;a\tb 2\n#odd;f 5\n'
	awk 'BEGIN { printf "deep"; for (i = 0; i < 3000; i++) printf ";namespace::function_%d_of_many", i; print " 7" }'
} > "$T/odd"
IN=$T/odd status "comments, twins, strange bytes and a line of 100 KB" 0 to
is "no sample is lost" "$(log | cut -d' ' -f6,7)" "4 21"
like "the deep one is cut at its root" "$(cat "$SINK/pyroscope.folded")" '^deep;\[truncated\];.*_2999_of_many 7$'
fresh
awk 'BEGIN { for (i = 0; i < 33000; i++) printf "p;f%d %d\n", i, i % 9 + 1 }' | LC_ALL=C sort > "$T/large"
IN=$T/large status "more stacks than it takes at a time" 0 to --max-time=600s
is "go in several requests" "$(log | cut -d' ' -f6 | tr '\n' ,)" "16000,16000,1000,"
is "none of which it takes for another" "$(log | cut -d' ' -f1 | tr '\n' ,)" "200,200,200,"
is "and all arrives" "$(cksum < "$SINK/pyroscope.folded")" "$(cksum < "$T/large")"
fresh
sink_says 200 503
IN=$T/large status "trouble in their midst: 75" 75 to --retries=0
is "one has arrived" "$(log | cut -d' ' -f6)" 16000
cp "$SINK/pyroscope.folded" "$T/first"
fresh
sink_says 200
status "the next run goes on" 0 to --flush
is "and sends no stack twice" "$(cat "$T/first" "$SINK/pyroscope.folded" | cksum)" "$(cksum < "$T/large")"

# What it refuses.
fresh
IN=$T/in status "what has waited for too long" 1 to --time=2020-01-01T00:00:00.000Z
like "is moved aside, with the answer" "$(cat "$S"/to/t/rejected/*.answer)" 'HTTP status 422: profile time is out'
for trouble in 408 429 503 half; do
	fresh
	sink_says $trouble 200
	IN=$T/in status "$trouble: tried again" 0 to --max-time=600s
	is "$trouble: arrives once" "$(log | grep -c "web.shop.cpu")" 1
done
sink_says 401
IN=$T/in status "401: 69" 69 to
like "moved aside, with the answer" "$(cat "$S"/to/t/rejected/*.answer)" "HTTP status 401"
is "the token is nowhere but in its header" "$(grep -rl SeCrEt "$S" "$T/err" "$T/out")" ""
status "no service" 64 "$up" --to="pyroscope+http://h/" --spool="$S"
done_testing
