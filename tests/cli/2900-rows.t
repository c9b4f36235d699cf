# Unwind rows say what libdw says: a sample of what `make check-rows` does.
. tests/tap.sh

rows=$BUILD/tests/rows/check_rows
[ -x "$rows" ] || skip_all "tests/rows/check_rows is not built"

status "what every process has mapped" 0 "$rows" "$BIN" "$rows" \
    "$(ldd "$rows" | awk '$2 == "=>" { print $3; exit }' | xargs dirname)/libc.so.6"
like "nothing differs" "$(tail -n 1 "$T/out")" ' comparisons: 0 mismatches;'
status "a sample of this machine's programs" 0 "$rows" -m 60 /usr/bin
like "nothing differs there" "$(tail -n 1 "$T/out")" \
    ' comparisons: 0 mismatches;'
status "a folder without programs is no success" 1 "$rows" tests/cli
done_testing
