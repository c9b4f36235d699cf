#include "profile/meta.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/diag.h"

/* With those of meta_write() still few enough for a reader. */
enum { FIELDS_MAX = RECORD_FIELDS_MAX - 16 };

struct meta_field {
	const char *key;
	const char *value; /* NULL: streams do not agree */
};

/* What meta_write() writes itself, or what is a sum of one stream. */
static bool
is_own_key(const char *key)
{
	static const char *const own[] = {
		"version", "kind", "tool", "streams", "samples", "lost",
		"truncated", "filtered", "lines",
	};

	for (size_t i = 0; i < GP_COUNT(own); i++)
		if (strcmp(key, own[i]) == 0)
			return true;
	return false;
}

static const char *
copy(struct meta *m, const char *s)
{
	return arena_strndup(&m->arena, s, strlen(s));
}

static void
first_header(struct meta *m, const struct record *r)
{
	m->field = calloc(FIELDS_MAX, sizeof *m->field);
	if (!m->field)
		die_nomem();
	for (size_t i = 0; i < r->n && m->n < FIELDS_MAX; i++) {
		if (is_own_key(r->field[i].key))
			continue;
		m->field[m->n++] = (struct meta_field){
			.key = copy(m, r->field[i].key),
			.value = copy(m, r->field[i].value),
		};
	}
}

static void
agree(struct meta *m, struct meta_field *f, const char *value)
{
	int c;

	if (!f->value || !value) {
		f->value = NULL;
		return;
	}
	c = strcmp(value, f->value);
	if (c == 0)
		return;
	/* Times in UTC of one form compare as text. */
	if (strcmp(f->key, "start") == 0)
		f->value = c < 0 ? copy(m, value) : f->value;
	else
		f->value = NULL;
}

static void
add_loss(struct meta *m, const char *reason, uint64_t count)
{
	uint32_t n = m->reasons.n;
	uint32_t id = intern_add(&m->reasons, reason, strlen(reason));

	if (id == n) {
		uint64_t *p = reallocarray(m->reason_count, (size_t)n + 1,
		    sizeof *p);

		if (!p)
			die_nomem();
		m->reason_count = p;
		p[id] = 0;
	}
	/* Sums saturate: a stranger's count must not wrap them to little. */
	if (__builtin_add_overflow(m->reason_count[id], count,
	    &m->reason_count[id]))
		m->reason_count[id] = UINT64_MAX;
	if (__builtin_add_overflow(m->lost, count, &m->lost))
		m->lost = UINT64_MAX;
	if (__builtin_add_overflow(m->stream_lost, count, &m->stream_lost))
		m->stream_lost = UINT64_MAX;
}

static void
add_end(struct meta *m, const struct record *r)
{
	uint64_t v;

	/* A loss that is in the sum but has no record of its own. */
	if (record_get_u64(r, "lost", &v) && v > m->stream_lost)
		add_loss(m, "unnamed", v - m->stream_lost);
	m->stream_lost = 0;
	if (record_get_u64(r, "filtered", &v) &&
	    __builtin_add_overflow(m->filtered, v, &m->filtered))
		m->filtered = UINT64_MAX;
}

/* What was seen of one machine; of several, nothing is true of all. */
static void
add_machine(struct meta *m, const struct record *r)
{
	static const char *const keys[] = { "cpu_busy", "memory_used" };

	if (m->streams != 1 || !m->field)
		return;
	for (size_t i = 0; i < GP_COUNT(keys) && m->n < FIELDS_MAX; i++) {
		const char *value = record_get(r, keys[i]);

		if (value && !meta_get(m, keys[i]))
			m->field[m->n++] = (struct meta_field){
				.key = keys[i], .value = copy(m, value),
			};
	}
}

void
meta_add(struct meta *m, const struct record *r)
{
	const char *reason;
	uint64_t count;

	if (record_is(r, "gp")) {
		m->stream_lost = 0;
		if (m->streams++ == 0)
			first_header(m, r);
		for (size_t i = 0; i < m->n; i++)
			agree(m, &m->field[i],
			    record_get(r, m->field[i].key));
	} else if (record_is(r, "lost")) {
		reason = record_get(r, "reason");
		/* Also of none: then it is not known how many. */
		if (record_get_u64(r, "count", &count))
			add_loss(m, reason && *reason ? reason : "unnamed",
			    count);
	} else if (record_is(r, "machine")) {
		add_machine(m, r);
	} else if (record_is(r, "end")) {
		add_end(m, r);
	}
}

const char *
meta_get(const struct meta *m, const char *key)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->field[i].key, key) == 0)
			return m->field[i].value;
	return NULL;
}

void
meta_write(const struct meta *m, const struct meta_totals *t, struct buf *b)
{
	uint64_t filtered;

	record_begin(b, "gp");
	record_put_u64(b, "version", 1);
	record_put(b, "kind", "folded");
	buf_addf(b, " tool=%s/%s", t->tool, GP_VERSION);
	record_put_u64(b, "streams", m->streams);
	for (size_t i = 0; i < m->n; i++)
		record_put(b, m->field[i].key, m->field[i].value);
	if (t->containers && !meta_get(m, "containers"))
		record_put_u64(b, "containers", 1);
	if (t->apps && !meta_get(m, "apps"))
		record_put_u64(b, "apps", 1);
	if (t->programs && !meta_get(m, "programs"))
		record_put_u64(b, "programs", 1);
	record_put_u64(b, "samples", t->samples);
	record_put_u64(b, "lost", m->lost);
	record_put_u64(b, "truncated", t->truncated);
	if (__builtin_add_overflow(m->filtered, t->filtered, &filtered))
		filtered = UINT64_MAX;
	record_put_u64(b, "filtered", filtered);
	record_end(b);
	for (uint32_t i = 0; i < m->reasons.n; i++) {
		record_begin(b, "lost");
		record_put_u64(b, "count", m->reason_count[i]);
		record_put(b, "reason", intern_str(&m->reasons, i));
		record_end(b);
	}
}

bool
meta_percent(const struct meta *m, const char *key, double *out)
{
	const char *s = meta_get(m, key);
	size_t n = s ? strspn(s, "0123456789") : 0;

	if (n < 1 || n > 3 || s[n] != '.' || s[n + 1] < '0' ||
	    s[n + 1] > '9' || s[n + 2])
		return false;
	*out = (double)strtoul(s, NULL, 10) + (s[n + 1] - '0') / 10.0;
	return *out <= 100;
}

int64_t
meta_seconds(const char *s)
{
	struct tm tm = { 0 };
	const char *end = s ? strptime(s, "%Y-%m-%dT%H:%M:%SZ", &tm) : NULL;

	return end && *end == '\0' ? (int64_t)timegm(&tm) : 0;
}

void
meta_free(struct meta *m)
{
	arena_free(&m->arena);
	free(m->field);
	intern_free(&m->reasons);
	free(m->reason_count);
	*m = (struct meta){ 0 };
}
