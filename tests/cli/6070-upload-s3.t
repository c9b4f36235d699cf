# gp-upload to S3: signatures that an independent implementation makes as well.
. tests/tap.sh
. tests/fixtures/http_sink.sh
up=$BIN/gp-upload
S=$T/spool
printf '#gp version=1 kind=folded host=web-7/x streams=1\nx;y 3\n#end lines=1 samples=3 lost=0\n' > "$T/in"
log() { cat "$SINK/log-s3" 2> /dev/null; }
fresh() { rm -rf "$SINK/log-s3" "$SINK/s3" "$S"/to/*/state; }
TIME=--time=2026-11-24T10:41:07.482Z
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_REGION AWS_DEFAULT_REGION AWS_PROFILE
to() { "$up" --to="s3+http://127.0.0.1:$SINK_PORT/${BUCKET-bucket} name=t${SET-}" --spool="$S" "$@"; }
keys() { # FILE KEY SECRET [LINE]
	printf '[other]\naws_access_key_id = X\naws_secret_access_key = Y\n# c\n[default]\naws_access_key_id = %s\naws_secret_access_key=%s\n%s\n' \
	    "$2" "$3" "${4-}" > "$1"
	chmod 600 "$1"
}
secret=wJalrXUtnFEMI/SeCrEt/bPxRfiCY
ok "the check of signatures is right: Amazon's own example" python3 tests/fixtures/sink_peers.py
sink_start

keys "$T/keys" AKIDTEST $secret
SET=" credentials-file=$T/keys"
IN=$T/in status "a bundle becomes an object" 0 to $TIME
id=$(cut -c1-32 "$S/finished")
is "its key is made of time, host and id" "$(log)" \
    "200 /bucket/2026/11/24/10/web-7_x/20261124T104107.482Z-$id.tar.gz"
is "and it is the bundle" "$(tar xzOf "$SINK$(log | sed 's/200 /\/s3/')" profile.folded)" "$(cat "$T/in")"
is "nothing waits" "$(find "$S" -maxdepth 1 -name '2*')" ""
fresh
SET=
IN=$T/in AWS_ACCESS_KEY_ID=AKIDTEST AWS_SECRET_ACCESS_KEY=$secret AWS_SESSION_TOKEN=session-SeCrEt \
    status "the key from the environment, with a session" 0 to
like "does" "$(log)" '^200 /bucket/2'
fresh
SET=" credentials-file=$T/keys"
BUCKET=bucket/with/prefix/
IN=$T/in status "a prefix" 0 to
like "comes first" "$(log)" '^200 /bucket/with/prefix/2'
BUCKET=
fresh
IN=$T/in status "a bucket that is in the host" 0 to
like "needs none in the path" "$(log)" '^200 /2026|^200 /20'

# Regions.
SINK_REGION=eu-west-1 sink_start
BUCKET=bucket
IN=$T/in status "a region that is another: 69" 69 to
like "said by its code" "$(cat "$T/err")" 'HTTP status 400: AuthorizationHeaderMalformed; nothing more is sent, 0 waiting'
SET="$SET region=eu-west-1"
status "the right one" 0 to --flush --again
SET=" credentials-file=$T/keys"
fresh
IN=$T/in AWS_REGION=eu-west-1 status "that of the environment" 0 to
like "does" "$(log)" ^200
sink_start

# What is wrong with a key is ours to mend; the next attempt reads it anew.
fresh
keys "$T/keys" AKIDOTHER $secret
IN=$T/in status "an unknown key: 69" 69 to
like "said" "$(cat "$T/err")" '403: InvalidAccessKeyId; .*0 waiting'
keys "$T/keys" AKIDTEST wrong
status "a wrong secret: 69" 69 to --flush --again
like "said" "$(cat "$T/err")" '403: SignatureDoesNotMatch; .*0 waiting'
keys "$T/keys" AKIDTEST $secret aws_session_token=old
status "an expired session: 69" 69 to --flush --again
like "said" "$(cat "$T/err")" '400: InvalidToken; .*0 waiting'
: > "$T/keys"
status "a file without a key: 69" 69 to --flush --again
like "said" "$(cat "$T/err")" 'keys holds no access key in \[default\]; .*1 waiting'
rm "$T/keys"
status "a file that is not there: 69" 69 to --flush
like "said" "$(cat "$T/err")" 'keys: No such file'
keys "$T/keys" AKIDTEST $secret
status "mended" 0 to --flush
is "it arrives, once" "$(log | grep -c ^200) $(find "$S" -maxdepth 1 -name '2*' | wc -l | tr -d ' ')" "1 0"

for trouble in 500 503 '503 after=1' reset; do
	fresh
	sink_says "$trouble" 200
	IN=$T/in status "$trouble: tried again" 0 to --max-time=600s
	is "$trouble: arrives once" "$(log | grep -c ^200)" 1
done
fresh
sink_says cut 200
IN=$T/in status "an answer that is cut off" 0 to --time=2026-11-25T10:41:07.482Z --max-time=600s
is "ends in one object" "$(find "$SINK/s3" -type f | wc -l)" 1
is "secrets are nowhere" "$(grep -rl SeCrEt "$S" "$SINK" "$T/err" "$T/out")" ""
done_testing
