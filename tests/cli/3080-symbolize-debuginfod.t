#!/bin/sh
# Debug files from a debuginfod server, a real one on the loopback; and from such
# as do not answer, or lie.
. tests/tap.sh

command -v cc > /dev/null || skip_all "no compiler"
command -v debuginfod > /dev/null || skip_all "no debuginfod"
command -v python3 > /dev/null || skip_all "no python3"

printf '%s\n' '#include <stdlib.h>' \
    'static __attribute__((noinline)) int inner(int n) { return rand() % (n + 1); }' \
    '__attribute__((noinline)) int outer(int n) { return inner(n) + inner(n + 1); }' \
    'int main(int c, char **v) { (void)v; return outer(c); }' > "$T/p.c"
mkdir "$T/served" "$T/here"
cc -O1 -g -Wl,--build-id -o "$T/whole" "$T/p.c"
ID=$(readelf -n "$T/whole" | sed -n 's/.*Build ID: //p')
objcopy --only-keep-debug "$T/whole" "$T/served/p.debug"
strip -o "$T/here/prog" "$T/whole"
addrs=$(for n in inner outer; do
	nm "$T/whole" | awk -v n=$n '$3 == n { print ";$1+" $1 }'
done | tr -d '\n')
stream() { # path
	printf '%s\n' '#gp version=1 kind=raw' \
	    "#module id=1 build_id=$ID path=$1" "x-1$addrs 1" \
	    '#end lines=1 samples=1 lost=0'
}
stream "$T/here/prog" > "$T/raw"
stream "$T/not/here" > "$T/raw2"
named() { # stream [option...]
	f=$1
	shift
	"$BIN/gp-symbolize" -v "$@" "$f" 2> "$T/err" |
	    sed -n 's/^x-1;\(.*\) 1$/\1/p'
}
# The client's cache remembers also what a server does not have.
fresh() { rm -rf "$T/client" "$T/cache"; }
export DEBUGINFOD_CACHE_PATH="$T/client"

# Is something served there?
asks() { # port
	python3 -c '
import sys, urllib.request
url = "http://127.0.0.1:%s/buildid/%s/debuginfo" % (sys.argv[1], sys.argv[2])
try:
    urllib.request.urlopen(url, timeout=5).read()
except Exception:
    sys.exit(1)' "$1" "$ID" 2> "$T/null"
}
free_port() {
	python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
server=
on_exit='kill $server 2> /dev/null; wait'
# The port may be taken before the server has it: then another one.
for try in 1 2 3; do
	port=$(free_port)
	debuginfod -p "$port" -d "$T/db" -t 1 -F "$T/served" \
	    > "$T/server" 2>&1 & server=$!
	n=0
	until asks "$port" || [ $n -ge 150 ] || ! kill -0 $server 2> "$T/null"; do
		n=$((n + 1))
		sleep 0.2
	done
	asks "$port" && break
	kill $server 2> "$T/null"
done
asks "$port" || { cat "$T/server" >&2; skip_all "the server does not serve"; }
url=http://127.0.0.1:$port

is "without a server there are no names" "$(named "$T/raw")" "[prog];[prog]"
export DEBUGINFOD_URLS="$url"
rm -rf "$T/cache"
is "a server's debug file has them" "$(named "$T/raw")" "inner;outer"
like "which is said" "$(cat "$T/err")" 'prog: debuginfod: a debug file'
is "the second run has them, too" "$(named "$T/raw")" "inner;outer"
unlike "and asks nobody" "$(cat "$T/err")" 'debuginfod'
is "so does a stream whose files are elsewhere" "$(named "$T/raw2")" \
    "inner;outer"
fresh
is "at the first time, too" "$(named "$T/raw2")" "inner;outer"
like "from the server" "$(cat "$T/err")" 'here: found through a server'
fresh
is "--offline asks nobody" "$(named "$T/raw" --offline)" "[prog];[prog]"
unlike "and says nothing of it" "$(cat "$T/err")" 'debuginfod'
fresh
is "--keep-raw, and no server" "$(named "$T/raw2" --offline --keep-raw)" \
    "${addrs#;}"
"$BIN/gp-symbolize" --offline --keep-raw "$T/raw2" > "$T/kept"
is "leaves them for a second pass" "$(named "$T/kept")" "inner;outer"
# A table that was made without a server is made anew when there is one.
fresh
is "a table without" "$(DEBUGINFOD_URLS='' named "$T/raw")" "[prog];[prog]"
is "becomes one with" "$(named "$T/raw")" "inner;outer"
kill $server
wait $server 2> "$T/null"

# Nobody there.
fresh
is "a server that is gone" "$(named "$T/raw")" "[prog];[prog]"

# One that never answers, and one that has something else.
cat > "$T/bad.py" <<'END'
import http.server, socket, sys, threading
silent = socket.socket()
silent.bind(("127.0.0.1", 0))
silent.listen(16)
body = open(sys.argv[1], "rb").read()
class Liar(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
liar = http.server.HTTPServer(("127.0.0.1", 0), Liar)
print(silent.getsockname()[1], liar.server_address[1], flush=True)
liar.serve_forever()
END
python3 "$T/bad.py" "$BIN/gp" > "$T/ports" & server=$!
n=0
until [ -s "$T/ports" ] || [ $n -ge 150 ]; do n=$((n + 1)); sleep 0.2; done
read -r silent liar < "$T/ports"
fresh
export DEBUGINFOD_URLS="http://127.0.0.1:$silent"
is "a server that never answers" \
    "$(named "$T/raw" --server-timeout=1s)" "[prog];[prog]"
like "is not waited for" "$(cat "$T/err")" 'DEBUGINFOD_TIME'
fresh
export DEBUGINFOD_URLS="http://127.0.0.1:$liar"
is "a server that has another file" "$(named "$T/raw")" "[prog];[prog]"
fresh
is "of a program that is not here" "$(named "$T/raw2")" "[here];[here]"
like "is refused" "$(cat "$T/err")" 'another build'
done_testing
