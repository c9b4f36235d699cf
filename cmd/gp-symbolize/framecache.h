/*
 * framecache.h - the text that stands for an address frame.
 *
 *	"$3+1c2f0"  ->  { 3, 1c2f0 }  ->  a number, names.h knows of what
 *
 * Most frames of a stream were in a line before. To find the module that they are
 * of, and what is there, takes several times as long as one look here. Frames are
 * in sets of FRAMECACHE_WAYS, one line of the processor's cache; where a set is
 * full one of them gives way.
 *
 * A line's frames are best read first, all of them, and each prefetched: the
 * memory is then waited for once, not once a frame.
 *
 * The caller says when frames change their meaning: framecache_reset().
 *
 * A zeroed struct framecache is empty and ready. Running out of memory ends the
 * program.
 */
#ifndef GP_SYMBOLIZE_FRAMECACHE_H
#define GP_SYMBOLIZE_FRAMECACHE_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

enum {
	FRAMECACHE_WAYS = 4,
	FRAMECACHE_SETS = 1 << 15, /* of 64 bytes */
	FRAMECACHE_VALUE_BITS = 22,
};

#define FRAMECACHE_NONE UINT32_MAX
/* The id of no frame, of the kernel's. */
#define FRAMECACHE_NO_ID UINT32_MAX
#define FRAMECACHE_KERNEL (UINT32_MAX - 1)

struct framecache_key {
	uint64_t addr;
	uint32_t id;
};

struct framecache_entry {
	uint64_t addr;
	uint32_t id;
	uint32_t value; /* and the age; valid if it is the cache's */
};

struct framecache {
	void *memory;
	struct framecache_entry *entry; /* in it, or NULL */
	uint32_t age; /* from 1 */
};

/*
 * Read the frame at s, which ends at end or before a ';'.
 *
 * Returns where it ends. *k has an id if it is the address of a module or of the
 * kernel, as frame.h has it.
 */
const char *framecache_read(const char *s, const char *end,
    struct framecache_key *k);

static inline struct framecache_entry *
framecache_set_of(const struct framecache *c, const struct framecache_key *k)
{
	return c->entry + FRAMECACHE_WAYS *
	    (hash_u64(k->addr, k->id) & (FRAMECACHE_SETS - 1));
}

static inline void
framecache_prefetch(const struct framecache *c, const struct framecache_key *k)
{
	if (c->entry && k->id != FRAMECACHE_NO_ID)
		__builtin_prefetch(framecache_set_of(c, k));
}

/* The number of a frame, or FRAMECACHE_NONE. */
static inline uint32_t
framecache_get(const struct framecache *c, const struct framecache_key *k)
{
	const struct framecache_entry *e;

	if (!c->entry || k->id == FRAMECACHE_NO_ID)
		return FRAMECACHE_NONE;
	e = framecache_set_of(c, k);
	for (int i = 0; i < FRAMECACHE_WAYS; i++, e++)
		if (e->addr == k->addr && e->id == k->id &&
		    e->value >> FRAMECACHE_VALUE_BITS == c->age)
			return e->value & ((1u << FRAMECACHE_VALUE_BITS) - 1);
	return FRAMECACHE_NONE;
}

/* Set it, unless value is too large to be kept. */
void framecache_set(struct framecache *c, const struct framecache_key *k,
    uint32_t value);

void framecache_reset(struct framecache *c); /* empty, memory kept */
void framecache_free(struct framecache *c);

#endif
