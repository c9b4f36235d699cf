# Real processes: every runtime that is installed here, what is deleted, dead,
# half dead or unborn, and what a user without privilege sees.
. tests/tap.sh

[ "$(id -u)" -eq 0 ] || skip_all "needs root"
pids=
# shellcheck disable=SC2086 # a list
on_exit='[ -z "$pids" ] || kill -9 $pids 2> /dev/null'
d() { "$BIN/gp-discover" "$@"; }
field() { sed -n "s/^#process .* $1=\([^ ]*\).*/\1/p"; }
# start COMMAND...: it prints "ready ..." when it is; the pid is in $pid
n=0
start() {
	n=$((n + 1))
	: > "$T/ready.$n"
	"$@" > "$T/ready.$n" 2>&1 < /dev/null & pid=$!
	pids="$pids $pid"
	until grep -q ready "$T/ready.$n"; do
		kill -0 "$pid" 2> /dev/null || { note "$(cat "$T/ready.$n")"; break; }
		perl -e 'select undef, undef, undef, .02'
	done
}

start "$FIX/waits"
is "a C program is native" "$(d -p "$pid" | field runtime)" native
is "and profiled" "$(d -p "$pid" | field decision)" profile
is "with its start time" "$(d -p "$pid" | field start)" \
    "$(sed 's/.*) //' "/proc/$pid/stat" | cut -d ' ' -f 20)"
is "and file" "$(d -p "$pid" | field exe)" "$(readlink -f "$FIX/waits")"

# real NAME COMMAND VERSION-COMMAND SCRIPT-OPTION SCRIPT
real() {
	if ! command -v "$2" > /dev/null; then
		skip "$1 is $1" "no $2"
		return
	fi
	start "$2" "$4" "$5"
	is "$2 is $1 of its version" "$(d -p "$pid" | field runtime)" \
	    "$1/$("$2" $3)"
}
py='import sys, time
print("ready", flush=True)
time.sleep(1000)'
for python in /usr/bin/python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python; do
	[ -x "$python" ] || continue
	start "$python" -u -c "import sys, time
sys.stdout.write('ready\n')
time.sleep(1000)"
	want=$("$python" -c 'import sys
v = sys.version_info
sys.stdout.write("%d.%d" % v[:2] + (".%d" % v[2] if v >= (3, 11) else ""))')
	is "$python is python/$want" "$(d -p "$pid" | field runtime)" \
	    "python/$want"
done
real perl perl '-e printf("%vd",$^V)' -e \
    '$| = 1; print "ready\n"; sleep 1000'
real node node '-p process.version.slice(1)' -e \
    'console.log("ready"); setTimeout(() => {}, 1e6)'
real ruby ruby '-e print(RUBY_VERSION)' -e \
    'puts "ready"; $stdout.flush; sleep 1000'
real php php '-r echo(PHP_VERSION);' -r 'echo "ready\n"; sleep(1000);'
if command -v java > /dev/null && command -v javac > /dev/null; then
	cat > "$T/W.java" <<-'EOF'
	public class W {
		public static void main(String[] a) throws Exception {
			if (a.length > 0)
				System.out.print(System.getProperty("java.version"));
			else
				System.out.println("ready");
			System.out.flush();
			if (a.length == 0)
				Thread.sleep(1000000);
		}
	}
	EOF
	javac -d "$T" "$T/W.java"
	start java -Xint -cp "$T" W
	is "java is jvm of its version" "$(d -p "$pid" | field runtime)" \
	    "jvm/$(java -Xint -cp "$T" W version)"
else
	skip "java is jvm" "no JDK"
fi
# Whoever holds an interpreter is one, whatever it is called.
if [ -x /usr/bin/python3 ]; then
	cp "$(readlink -f /usr/bin/python3)" "$T/innocent name"
	start "$T/innocent name" -c "$py"
	rm "$T/innocent name"
	d -p "$pid" > "$T/out"
	like "a deleted, renamed Python is Python" \
	    "$(field runtime < "$T/out")" '^python/3'
	is "its name is told without (deleted)" "$(field exe < "$T/out")" \
	    "$(readlink -f "$T")/innocent%20name"
	is "and that it is" "$(field deleted < "$T/out")" 1
else
	skip "a deleted, renamed Python is Python" "no /usr/bin/python3"
fi

start "$FIX/waits" -z
read -r _ parent zombie < "$T/ready.$n"
is "a zombie is skipped" "$(d -p "$zombie" | field reason)" zombie
is "its parent is not" "$(d -p "$parent" | field decision)" profile
start "$FIX/waits" -l
d -p "$pid" > "$T/out"
is "a process whose first thread ended is profiled" \
    "$(field decision < "$T/out")" profile
is "and has its file" "$(field exe < "$T/out")" "$(readlink -f "$FIX/waits")"
is "the kernel's threads are skipped" "$(d -p 2 | field reason)" kernel-thread
is "so is gp-discover itself" \
    "$(d --comm='^gp-discover$' | field reason | sort -u)" self
tid=$(for t in /proc/"$pid"/task/*; do echo "${t##*/}"; done | grep -vx "$pid")
ok "a thread can be opened" test -e "/proc/$tid/stat"
is "but is no process" "$(d -p "$tid" | grep -c '^#process')" 0

"$BIN/gp-discover" > "$T/out"
is "none of ours is missing" "$(for p in $pids; do
	grep -q "^#process pid=$p " "$T/out" || echo "$p"; done)" ""
