#include "ship/pyroscope.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "ship/folded.h"
#include "ship/pyropush.h"
#include "ship/web.h"

/* Where the input does not say how often samples were taken: that of
 * gp-record. */
enum { FREQ_DEFAULT = 99 };

struct pyroscope {
	struct web web;
	struct folded folded;
	struct utsname un;
};

static enum retry_verdict
prepare(struct target *t, const struct parcel *p, struct answer *a)
{
	struct pyroscope *py = (struct pyroscope *)t;

	folded_free(&py->folded);
	if (folded_open(&py->folded, p->fd, p->spool, false) == 0)
		return RETRY_DONE;
	buf_addf(&a->why, "the profile cannot be made ready: %s",
	    errno == EBADMSG ? "its bundle is damaged" : strerror(errno));
	return errno == EBADMSG ? RETRY_REJECT : RETRY_LATER;
}

/* In name{key=value,…} these end something. */
static void
add_word(struct buf *b, const char *s)
{
	for (; *s; s++)
		buf_addc(b, *s <= ' ' || *s == 0x7f || strchr("{},=", *s) ?
		    '_' : *s);
}

static const char *
host_of(const struct pyroscope *py)
{
	return py->folded.host.len ? py->folded.host.s : py->un.nodename;
}

static uint64_t
freq_of(const struct pyroscope *py)
{
	return py->folded.freq ? py->folded.freq : FREQ_DEFAULT;
}

static void
add_name(const struct pyroscope *py, struct buf *b)
{
	const struct spec *spec = py->web.spec;
	bool host = true;

	add_word(b, spec->service);
	buf_adds(b, ".cpu{");
	for (size_t i = 0; i < spec->labels; i++) {
		host &= strcmp(spec->label[i].key, "host") != 0;
		buf_addf(b, "%s%s=", i ? "," : "", spec->label[i].key);
		add_word(b, spec->label[i].value);
	}
	if (host) {
		buf_adds(b, spec->labels ? ",host=" : "host=");
		add_word(b, host_of(py));
	}
	buf_addc(b, '}');
}

/* Milliseconds of the recording's start and end; those of a later piece are a
 * little later. */
struct span {
	uint64_t from, until;
};

static struct span
span_of(const struct pyroscope *py, const struct parcel *p)
{
	uint64_t piece = p->from / PYROSCOPE_LINES_MAX + (p->from > 0);
	struct span s = {
		.from = (uint64_t)py->folded.start * 1000 + piece,
		.until = (uint64_t)p->time.tv_sec * 1000 +
		    (uint64_t)p->time.tv_nsec / 1000000 + piece,
	};

	if (s.from == piece || s.from >= s.until)
		s.from = s.until > 1000 ? s.until - 1000 : 0;
	return s;
}

static void
make_url(const struct pyroscope *py, const struct parcel *p, struct buf *url)
{
	struct span s = span_of(py, p);
	struct buf name = { 0 };

	url_base(&py->web.spec->url, url);
	buf_adds(url, "/ingest?name=");
	add_name(py, &name);
	url_quote(url, name.s, name.len, false);
	buf_free(&name);
	buf_addf(url, "&from=%llu&until=%llu", (unsigned long long)s.from,
	    (unsigned long long)s.until);
	buf_addf(url, "&format=folded&sampleRate=%llu&spyName=gp"
	    "&units=samples&aggregationType=sum",
	    (unsigned long long)freq_of(py));
}

