# Processes that look like Pythons, of every form that frames have had, and
# overwrite their thread states, frames, code objects, strings and classes with
# garbage while they are profiled. HOSTILE_SECONDS=60 for a minute.
. tests/tap.sh
. tests/live/profile.sh
need_sampling
seconds=${HOSTILE_SECONDS:-15}

# Peak memory of gp-record, in KiB, goes to $T/peak. Samples come ten times as
# often as usual.
cat > "$T/time" <<'EOF'
exec /usr/bin/time -f %M -o "$T/peak" "$BIN/gp-record" "$@"
EOF
mkfifo "$T/fifo"
"$BIN/gp-symbolize" -q < "$T/fifo" > "$T/named" & reader=$!
sh "$T/time" -v --lines --package-versions -F 999 -o "$T/fifo" -- sh -c '
	for v in "" _0 _8 _12; do "$FIX/fakepython$v" "$1" & done; wait' sh \
	"$seconds" 2> "$T/err"
is "gp-record ends well" $? 0
ok "and so does gp-symbolize" wait $reader
sed 's/^/# /' "$T/err"

for v in '' _0 _8 _12; do
	ok "fakepython$v is taken for an interpreter" \
	    grep -q "^fakepython$v-.*\(_\[p\]\|\[unknown\]\)" "$T/named"
done
unknown=$(sed -n 's/.*interpreters: .* \([0-9]*\) frames.*/\1/p' "$T/err")
ok "frames that make no sense have no name, and are counted" \
    [ "${unknown:-0}" -gt 1000 ]
is "no control byte gets out" \
    "$(LC_ALL=C tr -d '\n\040-\176\200-\377' < "$T/named" | wc -c)" 0
ok "no line is longer than the stream's limit" \
    awk '{ if (length($0) > 16777216) exit 1 }' "$T/named"
peak=$(cat "$T/peak")
note "peak memory $peak KiB"
ok "gp-record did not grow" [ "$peak" -lt 65536 ]
done_testing
