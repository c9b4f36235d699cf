# tap.sh - the shell tests' library: TAP in forty lines.
#
# A test is a file of shell commands, run by prove(1) from the project's root:
#
#	. tests/tap.sh
#	ok   "help says usage" grep -q usage "$T/out"
#	is   "one line comes out" "$(wc -l < "$T/out")" 1
#	like "the error names the file" "$(cat "$T/err")" 'nofile.*cannot'
#	done_testing
#
# $BIN is where the commands are, $FIX the fixtures, $T an empty folder that goes
# when the test ends.
: "${BUILD:=$PWD/build}"
BIN=$BUILD/bin FIX=$BUILD/tests/fixtures
T=$(mktemp -d "${TMPDIR:-/tmp}/gp-test.XXXXXX") || exit 1
# Nothing of the machine's own caches and configuration is used, or put there.
export BIN FIX T BUILD LC_ALL=C GP_CACHE_DIR="$T/cache" GP_CONFIG=''
_n=0 _failed=0
# A test that needs more clean-up sets on_exit='commands'.
on_exit=:
trap 'eval "$on_exit"; rm -rf "$T"' EXIT
trap 'exit 130' INT TERM

_result() { # status description
	_n=$((_n + 1))
	if [ "$1" -eq 0 ]; then echo "ok $_n - $2"; return 0; fi
	_failed=$((_failed + 1))
	echo "not ok $_n - $2"
	return 0
}
note() { printf '%s\n' "$*" | sed 's/^/# /'; }
# ok DESCRIPTION COMMAND...: the command succeeds.
ok() { _d=$1; shift; if "$@"; then _result 0 "$_d"; else
	_result 1 "$_d"; note "failed: $*"; fi; }
# is DESCRIPTION GOT WANT: the two are the same text.
is() { if [ "$2" = "$3" ]; then _result 0 "$1"; else
	_result 1 "$1"; note "got:  $2"; note "want: $3"; fi; }
# like DESCRIPTION TEXT REGEX: an extended regular expression matches a line.
like() { if printf '%s\n' "$2" | grep -Eq -- "$3"; then _result 0 "$1"; else
	_result 1 "$1"; note "got: $2"; note "want a match of: $3"; fi; }
unlike() { if printf '%s\n' "$2" | grep -Eq -- "$3"; then
	_result 1 "$1"; note "got: $2"; note "want no match of: $3"
	else _result 0 "$1"; fi; }
# status DESCRIPTION WANT COMMAND...: the exit status; output to $T/out, $T/err.
status() { _d=$1 _w=$2; shift 2; _s=0
	"$@" > "$T/out" 2> "$T/err" < "${IN:-/dev/null}" || _s=$?
	if [ "$_s" -eq "$_w" ]; then _result 0 "$_d"; else
	_result 1 "$_d"; note "status $_s, want $_w: $*"; note "$(head -5 "$T/err")"; fi; }
skip() { _n=$((_n + 1)); echo "ok $_n - $1 # SKIP $2"; }
skip_all() { echo "1..0 # SKIP $1"; exit 0; }
done_testing() { echo "1..$_n"; [ "$_failed" -eq 0 ]; exit; }
