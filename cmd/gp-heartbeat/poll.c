#include "poll.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "ship/retry.h"

enum { WHY_MAX = 256 };

static uint64_t
now_s(void)
{
	return (uint64_t)time(NULL);
}

static int
open_journal(const struct poll_options *o, struct journal *j)
{
	char why[WHY_MAX];
	int rc = EX_OK;

	switch (journal_open(j, o->dir, why, sizeof why)) {
	case JOURNAL_OK:
		return EX_OK;
	case JOURNAL_EFILE:
		diag_error("%s: %s", o->dir, strerror(errno));
		rc = EX_IOERR;
		break;
	case JOURNAL_EDAMAGED:
		diag_error("%s/commands.json: %s: commands that have run would "
		    "run again; remove it to begin anew", o->dir, why);
		rc = EX_DATAERR;
		break;
	}
	journal_close(j);
	return rc;
}

static int
save(struct journal *j)
{
	if (journal_save(j) == 0)
		return EX_OK;
	diag_error("%s/commands.json: %s", j->dir, strerror(errno));
	return EX_IOERR;
}

/* POST a text; what came back is in a, which comes zeroed. */
static enum http_outcome
post(struct poll_options *o, struct http *h, const char *path,
    const struct buf *body, struct http_answer *a)
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
		.fd = memfd_create("body", MFD_CLOEXEC),
		.size = body->len,
		.timeout_ns = o->timeout_ns,
		.body_max = PROTOCOL_ANSWER_MAX,
	};
	enum http_outcome outcome = HTTP_EFILE;

	buf_addf(&url, "%s%s", o->server, path);
	r.url = url.s;
	if (r.fd >= 0 && file_write_all(r.fd, body->s, body->len) == 0)
		outcome = http_send(h, &r, a);
	if (r.fd >= 0)
		close(r.fd);
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

/* Leave the server alone for a while. */
static int
back_off(struct journal *j, uint64_t after_s, const char *why,
    const char *server)
{
	uint64_t chance, most;

	if (getrandom(&chance, sizeof chance, 0) != sizeof chance)
		chance = 0;
	most = j->failures < 10 ? UINT64_C(1) << j->failures : POLL_BACKOFF_MAX;
	if (most > POLL_BACKOFF_MAX)
		most = POLL_BACKOFF_MAX;
	if (!after_s)
		after_s = chance % (most + 1);
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
take(struct poll_options *o, const struct http_answer *a)
{
	char why[WHY_MAX];
	struct journal j;
	int rc = open_journal(o, &j);

	if (rc != EX_OK)
		return rc;
	switch (protocol_take(buf_str(&a->body), a->body.len, &o->host, &j,
	    now_s(), why, sizeof why)) {
	case PROTOCOL_NEW:
		diag_verbose("a new command: %s", j.v[j.n - 1].id);
		j.failures = j.not_before = 0;
		rc = save(&j);
		break;
	case PROTOCOL_NOTHING:
	case PROTOCOL_COMMAND:
		if (j.failures) {
			j.failures = j.not_before = 0;
			rc = save(&j);
		}
		break;
	case PROTOCOL_REFUSED:
	case PROTOCOL_EPARSE:
		rc = back_off(&j, 0, why, o->server);
		break;
	}
	journal_close(&j);
	return rc;
}

static int
fail(struct poll_options *o, uint64_t after_s, const char *why)
{
	struct journal j;
	int rc = open_journal(o, &j);

	if (rc != EX_OK)
		return rc;
	rc = back_off(&j, after_s, why, o->server);
	journal_close(&j);
	return rc;
}

static int
beat(struct poll_options *o, struct http *h)
{
	struct http_answer a = { 0 };
	struct buf body = { 0 };
	struct journal j;
	char why[WHY_MAX];
	int rc = open_journal(o, &j);

	if (rc != EX_OK)
		return rc;
	protocol_put_heartbeat(&body, &o->host, &j, now_s());
	journal_close(&j);
	if (failed(post(o, h, PROTOCOL_HEARTBEAT, &body, &a), &a, why))
		rc = fail(o, a.retry_after_s, why);
	else
		rc = take(o, &a);
	http_answer_free(&a);
	buf_free(&body);
	return rc;
}

/* The next command that has ended and was not reported; false if there is
 * none. */
static bool
next_ended(struct poll_options *o, struct command *out, int *rc)
{
	struct journal j;
	bool found = false;

	if ((*rc = open_journal(o, &j)) != EX_OK)
		return false;
	for (size_t i = 0; i < j.n && !found; i++) {
		if (j.v[i].state != COMMAND_ENDED)
			continue;
		*out = j.v[i];
		found = true;
	}
	journal_close(&j);
	return found;
}

static int
mark_reported(struct poll_options *o, const char *id)
{
	struct journal j;
	struct command *c;
	int rc = open_journal(o, &j);

	if (rc != EX_OK)
		return rc;
	c = journal_find(&j, id);
	if (c)
		c->state = COMMAND_REPORTED;
	rc = save(&j);
	journal_close(&j);
	return rc;
}

/* Report what has ended, each once; a server that refuses a report for good has
 * been told. */
static int
report(struct poll_options *o, struct http *h, struct figures *f)
{
	struct command c;
	int rc;

	while (next_ended(o, &c, &rc)) {
		struct http_answer a = { 0 };
		struct buf body = { 0 };
		char why[WHY_MAX];
		bool later;

		protocol_put_completion(&body, &o->host, &c);
		later = failed(post(o, h, PROTOCOL_COMPLETION, &body, &a), &a,
		    why);
		if (later && a.status && retry_judge(a.status) == RETRY_REJECT) {
			diag_error("%s: the report of command %s: %s",
			    o->server, c.id, why);
			later = false;
		}
		rc = later ? fail(o, a.retry_after_s, why) :
		    mark_reported(o, c.id);
		f->completed += !later && !c.failed;
		f->failed += !later && c.failed;
		http_answer_free(&a);
		buf_free(&body);
		if (rc != EX_OK)
			return rc;
	}
	return rc;
}

/* Ask and report, unless the server is to be left alone. */
static int
talk(struct poll_options *o, struct figures *f)
{
	struct buf why = { 0 };
	struct http *h;
	int rc = secret_load(&o->token, &why);

	if (rc != 0) {
		diag_error("%s", buf_str(&why));
		buf_free(&why);
		return rc;
	}
	if (o->token.exposed)
		diag(DIAG_UPLOAD_TOKEN_MODE, o->token.where, 0, NULL);
	h = http_open(&o->http);
	if (!h) {
		diag_error("libcurl cannot be loaded");
		return EX_UNAVAILABLE;
	}
	rc = beat(o, h);
	f->answered = rc == EX_OK;
	if (rc == EX_OK)
		rc = report(o, h, f);
	http_free(h);
	secret_free(&o->token);
	return rc;
}

int
poll_once(struct poll_options *o, struct figures *f, bool *work)
{
	struct journal j;
	bool waiting;
	int rc = open_journal(o, &j), again;

	*work = false;
	if (rc != EX_OK)
		return rc;
	waiting = f->waited = is_waiting(&j);
	if (waiting)
		diag_verbose("the server is left alone for %" PRIu64 " s more",
		    j.not_before - now_s());
	journal_close(&j);
	if (!waiting)
		rc = talk(o, f);
	/* Whatever the server said, what waits here is to run. */
	again = open_journal(o, &j);
	if (again != EX_OK)
		return again;
	*work = journal_has_work(&j);
	f->history = j.n;
	journal_close(&j);
	return rc;
}
