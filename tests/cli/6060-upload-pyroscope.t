# gp-upload to Pyroscope: its rules, and requests that it takes whole or not.
. tests/tap.sh
. tests/fixtures/http_sink.sh
. tests/fixtures/pyroscope.sh
pyroscope_setup log-pyroscope 49
fresh() { rm -f "$SINK/log-pyroscope" "$SINK/pyroscope.folded" "$S"/to/*/state; }
sink_start

IN=$T/in status "a profile is sent" 0 to
is "the server takes it: name, rate, spy, tenant, lines, samples" "$(log)" \
    "200 web.shop.cpu{host=web-7} 49 gp - 2 11 -"
is "as pure folded text" "$(cat "$SINK/pyroscope.folded")" "$(grep -v '^#' "$T/in")"
fresh
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
pyroscope_refuses 'HTTP status 422: profile time is out'
for trouble in 408 429 503 half; do
	fresh
	sink_says $trouble 200
	IN=$T/in status "$trouble: tried again" 0 to --max-time=600s
	is "$trouble: arrives once" "$(log | grep -c "web.shop.cpu")" 1
done
status "no service" 64 "$up" --to="pyroscope+http://h/" --spool="$S"
done_testing
