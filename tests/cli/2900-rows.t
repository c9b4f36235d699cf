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

# Go's own .debug_frame is the truth about the rows of its pclntab.
go=$(command -v go || ls /usr/lib/go-*/bin/go /usr/local/go/bin/go 2> /dev/null |
    tail -n 1)
if [ -z "$go" ]; then
	skip "a Go program's rows are those of its .debug_frame" "no Go here"
else
	printf 'package main\nimport "fmt"\nfunc main() { fmt.Println(1) }\n' \
	    > "$T/main.go"
	ok "a Go program is built" env HOME="$T" GOCACHE="$T/go" GO111MODULE=off \
	    CGO_ENABLED=0 "$go" build -o "$T/main" \
	    -ldflags=-compressdwarf=false "$T/main.go"
	status "a Go program's rows are those of its .debug_frame" 0 \
	    "$rows" -g "$T/main"
	like "every one" "$(tail -n 1 "$T/out")" ' comparisons: 0 mismatches;'
fi
done_testing
