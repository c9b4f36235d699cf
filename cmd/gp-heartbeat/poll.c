#include "poll.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "ship/retry.h"

enum {
	WHY_MAX = 256,
	/* Reports that a server does not take, after which the others are left
	 * for the next poll. */
	MISSED_MAX = 8,
};

static uint64_t
now_s(void)
{
	return (uint64_t)time(NULL);
}

/* The exit status of what became of opening or locking the journal; says what is
 * wrong. */
static int
judge(const struct poll_options *o, enum journal_err err, const char *why)
{
	switch (err) {
	case JOURNAL_OK:
		break;
	case JOURNAL_EFILE:
		diag_error("%s: %s", o->dir, strerror(errno));
		return EX_IOERR;
	case JOURNAL_EDAMAGED:
		diag_error("%s/commands.json: %s: commands that have run would "
		    "run again; remove it to begin anew", o->dir, why);
		return EX_DATAERR;
	}
	return EX_OK;
}

static int
lock(const struct poll_options *o, struct journal *j)
{
	char why[WHY_MAX];

	return judge(o, journal_lock(j, why, sizeof why), why);
}

static int
save(struct journal *j)
{
	if (journal_save(j) == 0)
		return EX_OK;
	diag_error("%s/commands.json: %s", j->dir, strerror(errno));
	return EX_IOERR;
}

/* What is to be sent, in a file without a name: as memory it would be there
 * together with libcurl's. */
struct body {
	int fd; /* -1: it could not be kept */
	uint64_t size;
};

/* Move a text into one. */
static struct body
keep(struct buf *text)
{
	struct body b = { memfd_create("body", MFD_CLOEXEC), text->len };

	if (b.fd >= 0 && file_write_all(b.fd, text->s, text->len) != 0) {
		close(b.fd);
		b.fd = -1;
	}
	buf_free(text);
	return b;
}

/* POST a body, and close it; what came back is in a, which comes zeroed. */
static enum http_outcome
post(struct poll_options *o, struct http *h, const char *path, struct body body,
    struct http_answer *a)
{
	static const char *const headers[] = {
		"Content-Type: application/json", NULL,
	};
	struct buf url = { 0 };
	struct http_request r = {
		.method = "POST",
		.headers = headers,
		.auth = HTTP_AUTH_BEARER,
		.secret = &o->token.value,
		.fd = body.fd,
		.size = body.size,
		.timeout_ns = o->timeout_ns,
		.body_max = PROTOCOL_ANSWER_MAX,
	};
	enum http_outcome outcome;

	if (body.fd < 0)
		return HTTP_EFILE;
	buf_addf(&url, "%s%s", o->server, path);
	r.url = url.s;
	outcome = http_send(h, &r, a);
	close(body.fd);
	buf_free(&url);
	return outcome;
}

/* Why a request came to nothing; false if it did not. */
static bool
failed(enum http_outcome outcome, const struct http_answer *a, char *why)
{
	if (outcome == HTTP_ANSWERED && a->status >= 200 && a->status < 300)
		return false;
	if (outcome == HTTP_ANSWERED)
		snprintf(why, WHY_MAX, "HTTP status %ld", a->status);
	else
		snprintf(why, WHY_MAX, "%s", a->error.len ? a->error.s :
		    "the request failed");
	return true;
}

static uint64_t
chance(void)
{
	uint64_t v;

	return getrandom(&v, sizeof v, 0) == sizeof v ? v : 0;
}

/* Leave the server alone for a while. */
static int
back_off(struct journal *j, uint64_t after_s, const char *why,
    const char *server)
{
	uint64_t most;

	most = j->failures < 10 ? UINT64_C(1) << j->failures : POLL_BACKOFF_MAX;
	if (most > POLL_BACKOFF_MAX)
		most = POLL_BACKOFF_MAX;
	if (!after_s)
		after_s = chance() % (most + 1);
	else if (after_s > POLL_BACKOFF_MAX)
		after_s = POLL_BACKOFF_MAX;
	j->failures++;
	j->not_before = now_s() + after_s;
	/* It passes; and if not, the age of the last success tells. */
	diag_say("%s: %s; no further poll for %" PRIu64 " s", server, why,
	    after_s);
	return save(j) == EX_OK ? EX_TEMPFAIL : EX_IOERR;
}

