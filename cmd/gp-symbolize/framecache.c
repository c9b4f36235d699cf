#include "framecache.h"

#include <stdlib.h>

#include "base/diag.h"

void
framecache_set(struct framecache *c, const char *s, size_t len,
    uint32_t value)
{
	struct framecache_entry *e;
	struct framecache_key k;

	if (len > FRAMECACHE_LEN_MAX)
		return;
	if (!c->entry) {
		/* Only what is used of it becomes memory. */
		c->entry = calloc(FRAMECACHE_PLACES, sizeof *c->entry);
		c->age = 1;
		if (!c->entry)
			die_nomem();
	}
	k = framecache_key(s, len);
	e = &c->entry[framecache_place(&k)];
	*e = (struct framecache_entry){ k, value, c->age };
}

void
framecache_reset(struct framecache *c)
{
	if (c->entry && ++c->age == 0) {
		memset(c->entry, 0, FRAMECACHE_PLACES * sizeof *c->entry);
		c->age = 1;
	}
}

void
framecache_free(struct framecache *c)
{
	free(c->entry);
	*c = (struct framecache){ 0 };
}
