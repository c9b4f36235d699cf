# What gp-record does where it may not do everything: each level of
# kernel.perf_event_paranoid, by a user without privilege, and kernels that a BPF
# program could freeze.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

# -- kernels --
rec() { # RELEASE [option...]
	_release=$1; shift
	RELEASE=$_release LD_PRELOAD=$FIX/libuname "$BIN/gp-record" -v -d 100ms \
	    -o "$T/raw" "$@" 2>&1
}
for release in 5.18.19 6.1.36 6.3.10 6.4.0 6.12.1; do
	like "Linux $release: BPF" "$(rec $release)" 'engine bpf$'
done
for release in 5.19.0 5.19.17 6.0.12-200.fc36 6.1.35 6.1.0-9-amd64 6.2.16 6.3.9; do
	like "Linux $release: without BPF, and why" "$(rec $release)" \
	    "engine perf: .*can freeze Linux $release\$"
done
like "BPF that is asked for is warned of" "$(rec 6.2.16 --engine=bpf)" \
    'Linux 6\.2\.16.*\[RECORD_FREEZE\]'
unlike "only there" "$(rec 6.4.0 --engine=bpf)" 'RECORD_FREEZE'

# -- privilege --
command -v setpriv > /dev/null || { skip "levels" "no setpriv"; done_testing; }
level=/proc/sys/kernel/perf_event_paranoid
before=$(cat $level)
on_exit="echo $before > $level"
chmod 755 "$T"
mkdir -m 777 "$T/open"
cp "$BIN/gp-record" "$FIX/calls_nofp" "$T/open/"
nobody() {
	rm -f "$T/open/raw"
	_s=0
	env -u XDG_CACHE_HOME setpriv --reuid=65534 --regid=65534 \
	    --clear-groups --inh-caps=-all "$T/open/gp-record" -v -F 499 \
	    -o "$T/open/raw" "$@" > "$T/err" 2>&1 || _s=$?
	echo $_s
}
for n in 4 3 2 1 0 -1; do
	echo $n > $level
	s=$(nobody -- "$T/open/calls_nofp" 0.5)
	# Above 2 is Debian's and Android's; other kernels take it for 2.
	if [ "$s" = 77 ] && [ $n -gt 2 ]; then
		like "$n: no command, and why" "$(cat "$T/err")" \
		    "needs kernel\\.perf_event_paranoid at 2 or below, and it is $n "
	else
		is "$n: a command" "$s" 0
		like "$n: engine and reason are said" "$(cat "$T/err")" \
		    'engine perf: .*CAP_BPF and CAP_PERFMON'
		if [ $n -gt 1 ]; then
			like "$n: that it is without the kernel is said" \
			    "$(cat "$T/err")" \
			    "user space only: kernel\\.perf_event_paranoid is $n"
			unlike "$n: and so it is" "$(cat "$T/open/raw")" ';\$k'
		else
			unlike "$n: the kernel is seen" "$(cat "$T/err")" \
			    'user space only'
		fi
		ok "$n: its stacks are whole" awk '
			/^calls_nofp-/ { n += $NF }
			/^calls_nofp-[0-9]+;\[truncated\]/ { t += $NF }
			END { print "# " t + 0 " of " n + 0
			exit !(n > 20 && t <= 2) }' "$T/open/raw"
	fi
	s=$(nobody -d 200ms)
	if [ $n -le 0 ]; then
		is "$n: all processes" "$s" 0
		continue
	fi
	is "$n: not all processes" "$s" 77
	like "$n: and why, and what would do" "$(cat "$T/err")" \
	    "CAP_BPF and CAP_PERFMON, or kernel\\.perf_event_paranoid at 0, and it is $n:"
done
echo "$before" > $level
on_exit=:
is "the level is what it was" "$(cat $level)" "$before"
done_testing
