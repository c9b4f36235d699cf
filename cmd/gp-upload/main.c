/*
 * gp-upload - keep a profile, and send it on.
 *
 *	gp-collapse … | gp-upload
 *		/var/lib/gp/profiles/2026/11/24/10-41-07.482Z-web-7.folded.gz
 *
 *	gp-collapse --meta … | gp-upload --to=https://profiles.example/in
 *		/var/spool/gp/20261124T104107.482Z-7f0c…/
 *		   └─► POST, 200 ─► removed, when all targets have it
 *		           503 ─► stays for the next run; exit status 75
 *		           413 ─► /var/spool/gp/to/post-profiles.example/rejected/
 *
 * The order of things is the whole idea: the profile is first made durable, then
 * sent, then removed. Whatever is killed when, a profile is in the spool, or with
 * the server, or (between the server's answer and the removal) both, under one
 * id by which the server can tell.
 */
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/opt.h"
#include "facts.h"
#include "ship/stamp.h"
#include "upload.h"

void
upload_fail(struct upload *u, int status)
{
	static const int rank[] = { EX_OK, 1, EX_TEMPFAIL, EX_UNAVAILABLE,
		EX_CONFIG, EX_NOINPUT, EX_DATAERR, EX_CANTCREAT, EX_IOERR,
		EX_OSERR };
	size_t old = 0, new = 0;

	for (size_t i = 0; i < GP_COUNT(rank); i++) {
		if (rank[i] == u->status)
			old = i;
		if (rank[i] == status)
			new = i;
	}
	if (new > old)
		u->status = status;
}

/* Where root keeps it, or else the user's state folder, as the XDG base
 * directory specification has it. */
static const char *
default_path(struct buf *b, const char *for_root, const char *name)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	const struct passwd *pw;

	if (geteuid() == 0)
		return for_root;
	if (state && state[0] == '/') {
		buf_addf(b, "%s/gp/%s", state, name);
		return b->s;
	}
	if (!home || home[0] != '/') {
		pw = getpwuid(geteuid());
		home = pw ? pw->pw_dir : NULL;
	}
	if (!home)
		die(EX_CONFIG, "no home folder: give --dir or --spool");
	buf_addf(b, "%s/.local/state/gp/%s", home, name);
	return b->s;
}

/* The first SIGINT is for gp-record, which then ends its recording: in a
 * pipeline it reaches every command. The second ends this one. */
static void
ignore_once(int sig)
{
	(void)sig;
}

static void
take_in(struct upload *u)
{
	struct sigaction once = { .sa_handler = ignore_once,
		.sa_flags = SA_RESTART | (int)SA_RESETHAND }, old;
	bool ours = sigaction(SIGINT, NULL, &old) == 0 &&
	    old.sa_handler == SIG_DFL;

	if (ours)
		sigaction(SIGINT, &once, NULL);
	upload_take_in(u);
	if (ours)
		sigaction(SIGINT, &old, NULL);
}

int
upload_open_spool(struct upload *u, struct spool *s)
{
	if (spool_open(s, u->spool, u->max) != 0)
		return -1;
	if (u->cleared)
		return 0;
	u->cleared = true;
	return spool_clear_up(s);
}

/* "2026-11-24T10:41:07.482Z" */
static const char *
take_time(void *dst, const char *arg)
{
	static const char pattern[] = "Y-M-DTH:m:s.iZ";
	struct upload *u = dst;
	char again[STAMP_MAX];

	if (stamp_match(arg, pattern) == strlen(arg)) {
		u->time = stamp_read(arg, pattern);
		u->has_time = true;
		stamp_format(again, pattern, u->time);
		/* What is no date would come out as another. */
		if (strcmp(again, arg) == 0)
			return NULL;
	}
	return "not a time as in 2026-11-24T10:41:07.482Z";
}

static const char *
take_cloud(void *dst, const char *arg)
{
	struct upload *u = dst;

	u->cloud_auto = strcmp(arg, "auto") == 0;
	u->cloud = CLOUD_NONE;
	if (u->cloud_auto || strcmp(arg, "none") == 0)
		return NULL;
	for (int k = CLOUD_AWS; k <= CLOUD_AZURE; k++)
		if (strcmp(arg, cloud_name((enum cloud_kind)k)) == 0)
			u->cloud = (enum cloud_kind)k;
	return u->cloud ? NULL : "is not auto, aws, gcp, azure or none";
}

