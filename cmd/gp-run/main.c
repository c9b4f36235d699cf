/*
 * gp-run - one supervised cycle: record, name, fold, deliver, exit.
 *
 *	gp-run -d 50s --dir /var/lib/gp/profiles
 *
 * What a timer starts. It does what this line does, and what this line cannot:
 *
 *	gp-record -d 50s | gp-symbolize | gp-collapse | gp-upload --dir …
 *
 * One cycle at a time; every stage with limits and a deadline; a stage that
 * crashes or hangs is replaced and named, and the profile still arrives; no
 * process and no file stays behind, also after SIGKILL; and the samples that
 * come out are counted against those that went in. cycle.h has the picture.
 */
#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/monotonic.h"
#include "base/opt.h"
#include "base/parse.h"
#include "cycle.h"
#include "journal.h"
#include "lock.h"
#include "privs.h"
#include "ship/places.h"

/* How many times larger than the raw stream what is made from it may be: names
 * are longer than addresses. */
enum { NAMED_RATIO = 8 };

/* How often a lock that another has is tried. */
enum { LOCK_TICK_MS = 100 };

static struct plan options = {
	.duration = "10s",
	.duration_ns = UINT64_C(10000000000),
	.deadline_ns = UINT64_C(30000000000),
	.size_max = UINT64_C(1) << 28,
	.limits = { .data_bytes = UINT64_C(1) << 30 },
};
static const char *lock_path;
static uint64_t wait_ns;

static const char *
set_duration(void *dst, const char *arg)
{
	struct plan *o = dst;

	if (!parse_duration(arg, &o->duration_ns))
		return "not a duration such as 500ms, 10s or 5m";
	o->duration = arg;
	return NULL;
}

static const char *
add_pass(void *dst, const char *arg)
{
	struct plan *o = dst;
	const char *colon = strchr(arg, ':');

	if (!colon || !colon[1])
		return "not STAGE:ARGUMENT";
	if (o->passes == PLAN_PASS_MAX)
		return "too many";
	for (int i = 0; i < PLAN_STAGES; i++) {
		const char *name = plan_stage_names[i];

		if (strlen(name) != (size_t)(colon - arg) ||
		    strncmp(arg, name, strlen(name)) != 0)
			continue;
		o->pass[o->passes].stage = (enum plan_stage)i;
		o->pass[o->passes++].arg = colon + 1;
		return NULL;
	}
	return "a stage is discover, record, symbolize, collapse or upload";
}

static const struct opt opts[] = {
	{ 'd', "duration", OPT_CALL, &options, "DUR",
	    "how long to record (default 10s)", set_duration },
	{ 'e', "event", OPT_STR, &options.event, "EVENT",
	    "what to sample, for gp-record", NULL },
	{ 'F', "frequency", OPT_STR, &options.frequency, "HZ",
	    "samples a second on each CPU, for gp-record", NULL },
	{ 'o', "output", OPT_STR, &options.output, "FILE",
	    "write to FILE (- is stdout) instead of uploading", NULL },
	{ 'p', "pid", OPT_STR, &options.pids, "PIDS",
	    "only these processes, for gp-record", NULL },
	{ 0, "dir", OPT_STR, &options.dir, "DIR",
	    "the folder that gp-upload fills", NULL },
	{ 0, "url", OPT_STR, &options.url, "URL",
	    "the server that gp-upload sends to", NULL },
	{ 0, "spool", OPT_STR, &options.spool, "DIR",
	    "where gp-upload keeps what is not sent yet", NULL },
	{ 0, "discover", OPT_FLAG, &options.discover, NULL,
	    "record what gp-discover selects", NULL },
	{ 0, "pass", OPT_CALL, &options, "STAGE:ARG",
	    "another argument for a stage: record:--idle",
	    add_pass },
	{ 0, "deadline", OPT_DURATION, &options.deadline_ns, "DUR",
	    "how long a stage may outlast its input (default 30s)", NULL },
	{ 0, "memory", OPT_SIZE, &options.limits.data_bytes, "SIZE",
	    "memory each stage may have; 0: any (default 1G)", NULL },
	{ 0, "size", OPT_SIZE, &options.size_max, "SIZE",
	    "how large the raw stream may become (default 256M)", NULL },
	{ 0, "metrics", OPT_STR, &options.metrics, "FILE",
	    "a copy of the metrics, for node_exporter", NULL },
	{ 0, "state", OPT_STR, &options.state, "DIR",
	    "what outlives a cycle (default /var/lib/gp)", NULL },
	{ 0, "lock", OPT_STR, &lock_path, "FILE",
	    "the lock that only one gp-run can have", NULL },
	{ 0, "wait", OPT_DURATION, &wait_ns, "DUR",
	    "how long to wait for another gp-run to end (default 0s)", NULL },
	{ 0, "bindir", OPT_STR, &options.bindir, "DIR",
	    "where the stages are (default: beside gp-run)", NULL },
	{ 0, "tmpdir", OPT_STR, &options.tmpdir, "DIR",
	    "for nameless files (default $TMPDIR or /var/tmp)", NULL },
	{ 0 },
};

