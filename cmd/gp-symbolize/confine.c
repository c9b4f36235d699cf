#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/attr.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

/* -- descriptors, signals, limits --------------------------------------------- */

static void
close_from(unsigned first)
{
	struct rlimit rl = { .rlim_cur = 4096 };

#ifdef SYS_close_range
	if (syscall(SYS_close_range, first, ~0u, 0) == 0)
		return;
#endif
	(void)getrlimit(RLIMIT_NOFILE, &rl);
	for (unsigned fd = first; fd < rl.rlim_cur; fd++)
		close((int)fd);
}

static void
keep_only(int fd, int file)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* Out of the way of 0 to CONFINE_FILE. */
	fd = fcntl(fd, F_DUPFD_CLOEXEC, CONFINE_FILE + 1);
	if (file >= 0)
		file = fcntl(file, F_DUPFD_CLOEXEC, CONFINE_FILE + 1);
	if (null < 0 || fd < 0)
		_exit(EX_UNAVAILABLE);
	for (int i = 0; i < CONFINE_FD; i++)
		if (!(SANITIZED && i == STDERR_FILENO) && dup2(null, i) < 0)
			_exit(EX_UNAVAILABLE);
	if (dup2(fd, CONFINE_FD) < 0)
		_exit(EX_UNAVAILABLE);
	if (file < 0 || dup2(file, CONFINE_FILE) < 0)
		close(CONFINE_FILE);
	close_from(CONFINE_FILE + 1);
}

/* The keyboard's signals are for the parent. */
static void
settle_signals(void)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT,
		SIGPIPE };
	static const int usual[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT,
		SIGXCPU, SIGSYS };
	sigset_t none;

	for (size_t i = 0; i < GP_COUNT(ignored); i++)
		signal(ignored[i], SIG_IGN);
	for (size_t i = 0; !SANITIZED && i < GP_COUNT(usual); i++)
		signal(usual[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool
set_limit(__rlimit_resource_t what, rlim_t max)
{
	struct rlimit rl;

	if (getrlimit(what, &rl) != 0)
		return false;
	if (rl.rlim_max < max)
		max = rl.rlim_max;
	rl.rlim_cur = rl.rlim_max = max;
	return setrlimit(what, &rl) == 0;
}

static void
follow_parent(pid_t parent)
{
	/* It may have ended before it could be followed. Where that is not
	 * allowed the end of the socket will do. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EX_UNAVAILABLE);
}

/* -- privileges ---------------------------------------------------------- */

static bool
leave_network(void)
{
	return unshare(CLONE_NEWNET) == 0 ||
	    unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

static bool
drop_capabilities(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {
		{ 0 },
	};

	return syscall(SYS_capset, &head, none) == 0;
}

static bool
bound_memory(void)
{
	return !SANITIZED && set_limit(RLIMIT_DATA, CONFINE_DATA_MAX) &&
	    set_limit(RLIMIT_AS, CONFINE_SPACE_MAX);
}

/* -- system calls -------------------------------------------------------- */

static const int allowed[] = {
	SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(lseek), SCMP_SYS(close),
	SCMP_SYS(fstat), SCMP_SYS(sendmsg), SCMP_SYS(recvmsg),
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk), SCMP_SYS(madvise),
	SCMP_SYS(futex), SCMP_SYS(exit), SCMP_SYS(exit_group),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigaction), SCMP_SYS(restart_syscall),
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(getrusage),
	SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid),
	SCMP_SYS(sched_yield),
};

/* What the C library asks without need, and can do without. */
static const int refused[] = {
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(stat), SCMP_SYS(lstat),
	SCMP_SYS(statx), SCMP_SYS(access), SCMP_SYS(faccessat),
	SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(ioctl),
	SCMP_SYS(fcntl), SCMP_SYS(sysinfo), SCMP_SYS(uname), SCMP_SYS(getcwd),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(write), SCMP_SYS(writev),
};

/* Those that depend on their arguments. Of one call libseccomp takes several
 * rules only if each has a condition. */
static int
add_conditions(scmp_filter_ctx f)
{
	const uint32_t ok = SCMP_ACT_ALLOW, no = SCMP_ACT_ERRNO(EACCES);
	const scmp_datum_t self = (scmp_datum_t)getpid();

	/* fstat(3) of the C library, but nothing by its path. */
	return seccomp_rule_add(f, ok, SCMP_SYS(newfstatat), 1,
		SCMP_A3(SCMP_CMP_EQ, AT_EMPTY_PATH, 0)) ||
	    (!SANITIZED && seccomp_rule_add(f, no, SCMP_SYS(newfstatat), 1,
		SCMP_A3(SCMP_CMP_NE, AT_EMPTY_PATH, 0))) ||
	    /* Nothing executable, nothing shared. */
	    seccomp_rule_add(f, ok, SCMP_SYS(mmap), 2,
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
		SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_SHARED, 0)) ||
	    seccomp_rule_add(f, ok, SCMP_SYS(mprotect), 1,
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) ||
	    /* The bound of CPU time, anew for each file. */
	    seccomp_rule_add(f, ok, SCMP_SYS(prlimit64), 2,
		SCMP_A0(SCMP_CMP_EQ, 0, 0),
		SCMP_A1(SCMP_CMP_EQ, RLIMIT_CPU, 0)) ||
	    (!SANITIZED && seccomp_rule_add(f, no, SCMP_SYS(prlimit64), 1,
		SCMP_A1(SCMP_CMP_NE, RLIMIT_CPU, 0))) ||
	    /* abort() */
	    seccomp_rule_add(f, ok, SCMP_SYS(tgkill), 1,
		SCMP_A0(SCMP_CMP_EQ, self, 0)) ||
	    /* The sanitizers' reports, and what they do before _exit(2). */
	    (SANITIZED && (seccomp_rule_add(f, ok, SCMP_SYS(write), 1,
		SCMP_A0(SCMP_CMP_EQ, STDERR_FILENO, 0)) ||
		seccomp_rule_add(f, ok, SCMP_SYS(sigaltstack), 0)));
}

