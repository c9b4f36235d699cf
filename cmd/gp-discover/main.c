/*
 * gp-discover - which processes there are, what runs them, whether to profile.
 *
 *	/proc ──►  #gp version=1 kind=discover tool=gp-discover/0.1.0 host=web-7 …
 *	           #process pid=2 start=0 comm=kthreadd … runtime=kernel
 *	               decision=skip reason=kernel-thread          (one line)
 *	           #process pid=4242 start=8291 comm=python3 ppid=1 uid=0
 *	               user=root runtime=python/3.11.2 container=9f86… engine=docker
 *	               cgroup=/docker/9f86… exe=/usr/bin/python3.11 age=65.10
 *	               decision=profile                            (one line)
 *	           #end lines=0 samples=0 lost=0 processes=2 profile=1
 *
 * The same as a table on a terminal, or as JSON. Nothing is done to any process:
 * only /proc and the files that processes map are read.
 *
 * Filters leave out what they do not match; --all keeps it, with the reason. A
 * process that ends while it is read was not there.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/opt.h"
#include "base/parse.h"
#include "called.h"
#include "out.h"
#include "own.h"
#include "proc/proc.h"
#include "scan.h"

enum { PIDS_MAX = 65536 };

static struct scan_filter filter;
static regex_t comm_regex;
static const char *proc_root, *metadata;
static bool table, stream, json, names;
static struct engine engines[ENGINES_MAX];
static size_t engines_n;

static int
compare_pids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Repeated lists add up. Doubled pids are one. */
static const char *
read_pids(void *dst, const char *arg)
{
	struct scan_filter *f = dst;
	size_t n, to = 0;

	if (!f->pids) {
		f->pids = calloc(PIDS_MAX, sizeof *f->pids);
		if (!f->pids)
			die_nomem();
	}
	if (!parse_pids(arg, f->pids + f->pids_n, PIDS_MAX - f->pids_n, &n))
		return "not a list of pids such as 1,2,30";
	n += f->pids_n;
	qsort(f->pids, n, sizeof *f->pids, compare_pids);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || f->pids[i] != f->pids[i - 1])
			f->pids[to++] = f->pids[i];
	f->pids_n = to;
	return NULL;
}

static const char *
read_user(void *dst, const char *arg)
{
	struct scan_filter *f = dst;
	struct passwd *pw;
	uint64_t uid;

	if (parse_u64(arg, &uid)) {
		if (uid > UINT32_MAX)
			return "not a user id";
	} else {
		pw = getpwnam(arg);
		if (!pw)
			return "no such user";
		uid = pw->pw_uid;
	}
	f->uid = (uint32_t)uid;
	f->by_user = true;
	return NULL;
}

static const char *
read_comm(void *dst, const char *arg)
{
	static char why[256];
	struct scan_filter *f = dst;
	int err;

	if (f->comm)
		return "given twice";
	err = regcomp(&comm_regex, arg, REG_EXTENDED | REG_NOSUB);
	if (err) {
		regerror(err, &comm_regex, why, sizeof why);
		return why;
	}
	f->comm = &comm_regex;
	return NULL;
}

static const char *
read_runtimes(void *dst, const char *arg)
{
	struct scan_filter *f = dst;
	size_t n;

	for (const char *s = arg; ; s += n + 1) {
		n = strcspn(s, ",");
		if (n >= 64 || !runtime_is_name(s, strcspn(s, "/,")))
			return "not a runtime such as python, jvm/17 or native";
		if (!s[n])
			break;
	}
	f->runtimes = arg;
	return NULL;
}

static const char *
read_container(void *dst, const char *arg)
{
	struct scan_filter *f = dst;

	if (!arg[0])
		return "not the start of a container's id";
	f->container = arg;
	return NULL;
}

static const char *
add_engine(void *dst, const char *arg)
{
	(void)dst;
	if (engines_n == ENGINES_MAX)
		return "is one engine too many";
	names = true;
	return engine_parse(&engines[engines_n++], arg);
}

