# Go programs that print the stack that Go's own runtime says they are in: the main
# goroutine, another one, C called by cgo, the runtime's work on the scheduler's
# stack, and a signal handler of the runtime.
. tests/tap.sh
. tests/live/profile.sh
need_sampling
command -v go > /dev/null || skip_all "no go"
export GOCACHE="$T/cache" GOPROXY=off

cat > "$T/plain.go" <<'EOF'
package main

import (
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
)

var sink uint64

//go:noinline
func say() {
	pc := make([]uintptr, 64)
	stack := ""
	f := runtime.CallersFrames(pc[:runtime.Callers(2, pc)])
	for more := true; more; {
		var frame runtime.Frame
		frame, more = f.Next()
		stack = ";" + frame.Function + stack
	}
	os.Stdout.WriteString("stack " + strings.TrimPrefix(stack, ";") + "\n")
}

// The time that the process had, in seconds: what is sampled.
func cpu() float64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

//go:noinline
func inner(kind string) {
	say()
	buf := make([]byte, 1<<16)
	sink += uint64(len(buf))
	for end := cpu() + 4; cpu() < end; {
		if kind == "system" {
			for i := 0; i < 1000; i++ {
				runtime.Stack(buf, false)
			}
			continue
		}
		if kind == "signal" {
			for i := 0; i < 1000; i++ {
				syscall.Kill(syscall.Getpid(), syscall.SIGUSR1)
			}
			continue
		}
		for i := uint64(0); i < 10000000; i++ {
			sink += i ^ sink>>3
		}
	}
}

//go:noinline
func middle(kind string) { inner(kind); sink++ }

//go:noinline
func outer(kind string) { middle(kind); sink++ }

func main() {
	if os.Args[1] == "main" {
		outer("")
		return
	}
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	done := make(chan bool)
	go func() {
		outer(os.Args[1])
		done <- true
	}()
	<-done
}
EOF
# The same with C at the inner end.
{ sed -n '1,2p' "$T/plain.go"
  cat <<'EOF'
/*
#include <time.h>

static volatile unsigned long n;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

__attribute__((noinline)) void in_c(void)
{
	double end = now() + 4;

	do
		for (int i = 0; i < 1000000; i++)
			n++;
	while (now() < end);
}
*/
import "C"
EOF
  sed -e '1,2d' -e '/end := /,/^}/c\	C.in_c()\n}' \
      "$T/plain.go"; } > "$T/cgo.go"

goexit='runtime\.goexit(\.abi0)?;'
CGO_ENABLED=0 go build -o "$T/plain" "$T/plain.go" 2> "$T/err" ||
	skip_all "it does not compile: $(tail -n 1 "$T/err")"
for kind in main other; do
	profile -- "$T/plain" $kind
	check_sums
	stack=$(sed -n 's/^stack runtime.goexit;//p' "$T/truth")
	# The rest is the runtime's own threads'.
	check_stack plain "$goexit" "$stack" 95
done

# What the runtime does on the scheduler's stack has the goroutine as its caller,
# however the program is linked. Before the rows are there, the goroutine's stack is not
# in the copy that comes with a sample.
switch='runtime\\.(systemstack|asmcgocall)(;.*)?'
for how in -buildmode=exe -buildmode=pie \
    '-buildmode=pie -ldflags=-linkmode=external'; do
	cgo=0
	case $how in *external*) cgo=1 ;; esac
	# shellcheck disable=SC2086 # words
	if ! CGO_ENABLED=$cgo go build $how -o "$T/plain" "$T/plain.go" \
	    2> "$T/err"; then
		skip "system, $how" "it does not compile: $(tail -n 1 "$T/err")"
		continue
	fi
	profile -- "$T/plain" system
	check_sums
	stack=$(sed -n 's/^stack runtime.goexit;//p' "$T/truth")
	note "$how"
	sed -i 's/\.abi0//g' "$T/folded"
	check_stack plain "$goexit" \
	    "$stack;runtime.Stack;runtime.systemstack;runtime.Stack.func1" 90 "$switch"
done
CGO_ENABLED=0 go build -o "$T/plain" "$T/plain.go"

# The runtime's handler, on its signal stack, has what it interrupted as its
# caller; the way there is the kernel's frame and the runtime's sigreturn. The
# signals are the process's: any thread may get one, on the scheduler's stack or
# on that of a goroutine that waits for them or is the runtime's.
profile -- "$T/plain" signal
check_sums
ok "what a signal interrupted is the handler's caller" awk '
	/;runtime\.sigtrampgo/ {
		n += $NF
		if (/^[^;]*;\[truncated\]/) cut += $NF
		else if (/goexit[^;]*;main\.main\.func1;main\.outer;main\.middle;main\.inner;(main\.cpu;)?(syscall\.|runtime\.sigreturn|internal|\[plain\])/)
			k += $NF
		else if (/^[^;]*;runtime\.(mstart|mcall|morestack)[.;]/) k += $NF
		else if (/^[^;]*;runtime\.goexit[^;]*;(os\/signal\.loop|runtime\.[a-z])/) k += $NF
		else if (++wrong < 4) print "# wrong: " substr($0, 1, 300)
	}
	END { print "# " k + 0 " of " n + 0 ", " cut + 0 " cut"
	exit !(n >= 20 && !wrong && cut <= 2 + n / 20) }' "$T/folded"

if go build -o "$T/cgo" "$T/cgo.go" 2> "$T/err"; then
	for engine in bpf bpf-bounded; do
		profile --engine=$engine -- "$T/cgo" other
		check_sums
		stack=$(sed -n 's/^stack runtime.goexit;//p' "$T/truth")
		stack="$stack;main._Cfunc_in_c;runtime.cgocall;runtime.asmcgocall"
		sed -i 's/\.abi0//g' "$T/folded"
		check_stack cgo "$goexit" "$stack;in_c" 95 "$switch"
	done
else
	skip "cgo" "it does not compile: $(tail -n 1 "$T/err")"
fi
done_testing
