#include "space.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/diag.h"
#include "proc/maps.h"

/* The first mapping that ends above addr. */
static uint32_t
lower_bound(const struct space *s, uint64_t addr)
{
	uint32_t lo = 0, hi = s->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (s->map[mid].end <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const struct mapping *
space_find(struct space *s, uint64_t addr)
{
	const struct mapping *m;
	uint32_t i;

	if (s->last < s->n) {
		m = &s->map[s->last];
		if (addr >= m->start && addr < m->end)
			return m;
	}
	i = lower_bound(s, addr);
	if (i == s->n || addr < s->map[i].start)
		return NULL;
	s->last = i;
	return &s->map[i];
}

static void
install(struct space *s, struct sampler *sampler, const struct mapping *m)
{
	struct sampler_mapping sm = {
		.start = m->start, .end = m->end, .pgoff = m->pgoff,
		.module = m->module,
	};

	if (sampler_map(sampler, s->image, &sm) != 0)
		diag(DIAG_RECORD_MAPPINGS, NULL, 0, "%s", strerror(errno));
}

/* Put n mappings in the place of those from at up to to. */
static void
put(struct space *s, uint32_t at, uint32_t to, const struct mapping *with, uint32_t n)
{
	uint32_t total = s->n - (to - at) + n;

	if (total > s->cap) {
		s->cap = total < 16 ? 16 : total * 2;
		s->map = reallocarray(s->map, s->cap, sizeof *s->map);
		if (!s->map)
			die_nomem();
	}
	if (s->n > to)
		memmove(s->map + at + n, s->map + to,
		    (s->n - to) * sizeof *s->map);
	if (n)
		memcpy(s->map + at, with, n * sizeof *with);
	s->n = total;
	s->last = 0;
}

/* The same, and let the sampler know. */
static void
splice(struct space *s, struct sampler *sampler, uint32_t at, uint32_t to,
    const struct mapping *with, uint32_t n)
{
	s->changes++;
	for (uint32_t i = at; s->installed && i < to; i++)
		sampler_unmap(sampler, s->image, s->map[i].start,
		    s->map[i].end);
	put(s, at, to, with, n);
	for (uint32_t i = at; s->installed && i < at + n; i++)
		install(s, sampler, &s->map[i]);
}

uint64_t
space_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static bool
is_same_code(const struct mapping *a, const struct mapping *b)
{
	return a->module == b->module &&
	    a->start - a->pgoff == b->start - b->pgoff;
}

bool
space_add(struct space *s, struct sampler *sampler, const struct mapping *m)
{
	uint32_t at = lower_bound(s, m->start), to = at, n = 0, mid;
	struct mapping with[3], *old;
	bool misled = false;

	for (; to < s->n && s->map[to].start < m->end; to++)
		;
	if (at < to && s->map[at].start < m->start) {
		with[n] = s->map[at];
		with[n++].end = m->start;
	}
	mid = n;
	with[n++] = *m;
	with[mid].since = with[mid].from = 0;
	for (uint32_t i = at; i < to; i++) {
		old = &s->map[i];
		if (!is_same_code(old, m))
			misled = true;
		else if (old->since > with[mid].since)
			with[mid].since = old->since;
	}
	if (at < to && s->map[to - 1].end > m->end) {
		old = &s->map[to - 1];
		with[n] = *old;
		with[n].pgoff += m->end - old->start;
		with[n++].start = m->end;
	}
	splice(s, sampler, at, to, with, n);
	/* Only now does the sampler know it. */
	misled = misled && s->installed;
	if (misled)
		s->map[at + mid].since = space_now();
	return misled;
}

bool
space_has(struct space *s, const struct modules *modules,
    const struct mapping *m, const char *path, uint64_t time)
{
	const struct mapping *old = space_find(s, m->start);

	return old && time < s->read && old->start == m->start &&
	    old->end == m->end && old->pgoff == m->pgoff &&
	    strcmp(modules->module[old->module].key.path, path) == 0;
}

/* Make an address the border of two mappings, if it is within one. */
static void
split(struct space *s, struct sampler *sampler, uint64_t addr)
{
	const struct mapping *m = space_find(s, addr);
	struct mapping with[2];
	uint32_t at;

	if (!m || m->start == addr)
		return;
	at = (uint32_t)(m - s->map);
	with[0] = with[1] = *m;
	with[0].end = with[1].start = addr;
	with[1].pgoff += addr - m->start;
	splice(s, sampler, at, at + 1, with, 2);
}

void
space_later(struct space *s, struct sampler *sampler, uint64_t start,
    uint64_t end, uint64_t time)
{
	split(s, sampler, start);
	split(s, sampler, end);
	for (uint32_t i = lower_bound(s, start);
	     i < s->n && s->map[i].start < end; i++)
		if (s->map[i].from < time)
			s->map[i].from = time;
}

/* What the sampler knew, before all was read anew: it has walked by that until
 * now. old: by address. */
static void
remember_misled(struct space *s, const struct mapping *old, uint32_t n)
{
	uint64_t t = space_now();

	for (uint32_t i = 0, j = 0; i < n && j < s->n;) {
		struct mapping *m = &s->map[j];

		if (old[i].end <= m->start) {
			i++;
			continue;
		}
		if (old[i].start >= m->end) {
			j++;
			continue;
		}
		if (!is_same_code(&old[i], m))
			m->since = t;
		else if (old[i].since > m->since)
			m->since = old[i].since;
		if (old[i].end < m->end)
			i++;
		else
			j++;
	}
}

/* What the text of a maps file has of code, in a space of its own. */
static struct space
parse(struct modules *modules, struct buf *text)
{
	struct space s = { 0 };
	struct maps_entry e;
	struct maps m;

	maps_init(&m, text->s, text->len);
	while (maps_next(&m, &e)) {
		struct module_key key = {
			.path = e.path,
			.dev_major = e.dev_major,
			.dev_minor = e.dev_minor,
			.ino = e.inode,
			.deleted = e.deleted,
		};
		struct mapping map = {
			.start = e.start, .end = e.end, .pgoff = e.offset,
		};

		/* The kernel lists them by address; a stranger's text might
		 * not. */
		if (!(e.perms & MAPS_EXEC) ||
		    (s.n && e.start < s.map[s.n - 1].end))
			continue;
		map.module = modules_find(modules, &key);
		put(&s, s.n, s.n, &map, 1);
	}
	return s;
}

bool
space_take(struct space *s, struct sampler *sampler, struct modules *modules,
    struct buf *text, uint64_t read)
{
	struct space new = parse(modules, text);
	uint32_t nold = s->installed ? s->n : 0;
	struct mapping *old = NULL;

	/* Every process has the page for vsyscall. */
	if (new.n == 0 || new.map[0].start >> 63) {
		free(new.map);
		return false;
	}
	if (nold) {
		old = reallocarray(NULL, nold, sizeof *old);
		if (!old)
			die_nomem();
		memcpy(old, s->map, nold * sizeof *old);
	}
	splice(s, sampler, 0, s->n, new.map, new.n);
	remember_misled(s, old, nold);
	free(old);
	free(new.map);
	s->known = true;
	s->read = read;
	return true;
}

void
space_copy(struct space *s, struct sampler *sampler, const struct space *from)
{
	space_clear(s, sampler);
	splice(s, sampler, 0, 0, from->map, from->n);
	s->known = from->known;
}

void
space_install(struct space *s, struct sampler *sampler, uint32_t image)
{
	if (!sampler_walks(sampler) || (s->installed && s->image == image))
		return;
	for (uint32_t i = 0; s->installed && i < s->n; i++)
		sampler_unmap(sampler, s->image, s->map[i].start,
		    s->map[i].end);
	s->installed = true;
	s->image = image;
	for (uint32_t i = 0; i < s->n; i++)
		install(s, sampler, &s->map[i]);
}

void
space_clear(struct space *s, struct sampler *sampler)
{
	splice(s, sampler, 0, s->n, NULL, 0);
	s->installed = s->known = false;
	s->read = 0;
}

void
space_free(struct space *s, struct sampler *sampler)
{
	space_clear(s, sampler);
	free(s->map);
	*s = (struct space){ 0 };
}
