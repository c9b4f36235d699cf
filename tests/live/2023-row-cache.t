# The row cache on disk, by gp-record as it is used: several at once, killed, with
# files in it that are damaged or another's. It is made good again, and stacks are
# whole all the same.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

"$FIX/calls_nofp" 1000 > "$T/truth" & busy=$!
on_exit="kill $busy"
record() { "$BIN/gp-record" -v -F 499 -p $busy -o "$T/raw.$1" -d 1s 2> "$T/err.$1"; }
whole() { # WHAT NUMBER
	ok "$1: stacks are whole" awk '
		/^calls_nofp-/ { n += $NF } /^[^;]*;\[truncated\]/ { t += $NF }
		END { print "# " t + 0 " of " n + 0 " are cut"
		exit !(n > 20 && t == 0) }' "$T/raw.$2"
}
sums() { (cd "$GP_CACHE_DIR/rows" && sha1sum ./* | sort); }

for i in 1 2 3 4; do record $i & eval "rec$i=$!"; done
for i in 1 2 3 4; do
	eval "pid=\$rec$i"
	# shellcheck disable=SC2154 # set by eval
	ok "at once, number $i: status 0" wait "$pid"
	whole "at once, number $i" $i
done
sums > "$T/made"
is "nothing else is there" "$(find "$GP_CACHE_DIR/rows" ! -name '*-*' ! -name rows)" ""
# Of what the program came by at its start, no more is seen.
rm -r "$GP_CACHE_DIR/rows"
ok "alone: status 0" record alone
sums > "$T/good"
ok "alone: there are rows" [ -s "$T/good" ]
is "alone: the same as at once" "$(grep -xFf "$T/good" "$T/made")" "$(cat "$T/good")"

# Rows of a file that the program has not.
GP_CACHE_DIR=$T/others "$BIN/gp-record" -q -F 499 -o "$T/raw.other" -- perl -e \
    '$x += $_ for 1 .. 10_000_000'
name=$(find "$T/others/rows" "$GP_CACHE_DIR/rows" -type f -printf '%f %p\n' | sort |
    awk '{ n[$1]++; path[$1] = $2 }
	END { for (f in n) if (n[f] == 1 && path[f] ~ /others/) print path[f] }' |
    head -n 1)
ok "there are rows of another file" cp "$name" "$T/foreign"

# One changed byte; a half; nothing; another file's rows.
for damage in byte half empty foreign; do
	for file in "$GP_CACHE_DIR"/rows/*; do
		case $damage in
		byte)
			at=$(($(stat -c %s "$file") / 2))
			was=$(tail -c +$((at + 1)) "$file" | head -c 1 |
			    od -An -tu1)
			# shellcheck disable=SC2059 # an octal escape
			printf "\\$(printf %03o $((was ^ 255)))" | dd of="$file" \
			    bs=1 seek="$at" conv=notrunc 2> "$T/log" ;;
		half) truncate -s $(($(stat -c %s "$file") / 2)) "$file" ;;
		empty) : > "$file" ;;
		foreign) cp "$T/foreign" "$file" ;;
		esac
	done
	ok "$damage: they are not what they were" \
	    [ "$(sums)" != "$(cat "$T/good")" ]
	ok "$damage: status 0" record $damage
	whole "$damage" $damage
	is "$damage: the files are made anew" "$(sums)" "$(cat "$T/good")"
done

# Killed at whatever it is at, most of all while it writes.
for ms in 01 02 03 04 05 06 07 08 09 10 12 14 16 18 20 25 30; do
	rm -rf "$GP_CACHE_DIR/rows"
	"$BIN/gp-record" -q -F 499 -p $busy -o "$T/raw.killed" & rec=$!
	sleep 0.$ms
	kill -9 "$rec"
	wait "$rec" 2> "$T/log"
done
ok "after kills: status 0" record after
whole "after kills" after
is "after kills: the files are whole, and nothing else is left" "$(sums)" \
    "$(cat "$T/good")"
done_testing