int
main(int argc, char **argv)
{
	struct upload u = {
		.max = { .bytes = (uint64_t)1 << 30, .files = 100000 },
		.limits = { .retries = 5, .max_time_ns = 30000000000 },
	};
	struct buf dir = { 0 }, spool = { 0 };
	const struct opt opts[] = {
		{ 0, "to", OPT_DISCREET, &u, "TARGET",
		    "send the profile to TARGET; once for each",
		    upload_add_target },
		{ 0, "dir", OPT_CALL, &u, "DIR",
		    "store the profile below DIR; once for each",
		    upload_add_dir },
		{ 0, "url", OPT_STR, &u.url, "URL",
		    "send it to URL by HTTP POST", NULL },
		{ 0, "spool", OPT_STR, &u.spool, "DIR",
		    "where what is to be sent waits", NULL },
		{ 0, "flush", OPT_FLAG, &u.flush, NULL,
		    "read nothing, send what waits", NULL },
		{ 0, "again", OPT_FLAG, &u.again, NULL,
		    "with --flush: also what servers have refused", NULL },
		{ 0, "time", OPT_CALL, &u, "TIME",
		    "when the profile was complete; the same again is known",
		    take_time },
		{ 0, "cloud", OPT_CALL, &u, "WHICH",
		    "say where in a cloud this is: auto, aws, gcp, azure, none",
		    take_cloud },
		{ 0, "metadata", OPT_STR, &u.metadata, "FILE",
		    "say also what is in FILE: KEY=VALUE, or JSON", NULL },
		{ 0, "token-file", OPT_STR, &u.token_file, "FILE",
		    "send the token in FILE with each request to --url", NULL },
		{ 0, "ca-file", OPT_STR, &u.ca_file, "FILE",
		    "trust the certificates in FILE, not the system's", NULL },
		{ 0, "cert", OPT_STR, &u.cert, "FILE",
		    "show servers the certificate in FILE", NULL },
		{ 0, "key", OPT_STR, &u.key, "FILE",
		    "its key, if that is in another file", NULL },
		{ 0, "proxy", OPT_STR, &u.proxy, "URL",
		    "go through this proxy, whatever the environment says",
		    NULL },
		{ 0, "max-size", OPT_SIZE, &u.max.bytes, "SIZE",
		    "remove the oldest beyond SIZE in a folder (default 1G)",
		    NULL },
		{ 0, "max-files", OPT_U64, &u.max.files, "N",
		    "remove the oldest beyond N files (default 100000)", NULL },
		{ 0, "retries", OPT_U64, &u.limits.retries, "N",
		    "try again N times (default 5)", NULL },
		{ 0, "max-time", OPT_DURATION, &u.limits.max_time_ns, "TIME",
		    "send for at most TIME (default 30s)", NULL },
		{ 0 },
	};
	const struct opt_cmd cmd = {
		.name = "gp-upload",
		.about = "Keep a profile in a directory, or send it to servers.",
		.operands = "[file]",
		.operands_max = 1,
		.opts = opts,
		.section = "upload",
		.conf_always = true,
	};
	int first = opt_parse(&cmd, argc, argv), lost;

	if (first < argc && strcmp(argv[first], "-") != 0)
		u.file = argv[first];
	upload_check_targets(&u);
	if (opt_checks()) {
		arena_free(&u.mem);
		return facts_check(&u) ? EX_OK : EX_NOINPUT;
	}
	if (u.dirs == 0 && u.targets == 0)
		u.dir[u.dirs++] = default_path(&dir, "/var/lib/gp/profiles",
		    "profiles");
	if (!u.spool && u.targets)
		u.spool = default_path(&spool, "/var/spool/gp", "spool");
	/* A server that goes away is an error of one write, no more. */
	signal(SIGPIPE, SIG_IGN);
	if (!u.flush)
		take_in(&u);
	if (u.targets)
		upload_send(&u);
	buf_free(&dir);
	buf_free(&spool);
	arena_free(&u.mem);
	if (file_close_stdout() != 0)
		die(EX_IOERR, "standard output:");
	lost = diag_done();
	return u.status ? u.status : lost;
}
