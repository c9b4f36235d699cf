/*
 * gp-status - how profiling fares on this machine, on one screen.
 *
 *	$ gp-status
 *	gp on web-7: 1 problem
 *	!  GpSpoolOld: the profile that waits longest was made 2 h ago
 *
 *	last cycle    12 s ago, status 75, took 51 s
 *	last success  12 s ago
 *	cycles        1439 ok, 1 lossy, 121 deferred, 0 failed, 0 aborted, …
 *
 * It reads what gp-run and gp-heartbeat left in the state, and nothing else: the
 * figures that Prometheus gets, held against the limits of the alert rules. The
 * exit status says whether all is well.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/opt.h"
#include "screen.h"
#include "ship/places.h"

static const char *state;
static bool json;

static const struct opt opts[] = {
	{ 0, "json", OPT_FLAG, &json, NULL, "write JSON", NULL },
	{ 0, "state", OPT_STR, &state, "DIR",
	    "where gp-run keeps its state (default /var/lib/gp)", NULL },
	{ 0 },
};

static const struct opt_cmd command = {
	.name = "gp-status",
	.about = "Show how profiling fares on this machine.",
	.operands = "",
	.opts = opts,
	.section = "status",
	.conf_always = true,
};

/* Add the figures of a file in the state. False if it does not exist. */
static bool
read_figures(struct metrics *m, const char *name)
{
	struct buf path = { 0 };
	bool there = true;

	buf_addf(&path, "%s/%s", state, name);
	if (metrics_read(m, path.s) != 0) {
		there = errno != ENOENT;
		if (errno == EINVAL)
			die(EX_DATAERR, "%s: not a file of metrics, or half "
			    "of one", path.s);
		if (there)
			die(EX_NOINPUT, "%s:", path.s);
	}
	buf_free(&path);
	return there;
}

int
main(int argc, char **argv)
{
	char path[PLACES_PATH_MAX];
	struct metrics m = { 0 };
	struct figures f = { .metrics = &m };
	struct utsname host;
	size_t problems;
	bool any;

	opt_parse(&command, argc, argv);
	if (opt_checks())
		return EX_OK;
	if (!state) {
		places_state(path, opt_conf());
		state = path;
	}
	any = read_figures(&m, "metrics.prom");
	any |= read_figures(&m, "heartbeat/metrics.prom");
	if (!any)
		die(EX_NOINPUT, "%s: no figures: no cycle of gp-run has ended "
		    "here", state);
	f.now = (double)time(NULL);
	uname(&host);
	problems = screen_problems(&f);
	if (json)
		screen_json(&f, host.nodename, stdout);
	else
		screen_print(&f, host.nodename, stdout);
	metrics_free(&m);
	if (file_close_stdout() != 0)
		die(EX_IOERR, "standard output:");
	return problems ? 1 : EX_OK;
}
