# profile.sh - what the live tests of stacks share; sourced after tap.sh.
#
#	need_sampling
#	profile calls -- "$FIX/calls" 2
#	check_sums
#	check_stack calls "$MAIN" "main;outer;middle;inner"
#
# profile leaves $T/raw, $T/named, $T/folded (with pids) and $T/truth, what the
# program printed. Everything runs through the real pipeline.

# What stands between the process and main: with and without libc's symbols. A
# static program's start code has all its names.
MAIN='(_start;(__libc_start_main(_impl)?;)?((__libc_start_call_main|\[libc[^;]*\]);)?)'
# Before a thread's function.
THREAD='((__clone3?|clone3?|\[libc[^;]*\]);((start_thread|\[libc[^;]*\]);)?)'

need_sampling() {
	if [ "$(id -u)" -ne 0 ]; then skip_all "needs root"; fi
	_s=0
	"$BIN/gp-record" -d 1ms > /dev/null 2> "$T/err" || _s=$?
	case $_s in
	0) ;;
	69|77) skip_all "$(tail -n 1 "$T/err")" ;;
	*) echo "1..1"; echo "not ok 1 - gp-record works here at all"
	   sed 's/^/# /' "$T/err"; exit 1 ;;
	esac
}

# profile [gp-record options] [-- command...]
#
# gp-symbolize runs at the same time, as it does in the pipeline: it opens the
# files while the processes live.
profile() {
	rm -f "$T/fifo"
	mkfifo "$T/fifo"
	{ tee "$T/raw" < "$T/fifo" | "$BIN/gp-symbolize" -q > "$T/named"; } &
	_reader=$!
	_before=$_failed
	ok "gp-record $*" sh -c 'exec "$@" > "$T/truth" 2> "$T/err"' sh \
	    "$BIN/gp-record" -F 499 -o "$T/fifo" "$@"
	# Had it never opened the pipe, its reader would wait for ever.
	if [ "$_failed" -ne "$_before" ]; then
		timeout 2 sh -c ': > "$1"' sh "$T/fifo"
	fi
	ok "gp-symbolize takes it" wait $_reader
	ok "gp-collapse takes it" sh -c \
	    '"$BIN/gp-collapse" --pid < "$T/named" > "$T/folded"'
	sed 's/^/# /' "$T/err"
}

# record_enough [gp-record options]: into $T/raw, for as long as it takes to have
# samples to judge by. Its status is the last one's; 1: some had no room.
record_enough() {
	for _secs in 1 4 16 64; do
		_end=0
		"$BIN/gp-record" -F 999 -d $_secs -o "$T/raw" "$@" || _end=$?
		[ $_end -le 1 ] || break
		_got=$(sed -n 's/^#end .*samples=\([0-9]*\).*/\1/p' "$T/raw")
		[ "$_got" -lt 200 ] || break
	done
	return $_end
}

# Every sample that the kernel's side counted is in the folded output, or named
# as lost. (That it is in the raw one, gp-record checks: RECORD_SUM.)
check_sums() {
	_want=$(sed -n 's/^#end .*samples=\([0-9]*\).*/\1/p' "$T/raw")
	_lost=$(sed -n 's/^#lost count=\([0-9]*\).*/\1/p' "$T/raw" |
	    awk '{ n += $1 } END { print n + 0 }')
	_ends=$(sed -n 's/^#end .*lost=\([0-9]*\).*/\1/p' "$T/raw")
	is "losses are named one by one" "$_lost" "$_ends"
	is "no sample is missing or double" \
	    "$(awk '{ n += $NF } END { print n + 0 }' "$T/folded")" "$_want"
}

