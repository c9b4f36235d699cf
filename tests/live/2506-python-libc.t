# Where the C library has what a thread is bound to: glibc, also behind the first of
# its blocks of keys, and musl, a static program too; and without the GIL, which is told.
# What gp cannot walk is a native program: 3.14 without it.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

# take_early COMM: on a machine with more to do than it can, gp-record may hear of a
# process long after it began. What was sampled before the interpreter was known shows
# the interpreter's function and no frame of Python. gp-record counts these samples; so
# many there are and no more, and all others are judged.
take_early() {
	awk -v comm="$1" -v all="$T/all" '
	$0 ~ "^" comm "-[0-9]+;" && /;_PyEval_EvalFrameDefault/ && !/_\[p\]/ {
		early += $NF
		next
	}
	{ print > all }
	END { print early + 0 }' "$T/folded" > "$T/early"
	mv "$T/all" "$T/folded"
	note "$(cat "$T/early") samples of $1 came before it was known"
	is "$1: every other sample has its frames" "$(cat "$T/early")" \
	    "$(sed -n 's/.*interpreters: .* \([0-9]*\) samples before.*/\1/p' "$T/err")"
}

PY='outer (like.py:30)_[p];between;middle (like.py:20)_[p];between;inner (like.py:10)_[p]'
START='([^;]*;)*(_start|_start_c|main|__libc_start[^;]*|libc_start[^;]*|\[l[^;]*\]);'
for like in likepy likepy_keys likepy_nogil likepy_musl likepy_static; do
	if [ ! -e "$FIX/$like" ]; then
		skip "$like" "no musl-gcc"
		continue
	fi
	profile -v -- "$FIX/$like" 2
	take_early "$like"
	check_stack "$like" "$START" "$PY"
done

profile -v -- "$FIX/likepy_nogil14" 2
E=_PyEval_EvalFrameDefault
check_stack likepy_nogil14 "$START" "$E;between;$E;between;$E"
unlike "of which it shows no frame" "$(cat "$T/named")" '_\[p\]'
"$FIX/likepy_nogil14" 60 & prog=$!
on_exit='kill -9 $prog 2> /dev/null'
until [ "$(cat /proc/$prog/comm)" = likepy_nogil14 ]; do sleep .05; done
like "but it is told what it is" "$("$BIN/gp-discover" -p $prog)" \
    'runtime=python/3\.14\.5t( |$)'
kill -9 $prog
done_testing
