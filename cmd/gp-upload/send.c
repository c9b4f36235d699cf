/*
 * send.c - from the spool to the servers, each by a process of its own.
 *
 *	gp-upload ─┬─ sender of target A ── libcurl ── server A
 *	           └─ sender of target B ── libcurl ── server B
 *
 * So a server that is slow, or dead, or whose answer crashes a library, costs
 * the others nothing, and libcurl's memory is never this process's.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/diag.h"
#include "ship/post.h"
#include "ship/pyroscope.h"
#include "ship/queue.h"
#include "ship/s3.h"
#include "ship/studio.h"
#include "upload.h"

/* A sender that outlasts its time by so much hangs somewhere unknown. */
enum { SENDER_GRACE = 120 }; /* seconds */

/* -- in the sender ---------------------------------------------------------- */

static void
report(struct upload *u, const struct spec *spec,
    const struct deliver_result *r)
{
	unsigned long long waiting = r->waiting;

	diag_verbose("%s: %llu sent, %llu bytes, %llu waiting", spec->shown,
	    (unsigned long long)r->sent, (unsigned long long)r->sent_bytes,
	    waiting);
	switch (r->end) {
	case DELIVER_ALL:
		break;
	case DELIVER_LATER:
		diag_say("%s: %s; %llu waiting in %s", spec->shown,
		    buf_str(&r->why), waiting, u->spool);
		upload_fail(u, EX_TEMPFAIL);
		break;
	case DELIVER_BUSY:
		diag_say("%s: another gp-upload is sending; "
		    "%llu waiting in %s", spec->shown, waiting, u->spool);
		upload_fail(u, EX_TEMPFAIL);
		break;
	case DELIVER_REFUSED:
		diag_error("%s: %s; nothing more is sent, "
		    "%llu waiting in %s", spec->shown, buf_str(&r->why),
		    waiting, u->spool);
		upload_fail(u, EX_UNAVAILABLE);
		break;
	case DELIVER_EIO:
		diag_error("%s:", u->spool);
		upload_fail(u, EX_IOERR);
		break;
	}
}

/* A token that cannot be had, or can be had by others. Each attempt reads it
 * anew; here it is looked at once, for what there is to say. */
static bool
check_token(struct upload *u, struct spec *spec)
{
	struct buf why = { 0 };
	int status = secret_load(&spec->token, &why);

	if (status) {
		diag_error("%s", why.s);
		upload_fail(u, status);
	} else if (spec->token.value.len) {
		if (spec->token.exposed)
			diag(DIAG_UPLOAD_TOKEN_MODE, spec->token.where, 0,
			    NULL);
		if (!spec->url.tls)
			diag(DIAG_UPLOAD_CLEARTEXT, spec->shown, 0, NULL);
	}
	secret_free(&spec->token);
	buf_free(&why);
	return status == 0;
}

static bool
check_file(struct upload *u, const char *path)
{
	if (!path || access(path, R_OK) == 0)
		return true;
	diag_error("%s:", path);
	upload_fail(u, EX_NOINPUT);
	return false;
}

static struct target *
open_target(const struct spec *spec)
{
	switch (spec->kind) {
	case SPEC_DIR:
		break;
	case SPEC_POST:
		return post_open(spec, UPLOAD_AGENT);
	case SPEC_STUDIO:
		return studio_open(spec, UPLOAD_AGENT, STUDIO_BODY_MAX);
	case SPEC_PYROSCOPE:
		return pyroscope_open(spec, UPLOAD_AGENT);
	case SPEC_S3:
		return s3_open(spec, UPLOAD_AGENT);
	}
	return NULL;
}

static void
send_queue(struct upload *u, const struct spec *spec, struct queue *q)
{
	struct deliver_result r = { 0 };
	struct target *t = open_target(spec);

	if (!t) {
		diag_error("%s: libcurl is not installed, or cannot be set up",
		    spec->shown);
		upload_fail(u, EX_OSERR);
		return;
	}
	deliver(q, t, &u->limits, &deliver_real, &r);
	report(u, spec, &r);
	buf_free(&r.why);
	t->free(t);
}

static void
send_target(struct upload *u, struct spec *spec)
{
	struct spool spool;
	struct queue q = { .dirfd = -1 };

	if (spool_open(&spool, u->spool, u->max) != 0 ||
	    queue_open(&q, &spool, spec->name) != 0) {
		diag_error("%s:", u->spool);
		upload_fail(u, EX_CANTCREAT);
	} else if (check_token(u, spec) && check_file(u, spec->ca_file) &&
	    check_file(u, spec->cert) && check_file(u, spec->key)) {
		send_queue(u, spec, &q);
	}
	queue_close(&q);
	spool_close(&spool);
}

/* Does not return. */
static void
be_sender(struct upload *u, struct spec *spec, pid_t parent)
{
	uint64_t alarm_s = u->limits.max_time_ns / 1000000000 + SENDER_GRACE;
	int lost;

	/* Not to outlive gp-upload, whom somebody else may supervise. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EX_TEMPFAIL);
	if (alarm_s <= 86400)
		alarm((unsigned)alarm_s);
	/* No core file may hold the token. */
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
	/* What was said before the fork was not of ours. */
	diag_reset();
	u->status = 0;
	send_target(u, spec);
	lost = diag_done();
	exit(u->status ? u->status : lost);
}

/* -- in gp-upload ----------------------------------------------------------- */

static void
put_back(struct upload *u, struct spool *s, const struct spec *spec)
{
	struct queue q;
	uint64_t n = 0;

	if (queue_open(&q, s, spec->name) != 0 || queue_put_back(&q, &n) != 0) {
		diag_error("%s: what was rejected cannot be put back:",
		    u->spool);
		upload_fail(u, EX_IOERR);
	}
	if (n)
		diag_verbose("%s: %llu that were rejected wait again",
		    spec->shown, (unsigned long long)n);
	queue_close(&q);
}

static void
wait_for(struct upload *u, const struct spec *spec, pid_t pid)
{
	int w, status;

	while (waitpid(pid, &w, 0) < 0)
		if (errno != EINTR)
			return;
	status = WIFEXITED(w) ? WEXITSTATUS(w) : EX_TEMPFAIL;
	if (WIFSIGNALED(w))
		diag_error("%s: the sender was killed by SIG%s; "
		    "all of its is in %s", spec->shown,
		    sigabbrev_np(WTERMSIG(w)), u->spool);
	upload_fail(u, status);
}

static void
send_all(struct upload *u)
{
	pid_t pid[UPLOAD_TARGETS_MAX] = { 0 }, parent = getpid();

	for (size_t i = 0; i < u->targets; i++) {
		pid[i] = fork();
		if (pid[i] == 0)
			be_sender(u, &u->target[i], parent);
		if (pid[i] > 0)
			continue;
		diag_error("cannot start a sender:");
		upload_fail(u, EX_OSERR);
	}
	for (size_t i = 0; i < u->targets; i++)
		if (pid[i] > 0)
			wait_for(u, &u->target[i], pid[i]);
}

void
upload_send(struct upload *u)
{
	struct spool s;
	bool good = upload_open_spool(u, &s) == 0;

	if (!good) {
		diag_error("%s:", u->spool);
		upload_fail(u, EX_CANTCREAT);
	}
	for (size_t i = 0; good && u->again && i < u->targets; i++)
		put_back(u, &s, &u->target[i]);
	spool_close(&s);
	if (good)
		send_all(u);
}
