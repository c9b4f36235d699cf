# --timestamps: samples are told by the interval in which they were taken.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

# told FILE: each line as "at process-frame count".
told() {
	awk '/^#time / { sub(/.*at=/, ""); at = $0 }
	/^[^#]/ { sub(/;.*/, "", $1); print at, $1, $NF }' "$1"
}

# Which program runs when: one second each, by its own clock.
profile --timestamps=100ms -- sh -c '
	"$1" 1; read -r a _ < /proc/uptime; echo "turn $a"; "$2" 1' sh \
    "$FIX/calls" "$FIX/calls_nofp"
check_sums
like "the header says how long an interval is" "$(head -n 1 "$T/raw")" \
    ' interval=0\.1 '
told "$T/raw" > "$T/times"
is "every sample line is behind a time, a multiple of the interval" \
    "$(grep -vcE '^[0-9]+(\.[0-9])? ' "$T/times")" 0
ok "the first program's samples are all before the second's" awk '
	$2 ~ /^calls-/ && $1 > last { last = $1 }
	$2 ~ /^calls_nofp-/ && (first == "" || $1 < first) { first = $1 }
	END { print "# until " last ", from " first
	exit !(last != "" && first != "" && last <= first) }' "$T/times"
ok "several intervals of each" awk '
	$2 ~ /^calls/ { if (!(($1, $2) in seen)) { seen[$1, $2]; n[$2]++ } }
	END { for (p in n) { print "# " p " in " n[p]; k++
		if (n[p] < 5) bad = 1 }
	exit !(k == 2 && !bad) }' "$T/times"
is "gp-symbolize passes the times on, where they were" \
    "$(told "$T/named" | awk '{ print $1, $3 }')" \
    "$(awk '{ print $1, $3 }' "$T/times")"
is "gp-collapse adds up what they tell apart" \
    "$(sed 's/ [0-9]*$//' "$T/folded" | sort | uniq -d)" ""

profile --timestamps -- "$FIX/calls" 0.2
like "the default is a second" "$(head -n 1 "$T/raw")" ' interval=1 '
like "and the first one begins at 0" "$(cat "$T/raw")" '^#time at=0$'
profile -- "$FIX/calls" 0.2
unlike "not asked for: no time" "$(cat "$T/raw")" '^#time|interval='
status "an interval that is none" 64 "$BIN/gp-record" --timestamps=0 -d 1s
done_testing
