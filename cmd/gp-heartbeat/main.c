/*
 * gp-heartbeat - one poll of the control server, for a timer.
 *
 *	           heartbeat, inventory           command
 *	timer ──► gp-heartbeat ──────► server ──────────► journal
 *	                 ▲                                   │
 *	                 └── completed, failed ◄── gp-run ◄──┴── worker
 *
 * Asks the server for a command, writes it down, starts a worker if there is
 * something to run, reports what has ended, and exits. journal.h tells how no
 * command runs twice and none is forgotten; protocol.h what is said.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alone.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/heap.h"
#include "base/opt.h"
#include "inventory.h"
#include "poll.h"
#include "ship/url.h"
#include "worker.h"

/* Bytes that a poll over TLS takes, with all the commands that are kept. */
enum { POLL_HEAP = 640 << 10 };

static struct options {
	struct poll_options poll;
	struct worker_options worker;
	const char *token_file;
	bool work, no_spawn;
} options = {
	.poll = {
		.host = { .run_mode = "standalone_executable" },
		.http = { .agent = "gp-heartbeat/" GP_VERSION },
		.timeout_ns = UINT64_C(30000000000),
	},
};

static const char *
add_run_argument(void *dst, const char *arg)
{
	struct worker_options *w = dst;

	if (w->args == WORKER_ARGS_MAX)
		return "too many";
	w->arg[w->args++] = arg;
	return NULL;
}

static const struct opt opts[] = {
	{ 0, "server", OPT_STR, &options.poll.server, "URL",
	    "the control server, as in https://profiler.example", NULL },
	{ 0, "service", OPT_STR, &options.poll.host.service, "NAME",
	    "the service that this machine belongs to", NULL },
	{ 0, "hostname", OPT_STR, &options.poll.host.hostname, "NAME",
	    "what the server calls this machine (default: its name)", NULL },
	{ 0, "token-file", OPT_STR, &options.token_file, "FILE",
	    "send the token in FILE with each request", NULL },
	{ 0, "ca-file", OPT_STR, &options.poll.http.ca_file, "FILE",
	    "trust the certificates in FILE, not the system's", NULL },
	{ 0, "cert", OPT_STR, &options.poll.http.cert, "FILE",
	    "show the server the certificate in FILE", NULL },
	{ 0, "key", OPT_STR, &options.poll.http.key, "FILE",
	    "its key, if that is in another file", NULL },
	{ 0, "proxy", OPT_STR, &options.poll.http.proxy, "URL",
	    "go through this proxy, whatever the environment says", NULL },
	{ 0, "timeout", OPT_DURATION, &options.poll.timeout_ns, "TIME",
	    "for each request (default 30s)", NULL },
	{ 0, "state", OPT_STR, &options.poll.dir, "DIR",
	    "where commands are remembered", NULL },
	{ 0, "run", OPT_CALL, &options.worker, "ARG",
	    "another argument for gp-run: --dir=/srv/profiles",
	    add_run_argument },
	{ 0, "bindir", OPT_STR, &options.worker.bindir, "DIR",
	    "where gp-run is (default: beside gp-heartbeat)", NULL },
	{ 0, "no-spawn", OPT_FLAG, &options.no_spawn, NULL,
	    "start no worker: a unit of systemd does", NULL },
	{ 0, "work", OPT_FLAG, &options.work, NULL,
	    "be the worker: run what waits, poll nobody", NULL },
	{ .kind = OPT_END },
};

static const struct opt_cmd command = {
	.name = "gp-heartbeat",
	.about = "Poll the control server once; obey, and report.",
	.operands = "",
	.opts = opts,
	.section = "heartbeat",
	.conf_always = true,
};

/* Strings that last as long as the program. */
static const char *
keep(struct buf *b)
{
	return buf_str(b);
}

/* Where root keeps it, or else the user's state folder. */
static const char *
default_dir(struct buf *b)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (geteuid() == 0 && !(state && state[0] == '/'))
		return "/var/lib/gp/heartbeat";
	if (state && state[0] == '/')
		buf_addf(b, "%s/gp/heartbeat", state);
	else if (home && home[0] == '/')
		buf_addf(b, "%s/.local/state/gp/heartbeat", home);
	else
		die(EX_CONFIG, "no home folder: give --state");
	return keep(b);
}