static bool
filter_calls(void)
{
	scmp_filter_ctx f = seccomp_init(SANITIZED ? SCMP_ACT_ERRNO(EACCES) :
	    SCMP_ACT_KILL_PROCESS);
	int err = f ? 0 : ENOMEM;

	for (size_t i = 0; !err && i < GP_COUNT(allowed); i++)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0);
	/* libseccomp takes no rule that says what is the default. */
	for (size_t i = 0; !err && !SANITIZED && i < GP_COUNT(refused); i++)
		err = seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES), refused[i],
		    0);
	if (!err)
		err = add_conditions(f);
	if (!err)
		err = seccomp_load(f);
	if (f)
		seccomp_release(f);
	return err == 0;
}

void
confine_settle(int fd, int file, pid_t parent)
{
	keep_only(fd, file);
	settle_signals();
	(void)set_limit(RLIMIT_CORE, 0);
	follow_parent(parent);
}

unsigned
confine_self(void)
{
	unsigned lack = 0;

	if (!leave_network())
		lack |= CONFINE_NO_NETWORK;
	if (!drop_capabilities())
		lack |= CONFINE_NO_CAPABILITIES;
	(void)set_limit(RLIMIT_NOFILE, CONFINE_FDS_MAX);
	/* No core dump to a program either, no trace, no /proc/PID/mem. */
	(void)prctl(PR_SET_DUMPABLE, 0);
	if (!bound_memory())
		lack |= CONFINE_NO_MEMORY;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !filter_calls())
		lack |= CONFINE_NO_SECCOMP;
	return lack;
}

const char *
confine_text(enum confine_lack lack)
{
	switch (lack) {
	case CONFINE_NO_CAPABILITIES:
		return "it keeps its capabilities";
	case CONFINE_NO_NETWORK:
		return "it has no network namespace of its own";
	case CONFINE_NO_SECCOMP:
		return "seccomp does not bound its system calls";
	case CONFINE_NO_MEMORY:
		return "its memory is not bounded";
	}
	return "unknown";
}
