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
# samples to judge by.
record_enough() {
	for _secs in 1 4 16 64; do
		"$BIN/gp-record" -F 999 -d $_secs -o "$T/raw" "$@" || return
		_got=$(sed -n 's/^#end .*samples=\([0-9]*\).*/\1/p' "$T/raw")
		[ "$_got" -lt 200 ] || break
	done
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

# check_stack COMM START STACK [PERCENT]
#
# Of the samples of processes called COMM, PERCENT (99.5) hold STACK right behind
# START (a regular expression). None holds its innermost frame under other
# callers than STACK has: on the way in and out a sample may hold its first part
# only. Stacks of the kernel's making on top are fine; a stack whose outer end is
# said to be [truncated] is not wrong, only not whole.
check_stack() {
	awk -v comm="$1" -v start="$2" -v stack="$3" -v percent="${4:-99.5}" '
	# How many frames of STACK stand right behind START, or -1 without START.
	function depth(line,   n, i, g) {
		if (!match(line, "^" comm "-[0-9]+;" start))
			return -1
		rest = substr(line, RLENGTH + 1)
		n = split(rest, g, ";")
		for (i = 1; i <= k && i <= n && g[i] == f[i]; i++)
			;
		rest = ";"
		for (n = i; n in g; n++)
			rest = rest g[n] ";"
		return i - 1
	}
	BEGIN { k = split(stack, f, ";") }
	{
		count = $NF
		sub(/ [0-9]+$/, "")
		if ($0 !~ "^" comm "-[0-9]+(;|$)")
			next
		total += count
		rest = ";" $0 ";"
		d = depth($0)
		if (d == k) {
			good += count
		} else if (index(rest, ";" f[k] ";") &&
		    $0 !~ /^[^;]*;\[truncated\]/) {
			wrong += count
			if (++shown < 4)
				print "# wrong: " substr($0, 1, 400)
		} else if (++other < 4)
			print "# other: " substr($0, 1, 300) " " count
	}
	END {
		printf "# %s: %d of %d samples whole, %d wrong\n", comm, good,
		    total, wrong
		if (total < 100)
			print "# too few samples to judge by"
		# However short its life, a process begins and ends once.
		exit !(total >= 100 && wrong == 0 &&
		    good + 2 >= total * percent / 100)
	}' "$T/folded" > "$T/verdict"
	_s=$?
	_result $_s "$1: $3, right behind its start, in ${4:-99.5} % of all samples"
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
		exit !(n >= 300 && whole >= n * 0.99)
	}' "$T/folded" > "$T/verdict"
	_s=$?
	_result $_s "$1: 99 % of the stacks are whole"
	cat "$T/verdict"
}