is "a terminal gets the table" "$(script -qec "'$BIN/gp-discover'" /dev/null |
    head -n 1 | awk '{ print $1, $2 }')" "PID USER"

# Without privilege: what can be seen is told, what cannot be is named.
start "$FIX/waits"
cp "$BIN/gp-discover" "$FIX/waits" "$T/"
chmod 755 "$T" "$T/gp-discover" "$T/waits"
nobody='setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all'
as_nobody() { $nobody "$@"; }
if as_nobody true 2> /dev/null; then
	status "nobody may look" 0 as_nobody "$T/gp-discover"
	like "processes of others are skipped" \
	    "$(grep "^#process pid=$pid " "$T/out")" \
	    'comm=waits .*uid=0 user=root runtime=unknown .*decision=skip reason=permission-denied$'
	is "one sentence says why" "$(wc -l < "$T/err")" 1
	like "and what is needed" "$(cat "$T/err")" 'CAP_SYS_PTRACE'
	is "kernel threads are known all the same" \
	    "$(grep '^#process pid=2 ' "$T/out" | field reason)" kernel-thread
	# shellcheck disable=SC2086 # a command
	start $nobody "$T/waits"
	is "one's own are profiled" "$(as_nobody "$T/gp-discover" -p "$pid" \
	    2> /dev/null | field decision)" profile
	is "with their runtime" "$(as_nobody "$T/gp-discover" -p "$pid" \
	    2> /dev/null | field runtime)" native
else
	skip "nobody may look" "setpriv cannot change the user"
fi

# Processes that come and go by the hundred while they are read.
: > "$T/storm"
perl -e '
	$SIG{CHLD} = "IGNORE"; $SIG{TERM} = sub { exit };
	$| = 1; print "ready\n";
	for (;;) { for (1 .. 20) { fork or exit } select undef, undef, undef, .001 }
' >> "$T/storm" & storm=$!
pids="$pids $storm"
until grep -q ready "$T/storm"; do perl -e 'select undef, undef, undef, .02'; done
bad=0 gone=0 i=0
while [ $i -lt 100 ]; do
	i=$((i + 1))
	"$BIN/gp-discover" > "$T/out" 2> "$T/err" && [ ! -s "$T/err" ] &&
	    tail -n 1 "$T/out" | grep -q '^#end ' || bad=$((bad + 1))
done
is "a fork storm is no reason for a message or a status" "$bad" 0
note "$("$BIN/gp-discover" -v 2>&1 > /dev/null | tail -n 1)"
kill "$storm"
done_testing
