# Pythons that do not look like one: in a program of another name, in a library of
# another name that is gone, in a binary that was renamed and deleted; and one that
# is there and was never started.
. tests/tap.sh
. tests/live/profile.sh
. tests/live/python.sh
need_sampling
py=$(ls /usr/bin/python3.[0-9] /usr/bin/python3.[0-9][0-9] 2> /dev/null | head -n 1)
lib=$(ls /usr/lib/*/libpython3.*.so.1.0 2> /dev/null | head -n 1)
[ "$py" ] || skip_all "no python3 of the system's own"
export PYTHONHOME=/usr

cat > "$T/renamed" <<'EOF'
cp "$PYTHON" "$T/worker"
(until [ -e "$T/said.threads" ] && grep -q ready "$T/said.threads"; do sleep .1; done
rm -f "$T/worker") &
exec "$T/worker" "$@"
EOF
chmod +x "$T/renamed"
PYTHON=$py
export PYTHON
check_shapes "$T/renamed" threads
ok "the binary was renamed and deleted" [ ! -e "$T/worker" ]

if [ -z "$lib" ]; then
	skip "embedded" "no libpython3"
	done_testing
fi
cat > "$T/embedded" <<'EOF'
cp "$LIB" "$T/$$.so"
EMBEDS_UNLINK=1 exec "$FIX/embeds" "$T/$$.so" "$@"
EOF
chmod +x "$T/embedded"
LIB=$lib
export LIB
check_shapes "$T/embedded" lines:deep lines:threads lines:methods

# In a C program's own file: stripped, where what it exports is left; static, where
# it has no more than a table of symbols; and without either, a native program.
archive=$(ls /usr/lib/python3*/config-3*/libpython3.*[0-9].a 2> /dev/null | head -n 1)
link() { # file options...
	_out=$T/$1
	shift
	${CC:-cc} -o "$_out" "$@" "$T/own.c" "$archive" -lexpat -lz -lm \
	    > "$T/log" 2>&1 && return
	note "$(tail -n 3 "$T/log")"
	return 1
}
cat > "$T/own.c" <<'EOF'
int Py_BytesMain(int, char **);
int main(int argc, char **argv) { return Py_BytesMain(argc, argv); }
EOF
# Debian 13's refers to functions that are in no package.
if [ "$archive" ] && ! link tried -no-pie && grep -q 'undefined reference' "$T/log"; then
	skip "linked" "Python's archive is not whole: $(grep -m1 -o 'undefined reference.*' "$T/log")"
elif [ "$archive" ]; then
	ok "Python's archive is linked into a program" link stripped \
	    -rdynamic -s -no-pie
	ok "and into one without libraries" link static -static
	check_shapes "$T/stripped" lines:deep lines:threads lines:methods
	check_shapes "$T/static" lines:deep lines:threads lines:methods
	ok "and into one without symbols" link bare -static -s
	"$T/bare" -c 'while True: sum(range(1000))' & prog=$!
	on_exit='kill -9 $prog'
	profile -v -d 1s -p $prog
	kill -9 $prog
	on_exit=:
	like "without any symbol it is a native program" \
	    "$(cat "$T/folded")" '^bare-[0-9]*;.*\[bare\]'
	unlike "and nothing else" "$(cat "$T/named")" '_\[p\]|\[unknown\]'
else
	skip "linked" "no archive of Python"
fi

rm -f "$T/out"
"$FIX/embeds" "$lib" > "$T/out" & prog=$!
on_exit='kill -9 $prog'
until grep -q ready "$T/out" 2> /dev/null; do sleep .05; done
profile -v -d 1s -p $prog
kill -9 $prog
on_exit=:
unlike "a library that was never started is no Python" "$(cat "$T/named")" '_\[p\]'
like "but a program like others" "$(cat "$T/folded")" 'main;compute '
is "and no error" "$(grep -vc '^gp-record: .*\(event\|engine\|samples\|rows\|rescued\|interpreters\|kernel: [0-9]* functions\)' \
    "$T/err")" 0
done_testing
