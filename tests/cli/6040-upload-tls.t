# gp-upload over TLS: certificates are verified, always, and shown if asked for.
. tests/tap.sh
. tests/fixtures/http_sink.sh
command -v openssl > /dev/null || skip_all "no openssl"
up=$BIN/gp-upload
S=$T/spool
C=$T/ca
mkdir "$C"
# ca NAME: a certificate authority of its own.
ca() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
	    -keyout "$C/$1.key" -out "$C/$1.pem" -subj "/CN=gp test $1" -days 2
}
# cert NAME CA EXTENSION: a key and a certificate that the CA has signed.
cert() {
	echo "$3" > "$C/ext" &&
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
	    -keyout "$C/$1.key" -out "$C/csr" -subj "/CN=$1" &&
	openssl x509 -req -in "$C/csr" -CA "$C/$2.pem" -CAkey "$C/$2.key" \
	    -CAcreateserial -days 2 -extfile "$C/ext" -out "$C/$1.pem"
}
{
	ca ca && ca foreign &&
	cert here ca subjectAltName=IP:127.0.0.1 &&
	cert other ca subjectAltName=DNS:other.example &&
	cert client ca extendedKeyUsage=clientAuth &&
	cert stranger foreign extendedKeyUsage=clientAuth
} > "$T/openssl" 2>&1 || { cat "$T/openssl" >&2; exit 1; }
waiting() { find "$S" -maxdepth 2 -name 'for-*' | wc -l | tr -d ' '; }
forget() { rm -f "$S"/to/*/state; }
# The name keeps the queue, whichever port the server has.
post() { "$up" --to="https://127.0.0.1:$SINK_PORT/in name=t${SET-}" --spool="$S" "$@"; }
printf 'x;y 3\n' > "$T/in"
echo token > "$T/token"; chmod 600 "$T/token"

sink_start "$C/here.pem" "$C/here.key"
sink_says 200
SET=" token-file=$T/token"
IN=$T/in status "a certificate of a CA that is trusted" 0 post --ca-file="$C/ca.pem"
is "nothing is said" "$(cat "$T/err")" ""
is "it arrives" "$(cut -d' ' -f1,5- "$SINK/log")" "200 Bearer token"
sink_says 200
IN=$T/in status "of a CA that is not" 69 post
like "said" "$(cat "$T/err")" 'certificate.*nothing more is sent, 1 waiting'
is "nothing was sent" "$(cat "$SINK/log")" ""
is "and nothing is lost" "$(waiting)" 1
status "a CA file that is not there" 66 post --flush --ca-file="$T/none"
status "a CA file that holds none" 69 post --flush --ca-file="$T/in"
is "nothing was sent" "$(cat "$SINK/log")" ""
sink_start "$C/other.pem" "$C/other.key"
sink_says 200
status "a certificate for another name" 69 post --flush --ca-file="$C/ca.pem"
is "nothing was sent" "$(cat "$SINK/log")" ""
sink_start
sink_says 200
status "a server that does not speak TLS is trouble that may pass" 75 \
    post --flush --ca-file="$C/ca.pem" --retries=0
is "nothing is lost" "$(waiting)" 1
forget
sink_start "$C/here.pem" "$C/here.key"
status "what waits is sent" 0 post --flush --ca-file="$C/ca.pem"
# One at a time: each further attempt may wait twice as long.
for trouble in cut reset half; do
	sink_says $trouble 200
	IN=$T/in status "$trouble: a connection that ends in its encrypted midst is tried again" 0 \
	    post --ca-file="$C/ca.pem" --max-time=600s
	is "$trouble: and then it arrives" "$(tail -n 1 "$SINK/log" | cut -d' ' -f1,3) $(waiting)" \
	    "200 $(sha256sum < "$T/in" | cut -d' ' -f1) 0"
done

# The system's own certificates: a folder by hashes, and a file of them all, that is
# read only if the folder did not do. Both are shown here in a mount namespace.
system() { # FOLDER: gp-upload where it is the system's
	unshare -m sh -c 'mount --bind "$1" /etc/ssl/certs && shift && exec "$@"' - "$@"
}
mkdir "$C/hashed" "$C/file" "$C/neither"
cp "$C/ca.pem" "$C/hashed" && openssl rehash "$C/hashed" > "$T/openssl"
cp "$C/foreign.pem" "$C/file" && openssl rehash "$C/file" > "$T/openssl"
cp "$C/file"/* "$C/neither"
echo 'no certificate' > "$C/hashed/ca-certificates.crt"
cat "$C/foreign.pem" "$C/ca.pem" > "$C/file/ca-certificates.crt"
cp "$C/foreign.pem" "$C/neither/ca-certificates.crt"
case $(readelf -d "$(ldconfig -p | awk '/libcurl\.so\.4 / { print $NF; exit }')" 2> /dev/null) in
*libssl*) openssl=yes ;;
*) openssl='' ;;
esac
if [ "$openssl" ] && [ -s /etc/ssl/certs/ca-certificates.crt ] &&
    system "$C/hashed" true 2> "$T/err"; then
	SET=
	sink_says 200
	IN=$T/in status "a CA in the system's folder: its file is not read" 0 system "$C/hashed" \
	    "$up" --to="https://127.0.0.1:$SINK_PORT/in name=t" --spool="$S"
	sink_says 200
	IN=$T/in status "a CA in the system's file alone" 0 system "$C/file" \
	    "$up" --to="https://127.0.0.1:$SINK_PORT/in name=t" --spool="$S"
	is "nothing is said" "$(cat "$T/err")" ""
	sink_says 200
	IN=$T/in status "a CA in neither" 69 system "$C/neither" \
	    "$up" --to="https://127.0.0.1:$SINK_PORT/in name=t" --spool="$S"
	is "nothing was sent" "$(cat "$SINK/log")" ""
	forget
	status "is trusted in the folder later" 0 system "$C/hashed" \
	    "$up" --flush --to="https://127.0.0.1:$SINK_PORT/in name=t" --spool="$S"
else
	skip "the system's certificates" "no mount namespace, or another libcurl: $(cat "$T/err")"
fi

# The client's own certificate.
sink_start "$C/here.pem" "$C/here.key" "$C/ca.pem"
SET=" ca-file=$C/ca.pem"
sink_says 200
IN=$T/in status "a server that wants a certificate, and gets none" 75 post --retries=0
is "nothing is lost" "$(cat "$SINK/log")$(waiting)" 1
forget
status "one of another CA" 75 post --flush --retries=0 --cert="$C/stranger.pem" --key="$C/stranger.key"
is "nothing is lost" "$(cat "$SINK/log")$(waiting)" 1
forget
status "the right one" 0 post --flush --cert="$C/client.pem" --key="$C/client.key"
is "it arrives" "$(cut -d' ' -f1 "$SINK/log") $(waiting)" "200 0"
cat "$C/client.pem" "$C/client.key" > "$C/both.pem"
SET="$SET cert=$C/both.pem"
sink_says 200
IN=$T/in status "in one file with its key, for this target" 0 post
status "a certificate that is not there" 66 post --flush --cert="$T/none" --key="$T/none" \
    --to="https://127.0.0.1:1/ name=u"
SET=" ca-file=$C/ca.pem cert=$C/client.pem key=$C/stranger.key"
sink_says 200
IN=$T/in status "a key that is another's" 69 post
like "said" "$(cat "$T/err")" 'nothing more is sent, 1 waiting'

# Replaced on the disk while gp-upload tries: the next attempt has the new one.
forget
cp "$C/stranger.pem" "$C/now.pem"; cp "$C/stranger.key" "$C/now.key"
cp "$C/foreign.pem" "$C/now-ca.pem"
SET=" ca-file=$C/now-ca.pem cert=$C/now.pem key=$C/now.key"
cp "$C/ca.pem" "$C/now-ca.pem"
sink_says 200
post --flush --retries=1000 --max-time=600s -v > "$T/out" 2>&1 &
pid=$!
# What it says depends on whether the alert or the end of the connection is seen
# first; who waits for the one waits ever longer for the next attempt.
while kill -0 $pid 2> /dev/null && ! grep -q '^gp-upload: https:' "$T/out"; do sleep 0.02; done
cp "$C/client.key" "$C/now.key.new"; cp "$C/client.pem" "$C/now.pem.new"
# Between the two the key fits no certificate: the sender is stopped meanwhile.
kill -STOP $pid $(pgrep -P $pid)
mv "$C/now.key.new" "$C/now.key"; mv "$C/now.pem.new" "$C/now.pem"
kill -CONT $(pgrep -P $pid) $pid
rc=0; wait $pid || rc=$?
is "a certificate that is replaced is used by the next attempt" \
    "$rc $(cut -d' ' -f1 "$SINK/log") $(waiting)" "0 200 0"

# Proxies.
SET=" ca-file=$C/ca.pem"
sink_start "$C/here.pem" "$C/here.key"
far=$SINK_PORT SINK_FAR=$SINK
keep=$sink_pid sink_pid=
on_exit='sink_stop; kill $keep 2> /dev/null'
SINK=$T/proxy
sink_start
far() { "$up" --to="https://127.0.0.1:$far/in name=t ca-file=$C/ca.pem" --spool="$S" "$@"; }
echo 200 > "$SINK_FAR/script"; : > "$SINK_FAR/log"
sink_says 200
IN=$T/in status "through a proxy that is given, whatever NO_PROXY says" 0 far --proxy="$URL"
is "it went there" "$(cat "$SINK/log") $(cut -d' ' -f1 "$SINK_FAR/log")" "CONNECT 127.0.0.1:$far 200"
: > "$SINK_FAR/log"
sink_says 200
IN=$T/in NO_PROXY='' https_proxy=$URL status "or that of the environment" 0 far
is "it went there" "$(cat "$SINK/log") $(cut -d' ' -f1 "$SINK_FAR/log")" "CONNECT 127.0.0.1:$far 200"
sink_says 407
IN=$T/in status "a proxy that wants a password" 69 far --proxy="$URL"
like "said" "$(cat "$T/err")" '407.*1 waiting'
sink_says 502
status "a proxy in trouble" 75 far --flush --proxy="$URL" --retries=0
forget
status "a proxy that is not there" 75 far --flush --proxy=http://127.0.0.1:1/ --retries=0
is "nothing is lost" "$(waiting)" 1
status "a proxy with a password in its URL" 64 far --flush --proxy=http://u:PaSs@h/
unlike "is not shown" "$(cat "$T/err")" PaSs
done_testing
