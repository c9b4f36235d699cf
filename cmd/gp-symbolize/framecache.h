/*
 * framecache.h - the text that stands for an address frame.
 *
 *	"$3+1c2f0;…"  ->  its bytes, as two words  ->  "parse_line"
 *
 * Most frames of a stream were in a line before. To find the module that they are
 * of, and what is there, takes many times as long as one look here; even to read
 * the digits does. So a frame's own bytes are what is looked for, up to
 * FRAMECACHE_BYTES of them, or what follows "$k+fffff", as of all the kernel's.
 * Longer ones are not kept.
 *
 * The table grows with what is in it, up to FRAMECACHE_MAX frames; then it is
 * emptied. A line's frames are best read first, all of them, and each prefetched:
 * the memory is then waited for once, not once a frame.
 *
 * The caller says when frames change their meaning: framecache_reset().
 *
 * A zeroed struct framecache is empty and ready. Running out of memory ends the
 * program.
 */
#ifndef GP_SYMBOLIZE_FRAMECACHE_H
#define GP_SYMBOLIZE_FRAMECACHE_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/hash.h"

enum {
	FRAMECACHE_BYTES = 15,
	FRAMECACHE_MAX = 3 << 16, /* in 8 MiB */
	/* Bytes that may be read behind a frame, see framecache_read(). */
	FRAMECACHE_PAD = 32,
};

/* Both 0: what is no address, or is not kept. */
struct framecache_key {
	uint64_t a, b;
};

struct framecache_entry {
	struct framecache_key key;
	const char *s; /* the text, the caller's */
	uint32_t len;
	uint32_t age; /* valid if it is the cache's */
};

struct framecache {
	struct framecache_entry *entry; /* open addressing, or NULL */
	uint32_t mask; /* of a slot's number */
	uint32_t n;    /* valid ones */
	uint32_t age;
};

/* Of each byte that is a ';' the top bit. None below the first one is set that
 * should not be. */
static inline uint64_t
framecache_ends(uint64_t w)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);

	w ^= ';' * ones;
	return (w - ones) & ~w & ones << 7;
}

/* The word at s, its first byte lowest. */
static inline uint64_t
framecache_word(const char *s)
{
	uint64_t w;

	memcpy(&w, s, sizeof w);
	return le64toh(w);
}

/* What stands before the first of those ends, of which there is one; n: how many
 * bytes. */
static inline uint64_t
framecache_before(uint64_t w, uint64_t ends, size_t *n)
{
	unsigned bits = (unsigned)__builtin_ctzll(ends) & ~7u;

	*n = bits / 8;
	return w & ((UINT64_C(1) << bits) - 1);
}

/*
 * Read the frame at s. A ';' follows it, and the bytes from s to s + FRAMECACHE_PAD
 * can be read.
 *
 * Returns how long it is. *k is not 0 if it begins like an address, and is short
 * enough.
 */
static inline size_t
framecache_read(const char *s, struct framecache_key *k)
{
	/* "$k+fffff" */
	const uint64_t kernel = UINT64_C(0x66666666662b6b24);
	uint64_t a = framecache_word(s), b, c, ends = framecache_ends(a);
	size_t n;

	*k = (struct framecache_key){ 0 };
	if (ends) {
		a = framecache_before(a, ends, &n);
		if ((a & 0xff) == '$')
			k->a = a;
		return n;
	}
	b = framecache_word(s + 8);
	ends = framecache_ends(b);
	if (ends) {
		b = framecache_before(b, ends, &n);
		if ((a & 0xff) == '$')
			*k = (struct framecache_key){ a, b };
		return 8 + n;
	}
	c = framecache_word(s + 16);
	ends = framecache_ends(c);
	if (ends && a == kernel) {
		c = framecache_before(c, ends, &n);
		/* The mark that no other has: their last byte is 0. */
		*k = (struct framecache_key){ b, c | UINT64_C(1) << 56 };
		return 16 + n;
	}
	return (size_t)((const char *)rawmemchr(s + 16, ';') - s);
}

static inline uint64_t
framecache_slot(const struct framecache *c, const struct framecache_key *k)
{
	return hash_u64(k->a, k->b) & c->mask;
}

/* gcc takes a function that does nothing else for one that does nothing, unless it is
 * inlined before it looks. */
__attribute__((always_inline)) static inline void
framecache_prefetch(const struct framecache *c, const struct framecache_key *k)
{
	if (c->entry)
		__builtin_prefetch(c->entry + framecache_slot(c, k));
}

/* What is known of a frame, until the next change, or NULL. */
static inline const struct framecache_entry *
framecache_get(const struct framecache *c, const struct framecache_key *k)
{
	if (!c->entry || !k->a)
		return NULL;
	for (uint64_t i = framecache_slot(c, k);; i = (i + 1) & c->mask) {
		const struct framecache_entry *e = &c->entry[i];

		if (e->age != c->age)
			return NULL;
		if (e->key.a == k->a && e->key.b == k->b)
			return e;
	}
}

/* Set it, if it has a key and is not there. The text must stay until it is reset. */
void framecache_set(struct framecache *c, const struct framecache_key *k,
    const char *s, size_t len);

void framecache_reset(struct framecache *c); /* empty, memory kept */
void framecache_free(struct framecache *c);

#endif