static const struct opt_cmd command = {
	.name = "gp-run",
	.about = "Record, name, fold and deliver one profile, supervised.",
	.operands = "",
	.opts = opts,
	.section = "run",
	.conf_always = true,
};

/* Nothing but 0, 1 and 2 is open (opt_parse() sees to these): what came with us
 * from a careless parent ends here, rather than in every stage. */
static void
tidy_descriptors(void)
{
	int fd;

	if (close_range(STDERR_FILENO + 1, ~0u, 0) == 0)
		return;
	for (fd = STDERR_FILENO + 1; fd < (int)sysconf(_SC_OPEN_MAX); fd++)
		close(fd);
}

static void
find_bindir(void)
{
	static char path[4096];
	ssize_t n;
	char *slash;

	if (options.bindir)
		return;
	n = readlink("/proc/self/exe", path, sizeof path - 1);
	slash = n > 0 ? memrchr(path, '/', (size_t)n) : NULL;
	if (!slash)
		die(EX_OSERR, "/proc/self/exe: %s", strerror(errno));
	*slash = '\0';
	options.bindir = path;
}

static void
find_tmpdir(void)
{
	const char *env = getenv("TMPDIR");

	if (!options.tmpdir)
		options.tmpdir = env && env[0] ? env :
		    access("/var/tmp", W_OK) == 0 ? "/var/tmp" : "/tmp";
}

/*
 * End, in good order, when the parent dies: cron's shell, a heartbeat. Not for
 * one that was detached on purpose, by setsid(1) or nohup(1).
 */
static void
follow_parent(void)
{
	struct sigaction hup;

	sigaction(SIGHUP, NULL, &hup);
	if (getsid(0) != getpid() && hup.sa_handler != SIG_IGN)
		prctl(PR_SET_PDEATHSIG, SIGTERM);
}

/* With -o nothing outlives the cycle. What the configuration says of other
 * places does not count then. */
static void
find_state(void)
{
	static char path[PLACES_PATH_MAX];

	if (opt_is_given(&options.output)) {
		const char **places[] = { &options.dir, &options.url,
			&options.spool, &options.state, &options.metrics };

		for (size_t i = 0; i < GP_COUNT(places); i++)
			if (!opt_is_given(places[i]))
				*places[i] = NULL;
	}
	if (options.output && (options.dir || options.url || options.spool ||
	    options.state || options.metrics))
		opt_usage("--output goes with none of --dir, --url, --spool, "
		    "--state, --metrics");
	if (options.output || options.state)
		return;
	places_state(path, options.conf);
	options.state = path;
}

/* Where the service has the rest, as its unit says: profiles and spool beside the
 * state, caches below /var/cache. Not root's home. */
