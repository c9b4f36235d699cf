#include "ship/studio.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/intern.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "base/parse.h"
#include "profile/appmeta.h"
#include "profile/col.h"
#include "profile/place.h"
#include "ship/about.h"
#include "ship/bundle.h"
#include "ship/folded.h"
#include "ship/web.h"

/*
 * What a compressor holds back: libarchive's buffer of 64 KiB, and a block of
 * deflate with its window. So much below the limit a piece ends, after the line
 * that is being added, of 64 KiB at most, and the end of the JSON.
 */
#define HELD_BACK (512u << 10)
/* A piece that is refused at this size is refused for another reason. */
#define PIECE_MIN (64u << 10)

struct studio {
	struct web web;
	struct machine machine;
	uint64_t body_max;   /* as far as is known */
	uint64_t body_most;  /* the server's own limit */
	uint64_t gpid;       /* 0: none */
	char id[SPOOL_ID_MAX]; /* of the bundle in folded; "" if none */
	struct folded folded;
	struct intern containers;
	struct appmeta programs;
	struct about about; /* of the bundle's machine */
	struct buf line, json, container; /* on their way */
};

/* One piece under way. */
struct piece {
	int fd;
	struct gz *gz;
	uint64_t next; /* the line behind it; 0: it is the last */
	uint64_t size;
};

/* -- what the header names ------------------------------------------------------ */

static void
collect_places(struct studio *st)
{
	struct folded_columns c;

	folded_seek(&st->folded, 0);
	while (folded_next(&st->folded)) {
		folded_split(&st->folded, &c);
		buf_reset(&st->container);
		place_put_gprofiler(&st->container, c.container,
		    c.container_len);
		if (st->container.len)
			intern_add(&st->containers, st->container.s,
			    st->container.len);
		appmeta_number(&st->programs, c.program, c.program_len);
	}
}

static void
forget(struct studio *st)
{
	folded_free(&st->folded);
	about_free(&st->about);
	intern_free(&st->containers);
	appmeta_free(&st->programs);
	st->id[0] = '\0';
}

/* What meta.json says beside the profile; without it that goes all the same. */
static void
read_about(struct studio *st, int bundle)
{
	const struct json_limits limits = { .size = 2 * BUNDLE_META_MAX,
		.memory = 4 << 20, .depth = 16 };
	struct buf meta = { 0 };
	struct json_doc d;

	if (bundle_read_meta(bundle, &meta) == 0 &&
	    json_parse(&d, buf_str(&meta), meta.len, &limits)) {
		about_read(&st->about, d.root);
		json_free(&d);
	}
	buf_free(&meta);
}

static enum retry_verdict
prepare(struct target *t, const struct parcel *p, struct answer *a)
{
	struct studio *st = (struct studio *)t;

	forget(st);
	if (folded_open(&st->folded, p->fd, p->spool, true) != 0) {
		buf_addf(&a->why, "the profile cannot be made ready: %s",
		    errno == EBADMSG ? "its bundle is damaged" :
		    strerror(errno));
		return errno == EBADMSG ? RETRY_REJECT : RETRY_LATER;
	}
	collect_places(st);
	read_about(st, p->fd);
	snprintf(st->id, sizeof st->id, "%s", p->id);
	return RETRY_DONE;
}

/* -- a piece ---------------------------------------------------------------- */

/* Add text as part of a JSON string that is open. */
static int
put_text(struct studio *st, struct piece *pc, const struct buf *text)
{
	buf_reset(&st->json);
	jsonw_quote(&st->json, text->s, text->len);
	return gz_write(pc->gz, st->json.s + 1, st->json.len - 2);
}

/* All but the profile, which comes last and is left open. */
static int
put_start(struct studio *st, struct piece *pc, const struct parcel *p)
{
	const struct folded *fo = &st->folded;
	struct jsonw w = { .out = &st->json };
	time_t start = fo->start ? fo->start : p->time.tv_sec;
	char gpid[32] = "";

	buf_reset(&st->json);
	jsonw_object(&w, NULL);
	col_put_time(&w, "start_time", start);
	col_put_time(&w, "end_time", p->time.tv_sec);
	jsonw_str(&w, "hostname",
	    fo->host.len ? fo->host.s : st->machine.hostname);
	col_put_share(&w, "cpu_avg", fo->has_cpu ? &fo->cpu_busy : NULL);
	col_put_share(&w, "mem_avg",
	    fo->has_memory ? &fo->memory_used : NULL);
	col_put_time(&w, "spawn_time", start);
	if (st->gpid)
		snprintf(gpid, sizeof gpid, "%llu",
		    (unsigned long long)st->gpid);
	jsonw_str(&w, "gpid", gpid);
	jsonw_done(&w);
	buf_adds(&st->json, ",\"profile\":\"");
	return gz_write(pc->gz, st->json.s, st->json.len);
}

