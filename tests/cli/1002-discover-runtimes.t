# Runtimes are told by what files define, not by what they are called. The files
# are small ones that define what the real ones do; the real ones are tried by
# tests/live/1101-discover.t.
. tests/tap.sh

command -v "${CC:-cc}" > /dev/null || skip_all "no C compiler"
P=$T/proc R=$T/root
mkdir -p "$P" "$R/lib" "$R/opt/jdk/lib/server" "$R/opt/Microsoft.NETCore.App/8.0.1"
echo '1000.00 2000.00' > "$P/uptime"
pid=100
# so PATH OPTIONS...: a shared object from the C on standard input
so() { so=$R/$1; shift; "${CC:-cc}" -x c -w -O1 -fPIC -shared -o "$so" - "$@"; }
# process EXE [LIB...]: a process that maps these; its number is in $pid
process() {
	pid=$((pid + 1))
	mkdir -p "$P/$pid"
	echo "$pid (x) S 1 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0" > "$P/$pid/stat"
	printf 'Pid:\t%s\nUid:\t0\t0\t0\t0\n' "$pid" > "$P/$pid/status"
	echo "0::/" > "$P/$pid/cgroup"
	ln -s "$1" "$P/$pid/exe"
	ln -s "$R" "$P/$pid/root"
	shift
	for lib; do
		i=$((${i:-0} + 1))
		echo "${i}000-$((i + 1))000 r-xp 00000000 08:01 $i   /$lib"
		echo "7${i}000-7$((i + 1))000 rw-p 00000000 00:00 0"
	done > "$P/$pid/maps"
}
runtime() {
	"$BIN/gp-discover" --proc="$P" -p "$pid" 2>&1 |
	    sed -n 's/^#process .* runtime=\([^ ]*\).*/\1/p'
}
EXE=$FIX/waits

process "$EXE"
is "a C program" "$(runtime)" native

echo 'int nothing;' | so lib/libpython3.11.so.1.0
process "$EXE" lib/libpython3.11.so.1.0
is "a name is no evidence" "$(runtime)" native

echo 'int _PyRuntime; void PyEval_EvalFrameEx(void) {}
const unsigned long Py_Version = 0x030c01f0;' | so lib/quite-something
process "$EXE" lib/quite-something
is "Python 3.12 under another name" "$(runtime)" python/3.12.1
for gil in 0 1; do
	echo 'unsigned long _PyRuntime[] = { 0x7970677562656478, 0x030d05f0, '$gil'};
	const unsigned long Py_Version = 0x030d05f0;
	void PyEval_EvalFrameEx(void) {}' | so lib/gil$gil
	process "$EXE" lib/gil$gil
	is "Python 3.13, with the GIL or without: $gil" "$(runtime)" \
	    "python/3.13.5$([ $gil = 0 ] || echo t)"
done
echo 'int _PyRuntime; void PyEval_EvalFrameEx(void) {}
void PyFrame_GetBack(void) {} void PyConfig_Read(void) {}
void PyThread_tss_create(void) {}' | so lib/py39
process "$EXE" lib/py39
is "Python 3.9 by its API" "$(runtime)" python/3.9
echo 'int _PyThreadState_Current; void PyEval_EvalFrameEx(void) {}
void PyString_FromString(void) {}' | so lib/py27 -Wl,--hash-style=sysv
process "$EXE" lib/py27
is "Python 2.7, with the old hash table" "$(runtime)" python/2.7
echo 'int _PyRuntime;' | so lib/half
process "$EXE" lib/half
is "half the evidence is none" "$(runtime)" native
echo 'extern int _PyRuntime; void PyEval_EvalFrameEx(void);
void f(void) { _PyRuntime = 1; PyEval_EvalFrameEx(); }' | so lib/user
process "$EXE" lib/user
is "to use Python is not to be it" "$(runtime)" native

echo 'int gHotSpotVMStructs;' | so opt/jdk/lib/server/libjvm.so
process "$EXE" opt/jdk/lib/server/libjvm.so
is "a JVM without a release file" "$(runtime)" jvm
printf 'X="1"\nJAVA_VERSION="21.0.2"\n' > "$R/opt/jdk/release"
process "$EXE" opt/jdk/lib/server/libjvm.so
is "and with one" "$(runtime)" jvm/21.0.2
process "$EXE" opt/jdk/lib/server/libjvm.so lib/py39
is "of two in libraries the first of the list" "$(runtime)" python/3.9

