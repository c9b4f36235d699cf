#!/bin/sh
#
# flame.sh - a profile of 1.17 million frames, 24 MB folded: drawn by gp-flame,
# then loaded, zoomed and searched in headless Chromium.
#
# The stacks are made by a generator with a fixed seed: 26,000 names that occur
# unevenly, two new frames a line. Where flamegraph.pl is installed (alone or in
# libdevel-nytprof-perl), it draws the same input for the ratio: an image of what
# is wider than 0.1 pixels, where gp-flame's page has all.
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

# Wall and processor seconds and peak kilobytes of a command, to $T/time.
timed() { python3 - "$@" <<'PY' > "$T/time"
import resource, subprocess, sys, time
t = time.monotonic()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
u = resource.getrusage(resource.RUSAGE_CHILDREN)
print('%.3f %.3f %d' % (time.monotonic() - t, u.ru_utime + u.ru_stime,
      u.ru_maxrss))
PY
}
over() { awk "BEGIN { printf \"%.1f\", $1 / $2 }"; }

timed "$BUILD/bin/gp-flame" --svg "$T/in"
read -r _ svg_cpu _ < "$T/time"
timed "$BUILD/bin/gp-flame" -o "$T/page.html" "$T/in"
read -r wall cpu kb < "$T/time"
row 'gp-flame wall' "$wall" s
row 'gp-flame cpu' "$cpu" s
row 'gp-flame peak' "$((kb / 1024))" MiB
size=$(wc -c < "$T/page.html")
row 'flame page' "$size" bytes
row 'flame page per frame' \
    "$(awk "BEGIN { printf \"%.2f\", $size / $frames }")" bytes

# The one that Devel::NYTProf ships, where there is no other.
peer=$(command -v flamegraph.pl ||
    ls /usr/share/perl5/Devel/NYTProf/flamegraph.pl 2> /dev/null || :)
if [ -n "$peer" ]; then
	timed perl "$peer" "$T/in"
	read -r peer_wall peer_cpu peer_kb < "$T/time"
	row 'flamegraph.pl cpu' "$peer_cpu" s
	row 'flamegraph.pl peak' "$((peer_kb / 1024))" MiB
	row 'flamegraph.pl cpu / gp-flame cpu' "$(over "$peer_cpu" "$cpu")" ratio
	row 'flamegraph.pl wall / gp-flame wall' \
	    "$(over "$peer_wall" "$wall")" ratio
	row 'flamegraph.pl cpu / gp-flame --svg cpu' \
	    "$(over "$peer_cpu" "$svg_cpu")" ratio
else
	echo 'no flamegraph.pl (libdevel-nytprof-perl has one): no ratio' >&2
fi

if command -v chromium > /dev/null; then
	python3 tests/bench/flame-browser.py "$T/page.html"
else
	echo 'chromium is not installed: the page is not loaded' >&2
fi