static int
put_head(struct studio *st, struct piece *pc, const struct parcel *p)
{
	const struct folded *fo = &st->folded;
	const char **names = NULL;
	struct col_head h = {
		.machine = &st->machine,
		.host = fo->host.len ? fo->host.s : NULL,
		.service = st->web.spec->service,
		.pid = (uint32_t)getpid(),
		.start = fo->start ? fo->start : p->time.tv_sec,
		.end = p->time.tv_sec,
		.cpu_busy = fo->has_cpu ? &fo->cpu_busy : NULL,
		.memory_used = fo->has_memory ? &fo->memory_used : NULL,
		.containers = st->containers.n,
		.programs = &st->programs,
		.cloud = st->about.cloud.pair,
		.clouds = st->about.cloud.n,
		.own = st->about.own.pair,
		.owns = st->about.own.n,
	};

	if (h.containers) {
		names = calloc(h.containers, sizeof *names);
		if (!names)
			die_nomem();
		for (uint32_t i = 0; i < st->containers.n; i++)
			names[i] = intern_str(&st->containers, i);
		h.container = names;
	}
	buf_reset(&st->line);
	col_put_head(&st->line, &h);
	free(names);
	return put_text(st, pc, &st->line);
}

static int
put_line(struct studio *st, struct piece *pc)
{
	struct col_line l = { .count = st->folded.count };
	struct folded_columns c;

	folded_split(&st->folded, &c);
	buf_reset(&st->container);
	place_put_gprofiler(&st->container, c.container, c.container_len);
	l.container = buf_str(&st->container);
	l.container_len = st->container.len;
	if (c.app_len && c.app[0] != '[') {
		l.appid = c.app;
		l.appid_len = c.app_len;
	}
	l.program = appmeta_number(&st->programs, c.program, c.program_len);
	l.stack = c.stack;
	l.len = c.len;
	buf_reset(&st->line);
	col_put_line(&st->line, &l);
	return put_text(st, pc, &st->line);
}

static uint64_t
size_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}

/* Lines until the piece is nearly as large as may be, or lines of them are in
 * it. */
static int
put_lines(struct studio *st, struct piece *pc, uint64_t from, uint64_t lines)
{
	uint64_t room = st->body_max > 2 * HELD_BACK ?
	    st->body_max - HELD_BACK : st->body_max / 2;

	folded_seek(&st->folded, from);
	for (uint64_t n = 0; n < lines && folded_next(&st->folded); n++) {
		if (put_line(st, pc) != 0)
			return -1;
		if (size_of(pc->fd) >= room)
			break;
	}
	pc->next = st->folded.next < st->folded.lines ? st->folded.next : 0;
	return 0;
}

static int
write_piece(struct studio *st, struct piece *pc, const struct parcel *p,
    uint64_t lines)
{
	int rc;

	pc->gz = gz_open(pc->fd);
	if (!pc->gz)
		return -1;
	rc = put_start(st, pc, p) != 0 || put_head(st, pc, p) != 0 ||
	    put_lines(st, pc, p->from, lines) != 0 ||
	    gz_write(pc->gz, "\"}", 2) != 0;
	if (gz_close(pc->gz) != 0 || rc)
		return -1;
	pc->size = size_of(pc->fd);
	return 0;
}

/* A piece that is within the limit, of as many lines as fit. */
static int
make_piece(struct studio *st, struct piece *pc, const struct parcel *p)
{
	uint64_t lines = st->folded.lines, end;

	for (;;) {
		pc->fd = spool_scratch(p->spool);
		if (pc->fd < 0)
			return -1;
		if (write_piece(st, pc, p, lines) != 0) {
			close(pc->fd);
			return -1;
		}
		end = pc->next ? pc->next : st->folded.lines;
		if (pc->size <= st->body_max || end - p->from <= 1)
			return 0;
		/* What does not compress comes out all at once at the end. */
		lines = (end - p->from + 1) / 2;
		close(pc->fd);
	}
}

/* -- sending ---------------------------------------------------------------- */

bool
studio_parse_answer(const char *text, size_t len, uint64_t *gpid)
{
	const struct json_limits limits = { .size = 1 << 16,
		.memory = 1 << 20, .depth = 8 };
	const struct json_value *v;
	struct json_doc d;
	const char *s;
	bool good;

	if (!json_parse(&d, text, len, &limits))
		return false;
	v = json_get(d.root, "gpid");
	s = json_str(v, NULL);
	good = s ? parse_u64(s, gpid) : json_u64(v, gpid);
	json_free(&d);
	return good && *gpid > 0;
}

/* The memo: "gpid limit service". gpid is good for its service only; the limit is
 * that of the way to the server, 0 while it is the server's own. */
static void
write_memo(struct studio *st)
{
	struct target *t = &st->web.target;
	char memo[512];

	snprintf(memo, sizeof memo, "%llu %llu %.255s",
	    (unsigned long long)st->gpid,
	    (unsigned long long)(st->body_max < st->body_most ?
	        st->body_max : 0), st->web.spec->service);
	if (strlen(memo) < sizeof t->memo)
		state_set(t->memo, sizeof t->memo, memo);
}