/* True while the server is to be left alone. A clock that was set back is not
 * waited for. */
static bool
is_waiting(const struct journal *j)
{
	uint64_t now = now_s();

	return now < j->not_before && j->not_before - now <= POLL_BACKOFF_MAX;
}

/* Take what the server answered into the journal. */
static int
take(struct poll_options *o, struct journal *j, const struct http_answer *a)
{
	char why[WHY_MAX];
	int rc = lock(o, j);

	if (rc != EX_OK)
		return rc;
	switch (protocol_take(buf_str(&a->body), a->body.len, &o->host, j,
	    now_s(), why, sizeof why)) {
	case PROTOCOL_NEW:
		diag_verbose("a new command: %s", j->v[j->n - 1].id);
		j->failures = j->not_before = 0;
		rc = save(j);
		break;
	case PROTOCOL_NOTHING:
	case PROTOCOL_COMMAND:
		if (j->failures) {
			j->failures = j->not_before = 0;
			rc = save(j);
		}
		break;
	case PROTOCOL_REFUSED:
	case PROTOCOL_EPARSE:
		rc = back_off(j, 0, why, o->server);
		break;
	}
	journal_unlock(j);
	return rc;
}

static int
fail(struct poll_options *o, struct journal *j, uint64_t after_s,
    const char *why)
{
	int rc = lock(o, j);

	if (rc != EX_OK)
		return rc;
	rc = back_off(j, after_s, why, o->server);
	journal_unlock(j);
	return rc;
}

static int
beat(struct poll_options *o, struct journal *j, struct http *h,
    struct body body)
{
	struct http_answer a = { 0 };
	char why[WHY_MAX];
	int rc;

	if (failed(post(o, h, PROTOCOL_HEARTBEAT, body, &a), &a, why))
		rc = fail(o, j, a.retry_after_s, why);
	else
		rc = take(o, j, &a);
	http_answer_free(&a);
	return rc;
}

/* Ids. free() them. */
struct ids {
	char (*v)[COMMAND_ID_MAX];
	size_t n;
};

/* What has ended and was not reported. */
static int
list_ended(struct poll_options *o, struct journal *j, struct ids *l)
{
	int rc = lock(o, j);

	*l = (struct ids){ 0 };
	if (rc != EX_OK)
		return rc;
	l->v = calloc(j->n + 1, sizeof *l->v);
	if (!l->v)
		die_nomem();
	for (size_t i = 0; i < j->n; i++)
		if (j->v[i].state == COMMAND_ENDED)
			memcpy(l->v[l->n++], j->v[i].id, sizeof *l->v);
	journal_unlock(j);
	return EX_OK;
}

static int
mark_reported(struct poll_options *o, struct journal *j, const char *id)
{
	struct command *c;
	int rc = lock(o, j);

	if (rc != EX_OK)
		return rc;
	c = journal_find(j, id);
	if (c)
		c->state = COMMAND_REPORTED;
	rc = save(j);
	journal_unlock(j);
	return rc;
}

/* Reports that the server did not take. */
struct missed {
	size_t n;
	bool away; /* it would take no other now */
	/* Of the first. */
	uint64_t after_s;
	char why[WHY_MAX];
};

/*
 * Send a report. What the server says of this one may not be so of the next, but
 * for trouble that is the server's (RETRY_LATER). Only what is wrong with the
 * report itself (RETRY_REJECT) is so for good.
 */
static enum retry_verdict
send_report(struct poll_options *o, struct http *h, struct body body,
    struct http_answer *a, char *why)
{
	enum http_outcome outcome = post(o, h, PROTOCOL_COMPLETION, body, a);
	enum retry_verdict v;

	if (!failed(outcome, a, why))
		return RETRY_DONE;
	if (outcome != HTTP_ANSWERED)
		return RETRY_LATER;
	v = retry_judge(a->status);
	return v == RETRY_REJECT && a->status >= 500 ? RETRY_REFUSE : v;
}

static void
miss(struct missed *m, const char *id, uint64_t after_s, const char *why)
{
	if (m->n++)
		return;
	m->after_s = after_s;
	snprintf(m->why, sizeof m->why, "the report of command %s: %.150s", id,
	    why);
}

