# gp-upload over TLS: certificates are verified, always.
. tests/tap.sh
. tests/fixtures/http_sink.sh
command -v openssl > /dev/null || skip_all "no openssl"
up=$BIN/gp-upload
S=$T/spool
C=$T/ca
mkdir "$C"
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
	    -keyout "$C/ca.key" -out "$C/ca.pem" -subj '/CN=gp test CA' -days 2 &&
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
	    -keyout "$C/key.pem" -out "$C/csr" -subj '/CN=gp test' &&
	echo subjectAltName=IP:127.0.0.1 > "$C/ext" &&
	openssl x509 -req -in "$C/csr" -CA "$C/ca.pem" -CAkey "$C/ca.key" \
	    -CAcreateserial -days 2 -extfile "$C/ext" -out "$C/cert.pem" &&
	echo subjectAltName=DNS:other.example > "$C/ext" &&
	openssl x509 -req -in "$C/csr" -CA "$C/ca.pem" -CAkey "$C/ca.key" \
	    -CAcreateserial -days 2 -extfile "$C/ext" -out "$C/other.pem"
} > "$T/openssl" 2>&1 || { cat "$T/openssl" >&2; exit 1; }
waiting() { find "$S" -maxdepth 1 -name '*.tar.gz' | wc -l | tr -d ' '; }
post() { "$up" --url="https://127.0.0.1:$SINK_PORT/in" --spool="$S" "$@"; }
printf 'x;y 3\n' > "$T/in"

sink_start "$C/cert.pem" "$C/key.pem"
sink_says 200
echo token > "$T/token"; chmod 600 "$T/token"
IN=$T/in status "a certificate of a CA that is trusted" 0 post --ca-file="$C/ca.pem" --token-file="$T/token"
is "nothing is said" "$(cat "$T/err")" ""
is "it arrives" "$(cut -d' ' -f1,5- "$SINK/log")" "200 Bearer token"
sink_says 200
IN=$T/in status "of a CA that is not" 69 post --token-file="$T/token"
like "said" "$(cat "$T/err")" 'certificate.*nothing more is sent, 1 waiting'
is "nothing was sent" "$(cat "$SINK/log")" ""
is "and nothing is lost" "$(waiting)" 1
status "a CA file that is not there" 66 post --flush --ca-file="$T/none"
status "a CA file that holds none" 69 post --flush --ca-file="$T/in"
is "nothing was sent" "$(cat "$SINK/log")" ""
sink_start "$C/other.pem" "$C/key.pem"
sink_says 200
status "a certificate for another name" 69 post --flush --ca-file="$C/ca.pem"
is "nothing was sent" "$(cat "$SINK/log")" ""
sink_start
sink_says 200
status "a server that does not speak TLS is trouble that may pass" 75 \
    post --flush --ca-file="$C/ca.pem" --retries=0
is "nothing is lost" "$(waiting)" 1
done_testing