static const char *
find_bindir(struct buf *b)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
	const char *slash = n > 0 ? memrchr(path, '/', (size_t)n) : NULL;

	if (!slash)
		die(EX_OSERR, "/proc/self/exe:");
	buf_add(b, path, (size_t)(slash - path));
	return keep(b);
}

static const char *
find_hostname(struct buf *b)
{
	char name[256];

	if (gethostname(name, sizeof name) != 0)
		die(EX_OSERR, "the name of this machine:");
	name[sizeof name - 1] = '\0';
	buf_adds(b, name);
	return keep(b);
}

/* Check the server's URL; its path gets the protocol's behind it. */
static const char *
check_server(const char *text, struct buf *b)
{
	const char *wrong;
	struct url u;

	if (!text)
		opt_usage("--server is missing");
	wrong = url_parse(&u, text);
	if (wrong)
		opt_usage("--server: %s", wrong);
	if (u.query)
		opt_usage("--server: a query has no place in it");
	url_base(&u, b);
	return keep(b);
}

static void
set_up_host(struct protocol_host *h)
{
	static char address[INVENTORY_ADDRESS_MAX];

	if (!h->service || !*h->service)
		opt_usage("--service is missing");
	inventory_address(address);
	h->address = address;
	h->pod = getenv("POD_NAME");
	h->namespace = getenv("POD_NAMESPACE");
	if (getenv("KUBERNETES_SERVICE_HOST"))
		h->run_mode = "k8s";
}

static void
set_up_token(struct secret *s)
{
	*s = (struct secret){ .from = SECRET_ENV, .where = "GP_TOKEN" };
	if (options.token_file)
		*s = (struct secret){ .from = SECRET_FILE,
			.where = options.token_file };
}

/* One poll at a time: a server that hangs must not gather them. */
static int
lock_polls(const char *dir)
{
	if (file_mkdirs(dir, 0750) != 0)
		die(EX_CANTCREAT, "%s:", dir);
	return alone_lock(dir, ".poll");
}

static int
poll_and_spawn(char **argv)
{
	int lock = lock_polls(options.poll.dir), rc;
	struct figures figures = { 0 };
	bool work;

	if (lock < 0) {
		diag_verbose("another poll is under way");
		return EX_OK;
	}
	rc = poll_once(&options.poll, &figures, &work);
	figures_write(&figures, options.poll.dir, rc);
	if (work && !options.no_spawn && !worker_spawn(argv))
		die(EX_OSERR, "start a worker:");
	close(lock);
	return rc;
}

static int
beat(char **argv)
{
	struct buf dir = { 0 }, bindir = { 0 };
	int rc;

	if (!options.poll.dir)
		options.poll.dir = default_dir(&dir);
	options.worker.dir = options.poll.dir;
	if (!options.worker.bindir)
		options.worker.bindir = find_bindir(&bindir);
	signal(SIGPIPE, SIG_IGN);
	rc = options.work ? worker_run(&options.worker) : poll_and_spawn(argv);
	buf_free(&dir);
	buf_free(&bindir);
	return rc;
}

int
main(int argc, char **argv)
{
	struct buf host = { 0 }, server = { 0 };
	int rc, lost;

	heap_prepare(POLL_HEAP);
	opt_parse(&command, argc, argv);
	if (!options.poll.host.hostname)
		options.poll.host.hostname = find_hostname(&host);
	options.poll.server = check_server(options.poll.server, &server);
	set_up_host(&options.poll.host);
	set_up_token(&options.poll.token);
	rc = opt_checks() ? EX_OK : beat(argv);
	buf_free(&host);
	buf_free(&server);
	lost = diag_done();
	/* Not through the destructors of all that libcurl brought along: they take
	 * more memory than the poll, and milliseconds. */
	fflush(NULL);
	_exit(rc ? rc : lost);
}