/* Report a command, if that is still to be done. */
static int
report_one(struct poll_options *o, struct journal *j, struct http *h,
    const char *id, struct figures *f, struct missed *m)
{
	struct http_answer a = { 0 };
	struct buf text = { 0 };
	const struct command *c;
	char why[WHY_MAX] = "";
	bool well;
	int rc = lock(o, j);

	if (rc != EX_OK)
		return rc;
	c = journal_find(j, id);
	well = c && !c->failed;
	if (c && c->state == COMMAND_ENDED)
		protocol_put_completion(&text, &o->host, c);
	journal_unlock(j);
	if (!text.len)
		return EX_OK;
	switch (send_report(o, h, keep(&text), &a, why)) {
	case RETRY_REJECT:
		diag_error("%s: the report of command %s: %s", o->server, id,
		    why);
		/* fall through */
	case RETRY_DONE:
		f->completed += well;
		f->failed += !well;
		rc = mark_reported(o, j, id);
		break;
	case RETRY_LATER:
		m->away = true;
		/* fall through */
	case RETRY_REFUSE:
	case RETRY_BROKEN:
		miss(m, id, a.retry_after_s, why);
		break;
	}
	http_answer_free(&a);
	return rc;
}

/* Report what has ended, each until the server takes it. One that it does not
 * keeps no other from being sent; where there are many, it is chance that says
 * which are tried. */
static int
report(struct poll_options *o, struct journal *j, struct http *h,
    struct figures *f)
{
	struct missed m = { 0 };
	struct ids l;
	int rc = list_ended(o, j, &l);
	size_t first = l.n > MISSED_MAX ? chance() % l.n : 0;

	for (size_t i = 0; i < l.n && rc == EX_OK && !m.away &&
	    m.n < MISSED_MAX; i++)
		rc = report_one(o, j, h, l.v[(first + i) % l.n], f, &m);
	free(l.v);
	return rc == EX_OK && m.n ? fail(o, j, m.after_s, m.why) : rc;
}

/* Send the body of a heartbeat, and report. */
static int
talk(struct poll_options *o, struct journal *j, struct body body,
    struct figures *f)
{
	struct http *h = http_open(&o->http);
	int rc;

	if (!h) {
		diag_error("libcurl cannot be loaded");
		close(body.fd);
		return EX_UNAVAILABLE;
	}
	rc = beat(o, j, h, body);
	f->answered = rc == EX_OK;
	if (rc == EX_OK)
		rc = report(o, j, h, f);
	http_free(h);
	return rc;
}

/* Ask and report, with what the journal holds, which comes locked and does not
 * stay so. */
static int
ask(struct poll_options *o, struct journal *j, struct figures *f)
{
	struct buf why = { 0 }, text = { 0 };
	int rc = secret_load(&o->token, &why);

	if (rc != 0) {
		diag_error("%s", buf_str(&why));
		buf_free(&why);
		journal_unlock(j);
		return rc;
	}
	if (o->token.exposed)
		diag(DIAG_UPLOAD_TOKEN_MODE, o->token.where, 0, NULL);
	protocol_put_heartbeat(&text, &o->host, j, now_s());
	journal_unlock(j);
	rc = talk(o, j, keep(&text), f);
	secret_free(&o->token);
	return rc;
}

int
poll_once(struct poll_options *o, struct figures *f, bool *work)
{
	char why[WHY_MAX];
	struct journal j;
	int rc = judge(o, journal_open(&j, o->dir, why, sizeof why), why),
	    again;

	*work = false;
	if (rc != EX_OK)
		goto out;
	f->waited = is_waiting(&j);
	if (f->waited) {
		diag_verbose("the server is left alone for %" PRIu64 " s more",
		    j.not_before - now_s());
		journal_unlock(&j);
	} else {
		rc = ask(o, &j, f);
	}
	/* Whatever the server said, what waits here is to run. */
	again = lock(o, &j);
	*work = again == EX_OK && journal_has_work(&j);
	f->history = j.n;
	if (again != EX_OK)
		rc = again;
out:
	journal_close(&j);
	return rc;
}