static void
read_memo(struct studio *st)
{
	const char *memo = st->web.target.memo;
	size_t n = strcspn(memo, " "), m;
	uint64_t limit;

	st->gpid = 0;
	if (memo[n] != ' ' || !parse_digits(memo, n, &st->gpid))
		return;
	memo += n + 1;
	m = strcspn(memo, " ");
	if (!parse_digits(memo, m, &limit) || memo[m] != ' ' ||
	    strcmp(memo + m + 1, st->web.spec->service) != 0)
		st->gpid = 0;
	else if (limit && limit < st->body_max)
		st->body_max = limit;
}

/* 400 is about the bundle, or about us: "Invalid GPROFILER-SERVICE-NAME
 * header". */
static enum retry_verdict
override(long status, const struct buf *body, enum retry_verdict v)
{
	if (status == 400 && body->len && memmem(body->s, body->len,
	    "header", 6))
		return RETRY_REFUSE;
	return v;
}

static void
make_url(const struct studio *st, const struct parcel *p, struct buf *url)
{
	const struct spec *spec = st->web.spec;
	const char *host = st->folded.host.len ? st->folded.host.s :
	    st->machine.hostname;
	char time[COL_TIME_MAX];

	col_time(time, p->time.tv_sec);
	url_base(&spec->url, url);
	buf_adds(url, "/api/v2/profiles?service=");
	url_quote(url, spec->service, strlen(spec->service), false);
	buf_adds(url, "&hostname=");
	url_quote(url, host, strlen(host), false);
	buf_adds(url, "&timestamp=");
	url_quote(url, time, strlen(time), false);
	buf_adds(url, "&version=" COL_AGENT_VERSION);
}

static enum retry_verdict
send_piece(struct studio *st, const struct parcel *p, const struct piece *pc,
    uint64_t timeout_ns, struct answer *a)
{
	struct buf url = { 0 }, service = { 0 };
	const char *headers[] = { "Content-Type: application/json",
		"Content-Encoding: gzip", NULL, NULL };
	struct http_request r = { .method = "POST", .headers = headers,
		.auth = HTTP_AUTH_HEADER, .user = "GPROFILER-API-KEY",
		.fd = pc->fd, .size = pc->size, .timeout_ns = timeout_ns,
		.fresh = p->attempt > 0 };
	enum retry_verdict v;

	make_url(st, p, &url);
	buf_addf(&service, "GPROFILER-SERVICE-NAME: %s",
	    st->web.spec->service);
	headers[2] = service.s;
	r.url = url.s;
	v = web_send(&st->web, &r, a, override);
	buf_free(&url);
	buf_free(&service);
	return v;
}

static bool
has_status(const struct answer *a, const char *status)
{
	return strncmp(buf_str(&a->why), status, strlen(status)) == 0;
}

/* Whether to try again at once, having learnt something from the answer. */
static bool
learn(struct studio *st, const struct piece *pc, const struct parcel *p,
    const struct answer *a)
{
	uint64_t end = pc->next ? pc->next : st->folded.lines;

	if (has_status(a, "HTTP status 413") && pc->size > PIECE_MIN &&
	    end - p->from > 1) {
		st->body_max = pc->size / 2;
		return true;
	}
	if (has_status(a, "HTTP status 400") && st->gpid) {
		st->gpid = 0;
		return true;
	}
	return false;
}

static enum retry_verdict
send_parcel(struct target *t, const struct parcel *p, uint64_t timeout_ns,
    struct answer *a)
{
	struct studio *st = (struct studio *)t;
	struct piece pc;
	enum retry_verdict v;
	bool again;

	read_memo(st);
	do {
		answer_free(a);
		if (make_piece(st, &pc, p) != 0) {
			buf_addf(&a->why, "the profile cannot be made ready: "
			    "%s", strerror(errno));
			return RETRY_LATER;
		}
		v = send_piece(st, p, &pc, timeout_ns, a);
		again = v == RETRY_REJECT && learn(st, &pc, p, a);
		close(pc.fd);
	} while (again);
	if (v == RETRY_DONE) {
		(void)!studio_parse_answer(buf_str(&a->text), a->text.len,
		    &st->gpid);
		a->next = pc.next;
	}
	write_memo(st);
	return v;
}

static void
studio_free(struct target *t)
{
	struct studio *st = (struct studio *)t;

	forget(st);
	buf_free(&st->line);
	buf_free(&st->json);
	buf_free(&st->container);
	web_close(&st->web);
	free(st);
}

struct target *
studio_open(const struct spec *spec, const char *agent, uint64_t body_max)
{
	struct studio *st = calloc(1, sizeof *st);

	if (!st)
		die_nomem();
	st->body_max = st->body_most = body_max;
	st->web.target = (struct target){ .prepare = prepare,
		.send = send_parcel, .free = studio_free };
	machine_read(&st->machine, "");
	if (web_open(&st->web, spec, agent))
		return &st->web.target;
	studio_free(&st->web.target);
	return NULL;
}
