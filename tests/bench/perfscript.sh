#!/bin/sh
#
# perfscript.sh - gp-collapse on 200 MB of what perf script prints, in processor
# time of one thread, best of five.
#
# perf records the whole machine, with call chains, while it compiles, packs and
# interprets; the text of that, over and over, is the input. Peers where there are
# some: FlameGraph's stackcollapse-perf.pl on the same text, and linux-perf's own
# stackcollapse.py, which works on the recording, against perf script piped into
# gp-collapse.
set -u
: "${BUILD:=$PWD/build}"
gp=$BUILD/bin/gp-collapse
skip() { printf 'skip\t%s\n' "$1"; exit 0; }
[ -x /usr/bin/time ] || skip "no /usr/bin/time"
command -v perf > /dev/null || skip "no perf"
T=$(mktemp -d "${TMPDIR:-/var/tmp}/gp-bench.XXXXXX") || exit 1
trap 'rm -rf "$T"' EXIT

# Work of several kinds until it is stopped.
work() {
	while :; do
		find /usr/share/doc -type f | head -n 2000 | xargs cat | gzip |
		    wc -c
		# shellcheck disable=SC2016 # the variables are awk's
		find /usr/include -name '*.h' | sort -r | head -n 300 |
		    xargs awk '{ n[$1] += NF } END { for (k in n) s += n[k] }'
		perl -e 'my %h; $h{$_ % 9973} .= $_ for 1 .. 300000;
		    print length join "", sort keys %h'
	done > /dev/null 2>&1
}
work &
load=$!
perf record -q -F 499 -a -g -o "$T/perf.data" -- sleep 10 > /dev/null 2> "$T/err" ||
    { kill $load; skip "perf record: $(tail -n 1 "$T/err")"; }
kill $load
wait $load 2> /dev/null
perf script -i "$T/perf.data" > "$T/once" 2> /dev/null
[ -s "$T/once" ] || skip "perf script prints nothing"
: > "$T/text"
while [ "$(wc -c < "$T/text")" -lt 200000000 ]; do
	cat "$T/once" >> "$T/text"
done

row() { printf '%s\t%s\t%s\n' "$1" "$2" "$3"; }
# Seconds of CPU, and the greatest memory in KB, of the best of some runs.
best() { # runs command
	_runs=$1
	shift
	while [ "$_runs" -gt 0 ]; do
		/usr/bin/time -f '%U %S %M' -o "$T/time" "$@" > /dev/null \
		    2> "$T/err" || return 1
		awk '{ print $1 + $2, $3 }' "$T/time"
		_runs=$((_runs - 1))
	done | sort -n | head -n 1
}
over() { awk "BEGIN { printf \"%.1f\", $1 / $2 }"; }

mb=$(awk "BEGIN { print $(wc -c < "$T/text") / 1e6 }")
# shellcheck disable=SC2046 # two words
set -- $(best 5 "$gp" "$T/text")
cpu=$1
row 'perf script text' "$mb" MB
row 'perf script text, gp-collapse' "$(awk "BEGIN { printf \"%.0f\", $mb / $cpu }")" MB/s
row 'perf script text, gp-collapse, peak' "$(($2 / 1024))" MiB

if command -v stackcollapse-perf.pl > /dev/null; then
	# shellcheck disable=SC2046
	set -- $(best 1 stackcollapse-perf.pl "$T/text")
	row 'perf script text, stackcollapse-perf.pl / gp-collapse' \
	    "$(over "$1" "$cpu")" 'x CPU'
else
	echo "perfscript: no stackcollapse-perf.pl, no row for it" >&2
fi
# Both read perf.data where they are.
cd "$T" || exit 1
if perf script report stackcollapse > peer 2> /dev/null && [ -s peer ]; then
	# shellcheck disable=SC2046
	set -- $(best 3 perf script report stackcollapse) \
	    $(best 3 sh -c "perf script | '$gp'")
	row 'a recording, stackcollapse.py / perf script and gp-collapse' \
	    "$(over "$1" "$3")" 'x CPU'
else
	echo "perfscript: perf runs no stackcollapse.py, no row for it" >&2
fi
