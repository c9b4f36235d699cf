#include "framecache.h"

#include <endian.h>
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

/* How many of the eight bytes at s, from the first on, are such digits; they are put
 * behind those of *v. All at once: a stream is made of them. */
static unsigned
eight_digits(const char *s, uint64_t *v)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
	uint64_t w, is_digit, is_letter, bad;
	unsigned n;

	memcpy(&w, s, sizeof w);
	w = le64toh(w);
	/* The top bit of a byte says it of the byte. Of those before the first bad
	 * one none carries over into the next. */
	is_digit = ((w | tops) - '0' * ones) & ~(w + (0x7f - '9') * ones);
	is_letter = ((w | tops) - 'a' * ones) & ~(w + (0x7f - 'f') * ones);
	bad = (~(is_digit | is_letter) | w) & tops;
	n = bad ? (unsigned)__builtin_ctzll(bad) / 8 : 8;
	if (n == 0)
		return 0;
	/* Each byte's value; then first digit first, without the bad ones; then two,
	 * four, eight together. */
	w = (w & 0x0f * ones) + 9 * (w >> 6 & ones);
	w = __builtin_bswap64(w) >> (64 - 8 * n);
	w = (w | w >> 4) & UINT64_C(0x00ff00ff00ff00ff);
	w = (w | w >> 8) & UINT64_C(0x0000ffff0000ffff);
	w = (w | w >> 16) & UINT64_C(0x00000000ffffffff);
	*v = *v << 4 * n | w;
	return n;
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
	while ((size_t)(end - p) >= sizeof addr && p - start <= ADDR_DIGITS_MAX) {
		unsigned n = eight_digits(p, &addr);

		p += n;
		if (n < sizeof addr)
			break;
	}
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
	uintptr_t at;

	/* Zero without being written to: what few frames need not is no memory. */
	c->memory = calloc(1, size + 64);
	if (!c->memory)
		die_nomem();
	at = (uintptr_t)c->memory;
	c->entry = (void *)((char *)c->memory + (64 - at % 64));
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
		free(c->memory);
		allocate(c);
	}
}

void
framecache_free(struct framecache *c)
{
	free(c->memory);
	*c = (struct framecache){ 0 };
}
