#include "framecache.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

enum {
	AGE_MAX = (1 << (32 - FRAMECACHE_VALUE_BITS)) - 1,
	ID_DIGITS_MAX = 9, /* so that it fits, and is no id of above */
	ADDR_DIGITS_MAX = 16,
};

_Static_assert(sizeof(struct framecache_entry) * FRAMECACHE_WAYS == 64,
    "a set is a line of the processor's cache");

/* The value of a hexadecimal digit of lower case, or 16. */
static unsigned
digit(char c)
{
	unsigned char d = (unsigned char)(c - '0');

	if (d < 10)
		return d;
	d = (unsigned char)(c - 'a');
	return d < 6 ? d + 10u : 16;
}

/* "3+" or "k+" */
static const char *
read_id(const char *s, const char *end, uint32_t *id)
{
	const char *start = s;

	*id = FRAMECACHE_KERNEL;
	if (s < end && *s == 'k') {
		s++;
	} else {
		for (*id = 0; s < end && *s >= '0' && *s <= '9' &&
		    s - start < ID_DIGITS_MAX; s++)
			*id = *id * 10 + (uint32_t)(*s - '0');
	}
	return s > start && s < end && *s == '+' ? s + 1 : NULL;
}

static const char *
read_address(const char *s, const char *end, struct framecache_key *k)
{
	uint64_t addr = 0;
	uint32_t id;
	const char *p = s < end && *s == '$' ? read_id(s + 1, end, &id) : NULL;
	const char *start = p;
	unsigned d;

	if (!p)
		return NULL;
	for (; p < end && (d = digit(*p)) < 16; p++)
		addr = addr << 4 | d;
	if (p == start || p - start > ADDR_DIGITS_MAX ||
	    (p < end && *p != ';'))
		return NULL;
	*k = (struct framecache_key){ addr, id };
	return p;
}

const char *
framecache_read(const char *s, const char *end, struct framecache_key *k)
{
	const char *p = read_address(s, end, k);

	if (p)
		return p;
	*k = (struct framecache_key){ 0, FRAMECACHE_NO_ID };
	p = memchr(s, ';', (size_t)(end - s));
	return p ? p : end;
}

static void
allocate(struct framecache *c)
{
	size_t size = sizeof *c->entry * FRAMECACHE_WAYS * FRAMECACHE_SETS;

	c->entry = aligned_alloc(64, size);
	if (!c->entry)
		die_nomem();
	memset(c->entry, 0, size);
	c->age = 1;
}

void
framecache_set(struct framecache *c, const struct framecache_key *k,
    uint32_t value)
{
	struct framecache_entry *e;
	uint32_t way = (uint32_t)k->addr % FRAMECACHE_WAYS;

	if (k->id == FRAMECACHE_NO_ID || value >> FRAMECACHE_VALUE_BITS)
		return;
	if (!c->entry)
		allocate(c);
	e = framecache_set_of(c, k);
	for (uint32_t i = 0; i < FRAMECACHE_WAYS; i++)
		if (e[i].value >> FRAMECACHE_VALUE_BITS != c->age ||
		    (e[i].addr == k->addr && e[i].id == k->id)) {
			way = i;
			break;
		}
	e[way] = (struct framecache_entry){ k->addr, k->id,
		c->age << FRAMECACHE_VALUE_BITS | value };
}

void
framecache_reset(struct framecache *c)
{
	if (c->entry && c->age++ == AGE_MAX) {
		free(c->entry);
		allocate(c);
	}
}

void
framecache_free(struct framecache *c)
{
	free(c->entry);
	*c = (struct framecache){ 0 };
}
