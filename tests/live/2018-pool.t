# More unwind rows than there is memory for: loaded as samples ask, the least used
# leave, and stacks are whole all the same.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

# Libraries of this machine, each at another path; twice, so that what has left is
# asked for again.
find /usr/lib -xdev -type f -name '*.so*' -size +100k 2> /dev/null | sort |
    "$FIX/manyfiles" 0 | awk 'NR <= 150' > "$T/once"
[ "$(wc -l < "$T/once")" -ge 80 ] || skip_all "fewer than 80 libraries here"
cat "$T/once" "$T/once" > "$T/list"

# At times gp-record itself has to wait for a processor; for what was sampled
# meanwhile the rows come late, but they come.
profile -v --rows-memory=512K -- sh -c '
	"$FIX/manyfiles" 20 < "$T/list" & pid=$!
	until grep -q "^files" "$T/truth"; do
		kill -STOP $PPID; sleep 0.3; kill -CONT $PPID; sleep 0.5
	done
	kill $pid'
check_sums
# "unwind rows: 900 blocks known, 4 of 64 slots free, 812 loaded, 752 evicted"
line=$(sed -n 's/.*unwind rows: //p' "$T/err")
like "there is room for little" "$line" " of 64 slots free"
ok "more is known than there is room for" [ "${line%% *}" -gt 128 ]
ok "more is loaded than there is room for, and what is not used leaves" sh -c '
	set -- $(echo "$1" | sed "s/.*free, //; s/[^0-9]/ /g")
	[ "$1" -gt 64 ] && [ "$2" -gt 10 ]' sh "$line"
ok "many files were met" [ "$(grep -c '^#module ' "$T/raw")" -ge 20 ]
check_stack manyfiles "$MAIN" "main;run_in" 98
# "walks: 3133 whole, 0 no rule, ..., 2 no map, 3 no rows, 0 too deep"
missing=$(sed -n 's/.*walks: .* \([0-9]*\) no map, \([0-9]*\) no rows.*/\1 \2/p' \
    "$T/err" | awk '{ print $1 + $2 }')
ok "next to none is cut for want of rows" awk -v missing="$missing" '
	/^manyfiles-/ { n += $NF }
	END { print "# " missing " of " n " had no rows"
	exit !(n > 500 && missing <= 2 + n / 500) }' "$T/folded"
is "no sample is lost" "$(grep -c '^#lost' "$T/raw")" 0
done_testing
