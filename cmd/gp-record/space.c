#include "space.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/monotonic.h"
#include "proc/maps.h"

/* Where code was replaced, walks ask for what is there now for so long, and with each
 * time for twice as long, up to 2^HOLD_DOUBLES. */
#define HOLD_NS 10000000000ull
#define HOLD_DOUBLES 6

/* A mapping's since, until the sampler knows it. */
#define MISLED_NOW UINT64_MAX

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
		.module = m->module, .ask = m->held != 0,
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

static bool
is_same_code(const struct mapping *a, const struct mapping *b)
{
	return a->module == b->module &&
	    a->start - a->pgoff == b->start - b->pgoff;
}

/*
 * A mapping takes an old one's place, all of it or a part. True if walks may have
 * been misled by the old one until now: it is other code, and they did not ask.
 * Where they do, they may not have done so until the sampler knew the old one.
 */
static bool
take_place(struct space *s, struct mapping *m, const struct mapping *old)
{
	uint32_t doubles = old->replaced;

	if (old->since > m->since)
		m->since = old->since;
	if (is_same_code(old, m)) {
		if (old->held > m->held)
			m->held = old->held;
		if (old->replaced > m->replaced)
			m->replaced = old->replaced;
		return false;
	}
	if (m->is_file && old->replaced >= m->replaced) {
		m->replaced = old->replaced + 1;
		if (doubles > HOLD_DOUBLES)
			doubles = HOLD_DOUBLES;
		m->held = monotonic_ns() + (HOLD_NS << doubles);
		s->holds = true;
	}
	return !old->held;
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
	with[mid].since = with[mid].from = with[mid].held = 0;
	with[mid].replaced = 0;
	for (uint32_t i = at; i < to; i++)
		misled |= take_place(s, &with[mid], &s->map[i]);
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
		s->map[at + mid].since = monotonic_ns();
	return misled;
}

bool
space_has(struct space *s, const struct modules *modules,
    const struct mapping *m, uint64_t time)
{
	const struct mapping *old = space_find(s, m->start);

	return old && time < s->read && old->start == m->start &&
	    old->end == m->end && old->pgoff == m->pgoff &&
	    modules_may_be_one(modules, old->module, m->module);
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

/*
 * What was known of code that is still there is known of it when all was read anew:
 * which module it is, too, which /proc names by other means than records. By what
 * is there no more the sampler walks until now: those in its place are marked to
 * tell so.
 */
static void
keep_known(struct space *s, struct space *new, const struct modules *modules)
{
	for (uint32_t i = 0, j = 0; i < s->n && j < new->n;) {
		const struct mapping *old = &s->map[i];
		struct mapping *m = &new->map[j];

		if (old->end <= m->start) {
			i++;
			continue;
		}
		if (old->start >= m->end) {
			j++;
			continue;
		}
		if (old->start - old->pgoff == m->start - m->pgoff &&
		    modules_may_be_one(modules, old->module, m->module))
			m->module = old->module;
		if (take_place(s, m, old) && s->installed)
			m->since = MISLED_NOW;
		if (old->end < m->end)
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
		map.is_file = modules_is_file(modules, map.module);
		put(&s, s.n, s.n, &map, 1);
	}
	return s;
}

bool
space_take(struct space *s, struct sampler *sampler, struct modules *modules,
    struct buf *text, uint64_t read)
{
	struct space new = parse(modules, text);
	uint64_t now;

	/* Every process has the page for vsyscall. */
	if (new.n == 0 || new.map[0].start >> 63) {
		free(new.map);
		return false;
	}
	keep_known(s, &new, modules);
	splice(s, sampler, 0, s->n, new.map, new.n);
	free(new.map);
	now = monotonic_ns();
	for (uint32_t i = 0; i < s->n; i++)
		if (s->map[i].since == MISLED_NOW)
			s->map[i].since = now;
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
	s->holds = from->holds;
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
space_settle(struct space *s, struct sampler *sampler, uint64_t time)
{
	if (!s->holds)
		return;
	s->holds = false;
	for (uint32_t i = 0; i < s->n; i++) {
		struct mapping *m = &s->map[i];

		if (m->held > time)
			s->holds = true;
		if (m->held == 0 || m->held > time)
			continue;
		m->held = 0;
		if (!s->installed)
			continue;
		sampler_unmap(sampler, s->image, m->start, m->end);
		install(s, sampler, m);
	}
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
