# gp-upload to Pyroscope's push API: the same stacks and sums, as pprof.
. tests/tap.sh
. tests/fixtures/http_sink.sh
. tests/fixtures/pyroscope.sh
pyroscope_setup log-push 50 " format=pprof"
collapse=$BIN/gp-collapse
fresh() { rm -f "$SINK/log-push" "$SINK"/push-*.gz "$S"/to/*/state; }
# What arrived, as folded text of all of it.
arrived() { "$collapse" "$SINK"/push-*.gz 2> "$T/said"; }
folded() { grep -v '^#' "$1"; }
sink_start

IN=$T/in status "a profile is sent" 0 to
like "the server takes it: labels, samples, their sum, nanoseconds, how long" "$(log)" \
    '^200 __name__=process_cpu,host=web-7,service_name=web\.shop - 2 11 220000000 [0-9]{11} -$'
is "it holds the same stacks" "$(arrived)" "$(folded "$T/in")"
fresh
SET=" label=zone=a,b label=env=prod tenant=team-1 user=12345 token-file=$T/token"
IN=$T/in status "labels, a tenant, and a user with a token" 0 to
like "reach it, in their order, as they are" "$(log)" \
    "^200 __name__=process_cpu,env=prod,host=web-7,service_name=web.shop,zone=a,b team-1 .* Basic $(printf '12345:id-SeCrEt' | base64)\$"
SET=' label=host=mine label=service_name=other'
fresh
IN=$T/in status "labels that gp has itself" 0 to
like "are the user's" "$(log)" ',host=mine,service_name=other '
SET=

# Whatever comes in.
fresh
printf '# a comment\nx;y 3\r\nx;y 4\nswap per;;a\tb 2\n#odd;f 5\nl\377;g\303 1\n' > "$T/odd"
IN=$T/odd status "comments, twins and strange bytes" 0 to
is "no sample is lost, with the rate of gp-record" "$(log | cut -d' ' -f4-6)" "4 15 151515150"
is "nor changed on its way" "$(arrived)" "$("$collapse" "$T/odd" 2> /dev/null)"
fresh
awk 'BEGIN { printf "deep"; for (i = 1; i < 3000; i++) printf ";f%d", i; print " 7" }' > "$T/deep"
IN=$T/deep status "a stack of 3,000 frames" 0 to
is "keeps its process and its innermost 998" \
    "$(arrived | awk -F';' '{ print NF, $1, $2, $3, $NF }')" "1000 deep [truncated] f2002 f2999 7"
fresh
IN=$T/large status "more stacks than it takes at a time" 0 to --max-time=600s
is "go in several requests, none of which it takes for another" \
    "$(log | cut -d' ' -f1,4 | tr '\n' ,)" "200 16000,200 16000,200 1000,"
is "and all arrives" "$(arrived | cksum)" "$(cksum < "$T/large")"
fresh
# Names alone are more than it takes.
awk 'BEGIN { s = sprintf("%900s", ""); gsub(/ /, "x", s); for (i = 0; i < 6000; i++) printf "p;%s%d;g 1\n", s, i }' |
    LC_ALL=C sort > "$T/wide"
IN=$T/wide status "more bytes than it takes at a time" 0 to --max-time=600s
is "go in several" "$(log | cut -d' ' -f1 | sort | uniq -c | awk '{ print ($1 > 1), $2 }')" "1 200"
is "and all arrives" "$(arrived | cksum)" "$(cksum < "$T/wide")"
fresh
sink_says 200 503
IN=$T/large status "trouble in their midst: 75" 75 to --retries=0
is "one has arrived" "$(log | cut -d' ' -f4)" 16000
mkdir "$T/first" && mv "$SINK"/push-*.gz "$T/first"
fresh
sink_says 200
status "the next run goes on" 0 to --flush
is "and sends no stack twice" "$("$collapse" "$T/first"/* "$SINK"/push-*.gz 2> /dev/null | cksum)" "$(cksum < "$T/large")"

# What it refuses.
pyroscope_refuses 'HTTP status 400: .*out of the window'

# With the real address of each frame the names are those of the text all the same.
fresh
rm -rf "$S"
cat > "$T/stream" <<EOT
#gp version=1 kind=named tool=x host=web-7 freq=50 start=$start
#module id=0 path=/usr/lib/libdemo.so build_id=abcd
web-7;main;\$0+1c2f0 4
web-8;main;outer;inner_[i] 2
#end lines=2 samples=6 lost=0
EOT
IN=$T/stream status "a stream that was not collapsed" 0 to
is "arrives as gp-collapse would show it" "$(arrived)" "$("$collapse" "$T/stream")"
done_testing