# check_stack COMM START STACK [SHARE [EXCEPT]]
#
# Of the samples of processes called COMM, 99.5 % reach a start: START (a regular
# expression), or that of a process, a thread or a dynamic loader; in exec and exit,
# where there is no user stack, the kernel, which cannot follow its own stack from an
# indirect thunk. None begins with anything else, unless it is said to be
# [truncated]. And none holds a frame of STACK under other callers than STACK has: on
# the way in and out, a sample may hold its first part only. Stacks of the kernel's
# making on top are fine.
#
# SHARE (99.5) is the program's own matter, not that of who profiles it: so many
# percent of its time it is in STACK, all of it, right behind START.
#
# Stacks that are cut and have, in user space, frames that match EXCEPT (a regular
# expression) only, are those that nothing can be done about, for a reason that
# docs/unwinding.md has. They are not counted.
check_stack() {
	awk -v comm="$1" -v start="$2" -v stack="$3" -v share="${4:-99.5}" \
	    -v except="$5" '
	function say(what, n) {
		if (++shown[what] < 4)
			print "# " what ": " substr($0, 1, 400) " " n
	}
	# How many frames of STACK stand right behind START, or -1 without START.
	function depth(line,   n, i, g) {
		inner = ";" line ";"
		if (!match(line, "^" comm "-[0-9]+;" start))
			return -1
		n = split(substr(line, RLENGTH + 1), g, ";")
		for (i = 1; i <= k && i <= n && g[i] == f[i]; i++)
			;
		inner = ";"
		for (n = i; n in g; n++)
			inner = inner g[n] ";"
		return i - 1
	}
	# Whether a frame of STACK is further in than where it belongs.
	function misplaced(   i) {
		for (i = 1; i <= k; i++)
			if (own[f[i]] && index(inner, ";" f[i] ";"))
				return 1
		return 0
	}
	# Whether what is left of a stack has one under a wrong caller.
	function misled(line,   i, n, g) {
		n = split(line, g, ";")
		for (i = 4; i <= n; i++)
			if (own[g[i]] && g[i] != f[1] && !calls[g[i - 1], g[i]])
				return 1
		return 0
	}
	BEGIN {
		k = split(stack, f, ";")
		# What Go itself has may be called from elsewhere; and before an
		# interpreter is known, its frames are native ones.
		for (i = 1; i <= k; i++) {
			own[f[i]] = i == k || (f[i] !~ /^runtime\./ &&
			    f[i - 1] !~ /_\[p\]$/)
			calls[f[i - 1], f[i]] = 1
		}
		begin = "^[^;]*;(_start|_dl_start_user|\\[ld-linux[^;]*\\]|" \
		    "(__)?clone3?|\\[libc[^;]*\\]|runtime\\.(goexit|mstart|mcall|" \
		    "rt0_go|_rt0|morestack|clone)[^;]*|_rt0_amd64[^;]*)(;|$)"
	}
	{
		count = $NF
		sub(/ [0-9]+$/, "")
	}
	$0 !~ "^" comm "-[0-9]+(;|$)" { next }
	/^[^;]*;\[truncated\]/ {
		if (misled($0)) {
			wrong += count
			say("wrong", count)
		} else if (except != "" && $0 ~ "^[^;]*;\\[truncated\\](;(" \
		    except "))+(;[^;]*_\\[k\\])*$") {
			known += count
		} else {
			cut += count
			say("cut", count)
		}
		next
	}
	{
		d = depth($0)
		if (d == k)
			whole += count
		user = substr($0, index($0, ";") + 1)
		gsub(/[^;]*_\[k\](;|$)/, "", user)
		if (misplaced()) {
			wrong += count
			say("wrong", count)
		} else if (d >= 0 || $0 ~ begin ||
		    (user == "" &&
		    /exec|exit|ret_from_fork|__x86_indirect_thunk/)) {
			reach += count
		} else {
			wrong += count
			say("no start", count)
		}
	}
	END {
		total = reach + cut + wrong
		printf "# %s: %d of %d samples reach the start, %d cut, %d wrong; %d hold all; %d cut where known\n",
		    comm, reach, total, cut, wrong, whole, known
		if (total < 100)
			print "# too few samples to judge by"
		# However short its life, a process begins and ends once.
		exit !(total >= 100 && wrong == 0 && cut <= 2 + total / 200 &&
		    whole + 2 >= (total + known) * share / 100)
	}' "$T/folded" > "$T/verdict"
	_s=$?
	_result $_s "$1: $3; 99.5 % reach the start, none has other callers"
	cat "$T/verdict"
}

# check_whole COMM: 99 % of the samples of processes called COMM, which live for
# milliseconds, are whole. They begin where a process does: at its start or its dynamic
# loader's, or, in exec and exit, where there is no user stack, in the kernel.
check_whole() {
	awk -v comm="$1" '
	{
		count = $NF
		sub(/ [0-9]+$/, "")
	}
	$0 !~ "^" comm "-[0-9]+(;|$)" { next }
	{
		n += count
		rest = substr($0, index($0, ";") + 1)
		user = rest
		gsub(/[^;]*_\[k\](;|$)/, "", user)
		if (rest ~ /^(_start|_dl_start_user)(;|$)/ ||
		    (user == "" && rest ~ /exec|exit/))
			whole += count
		else if (++shown < 9)
			print "# not whole: " substr($0, 1, 200) " " count
	}
	END {
		printf "# %s: %d of %d samples are whole\n", comm, whole, n
		exit !(n >= 100 && whole >= n * 0.99)
	}' "$T/folded" > "$T/verdict"
	_s=$?
	_result $_s "$1: 99 % of the stacks are whole"
	cat "$T/verdict"
}
