# gp-upload --cloud: what metadata servers of three clouds say of this machine, at
# their real address, in a network of its own; and those that are slow or lie.
. tests/tap.sh

[ "$(id -u)" -eq 0 ] || skip_all "needs root"
command -v ip > /dev/null || skip_all "no ip(8)"
unshare -n true 2> /dev/null || skip_all "no network name spaces here"
if [ -z "${GP_TEST_INSIDE-}" ]; then
	GP_TEST_INSIDE=1 exec unshare -n -- sh "$0"
fi
ip link set lo up && ip addr add 169.254.169.254/32 dev lo ||
	skip_all "no address to be had"
up=$BIN/gp-upload
S=$T/spool
export GP_CONFIG='' RUNTIME_DIRECTORY="$T/run"
# Not by way of these: they would be asked on behalf of another machine.
export http_proxy=http://127.0.0.1:1/ all_proxy=http://127.0.0.1:1/
echo good > "$T/says"
python3 tests/fixtures/imds.py "$T/says" "$T/log" > "$T/ready" &
server=$!
on_exit='kill $server 2> /dev/null'
until grep -q ready "$T/ready"; do
	kill -0 $server || { echo "Bail out! no server"; exit 1; }
	sleep 0.02
done
printf 'x;y 3\n' > "$T/in"
IN=$T/in
to() { "$up" --to="http://127.0.0.1:1/ name=t" --spool="$S" --retries=0 -q "$@"; }
meta() { tar xzOf "$S"/2*/bundle.tar.gz meta.json | jq -c "$1"; }
fresh() { rm -rf "$S" "$T/run" "$T/log"; : > "$T/log"; echo "${1-good}" > "$T/says"; }
asked() { wc -l < "$T/log" | tr -d ' '; }

fresh
status "aws" 75 to --cloud=aws
is "says what it is" "$(meta .cloud)" '{"provider":"aws","instance_id":"i-0a1b2c","instance_type":"c5.xlarge","region":"eu-west-1","zone":"eu-west-1b","account_id":"123456789012","image_id":"ami-0a1b"}'
is "for a token, as version 2 has it" "$(cat "$T/log")" "PUT /latest/api/token True
GET /latest/dynamic/instance-identity/document True"
is "the token is nowhere" "$(grep -rl AQAEAtoken "$S" "$T/run" "$T/err")" ""
rm -rf "$S"
status "the next time" 75 to --cloud=aws
is "it is known" "$(meta .cloud.instance_id) $(asked)" '"i-0a1b2c" 2'
sed -i 's/"boot":"[^"]*"/"boot":"another"/' "$T/run/cloud.json"
rm -rf "$S"
status "after another boot" 75 to --cloud=aws
is "it is asked again" "$(asked)" 4
echo '{"boot":' > "$T/run/cloud.json"
rm -rf "$S"
status "a cache that is damaged" 75 to --cloud=aws
is "likewise" "$(asked)" 6
fresh
status "gcp" 75 to --cloud=gcp
is "says what it is" "$(meta .cloud)" '{"provider":"gcp","instance_id":"4242424242424242424","instance_type":"n2-standard-4","zone":"us-central1-a","region":"us-central1","name":"web-7","image_id":"debian-12"}'
fresh
status "azure" 75 to --cloud=azure
is "says what it is" "$(meta .cloud)" '{"provider":"azure","instance_id":"02aab8a4-74ef","instance_type":"Standard_D2s_v3","region":"westeurope","zone":"1","name":"web-7","account_id":"8d10"}'
is "what was another's is not taken for it" "$(to --cloud=gcp < "$T/in"; asked)" 2

for trouble in slow drop lie endless notoken 404 503; do
	fresh "$trouble"
	status "$trouble: the profile is there all the same" 75 \
	    "$up" --to="http://127.0.0.1:1/ name=t" --spool="$S" --retries=0 --cloud=aws
	is "$trouble: without a cloud" "$(meta 'has("cloud")')" false
	like "$trouble: said" "$(cat "$T/err")" '^gp-upload: aws: .*UPLOAD_CLOUD'
	before=$(asked)
	rm -rf "$S"
	echo good > "$T/says"
	status "$trouble: not asked again for a while" 75 to --cloud=aws
	is "$trouble: indeed" "$(asked)" "$before"
done
fresh
status "a machine that is in none" 75 to --cloud=auto
like "asks nobody" "$(asked) $(meta 'has("cloud")')" '^(0 false|[12] true)$'
status "nothing to send, nobody to ask" 0 "$up" --dir="$T/d" --cloud=aws
is "indeed" "$(grep -c . "$T/log")" "$(asked)"
is "no process is left" "$(pgrep -f "$S")" ""
done_testing
