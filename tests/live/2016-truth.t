# Native stacks of programs that nobody here compiled, frame by frame: each loads a
# library that does not let go of it, deep in its own functions, and libdw tells
# what the stack is. No sample may have another.
. tests/tap.sh
. tests/live/profile.sh
need_sampling
command -v python3 > /dev/null || skip_all "no python3 to compare with"

cat > "$T/load.py" <<'EOF'
import ctypes, functools, re, sys
def dig(n):
    return dig(n - 1) if n else re.sub("x", lambda m: ctypes.CDLL(sys.argv[1]), "x")
[2, 1].sort(key=functools.cmp_to_key(lambda a, b: dig(6)))
EOF
cat > "$T/load.pl" <<'EOF'
require DynaLoader;
sub load { eval { DynaLoader::dl_load_file($ARGV[0], 0) } }
sub dig { my $n = shift; return $n ? dig($n - 1) : map { load } sort { load } 2, 1 }
my $s = "x"; $s =~ s/x/dig(6)/e;
EOF
cat > "$T/load.js" <<'EOF'
function dig(n) {
  return n ? dig(n - 1) : process.dlopen({ exports: {} }, process.argv[2]);
}
[2, 1].sort(() => 'x'.replace(/x/, () => dig(6)));
EOF
cat > "$T/load.rb" <<'EOF'
require 'fiddle'
def dig(n)
  n > 0 ? dig(n - 1) : Fiddle.dlopen(ARGV[0])
end
[2, 1].sort { 'x'.gsub(/x/) { dig(6) } }
EOF
cat > "$T/load.sh" <<'EOF'
dig() { if [ "$2" -gt 0 ]; then dig "$1" $(($2 - 1)); else enable -f "$1" no; fi; }
while read -r _; do eval 'dig "$1" 6'; done <<< x
EOF

# stands NAME COMMAND...: record it where it stands, by each engine.
stands() {
	_name=$1; shift
	rm -f "$T/stands"
	"$@" "$FIX/libstands" > "$T/stands" 2> "$T/err" &
	_pid=$!
	on_exit="kill -9 $_pid 2> /dev/null"
	until grep -q '^stands' "$T/stands" 2> /dev/null; do
		kill -0 $_pid 2> /dev/null || break
		sleep 0.05
	done
	if ! kill -0 $_pid 2> /dev/null; then
		skip "$_name" "it cannot load: $(tail -n 1 "$T/err")"
		return
	fi
	for engine in bpf perf; do
		_s=0
		record_enough -q --engine=$engine --eval-frames -p $_pid || _s=$?
		is "$_name, $engine: status 1 if samples had no room, else 0" \
		    $_s "$(grep -c '^#lost .*reason=ring-full' "$T/raw")"
		"$FIX/truth" $_pid > "$T/truth"
		ok "$_name: no sample of $engine has another stack" python3 \
		    tests/fixtures/same_stacks.py truth "$T/truth" "$T/raw" $_pid
	done
	kill -9 $_pid
	on_exit=:
}

pyenv=${PYENV_ROOT:-$HOME/.pyenv}/versions
for p in /usr/bin/python3 "$pyenv"/2.7*/bin/python "$pyenv"/3.6*/bin/python \
    "$pyenv"/3.1[03]*/bin/python; do
	if [ -x "$p" ]; then stands "$p" "$p" "$T/load.py"; fi
done
for p in perl:pl node:js ruby:rb bash:sh; do
	if command -v ${p%:*} > /dev/null; then
		stands ${p%:*} "$(command -v ${p%:*})" "$T/load.${p#*:}"
	else
		skip "${p%:*}" "there is none"
	fi
done
done_testing
