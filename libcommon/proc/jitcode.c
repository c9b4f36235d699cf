#include "proc/jitcode.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/grow.h"
#include "base/radix.h"

#define MAGIC 0x315a4a67u /* "gJZ1" */

enum { TIMED = 1, CUT = 2 };

struct head {
	uint32_t magic, flags;
	uint32_t n, lines;
	uint64_t text, bad;
};

/* -- filling it ---------------------------------------------------------- */

bool
jitcode_is_full(const struct jitcode *j)
{
	return j->n >= JITCODE_MAX || j->nline >= JITCODE_LINES_MAX ||
	    j->text.len >= JITCODE_TEXT_MAX;
}

uint32_t
jitcode_add_text(struct jitcode *j, const char *s, size_t len)
{
	uint32_t at = (uint32_t)j->text.len;

	if (len > JITCODE_NAME_MAX)
		len = JITCODE_NAME_MAX;
	buf_add(&j->text, s, len);
	buf_addc(&j->text, '\0');
	return at;
}

bool
jitcode_add(struct jitcode *j, uint64_t start, uint64_t size, uint64_t time,
    uint32_t name, uint32_t name_len)
{
	uint64_t end;

	/* What ends with the last address would have no end (rangetab.h). */
	if (size == 0 || __builtin_add_overflow(start, size, &end) ||
	    end == UINT64_MAX) {
		j->bad++;
		return false;
	}
	j->v = grow_for(j->v, j->n, &j->cap, sizeof *j->v);
	if (name_len > JITCODE_NAME_MAX)
		name_len = JITCODE_NAME_MAX;
	j->v[j->n++] = (struct jitcode_entry){ start, end, time, name,
		name_len, 0, 0 };
	return true;
}

void
jitcode_add_line(struct jitcode *j, uint64_t addr, uint32_t number,
    uint32_t file)
{
	j->line = grow_for(j->line, j->nline, &j->line_cap, sizeof *j->line);
	j->line[j->nline++] = (struct jitcode_line){ addr, number, file };
}

/* Copy an entry with all that is its. */
static void
copy(struct jitcode *to, const struct jitcode *from,
    const struct jitcode_entry *e)
{
	uint32_t name = jitcode_add_text(to, from->text.s + e->name,
	    e->name_len);
	uint32_t first = to->nline, old = UINT32_MAX, file = 0;

	for (uint32_t i = 0; i < e->lines; i++) {
		const struct jitcode_line *l = &from->line[e->line + i];
		const char *s = from->text.s + l->file;

		if (l->file != old)
			file = jitcode_add_text(to, s, strlen(s));
		old = l->file;
		jitcode_add_line(to, l->addr, l->number, file);
	}
	if (!jitcode_add(to, e->start, e->end - e->start, e->time, name,
	    e->name_len))
		return;
	to->v[to->n - 1].line = first;
	to->v[to->n - 1].lines = e->lines;
}

/* Bytes of text that a copy takes: what was shared is copied with each. */
static size_t
text_of(const struct jitcode *j, const struct jitcode_entry *e)
{
	uint32_t old = UINT32_MAX;
	size_t sum = e->name_len + 1;

	for (uint32_t i = 0; i < e->lines; i++) {
		const struct jitcode_line *l = &j->line[e->line + i];

		if (l->file != old)
			sum += strlen(j->text.s + l->file) + 1;
		old = l->file;
	}
	return sum;
}

void
jitcode_halve(struct jitcode *j)
{
	struct jitcode half = { .timed = j->timed, .bad = j->bad, .cut = true };
	uint32_t first = j->n;
	size_t text = 0, lines = 0;

	while (first > 0 && first > j->n / 2) {
		const struct jitcode_entry *e = &j->v[first - 1];

		text += text_of(j, e);
		lines += e->lines;
		if (text > JITCODE_TEXT_MAX / 2 ||
		    lines > JITCODE_LINES_MAX / 2)
			break;
		first--;
	}
	for (uint32_t i = first; i < j->n; i++)
		copy(&half, j, &j->v[i]);
	jitcode_free(j);
	*j = half;
}

void
jitcode_sort(struct jitcode *j)
{
	struct jitcode_entry *v;
	struct radix_item *item;
	bool sorted = true;

	for (uint32_t i = 1; i < j->n && sorted; i++)
		sorted = j->v[i - 1].time <= j->v[i].time;
	if (sorted)
		return;
	item = reallocarray(NULL, j->n, sizeof *item);
	v = reallocarray(NULL, j->n, sizeof *v);
	if (!item || !v)
		die_nomem();
	for (uint32_t i = 0; i < j->n; i++)
		item[i] = (struct radix_item){ j->v[i].time, i };
	radix_sort(item, j->n);
	for (uint32_t i = 0; i < j->n; i++)
		v[i] = j->v[item[i].value];
	free(item);
	free(j->v);
	j->v = v;
	j->cap = j->n;
	j->built = false;
}