static const struct opt opts[] = {
	{ 'p', "pid", OPT_CALL, &filter, "PID,...",
	    "only these processes", read_pids },
	{ 0, "runtime", OPT_CALL, &filter, "NAME[/VERSION],...",
	    "only those run by python, jvm/17, go, native ...", read_runtimes },
	{ 0, "container", OPT_CALL, &filter, "ID",
	    "only those in a container whose id starts so", read_container },
	{ 0, "user", OPT_CALL, &filter, "USER",
	    "only those of a user, by name or number", read_user },
	{ 0, "comm", OPT_CALL, &filter, "REGEX",
	    "only those whose name matches", read_comm },
	{ 0, "min-age", OPT_DURATION, &filter.min_age_ns, "DURATION",
	    "skip processes that are younger", NULL },
	{ 'a', "all", OPT_FLAG, &filter.all, NULL,
	    "show also what these leave out, and why", NULL },
	{ 0, "names", OPT_FLAG, &names, NULL,
	    "ask container engines for their containers' names", NULL },
	{ 0, "engine", OPT_CALL, NULL, "KIND:PATH",
	    "the same, of this docker, podman or cri socket; once for each",
	    add_engine },
	{ 0, "spark", OPT_FLAG, &filter.spark, NULL,
	    "name Spark's executors by their application too", NULL },
	{ 0, "program", OPT_FLAG, &filter.programs, NULL,
	    "tell how programs were built and started too", NULL },
	{ 0, "metadata", OPT_STR, &metadata, "FILE",
	    "tell also what this file says of single processes", NULL },
	{ 0, "table", OPT_FLAG, &table, NULL,
	    "write a table, as on a terminal", NULL },
	{ 0, "stream", OPT_FLAG, &stream, NULL,
	    "write a stream, as in a pipe", NULL },
	{ 0, "json", OPT_FLAG, &json, NULL, "write JSON", NULL },
	{ 0, "proc", OPT_STR, &proc_root, "DIR",
	    "where proc is mounted (default /proc)", NULL },
	{ 0 },
};

static const struct opt_cmd command = {
	.name = "gp-discover",
	.about = "Tell which processes there are, what runs them, and which to "
	    "profile.",
	.operands = "",
	.opts = opts,
	.operands_max = 0,
	.section = "discover",
};

static size_t
terminal_width(void)
{
	struct winsize ws;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) != 0)
		return 0;
	return ws.ws_col;
}

/* What we cannot see is part of the result, but said once, not per process. */
static void
say_hidden(const struct scan *s)
{
	struct proc init;
	int rc;

	if (s->denied && geteuid() != 0)
		diag_say("not looked into for lack of permission: %llu "
		    "(run as root, or with CAP_SYS_PTRACE)",
		    (unsigned long long)s->denied);
	else if (s->denied)
		diag_verbose("more privileged than we are: %llu",
		    (unsigned long long)s->denied);
	rc = proc_open(&init, proc_root, 1);
	proc_done(&init);
	if (rc != PROC_OK && geteuid() != 0)
		diag_say("proc is mounted with hidepid: processes of other "
		    "users are hidden");
}

int
main(int argc, char **argv)
{
	struct own own = { 0 };
	struct scan s;
	bool good;
	int rc;

	(void)opt_parse(&command, argc, argv);
	if (table + stream + json > 1)
		opt_usage("--table, --stream and --json exclude each other");
	good = !metadata || own_read(&own, metadata);
	if (opt_checks()) {
		own_free(&own);
		return good ? EX_OK : EX_NOINPUT;
	}
	if (!table && !stream && !json && isatty(STDOUT_FILENO))
		table = true;

	rc = scan_read(&s, proc_root, &filter);
	if (rc != PROC_OK)
		die(EX_NOINPUT, "%s: %s", proc_root ? proc_root : "/proc",
		    rc == PROC_EGONE ? "is no mounted proc" :
		    proc_strerror(rc));
	own_find(&s, &own);
	own_free(&own);
	if (names)
		called_find(&s, engines, engines_n);
	if (json)
		out_json(&s);
	else if (table)
		out_table(&s, terminal_width());
	else
		out_stream(&s);
	say_hidden(&s);
	diag_verbose("%zu processes; %llu ended meanwhile; %llu files looked at",
	    s.n, (unsigned long long)s.gone,
	    (unsigned long long)s.finder.files);
	scan_free(&s);
	free(filter.pids);
	if (filter.comm)
		regfree(&comm_regex);
	if (file_close_stdout() != 0)
		die(EX_IOERR, "cannot write:");
	return diag_done();
}
