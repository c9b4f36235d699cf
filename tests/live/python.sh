# python.sh - what the live tests of Python share; sourced after profile.sh.
#
#	for_each_python fn     calls fn PYTHON for each interpreter that is here
#	check_shape PYTHON SHAPE

# Debian's, those of PYTHONS, those under a pyenv root.
pythons() {
	{
		ls /usr/bin/python[23].[0-9] /usr/bin/python3.[0-9][0-9]
		for _p in $PYTHONS; do echo "$_p"; done
		ls "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python
	} 2> /dev/null
}

# What a version lacks is no shape of it.
has_shape() {
	case $2 in
	tasks) "$1" -c 'import asyncio, sys; sys.exit(sys.version_info < (3, 7))' ;;
	named) "$1" -c 'import sys; sys.exit(sys.version_info < (3,))' ;;
	*) "$1" -c 'import ctypes, zlib, multiprocessing' ;;
	esac 2> /dev/null
}

stop_program() {
	[ -z "$_prog" ] || kill -9 "$_prog" $(pgrep -P "$_prog") 2> /dev/null
	[ -z "$_prog" ] || wait "$_prog" 2> /dev/null
	_prog=
}

# start_program PYTHON SCRIPT ARGS...: until it has said "ready" in $T/said.
start_program() {
	rm -f "$T/ready"
	mkfifo "$T/ready"
	PYTHONIOENCODING=utf-8 "$@" > "$T/ready" 2> "$T/prog.err" &
	_prog=$!
	on_exit=stop_program
	sed '/^ready/q' < "$T/ready" > "$T/said"
}

# Of the complete samples that the sampler took since it knew the interpreter,
# 99.5 % hold exactly the Python frames that their thread said; or, with SHAPE
# calls, one more.
check_shape() {
	if ! has_shape "$1" "$2"; then
		skip "$1 $2" "this version has none"
		return
	fi
	start_program "$1" tests/live/python/shapes.py "$2"
	profile --per-thread -d 1500ms -p "$_prog" ${ENGINE:+--engine=$ENGINE}
	stop_program
	LC_ALL=C awk -v shape="$2" '
	# Just one frame further in: the function that is called.
	function inner(have, outer) {
		return index(have, outer ";") == 1 &&
		    substr(have, length(outer) + 2) ~ /^[^;]*f \([^;]*$/
	}
	FILENAME ~ /said$/ {
		if ($1 != "truth")
			next
		tid = $2
		sub(/^truth [0-9]+ /, "")
		# What frame_put_name() makes of it.
		gsub(/na me;/, "na me:")
		want[tid] = $0
		next
	}
	!/^#/ {
		count = $NF
		sub(/ [0-9]+$/, "")
		n = split($0, f, ";")
		all += count
		if (f[2] == "[truncated]") {
			cut += count
			next
		}
		tid = f[1]
		sub(/.*\//, "", tid)
		have = ""
		eval = 0
		for (i = 2; i <= n; i++) {
			if (f[i] ~ /_\[p\]$/)
				have = have (have == "" ? "" : ";") f[i]
			if (f[i] ~ /PyEval_EvalFrame(Default|Ex)/)
				eval = 1
		}
		if (!(tid in want))
			next
		total += count
		if (have == want[tid]) {
			good += count
		} else if (have == "" && eval) {
			early += count
			total -= count
		} else if (shape == "calls" && inner(have, want[tid])) {
			good += count
		} else if (++shown < 3) {
			print "# want " substr(want[tid], 1, 600)
			print "# have " substr(have, 1, 600) " " count
			print "# in   " substr($0, 1, 600)
		}
	}
	END {
		printf "# %s: %d samples, %d cut, %d early, %d of %d good\n",
		    shape, all, cut, early, good, total
		exit !(total >= 20 && good >= total * .995 &&
		    early + cut < all / 2)
	}' "$T/said" "$T/named" > "$T/verdict"
	_s=$?
	cat "$T/verdict"
	_result $_s "$1 $2: the stack that it said it is in"
}