/* Lines from p->from on, into a file; where the next piece begins, or 0. */
static int
make_folded(struct pyroscope *py, const struct parcel *p, uint64_t *size,
    uint64_t *next, struct buf *why)
{
	struct folded *fo = &py->folded;
	struct buf b = { 0 };
	int fd = spool_scratch(p->spool), rc = 0, err;

	*size = 0;
	folded_seek(fo, p->from);
	for (unsigned n = 0; fd >= 0 && rc == 0 && n < PYROSCOPE_LINES_MAX &&
	    *size < PYROSCOPE_BODY_MAX && folded_next(fo); n++) {
		size_t was = b.len;

		folded_put_stack(fo, &b, PYROSCOPE_DEPTH_MAX);
		buf_add(&b, fo->text + fo->stack_len, fo->len - fo->stack_len);
		buf_addc(&b, '\n');
		*size += b.len - was;
		if (b.len < 65536)
			continue;
		rc = file_write_all(fd, b.s, b.len);
		buf_reset(&b);
	}
	*next = fo->next < fo->lines ? fo->next : 0;
	if (fd >= 0 && rc == 0)
		rc = file_write_all(fd, buf_str(&b), b.len);
	err = errno;
	buf_free(&b);
	if (fd >= 0 && rc == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	buf_addf(why, "the profile cannot be made ready: %s", strerror(err));
	return -1;
}

static int
make_pprof(struct pyroscope *py, const struct parcel *p, uint64_t *size,
    uint64_t *next, struct buf *why)
{
	struct span s = span_of(py, p);
	const struct pyropush push = { .spec = py->web.spec,
		.host = host_of(py), .parcel = p, .freq = freq_of(py),
		/* Of pieces that are smaller than others, too. */
		.time_ns = s.from * 1000000 + p->from * 1000,
		.duration_ns = (s.until - s.from) * 1000000 };

	return pyropush_make(&py->folded, &push, size, next, why);
}

static enum retry_verdict
send_piece(struct pyroscope *py, const struct parcel *p, int fd,
    uint64_t size, uint64_t timeout_ns, struct answer *a)
{
	struct buf url = { 0 }, tenant = { 0 };
	const struct spec *spec = py->web.spec;
	const char *headers[] = { spec->pprof ?
		"Content-Type: application/json" : "Content-Type: text/plain",
		NULL, NULL };
	struct http_request r = { .method = "POST", .headers = headers,
		.fd = fd, .size = size, .timeout_ns = timeout_ns,
		.fresh = p->attempt > 0 };
	enum retry_verdict v;

	if (spec->pprof) {
		url_base(&spec->url, &url);
		buf_adds(&url, "/push.v1.PusherService/Push");
	} else {
		make_url(py, p, &url);
	}
	r.url = url.s;
	if (spec->tenant) {
		buf_addf(&tenant, "X-Scope-OrgID: %s", spec->tenant);
		headers[1] = tenant.s;
	}
	v = web_send(&py->web, &r, a, NULL);
	buf_free(&url);
	buf_free(&tenant);
	return v;
}

static enum retry_verdict
send_parcel(struct target *t, const struct parcel *p, uint64_t timeout_ns,
    struct answer *a)
{
	struct pyroscope *py = (struct pyroscope *)t;
	enum retry_verdict v;
	uint64_t size, next;
	int fd = py->web.spec->pprof ?
	    make_pprof(py, p, &size, &next, &a->why) :
	    make_folded(py, p, &size, &next, &a->why);

	if (fd < 0)
		return RETRY_LATER;
	v = send_piece(py, p, fd, size, timeout_ns, a);
	close(fd);
	if (v == RETRY_DONE)
		a->next = next;
	return v;
}

static void
pyroscope_free(struct target *t)
{
	struct pyroscope *py = (struct pyroscope *)t;

	folded_free(&py->folded);
	web_close(&py->web);
	free(py);
}

struct target *
pyroscope_open(const struct spec *spec, const char *agent)
{
	struct pyroscope *py = calloc(1, sizeof *py);

	if (!py)
		die_nomem();
	py->web.target = (struct target){ .prepare = prepare,
		.send = send_parcel, .free = pyroscope_free };
	if (uname(&py->un) != 0)
		snprintf(py->un.nodename, sizeof py->un.nodename, "localhost");
	if (web_open(&py->web, spec, agent))
		return &py->web.target;
	pyroscope_free(&py->web.target);
	return NULL;
}
