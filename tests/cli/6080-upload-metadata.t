# gp-upload --metadata: the owner's words, in the bundle and where servers want them.
. tests/tap.sh
. tests/fixtures/http_sink.sh
up=$BIN/gp-upload
S=$T/spool
export GP_CONFIG=
printf 'x;y 3\n' > "$T/in"
IN=$T/in
to() { "$up" --to="http://127.0.0.1:1/ name=t" --spool="$S" --retries=0 -q --metadata="$T/m" "$@"; }
meta() { tar xzOf "$S"/2*/bundle.tar.gz meta.json | jq -c "$1"; }
# says DESCRIPTION WANT: what comes of the file on standard input.
says() {
	rm -rf "$S"
	cat > "$T/m"
	status "$1" 75 to
	is "$1: comes out" "$(meta .metadata)" "$2"
}
says "lines" '{"team":"search","tier":"1","a.b/c-d_e":"x = y","empty":""}' <<'EOT'
# of our own
team = search
  tier=1	

a.b/c-d_e=x = y
empty=
team=again
EOT
printf 'a=1\r\nb=2' > "$T/crlf"
says "other line ends" '{"a":"1","b":"2"}' < "$T/crlf"
says "JSON" '{"team":"é\"x","n":"3","f":"1.5","b":"true"}' <<'EOT'
 {"team": "é\"x", "n": 3, "f": 1.5, "b": true, "no": null, "list": [1], "o": {}}
EOT
says "as gProfiler has it" '{"team":"search"}' <<'EOT'
{"static": {"team": "search"}, "application": {"7": {"x": "y"}}}
EOT
says "keys and values of other forms" '{"good":"1"}' <<EOT
{"good": 1, "a b": "x", "": "x", "nl": "a\nb", "long": "$(printf '%0600d' 0)", "$(printf '%080d' 0)": "x"}
EOT
i=0; while [ $i -lt 100 ]; do echo "k$i=$i"; i=$((i + 1)); done > "$T/many"
rm -rf "$S"; cp "$T/many" "$T/m"
status "too many" 75 to
is "are cut" "$(meta '.metadata | length')" 64

# What cannot be used costs the profile nothing, and is said.
bad() { # DESCRIPTION REGEX
	rm -rf "$S"
	status "$1" 75 "$up" --to="http://127.0.0.1:1/ name=t" --spool="$S" --retries=0 --metadata="$T/m"
	like "$1: said" "$(cat "$T/err")" "$T/m: .*$2.*UPLOAD_METADATA"
	is "$1: the profile goes without" "$(meta 'has("metadata")')" false
	status "$1: --check finds it" 66 "$up" --to=http://h/ --metadata="$T/m" --check
}
rm "$T/m"; bad "no file" 'No such file'
echo '{"a":' > "$T/m"; bad "half of JSON" 'is no JSON'
echo 'words' > "$T/m"; bad "a line without =" 'line 1 is not KEY=VALUE'
head -c 70000 /dev/zero | tr '\0' x > "$T/m"; bad "a large one" 'File too large'
status "another cloud" 64 "$up" --to=http://h/ --cloud=moon

# To Performance Studio, with the cloud that the bundle knows.
sink_start
echo studio-SeCrEt > "$T/token"; chmod 600 "$T/token"
echo 'team=search' > "$T/m"
mkdir -p "$T/run"
printf '{"boot":"%s","kind":"aws","asked":1,"cloud":{"provider":"aws","instance_type":"c5.xlarge"}}' \
    "$(cat /proc/sys/kernel/random/boot_id)" > "$T/run/cloud.json"
RUNTIME_DIRECTORY=$T/run
export RUNTIME_DIRECTORY
sink_says 200
status "performance studio" 0 "$up" --to="studio+http://127.0.0.1:$SINK_PORT/ name=s service=web-shop token-file=$T/token" \
    --spool="$T/s2" --cloud=aws --metadata="$T/m"
is "is told both" "$(jq -c '.metadata | [.cloud_provider, .cloud_info.instance_type, .external_metadata.team]' "$SINK/studio.head")" \
    '["aws","c5.xlarge","search"]'
done_testing