/* -- bytes --------------------------------------------------------------- */

bool
jitcode_write(const struct jitcode *j,
    bool (*write)(void *arg, const void *p, size_t len), void *arg)
{
	struct head h = { .magic = MAGIC, .n = j->n, .lines = j->nline,
		.text = j->text.len, .bad = j->bad,
		.flags = (j->timed ? TIMED : 0) | (j->cut ? CUT : 0) };

	return write(arg, &h, sizeof h) &&
	    (!j->n || write(arg, j->v, j->n * sizeof *j->v)) &&
	    (!j->nline || write(arg, j->line, j->nline * sizeof *j->line)) &&
	    (!j->text.len || write(arg, j->text.s, j->text.len));
}

static bool
is_sane(const struct jitcode *j)
{
	for (uint32_t i = 0; i < j->n; i++) {
		const struct jitcode_entry *e = &j->v[i];

		if (e->start >= e->end || e->end == UINT64_MAX ||
		    (i && e->time < j->v[i - 1].time) ||
		    e->name_len > j->text.len ||
		    e->name > j->text.len - e->name_len ||
		    e->lines > j->nline || e->line > j->nline - e->lines)
			return false;
	}
	/* Whatever is in text has an end: a buf ends with a NUL. */
	for (uint32_t i = 0; i < j->nline; i++)
		if (j->line[i].file >= j->text.len)
			return false;
	return true;
}

/* A copy of n elements of the bytes, or NULL. */
static void *
copy_of(const char *p, uint32_t n, size_t size)
{
	void *v = n ? reallocarray(NULL, n, size) : NULL;

	if (n && !v)
		die_nomem();
	if (v)
		memcpy(v, p, n * size);
	return v;
}

bool
jitcode_read(struct jitcode *j, const void *p, size_t len)
{
	const char *s = p;
	size_t want = sizeof(struct head);
	struct head h;

	if (len < sizeof h || len > JITCODE_BYTES_MAX)
		return false;
	memcpy(&h, s, sizeof h);
	if (h.magic != MAGIC || h.n > JITCODE_MAX || h.text > len)
		return false;
	want += h.n * sizeof *j->v + h.lines * sizeof *j->line +
	    (size_t)h.text;
	if (want != len)
		return false;
	s += sizeof h;
	j->v = copy_of(s, h.n, sizeof *j->v);
	j->cap = j->n = h.n;
	s += h.n * sizeof *j->v;
	j->line = copy_of(s, h.lines, sizeof *j->line);
	j->line_cap = j->nline = h.lines;
	s += h.lines * sizeof *j->line;
	buf_add(&j->text, s, (size_t)h.text);
	j->timed = h.flags & TIMED;
	j->cut = h.flags & CUT;
	j->bad = h.bad;
	if (is_sane(j))
		return true;
	jitcode_free(j);
	return false;
}

/* -- looking up ---------------------------------------------------------- */

/* How many of the entries, which are in order of time, were there. */
static uint32_t
count_until(const struct jitcode *j, uint64_t time)
{
	uint32_t lo = 0, hi = j->n;

	if (!j->timed)
		return j->n;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (j->v[mid].time <= time)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void
build(struct jitcode *j, uint32_t shown)
{
	rangetab_free(&j->range);
	for (uint32_t i = 0; i < shown; i++)
		rangetab_add(&j->range, j->v[i].start, j->v[i].end, i, i);
	rangetab_build(&j->range, RANGETAB_HIGHER);
	j->shown = shown;
	j->built = true;
}

/* The last place that is not behind the address. */
static void
find_line(const struct jitcode *j, const struct jitcode_entry *e,
    uint64_t addr, struct jitcode_found *found)
{
	uint32_t lo = 0, hi = e->lines;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (j->line[e->line + mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0)
		return;
	found->file = j->text.s + j->line[e->line + lo - 1].file;
	found->line = j->line[e->line + lo - 1].number;
}

bool
jitcode_find(struct jitcode *j, uint64_t addr, uint64_t time,
    struct jitcode_found *found)
{
	uint32_t shown = count_until(j, time), i;
	const struct jitcode_entry *e;

	if (!j->built || shown != j->shown)
		build(j, shown);
	i = rangetab_find(&j->range, addr);
	if (i == RANGETAB_NONE || j->v[i].name_len == 0)
		return false;
	e = &j->v[i];
	*found = (struct jitcode_found){ .name = j->text.s + e->name,
		.name_len = e->name_len };
	find_line(j, e, addr, found);
	return true;
}

size_t
jitcode_memory(const struct jitcode *j)
{
	return sizeof *j + j->cap * sizeof *j->v +
	    j->line_cap * sizeof *j->line + j->text.len +
	    rangetab_memory(&j->range);
}

void
jitcode_free(struct jitcode *j)
{
	free(j->v);
	free(j->line);
	buf_free(&j->text);
	rangetab_free(&j->range);
	*j = (struct jitcode){ 0 };
}
