# gp-upload to Performance Studio: what its server insists on, and its limits.
. tests/tap.sh
. tests/fixtures/http_sink.sh
up=$BIN/gp-upload
S=$T/spool
# As gp-collapse --meta has it, of 2 containers and the host.
cat > "$T/in" <<'EOT'
#gp version=1 kind=folded tool=gp-collapse/0.1.0 streams=1 host=web-7 freq=99 start=2026-11-24T10:40:07Z cpu_busy=12.3 memory_used=45.6 containers=1 samples=20 lost=0 truncated=0 filtered=0
[host];bash;main 3
docker:9f86d081884c;python3;main (app.py:31)_[p];read_[k] 7
docker:9f86d081884c;python3;main (app.py:31)_[p];write_[k] 1
podman:0123456789ab;java;run_[j] 9
#end lines=4 samples=20 lost=0 truncated=0 filtered=0
EOT
echo studio-SeCrEt > "$T/token"; chmod 600 "$T/token"
TIME=--time=2026-11-24T10:41:07.482Z
log() { cat "$SINK/log-studio" 2> /dev/null; }
# Without the number of bytes.
shortlog() { log | sed 's/ [0-9]*$//'; }
to() { "$up" --to="studio+http://127.0.0.1:$SINK_PORT/ name=t service=web-shop token-file=$T/token" --spool="$S" "$@"; }
col() { cat "$SINK/studio.col"; }
header() { jq -r "$1" "$SINK/studio.head"; }
sink_start

IN=$T/in status "a profile is sent" 0 to $TIME
is "the server takes it: service, host, gpid, times, lines, samples" "$(shortlog)" \
    "200 web-shop web-7 - 2026-11-24T10:40:07 2026-11-24T10:41:07 4 20"
is "as a .col" "$(col)" "0;;bash;main 3
0;9f86d081884c;python3;main (app.py:31)_[p];read_[k] 7
0;9f86d081884c;python3;main (app.py:31)_[p];write_[k] 1
0;0123456789ab;java;run_[j] 9"
is "the header names the containers" "$(header '.containers | join(" ")')" "9f86d081884c 0123456789ab"
is "and the host that was profiled" "$(header .metadata.hostname)" web-7
is "and this machine" "$(header '.metadata | [.processors, .kernel_release, .system_name] | map(tostring) | join(" ")')" \
    "$(getconf _NPROCESSORS_ONLN) $(uname -r) Linux"
is "and how busy it was" "$(header '.metrics | "\(.cpu_avg) \(.mem_avg)"')" "12.3 45.6"
rm -f "$SINK/log-studio" "$SINK/studio.col"
IN=$T/in status "the next one" 0 to
is "comes with the gpid that the server gave" "$(shortlog | cut -d' ' -f4)" 1000

