# bench.sh - what benchmarks share that record as root; sourced from the project's
# root.
#
#	. tests/bench.sh
#	row "CPU before the first sample" 12.5 ms
#
# $BIN is where the commands are, $FIX the test programs, $T an empty folder that
# goes at the end, when what $load and $rec name is killed.
set -u
: "${BUILD:=$PWD/build}"
export BIN=$BUILD/bin FIX=$BUILD/tests/fixtures
skip() { printf 'skip\t%s\n' "$1"; exit 0; }
[ "$(id -u)" -eq 0 ] || skip "needs root"
T=$(mktemp -d) || exit 1
load='' rec=''
# shellcheck disable=SC2086 # lists of pids
trap 'kill $load $rec 2> /dev/null; rm -rf "$T"' EXIT
trap 'exit 130' INT TERM
row() { printf '%s\t%s\t%s\n' "$1" "$2" "$3"; }
