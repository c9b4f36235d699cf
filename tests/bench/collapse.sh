#!/bin/sh
# gp-collapse against what a Debian machine has for the same work: FlameGraph is
# not packaged, so awk(1) adds up and sort(1) sorts. Both outputs are compared to
# the byte before anything is printed. Best of five, user and system time.
set -u
gp=$BUILD/bin/gp-collapse
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT

# 100 MB: 200,000 lines of 5 to 26 frames; deep stacks share their outer half.
awk 'function f() { n = int(rand() * 20000)
	return n % 3 ? "std::vector<foo_" n ">::push_back(foo const&)" : \
	    "function_name_" n }
BEGIN { srand(5)
	for (i = 0; i < 300; i++) { s = "app"
		for (d = 0; d < 12; d++) { s = s ";" f(); base[i, d] = s } }
	for (i = 0; i < 200000; i++) {
		s = base[int(rand() * 300), 4 + int(rand() * 8)]
		for (d = int(rand() * 14); d >= 0; d--) s = s ";" f()
		print s, 1 + int(rand() * 50) } }' > "$t/unsorted"
sort "$t/unsorted" > "$t/sorted"
# 100 MB of 5,000 of these stacks, some of which come far more often, in no order.
awk 'NR % 40 == 1 { line[n++] = $0; if (n == 5000) exit }
END { srand(6)
	for (b = 0; b < 1e8; b += length(s) + 1) {
		s = line[int(n * rand() * rand())]
		print s } }' "$t/unsorted" > "$t/repeated"
# 2.8 million lines of some 30 bytes each, as of a script: of 20,000 stacks, and
# of so many that nearly each is another.
short() { # kinds of the innermost frame, of those around it
	awk -v f="$1" -v g="$2" 'BEGIN { srand(7)
		for (i = 0; i < 2800000; i++) {
			printf "app;main;run_%d;f%d;g%d 1\n", rand() * 20,
			    rand() * g, rand() * f } }'
}
short 50 20 > "$t/short"
short 5000 200 > "$t/distinct"
size() { wc -c < "$t/$1" | awk '{ print $1 / 1e6 }'; }
mb=$(wc -c < "$t/unsorted" | awk '{ print $1 / 1e6 }')

cat > "$t/awk.sh" <<'SCRIPT'
awk '{ n = $NF; sub(/ [0-9]+$/, ""); s[$0] += n }
END { for (k in s) print k "\t" s[k] }' "$1" |
    sort -t "$(printf '\t')" -k 1,1 | tr '\t' ' '
SCRIPT
# Seconds of CPU, and the greatest memory in KB, of a command's best run.
best() {
	for _ in 1 2 3 4 5; do
		/usr/bin/time -f '%U %S %M' -o "$t/time" "$@" > /dev/null
		awk '{ print $1 + $2, $3 }' "$t/time"
	done | sort -n | head -n 1
}
sh "$t/awk.sh" "$t/unsorted" > "$t/want"
"$gp" "$t/unsorted" | cmp -s - "$t/want" || {
	echo "collapse: gp-collapse and awk disagree" >&2; exit 1; }
# shellcheck disable=SC2046 # two words
set -- $(best "$gp" "$t/unsorted") $(best "$gp" "$t/sorted") \
    $(best sh "$t/awk.sh" "$t/unsorted") $(best "$gp" "$t/repeated") \
    $(best "$gp" "$t/short") $(best "$gp" "$t/distinct")
awk -v mb="$mb" -v u="$1" -v um="$2" -v s="$3" -v a="$5" -v r="$7" \
    -v h="$9" -v hm="$(size short)" -v d="${11}" -v dm="$(size distinct)" 'BEGIN {
	print "collapse: 20,000 short stacks\t" sprintf("%.0f", hm / h) "\tMB/s"
	print "collapse: 2.6 million short stacks\t" sprintf("%.0f", dm / d) "\tMB/s"
	print "collapse: 5,000 stacks, unsorted\t" sprintf("%.0f", 100 / r) "\tMB/s"
	print "collapse: unsorted input\t" sprintf("%.0f", mb / u) "\tMB/s"
	print "collapse: sorted input\t" sprintf("%.0f", mb / s) "\tMB/s"
	print "collapse: awk and sort / gp-collapse\t" sprintf("%.1f", a / u) "\tx CPU"
	print "collapse: peak memory of 100 MB input\t" sprintf("%.0f", um / 1024) "\tMB" }'