# Other input: a stream with processes, and plain folded text.
rm -f "$SINK/log-studio" "$SINK/studio.col"
cat > "$T/stream" <<'EOT'
#gp version=1 kind=named host=db-1 freq=99 start=2026-11-24T10:40:07Z
#process pid=7 comm=post container=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 engine=docker
#process pid=8 comm=sh
post-7;exec;read_[k] 4
sh-8;main 2
post-7;exec;read_[k] 1
#end lines=3 samples=7 lost=0
EOT
IN=$T/stream status "a stream" 0 to
is "is merged, its containers are known, pids are not" "$(col)" "0;;sh;main 2
0;9f86d081884c;post;exec;read_[k] 5"
rm -f "$SINK/log-studio" "$SINK/studio.col"
cat > "$T/apps" <<'EOT'
#gp version=1 kind=named host=db-1 freq=99 start=2026-11-24T10:40:07Z
#process pid=7 comm=gunicorn app=gunicorn:%20shop.wsgi:app%20(/srv/shop/wsgi.py) container=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 engine=containerd container_name=nginx pod=web-5d4f namespace=shop
#process pid=8 comm=sh
#process pid=9 comm=java app=java:%20a;b.jar container=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 engine=docker container_name=db
gunicorn-7;exec;read_[k] 4
sh-8;main 2
java-9;run_[j] 1
#end lines=3 samples=7 lost=0
EOT
want='0;;sh;main 2
0;db;java;appid: java: a:b.jar;run_[j] 1
0;k8s_nginx_web-5d4f_shop_unknown_0;gunicorn;appid: gunicorn: shop.wsgi:app (/srv/shop/wsgi.py);exec;read_[k] 4'
IN=$T/apps status "a stream with applications" 0 to
is "they are where gProfiler has them, containers by their names" "$(col | LC_ALL=C sort)" "$want"
is "and the header names these" "$(header '.containers | sort | join(" ")')" "db k8s_nginx_web-5d4f_shop_unknown_0"
rm -f "$SINK/log-studio" "$SINK/studio.col"
"$BIN/gp-collapse" --app --container --meta "$T/apps" > "$T/folded-apps"
is "folded, each stack begins with both" "$(grep '^docker' "$T/folded-apps")" "docker:db;java: a:b.jar;java;run_[j] 1"
IN=$T/folded-apps status "is sent" 0 to
is "and comes out the same" "$(col | LC_ALL=C sort)" "$want"
rm -f "$SINK/log-studio" "$SINK/studio.col"
# What is known of the programs: by number, each once.
cat > "$T/programs" <<'EOT'
#gp version=1 kind=named host=db-1 freq=99 start=2026-11-24T10:40:07Z
#process pid=7 comm=python3 exe=/usr/bin/python3.11 execfn=python3 arch=x86_64 exe_build_id=0a1b lib_build_id=2c3d link=dynamic libc=glibc stripped=1 runtime=python/3.11.2 app=python:%20a.py%20(/srv/a.py)
#process pid=8 comm=worker exe=/usr/bin/python3.11 execfn=python3 arch=x86_64 exe_build_id=0a1b lib_build_id=2c3d link=dynamic libc=glibc stripped=1 runtime=python/3.11.2
#process pid=9 comm=api exe=/srv/a;pi arch=x86_64 link=static stripped=0 runtime=go/1.19.8
#process pid=10 comm=kworker runtime=kernel
python3-7;main 3
worker-8;main 4
api-9;main 5
kworker-10;main 6
gone-11;main 7
#end lines=5 samples=25 lost=0
EOT
python='{"exe":"/usr/bin/python3.11","execfn":"python3","arch":"x86_64","python_version":"Python 3.11.2","libpython_elfid":"buildid:2c3d","exe_elfid":"buildid:0a1b","link":"dynamic","libc":"glibc","stripped":true}'
go='{"exe":"/srv/a;pi","arch":"x86_64","golang_version":"go1.19.8","link":"static","stripped":false}'
named() { # each line of the profile with its number's entry
	header '.application_metadata[] | tojson' > "$T/entries"
	col | LC_ALL=C sort -t';' -k3 | awk -F';' -v f="$T/entries" 'BEGIN { while ((getline l < f) > 0) entry[n++] = l }
	    { print $3 (/appid/ ? " " $4 : ""), entry[$1 + 0] }'
}
want="api $go
gone null
kworker null
python3 appid: python: a.py (/srv/a.py) $python
worker $python"
IN=$T/programs status "a stream that tells of programs" 0 to
is "each stack has its own's" "$(named)" "$want"
is "and equal ones are one" "$(header '.application_metadata | length')" 3
rm -f "$SINK/log-studio" "$SINK/studio.col"
"$BIN/gp-collapse" --program --app --meta "$T/programs" > "$T/folded-programs"
IN=$T/folded-programs status "folded" 0 to
is "it is the same" "$(named)" "$want"
rm -f "$SINK/log-studio" "$SINK/studio.col"
"$BIN/gp-collapse" --app --meta "$T/programs" > "$T/folded-programs"
IN=$T/folded-programs status "folded without programs" 0 to
is "there is none" "$(header '.application_metadata | tojson')" "[null]"
rm -f "$SINK/log-studio" "$SINK/studio.col"
# More of them than are told apart, in several pieces below.
awk 'BEGIN { print "#gp version=1 kind=folded programs=1 host=h"
    for (i = 0; i < 1500; i++) printf "exe=/srv/%d runtime=native;p%d;main 1\n", i, i
    print "#end lines=1500 samples=1500 lost=0" }' > "$T/many"
IN=$T/many status "more programs than are told apart" 0 to
is "those beyond the bound have no number, all have their samples" \
    "$(header '.application_metadata | length') $(col | grep -c '^0;') $(col | wc -l)" "1025 476 1500"
