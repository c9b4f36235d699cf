#!/bin/sh
# The gate of docs/ci.md, as a CI job without privilege runs it.
. tests/tap.sh
. tests/live/profile.sh
need_sampling
command -v setpriv > "$T/null" || skip_all "no setpriv"
[ "$(cat /proc/sys/kernel/perf_event_paranoid)" -le 2 ] ||
	skip_all "kernel.perf_event_paranoid is above 2"

# What nobody can reach: the commands, and two builds of a program, the second of
# which has a function that takes three times as long.
chmod 755 "$T"
mkdir "$T/bin"
mkdir -m 777 "$T/job"
cp "$BIN"/gp-* "$FIX/slower" scripts/ci/gate "$T/bin"
for build in old:1 same:1 new:3; do
	printf '#!/bin/sh\nexec "%s" 0.5 %s\n' "$T/bin/slower" "${build#*:}" \
	    > "$T/bin/${build%:*}"
done
chmod 755 "$T/bin"/*
gate() {
	(cd "$T/job" && exec setpriv --reuid=65534 --regid=65534 --clear-groups \
	    --inh-caps=-all env -i PATH="$T/bin:$PATH" HOME="$T/job" \
	    TMPDIR="$T/job" RUNS="$runs" REPORTS="$T/job/reports" \
	    gate "$@")
}
runs=4
status "a function that takes three times as long fails" 1 \
    gate '--fail-on=frame~^maybe$|20%' "$T/bin/old" "$T/bin/new"
note "$(cat "$T/out" "$T/err")"
like "and is named" "$(cat "$T/out")" 'FAIL +maybe$'
like "in Markdown" "$(cat "$T/job/reports/report.md")" '`maybe`.*\*\*fail\*\*'
like "in JUnit" "$(cat "$T/job/reports/junit.xml")" 'name="maybe"><failure'
ok "the difference is drawn" grep -q '<html' "$T/job/reports/diff.html"
like "both sides are in two columns" "$(cat "$T/job/reports/diff.folded")" \
    '^slower;.*;maybe [0-9]+ [0-9]+$'

# 90 % of the samples: even so few tell that it has not grown by half.
status "what did not change passes" 0 \
    gate '--fail-on=frame~^steady$|50%' "$T/bin/old" "$T/bin/same"
note "$(cat "$T/out" "$T/err")"

# The process is a frame, too: with another name it is not another frame.
runs=3
cp "$T/bin/slower" "$T/bin/faster"
gate --fail-on=90% "$T/bin/slower" "$T/bin/faster" 0.2 1 > "$T/out" 2> "$T/err"
note "$(cat "$T/out" "$T/err")"
unlike "a program with another name is the same process" \
    "$(cat "$T/out")" ' (new|gone) +(slower|faster)$'
runs=1
status "one run a side is undecided" 3 \
    gate '--fail-on=frame~^maybe$|20%' "$T/bin/old" "$T/bin/new"
status "a program that fails is told from a slow one" 70 \
    gate --fail-on=5% "$T/bin/old" false
status "so is one that is not there" 70 \
    gate --fail-on=5% "$T/bin/old" "$T/nowhere"
rm -rf "$T/job/reports" "$T/job/.cache"
is "nothing is left behind" "$(ls -A "$T/job")" ""
done_testing
