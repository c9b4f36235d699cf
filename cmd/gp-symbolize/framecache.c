#include "framecache.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/diag.h"

enum {
	SLOTS_MIN = 1 << 10,
	SLOTS_MAX = 1 << 18,
	HUGE_PAGE = 2 << 20,
	/* So many are what one page holds: few frames, or at once that many. */
	SLOTS_HUGE = HUGE_PAGE / sizeof(struct framecache_entry),
};

_Static_assert(FRAMECACHE_MAX == SLOTS_MAX / 4 * 3, "or it is never full");

static struct framecache_entry *
allocate(uint32_t slots)
{
	size_t size = slots * sizeof(struct framecache_entry);
	void *p;

	if (size < HUGE_PAGE) {
		p = calloc(1, size);
		if (!p)
			die_nomem();
		return p;
	}
	if (posix_memalign(&p, HUGE_PAGE, size) != 0)
		die_nomem();
	/* A fault for each small page of it would cost more than all looks. */
	(void)madvise(p, size, MADV_HUGEPAGE);
	memset(p, 0, size);
	return p;
}

static void
put(struct framecache *c, const struct framecache_entry *e)
{
	uint64_t i = framecache_slot(c, &e->key);

	while (c->entry[i].age == c->age)
		i = (i + 1) & c->mask;
	c->entry[i] = *e;
	c->n++;
}

static uint32_t
more_slots(uint32_t slots)
{
	if (slots == 0)
		return SLOTS_MIN;
	return slots < SLOTS_HUGE ? SLOTS_HUGE : slots * 2;
}

static void
grow(struct framecache *c)
{
	struct framecache_entry *old = c->entry;
	uint32_t slots = old ? c->mask + 1 : 0;

	if (slots == SLOTS_MAX) {
		framecache_reset(c);
		return;
	}
	c->mask = more_slots(slots) - 1;
	c->entry = allocate(c->mask + 1);
	c->age += !old; /* that of an empty slot is 0 */
	c->n = 0;
	for (uint32_t i = 0; i < slots; i++)
		if (old[i].age == c->age)
			put(c, &old[i]);
	free(old);
}

void
framecache_set(struct framecache *c, const struct framecache_key *k,
    const char *s, size_t len)
{
	if (!k->a || len > UINT32_MAX || framecache_get(c, k))
		return;
	if (!c->entry || c->n >= (c->mask + 1) / 4 * 3)
		grow(c);
	put(c, &(struct framecache_entry){ *k, s, (uint32_t)len, c->age });
}

void
framecache_reset(struct framecache *c)
{
	c->n = 0;
	if (!c->entry || ++c->age)
		return;
	/* The ages begin again. */
	memset(c->entry, 0, (c->mask + 1) * sizeof *c->entry);
	c->age = 1;
}

void
framecache_free(struct framecache *c)
{
	free(c->entry);
	*c = (struct framecache){ 0 };
}