echo 'void _ZN4node5StartEiPPc(void) {} int _ZN2v88internal7Version6major_E;
const char u[] = "https://nodejs.org/download/release/v20.1.2/x";' |
    so lib/libnode.so.1
process "$EXE" lib/libnode.so.1
is "Node" "$(runtime)" node/20.1.2
echo 'const char ruby_version[] = "3.1.2"; int ruby_api_version[3];' |
    so lib/r
process "$EXE" lib/r
is "Ruby" "$(runtime)" ruby/3.1.2
echo 'const char ruby_version[] = "3; x=y"; int ruby_api_version[3];' |
    so lib/r2
process "$EXE" lib/r2
is "a version is made safe" "$(runtime)" ruby/3
echo 'int executor_globals, zend_execute_internal;
const char p[] = "X-Powered-By: PHP/8.2.1 ";' | so lib/p
process "$EXE" lib/p
is "PHP" "$(runtime)" php/8.2.1
echo 'int executor_globals_offset, zend_execute_internal;' | so lib/zts
process "$EXE" lib/zts
is "PHP with threads" "$(runtime)" php
echo 'int g_dacTable;' | so opt/Microsoft.NETCore.App/8.0.1/libcoreclr.so
process "$EXE" opt/Microsoft.NETCore.App/8.0.1/libcoreclr.so
is ".NET" "$(runtime)" dotnet/8.0.1
echo 'const char etp_otp_release[] = "25"; int the_active_code_index;' |
    so lib/beam
process "$EXE" lib/beam
is "Erlang" "$(runtime)" beam/25
echo 'int PL_thr_key; void Perl_runops_standard(void) {}
const char PL_revision = 5, PL_version = 36, PL_subversion = 0;' | so lib/perl
process "$EXE" lib/perl
is "Perl" "$(runtime)" perl/5.36.0
echo 'void luaJIT_setmode(void) {} const char a[] = "LuaJIT x",
b[] = "LuaJIT 2.1.0-beta3";' | so lib/lj
process "$EXE" lib/lj
is "LuaJIT" "$(runtime)" luajit/2.1.0-beta3

# The program's own file decides, exported or not.
"${CC:-cc}" -x c -w -o "$T/uwsgi" - <<'EOF'
int _PyRuntime; void PyEval_EvalFrameEx(void) {}
const unsigned long Py_Version = 0x030b02f0;
int main(void) { return 0; }
EOF
process "$T/uwsgi" opt/jdk/lib/server/libjvm.so
is "an interpreter in the program, not exported" "$(runtime)" python/3.11.2
strip -o "$T/stripped" "$T/uwsgi"
process "$T/stripped"
is "which cannot be seen when stripped" "$(runtime)" native
go_section() { # C bytes of .go.buildinfo
	"${CC:-cc}" -x c -w -o "$T/go" - <<EOF
__attribute__((section(".go.buildinfo"), aligned(16), used))
char info[64] = "\377 Go buildinf:" "\b" $1;
int main(void) { return 0; }
EOF
}
go_section '"\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "\10go1.22.1"'
process "$T/go"
is "Go" "$(runtime)" go/1.22.1
go_section '"\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "\177go1.22.1"'
rm -f "$P/$pid/exe" && ln -s "$T/go" "$P/$pid/exe"
is "a length that lies is no version" "$(runtime)" go
# Before Go 1.18 a pointer to a pointer.
"${CC:-cc}" -x c -w -no-pie -o "$T/go16" - <<'EOF'
const char text[] = "go1.16.5";
struct { const char *s; long n; } version = { text, 8 };
__attribute__((section(".go.buildinfo"), aligned(16), used))
struct { char head[16]; void *p[2]; } info = {
	"\377 Go buildinf:" "\b", { &version, 0 } };
int main(void) { return 0; }
EOF
process "$T/go16"
is "an older Go" "$(runtime)" go/1.16.5

echo 'not an ELF file' > "$R/lib/text"
mkfifo "$R/lib/fifo"
ln -s /no/such "$R/lib/dangling"
process "$EXE" lib/text lib/fifo lib/dangling lib/gone lib/py39
is "what cannot be read is no evidence" "$(runtime)" python/3.9
process "$R/lib/text"
is "a program that is none" "$(runtime)" native
is "one look for each file" "$("$BIN/gp-discover" --proc="$P" -v 2>&1 > /dev/null |
    grep -c ' files looked at$')" 1
done_testing
