# python.sh - what the live tests of Python share; sourced after profile.sh.
#
#	for py in $(pythons); do check_shapes "$py" deep calls lines:methods; done
#
# Each shape is a process of tests/live/python/shapes.py, which prints the stack it
# is in and stays there. They run at the same time and are recorded together.

# Debian's, those of PYTHONS, those under a pyenv root.
pythons() {
	{
		ls /usr/bin/python[23].[0-9] /usr/bin/python3.[0-9][0-9]
		for _p in $PYTHONS; do echo "$_p"; done
		ls "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python
	} 2> /dev/null
}

# A program's children, and theirs: multiprocessing has a server between from 3.14 on.
children() {
	for _c in $(pgrep -P "$1"); do
		echo "$_c"
		pgrep -P "$_c"
	done
}

stop_programs() {
	for _p in $_progs; do
		# shellcheck disable=SC2046 # pids
		kill -9 "$_p" $(children "$_p") 2> /dev/null
		wait "$_p" 2> /dev/null
	done
	_progs=
}

# start_program NAME COMMAND...: until it has said "ready" in $T/said.NAME, or, if
# it says that it has no such shape, not at all.
start_program() {
	_name=$1
	shift
	rm -f "$T/ready"
	mkfifo "$T/ready"
	PYTHONIOENCODING=utf-8 "$@" > "$T/ready" 2> "$T/err.$_name" &
	_prog=$!
	on_exit=stop_programs
	sed '/^ready/q' < "$T/ready" > "$T/said.$_name"
	if grep -q '^ready' "$T/said.$_name"; then
		_progs="$_progs $_prog"
		return
	fi
	wait $_prog
	_s=$?
	if [ "$_s" -eq 77 ]; then
		skip "$_name" "$(tail -n 1 "$T/err.$_name")"
	else
		_result 1 "$_name begins"
		sed 's/^/# /' "$T/err.$_name"
	fi
	rm "$T/said.$_name"
}