rm -f "$SINK/log-studio" "$SINK/studio.col"
"$BIN/gp-collapse" --app --meta "$T/apps" > "$T/folded-apps"
IN=$T/folded-apps status "without containers" 0 to
is "the applications are there" "$(col | grep -c 'appid: ')" 2
is "and no containers" "$(header '.containers | length')" 0
rm -f "$SINK/log-studio" "$SINK/studio.col"
printf 'x;y 3\nswap per;\001;a 4\n' > "$T/folded"
IN=$T/folded status "folded text of others" 0 to
is "has both columns too" "$(col)" "$(printf '0;;swap per;?;a 4\n0;;x;y 3')"
like "and this machine's host" "$(shortlog)" "^200 web-shop $(uname -n) 1000 .* 2 7\$"

# What the server does not take.
rm -f "$SINK/log-studio" "$SINK/studio.col"
echo wrong > "$T/bad"; chmod 600 "$T/bad"
bad() { "$up" --to="studio+http://127.0.0.1:$SINK_PORT/ name=t service=web token-file=$T/bad" --spool="$S" "$@"; }
IN=$T/in status "a token that is none is ours to mend: 69" 69 bad
like "said" "$(cat "$T/err")" 'HTTP status 400: .*Invalid GPROFILER-SERVICE-NAME header.*0 waiting'
is "it is aside, with the answer" "$(ls "$S/to/t/rejected" | wc -l)" 2
status "with the right one it arrives" 0 to --flush --again
is "once" "$(log | grep -c ^200)" 1
like "a service that was another's has no gpid" "$(shortlog | grep ^200)" '^200 web-shop web-7 - '
rm -f "$SINK/log-studio"
# The server was set up anew, and knows no gpid.
sink_start
IN=$T/in status "a server that has forgotten the gpid" 0 to
is "is asked for another" "$(shortlog | cut -d' ' -f1,4 | tr '\n' ,)" "400 parse,200 -,"
sink_says 500
IN=$T/in status "500: moved aside, with the answer" 1 to
is "beside it" "$(cat "$S"/to/t/rejected/*.answer | tail -n 1)" "the server says 500"
sink_says 200
status "--again: what was refused is sent once more" 0 to --flush --again
like "and arrives" "$(shortlog)" '^200 web-shop web-7 1000'
is "nothing is kept of it" "$(find "$S" -name '*.tar.gz*')" ""
for trouble in 429 502 503 504 drop cut; do
	rm -f "$SINK/log-studio"
	sink_says $trouble 200
	rm -f "$S/to/t/state"
	IN=$T/in status "$trouble: tried again" 0 to --max-time=600s
	is "$trouble: arrives once" "$(log | grep -c ^200)" 1
done

# Large ones go in several, whose samples add up. The server is told to take
# 100,000 bytes; the lines hardly compress.
SINK_BODY_MAX=100000 sink_start
awk 'BEGIN { srand(7); for (i = 0; i < 20000; i++)
    printf "p;%08x%08x;%08x %d\n", rand() * 2^31, rand() * 2^31, rand() * 2^31, i + 1 }' | LC_ALL=C sort > "$T/large"
IN=$T/large status "a profile that is too large for one request" 0 to --max-time=600s
is "arrives in full" "$(col | cut -d';' -f3- | LC_ALL=C sort | cksum)" "$(cksum < "$T/large")"
ok "in several pieces" [ "$(log | grep -c ^200)" -gt 3 ]
is "whose samples add up" "$(log | awk '/^200/ { n += $8 } END { print n }')" "$(awk '{ n += $NF } END { print n }' "$T/large")"
ok "none of them too large" sh -c 'awk "/^200/ && \$9 > 100000" "$1" | grep -q . && exit 1; exit 0' - "$SINK/log-studio"
is "all with the same times" "$(log | awk '/^200/ { print $5, $6 }' | sort -u | wc -l | tr -d ' ')" 1
ok "after one or two that were too large" [ "$(log | grep -c ^413)" -le 3 ]
# Trouble in the midst of it: what has arrived is not sent again.
rm -f "$SINK/log-studio" "$SINK/studio.col"
sink_says 200 200 503
IN=$T/large status "trouble between two pieces: 75" 75 to --retries=0 --max-time=600s
is "some have arrived, and what fits is known from the first run" "$(log | cut -d' ' -f1 | tr '\n' ,)" 200,200,
sed -i '/^not_before/d' "$S/to/t/state"
sink_says 200
status "the next run goes on" 0 to --flush --max-time=600s
is "and no stack arrives twice" "$(col | cut -d';' -f3- | LC_ALL=C sort | cksum)" "$(cksum < "$T/large")"

is "the token is nowhere but in its header" "$(grep -rl SeCrEt "$S" "$SINK" "$T/err" "$T/out")" ""
done_testing
