#!/bin/sh
#
# flame.sh - a profile of 1.17 million frames, 24 MB folded: drawn by gp-flame,
# then loaded, zoomed and searched in headless Chromium.
#
# The stacks are made by a generator with a fixed seed: 26,000 names that occur
# unevenly, two new frames a line. Where flamegraph.pl is installed, it draws the
# same input for the ratio.
set -eu
: "${BUILD:=$PWD/build}"
T=$(mktemp -d "${TMPDIR:-/tmp}/gp-bench.XXXXXX")
trap 'rm -rf "$T"' EXIT

awk 'function r(n) { seed = seed * 16807 % 2147483647
	return int(seed / 2147483647 * n) }
BEGIN {
	seed = 7
	for (i = 0; i < 675000; i++)
		printf "app-%d;main;run_%d;w%d::n%d;x%d::%d %d\n", r(6), r(6),
		    r(40), r(650), r(40), r(650), 1 + r(40)
}' | sort > "$T/in"

row() { printf '%s\t%s\t%s\n' "$1" "$2" "$3"; }
row 'flame input' "$(wc -c < "$T/in")" bytes
"$BUILD/bin/gp-flame" --dump-frames "$T/in" | wc -l > "$T/frames"
frames=$(cat "$T/frames")
row 'flame frames' "$frames" frames

# seconds and peak kilobytes of a command, to $T/time
timed() { python3 - "$@" <<'PY' > "$T/time"
import resource, subprocess, sys, time
t = time.monotonic()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print('%.3f %d' % (time.monotonic() - t,
      resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
PY
}
timed "$BUILD/bin/gp-flame" -o "$T/page.html" "$T/in"
read -r seconds kb < "$T/time"
row 'gp-flame wall' "$seconds" s
row 'gp-flame peak' "$((kb / 1024))" MiB
size=$(wc -c < "$T/page.html")
row 'flame page' "$size" bytes
row 'flame page per frame' \
    "$(awk "BEGIN { printf \"%.2f\", $size / $frames }")" bytes

if command -v flamegraph.pl > /dev/null; then
	timed flamegraph.pl "$T/in"
	read -r peer _ < "$T/time"
	row 'flamegraph.pl wall / gp-flame wall' \
	    "$(awk "BEGIN { printf \"%.1f\", $peer / $seconds }")" ratio
else
	echo 'flamegraph.pl is not installed: no ratio' >&2
fi

if command -v chromium > /dev/null; then
	python3 tests/bench/flame-browser.py "$T/page.html"
else
	echo 'chromium is not installed: the page is not loaded' >&2
fi