# Of the complete samples of what said.NAME tells, 99.5 % hold exactly the Python
# frames that their thread said, one of its stacks if it said several; with the shapes
# that call something all the time, these and the frames that they call; and the C
# functions that Python called, and that called Python, stand between the frames that
# they stood between. With lines, which is executed within the innermost function is
# not told. Of few samples more may be others, as chance has it; but none holds what
# another thread told and its own did not. Status 2: too few samples to say.
#
# musl has no unwind tables: a stack cannot be followed out of what calls main(), nor
# out of a function of its own that a thread is in, as mmap() where memory for frames
# comes and goes, and clock_nanosleep() of what sleeps in every turn, where more samples
# fall the busier a machine is; such a sample has no frame of Python and counts as cut.
# So does one of greenlets that are switching all the time: while they do, the stack is
# neither one's.
judge() { # name shape lines
	LC_ALL=C awk -v shape="$2" -v lines="$3" -v musl="$(case $_py in
	    */musl-*) echo 1 ;; esac)" '
	# Without the line of the frame that runs on.
	function fixed(stack) {
		if (lines)
			sub(/:[0-9]+\)_\[p\]$/, ")_[p]", stack)
		if (lines && more)
			sub(";" shape " \\(shapes.py:[0-9]+\\)",
			    ";" shape " (shapes.py)", stack)
		return stack
	}
	# Further in: the function that is called.
	function inner(have, outer) {
		return index(have, outer ";") == 1 &&
		    substr(have, length(outer) + 2) ~ more
	}
	function good_stack(tid, have,   i) {
		for (i = 1; i <= told[tid]; i++)
			if (have == want[tid, i] || (more &&
			    inner(have, want[tid, i])))
				return 1
		return 0
	}
	# Where frames of C are that everybody has a symbol or a file name of.
	function good_order(f, n,   i, pys, c, before) {
		for (i = 2; i <= n; i++) {
			if (f[i] ~ /_\[p\]$/)
				pys++
			else if ((shape == "ctypes" && f[i] ~ /ffi_call|^\[libffi/) ||
			    (switches && f[i] ~ /^\[_?greenlet|^greenlet::/) ||
			    (shape == "sorted" && f[i] ~ /^list_sort/)) {
				if (!c++)
					before = pys
			}
		}
		if (shape == "ctypes")
			return c && before == pys - 1
		if (switches)
			return c && before == 0
		return !c || before == pys - 2
	}
	function is_foreign(tid, have,   f, n, i) {
		n = split(have, f, ";")
		for (i = 1; i <= n; i++)
			if (f[i] in told_by && !((tid, f[i]) in tells))
				return 1
		return 0
	}
	# How many of n there may be, where each is one with probability p: three
	# standard deviations, and one.
	function most(n, p) {
		return n * p + 3 * sqrt(n * p) + 1
	}
	BEGIN {
		switches = shape == "greenlets" || shape == "switching"
		if (shape == "calls")
			more = "^[^;]*f \\([^;]*$"
		else if (shape == "recursing" || shape == "entering")
			more = "^([^;]*f \\([^;]*(;|$))+$"
	}
	FILENAME ~ /said/ {
		if ($1 != "truth")
			next
		tid = $2
		sub(/^truth [0-9]+ /, "")
		# What frame_put_name() makes of it.
		gsub(/na me;/, "na me:")
		want[tid, ++told[tid]] = fixed($0)
		for (i = split(fixed($0), f, ";"); i > 0; i--)
			told_by[f[i]] = tells[tid, f[i]] = 1
		next
	}
	!/^#/ {
		count = $NF
		sub(/ [0-9]+$/, "")
		n = split($0, f, ";")
		tid = f[1]
		sub(/.*\//, "", tid)
		if (!(tid in told))
			next
		all += count
		if (f[2] == "[truncated]" && !(musl && f[4] ~ /^(Py_Bytes)?[mM]ain$/)) {
			cut += count
			next
		}
		have = ""
		for (i = 2; i <= n; i++)
			if (f[i] ~ /_\[p\]$|^\[unknown\]$/)
				have = have (have == "" ? "" : ";") f[i]
		if ((musl || shape == "switching") && have == "") {
			cut += count
			next
		}
		have = fixed(have)
		total += count
		if (good_stack(tid, have) && good_order(f, n)) {
			good += count
		} else if (is_foreign(tid, have)) {
			foreign += count
			print "# of another thread: " substr($0, 1, 600)
		} else if (++shown < 3) {
			print "# want " substr(want[tid, 1], 1, 600)
			print "# have " substr(have, 1, 600) " " count
			print "# in   " substr($0, 1, 600)
		}
	}
	END {
		printf "# %s: %d samples, %d cut, %d of %d good\n",
		    shape, all, cut, good, total
		if (total < 50)
			exit 2
		exit !(total - good <= most(total, .005) && !foreign &&
		    cut <= all / (shape == "switching" ||
		    (musl && shape ~ /^(recursing|subinterpreter)$/) ? 2 : 10) + 10)
	}' "$T/said.$1" "$T/named" > "$T/verdict"
}

# One recording of all programs; a busy machine may need more than one.
record_programs() { # seconds lines
	_pids=$(for _p in $_progs; do echo "$_p"; children "$_p"; done |
	    paste -s -d , -)
	profile --per-thread -d "$1s" -F 999 ${2:+--lines} -p "$_pids" \
	    ${ENGINE:+--engine=$ENGINE}
}

# check_shapes PYTHON [lines:]SHAPE...: all with lines, or all without.
check_shapes() {
	_py=$1 _progs='' _lines=''
	shift
	# Without the GIL Python yields the CPU to whoever else is busy, for ever.
	case $#$_py in
	1*) ;;
	*/nogil-*)
		for _alone; do check_shapes "$_py" "$_alone"; done
		return ;;
	esac
	for _shape; do
		case $_shape in lines:*) _lines=1 ;; esac
		start_program "${_shape#lines:}" "$_py" \
		    tests/live/python/shapes.py "${_shape#lines:}" $_lines
	done
	[ "$_progs" ] || return
	for _try in 2 5 10 20; do
		record_programs $_try $_lines
		_few=
		for _shape; do
			_shape=${_shape#lines:}
			[ -e "$T/said.$_shape" ] || continue
			judge "$_shape" "$_shape" $_lines
			[ $? -ne 2 ] || _few=1
		done
		[ "$_few" ] || break
	done
	stop_programs
	for _shape; do
		_shape=${_shape#lines:}
		[ -e "$T/said.$_shape" ] || continue
		judge "$_shape" "$_shape" $_lines
		_s=$?
		cat "$T/verdict"
		_result $_s "$_py ${_lines:+lines: }$_shape: the stack that it said it is in"
		rm "$T/said.$_shape"
	done
}

# check_versions older|newer: what differs, on all Pythons but the first, which 2501
# has; up to 3.9, or from 3.10 on.
check_versions() {
	_versions=
	for _p in $(pythons | tail -n +2); do
		if "$_p" -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
			_age=newer
		else
			_age=older
		fi
		[ "$_age" != "$1" ] || _versions="$_versions $_p"
	done
	[ "$_versions" ] ||
	    skip_all "there is no other python here that is $1 (PYTHONS=, pyenv)"
	for _version in $_versions; do
		check_shapes "$_version" lines:deep lines:calls lines:threads \
		    lines:tasks lines:named lines:methods lines:generator \
		    lines:sorted lines:subinterpreter
		check_shapes "$_version" recursing entering starting
	done
	done_testing
}
