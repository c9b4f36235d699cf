# A Python that a server has as a plugin: uwsgi, with threads of its own, while it
# answers requests.
. tests/tap.sh
. tests/live/profile.sh
need_sampling
command -v uwsgi-core > /dev/null || skip_all "no uwsgi"
ls /usr/lib/uwsgi/plugins/python3*_plugin.so > /dev/null 2>&1 ||
	skip_all "uwsgi without Python"

cat > "$T/app.py" <<'EOP'
def price(n):
    x = 0
    for i in range(n):
        x += i * i
    return b'%d\n' % x


class Shop:
    def answer(self, start):
        start('200 OK', [('Content-Type', 'text/plain')])
        return [price(300000)]


def application(env, start):
    return Shop().answer(start)
EOP
# Requests, one after the other from each of two clients, until nobody answers.
cat > "$T/load.py" <<'EOP'
import socket
import sys
import threading


def ask():
    n = 0
    while True:
        s = socket.socket(socket.AF_UNIX)
        try:
            s.connect(sys.argv[1])
            s.sendall(b'GET / HTTP/1.0\r\n\r\n')
            answer = b''
            while True:
                more = s.recv(4096)
                if not more:
                    break
                answer += more
        except OSError:
            return
        finally:
            s.close()
        if b'\r\n\r\n8999955000050000\n' not in answer:
            print('wrong answer', answer, flush=True)
            return
        n += 1
        if n == 3:
            print('answered\n', end='', flush=True) # at once: there are two


clients = [threading.Thread(target=ask) for i in range(2)]
for c in clients:
    c.start()
for c in clients:
    c.join()
EOP
uwsgi-core --plugin python3 --http-socket "$T/http" --chdir "$T" --need-app \
    --wsgi-file app.py --master --processes 1 --threads 2 --enable-threads \
    > "$T/log" 2>&1 & server=$!
load=
on_exit='kill -INT $server 2> /dev/null; kill $load 2> /dev/null; wait $server'
until grep -q 'spawned uWSGI worker 1' "$T/log" || ! kill -0 $server; do
	sleep .05
done
python3 "$T/load.py" "$T/http" > "$T/answers" 2>&1 & load=$!
until grep -q . "$T/answers" || ! kill -0 $load 2> /dev/null; do sleep .05; done
is "requests are answered" "$(sort -u "$T/answers")" answered
worker=$(pgrep -P $server | head -n 1)

for try in 2 5 10; do
	profile --per-thread -d "${try}s" -p "$worker"
	# The function, while it is begun and ended its caller.
	LC_ALL=C awk '/^#/ { next }
	{
		pys = ""
		between = 0
		n = split($0, f, ";")
		for (i = 2; i <= n; i++)
			if (sub(/_\[p\]( [0-9]+)?$/, "", f[i]))
				pys = pys f[i] ";"
			else if (f[i] ~ /python_call|uwsgi_request_wsgi|\[python3/)
				between = between || pys == ""
		if (pys == "")
			next
		total += $NF
		if (pys ~ /^application \(app.py:14\);(Shop.answer \(app.py:9\);(price \(app.py:1\);)?)?$/ &&
		    between) {
			good += $NF
			if (pys ~ /price/)
				inner += $NF
			split(f[1], id, "/")
			threads[id[2]] += $NF
		} else if (++shown < 4)
			print "# wrong: " substr($0, 1, 500)
	}
	END {
		for (t in threads)
			k++
		printf "# %d of %d good, %d in price(), %d threads\n", good,
		    total, inner, k
		if (total < 100)
			exit 2
		exit !(good >= total * .995 && inner >= total * .9 && k == 2)
	}' "$T/named" > "$T/verdict"
	s=$?
	[ $s -eq 2 ] || break
done
cat "$T/verdict"
_result $s "its threads have the frames of the application, behind the server's"
done_testing