static void
set_home(void)
{
	size_t n = strlen(options.state);
	char above[PLACES_PATH_MAX];

	setenv("HOME", options.state, 1);
	setenv("XDG_CACHE_HOME", "/var/cache", 0);
	if (n > 3 && n < sizeof above &&
	    strcmp(options.state + n - 3, "/gp") == 0) {
		snprintf(above, sizeof above, "%.*s", (int)(n - 3),
		    options.state);
		setenv("XDG_STATE_HOME", above, 0);
	}
}

/*
 * Root in the state of another user, that of a service, becomes this user: so
 * that nothing is left there that the service cannot read, and no file of root's
 * is made where another may have put a link.
 */
static void
follow_owner(void)
{
	const uint64_t own = UINT64_C(1) << CAP_SYS_NICE |
	    UINT64_C(1) << CAP_SYS_RESOURCE | UINT64_C(1) << CAP_SETPCAP;
	struct stat st;

	if (!options.state || geteuid() != 0 || stat(options.state, &st) != 0 ||
	    st.st_uid == 0)
		return;
	diag_verbose("%s belongs to user %u, whom I become", options.state,
	    (unsigned)st.st_uid);
	set_home();
	if (!lock_path)
		lock_give(st.st_uid, st.st_gid);
	if (privs_become(st.st_uid, st.st_gid, plan_capabilities() | own) != 0)
		die(EX_NOPERM, "cannot become user %u:", (unsigned)st.st_uid);
}

/* A descriptor that tells of the signals that end a cycle early. */
static int
open_signals(void)
{
	struct sigaction hup;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaction(SIGHUP, NULL, &hup);
	if (hup.sa_handler != SIG_IGN) /* else nohup(1) wants us to go on */
		sigaddset(&set, SIGHUP);
	sigprocmask(SIG_SETMASK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		die(EX_OSERR, "signalfd:");
	return fd;
}

/* As lock_take(), for as long as --wait says. What ends without it says so by its
 * status: nobody waits for a profile of it. */
static int
wait_lock(struct lock *l, int signals)
{
	struct pollfd p = { .fd = signals, .events = POLLIN };
	uint64_t until = monotonic_ns() + wait_ns;
	int r;

	while ((r = lock_take(l, lock_path)) == 1 && monotonic_ns() < until)
		if (poll(&p, 1, LOCK_TICK_MS) > 0)
			die(EX_OSERR, "told to end while another gp-run has "
			    "%s: nothing done", lock_path);
	if (r == 1 && wait_ns)
		die(EX_OSERR, "another gp-run has %s all the time: nothing "
		    "done", lock_path);
	return r;
}

static void
take_lock(struct lock *l, int signals)
{
	if (!lock_path)
		lock_path = lock_default_path();
	switch (wait_lock(l, signals)) {
	case 0:
		return;
	case 1:
		if (options.state && journal_count_overlap(options.state) != 0)
			diag_verbose("%s:", options.state);
		diag_say("another gp-run has %s: nothing done", lock_path);
		exit(EX_TEMPFAIL);
	default:
		die(EX_CANTCREAT, "cannot lock %s: %s", lock_path,
		    strerror(errno));
	}
}

int
main(int argc, char **argv)
{
	struct lock lock;
	struct buf fatal = { 0 };
	int signals, killed_by = 0, status, lost;

	opt_parse(&command, argc, argv);
	tidy_descriptors();
	options.conf = opt_conf();
	options.conf_path = opt_conf_path();
	find_state();
	find_bindir();
	find_tmpdir();
	if (opt_checks())
		return plan_check(&options);
	follow_owner();
	options.limits.file_bytes = options.size_max > UINT64_MAX / NAMED_RATIO ?
	    0 : options.size_max * NAMED_RATIO;
	signals = open_signals();
	follow_parent();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	take_lock(&lock, signals);
	status = cycle_run(&options, signals, &killed_by, &fatal);
	lock_done(&lock);
	lost = diag_done();
	if (killed_by) {
		sigset_t none;

		raise(killed_by);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
	}
	if (fatal.len)
		die(status, "%s", fatal.s);
	buf_free(&fatal);
	return status ? status : lost;
}
