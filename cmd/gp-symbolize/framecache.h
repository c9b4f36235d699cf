/*
 * framecache.h - the text that stands for a frame, by the bytes of the frame.
 *
 *	"$3+1c2f0"  ->  a number, names.h knows of what
 *
 * Most frames of a stream were in a line before. To know one again by its bytes
 * takes a tenth of the time that reading its numbers, and finding the module
 * that they are of, take. This is a cache in front of that: each frame has one
 * place, and the latest keeps it. What is longer than FRAMECACHE_LEN_MAX has
 * none; no address of a module or the kernel is.
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
#include <string.h>

#include "base/hash.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "framecache_key() reads words from the end of frames"
#endif

enum {
	FRAMECACHE_LEN_MAX = 24,    /* bytes of a frame */
	FRAMECACHE_PLACES = 1 << 17, /* of 32 bytes */
};

#define FRAMECACHE_NONE UINT32_MAX

/* A frame, filled up with NULs: no frame of a stream holds one. */
struct framecache_key {
	uint64_t w[FRAMECACHE_LEN_MAX / 8];
};

struct framecache_entry {
	struct framecache_key key;
	uint32_t value;
	uint32_t age; /* valid if it is the cache's */
};

struct framecache {
	struct framecache_entry *entry; /* or NULL */
	uint32_t age; /* from 1 */
};

static inline uint64_t
framecache_word(const char *s)
{
	uint64_t w;

	memcpy(&w, s, sizeof w);
	return w;
}

/* len is FRAMECACHE_LEN_MAX at most. The last word is read so that it ends with
 * the frame: no byte behind it is touched. */
static inline struct framecache_key
framecache_key(const char *s, size_t len)
{
	struct framecache_key k = { { 0 } };
	size_t whole = len / 8, rest = len % 8;

	if (len < 8) {
		memcpy(k.w, s, len);
		return k;
	}
	k.w[0] = framecache_word(s);
	if (whole > 1)
		k.w[1] = framecache_word(s + 8);
	if (whole > 2)
		k.w[2] = framecache_word(s + 16);
	else if (rest)
		k.w[whole] = framecache_word(s + len - 8) >> (64 - 8 * rest);
	return k;
}

static inline size_t
framecache_place(const struct framecache_key *k)
{
	return hash_mix(k->w[0] ^ hash_seed,
	    k->w[1] ^ hash_mix(k->w[2] ^ 0x9e3779b97f4a7c15u, hash_seed)) &
	    (FRAMECACHE_PLACES - 1);
}

/* The number of a frame, or FRAMECACHE_NONE. */
static inline uint32_t
framecache_get(const struct framecache *c, const char *s, size_t len)
{
	const struct framecache_entry *e;
	struct framecache_key k;

	if (!c->entry || len > FRAMECACHE_LEN_MAX)
		return FRAMECACHE_NONE;
	k = framecache_key(s, len);
	e = &c->entry[framecache_place(&k)];
	return e->age == c->age && memcmp(&e->key, &k, sizeof k) == 0 ?
	    e->value : FRAMECACHE_NONE;
}

/* Set it. Longer frames are left out. */
void framecache_set(struct framecache *c, const char *s, size_t len,
    uint32_t value);

void framecache_reset(struct framecache *c); /* empty, memory kept */
void framecache_free(struct framecache *c);

#endif
