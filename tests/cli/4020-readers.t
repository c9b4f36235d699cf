#!/bin/sh
# gp-collapse: the same profile in the format of any tool is the same text; no
# sample comes from nowhere or goes without being named; and memory does not grow
# with the input.
. tests/tap.sh
collapse=$BIN/gp-collapse
command -v python3 > /dev/null || skip_all "no python3"
make() { python3 tests/fixtures/formats.py "$@"; }
sum() { awk '{ n += $NF } END { print n + 0 }' "$@"; }

readers="folded decimals columns perf-script perf-report bpftrace bpftrace-json
    gprofiler speedscope"
args_of() {
	case $1 in
	columns) echo --columns=2 ;;
	esac
}
total=$(make total 500)
make folded 500 | LC_ALL=C sort > "$T/want"
for reader in $readers austin; do
	make "$reader" 500 > "$T/$reader"
	# shellcheck disable=SC2046 # none or one
	status "$reader is read" 0 "$collapse" $(args_of "$reader") "$T/$reader"
	is "all samples of $reader come out" "$(sum "$T/out")" "$total"
	[ "$reader" = austin ] && continue
	ok "the text of $reader is that of all" cmp "$T/out" "$T/want"
done
"$BIN/gp-convert" --to=pprof -o "$T/pprof" "$T/folded"
"$collapse" "$T/pprof" > "$T/out"
ok "so is that of pprof" cmp "$T/out" "$T/want"
"$collapse" --compat=flamegraph --weight=samples "$T/perf-script" > "$T/out"
ok "and what stackcollapse-perf.pl would write" cmp "$T/out" "$T/want"
is "the base's column has its samples" \
    "$("$collapse" --columns=base "$T/columns" | sum)" $((2 * total))

# The format that is told by the content is the one that may be named; a file that
# is of another is no profile.
for reader in $readers austin pprof; do
	format=$reader
	case $reader in
	decimals | columns) format=folded ;;
	esac
	# shellcheck disable=SC2046
	"$collapse" $(args_of "$reader") "$T/$reader" > "$T/told"
	# shellcheck disable=SC2046
	status "$reader is read as $format" 0 "$collapse" --from="$format" \
	    $(args_of "$reader") "$T/$reader"
	ok "it is the same as with --from=auto" cmp "$T/out" "$T/told"
	other=pprof
	[ "$reader" = pprof ] && other=speedscope
	status "$reader is no $other" 65 "$collapse" --from="$other" \
	    "$T/$reader"
done

# What a filter leaves out is said, what stays is the rest.
for reader in $readers austin pprof; do
	# shellcheck disable=SC2046
	"$collapse" --meta --ignore='^f7' $(args_of "$reader") "$T/$reader" \
	    > "$T/out" 2> "$T/err"
	end=$(sed -n 's/^#end .*samples=\([0-9]*\) .*filtered=\([0-9]*\).*/\1 \2/p' \
	    "$T/out")
	is "$reader: what stays and what is left out is all" \
	    "$(echo "$end" | awk '{ print $1 + $2, ($2 > 0) }')" "$total 1"
done

# A line that is broken is one that is named, and the rest is there. Line 9 of
# each is one that holds a count, or begins an entry.
broken() { # reader: what is lost by it
	sed '9s/[0-9]*$/x/' "$T/$1" > "$T/broken"
	lost=$(sed -n '9s/.* //p' "$T/$1")
}
for reader in folded gprofiler austin; do
	broken $reader
	status "$reader: a broken line is a loss" 1 "$collapse" "$T/broken"
	is "$reader: of nothing but itself" "$(sum "$T/out")" \
	    $((total - lost))
	like "$reader: and is named" "$(cat "$T/err")" 'broken:9: '
done
sed '0,/^\t/s/^\t.*/\tzzz/' "$T/perf-script" > "$T/broken"
status "perf-script: a broken frame is a loss" 1 "$collapse" "$T/broken"
is "perf-script: but its sample counts" "$(sum "$T/out")" "$total"

# Memory: ten times the samples, in the same stacks. Sanitizers keep what was
# freed.
if grep -q __asan_init "$collapse" || [ ! -x /usr/bin/time ]; then
	skip "memory does not depend on the input's size" \
	    "AddressSanitizer, or no time(1)"
	done_testing
	exit
fi
peak() { # file: KiB
	/usr/bin/time -f %M -o "$T/peak" "$collapse" "$1" > "$T/out"
	cat "$T/peak"
}
for reader in folded decimals perf-script bpftrace gprofiler austin; do
	# Of a file's head there is one.
	grep '^#' "$T/$reader" > "$T/once"
	for _ in 1 2 3 4 5 6; do grep -v '^#' "$T/$reader"; done >> "$T/once"
	cp "$T/once" "$T/tenfold"
	for _ in 1 2 3 4 5 6 7 8 9; do grep -v '^#' "$T/once"; done >> "$T/tenfold"
	one=$(peak "$T/once")
	ten=$(peak "$T/tenfold")
	note "$reader: $(wc -c < "$T/tenfold") bytes, $one and $ten KiB"
	ok "$reader: ten times the samples need the same memory" \
	    test "$ten" -le $((one + one / 10 + 256))
	is "$reader: and are all there" 	    "$(sum "$T/out")" $((60 * total))
done
done_testing
