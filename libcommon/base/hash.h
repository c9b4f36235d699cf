/*
 * hash.h - hash functions for tables in memory.
 *
 * Not cryptographic, different in every process: never written to a file, and no
 * output may depend on it. Both mix all bits into all bits (multiply 64 x 64 to
 * 128, fold), so a table may use the low ones. The seed is there because names
 * are chosen by strangers: with a known one, a program full of symbols that
 * share a slot would make every lookup a walk along all of them.
 */
#ifndef GP_HASH_H
#define GP_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Random, set before main(). */
extern uint64_t hash_seed;

static inline uint64_t
hash_mix(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 m = (unsigned __int128)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static inline uint64_t
hash_u64(uint64_t a, uint64_t b)
{
	return hash_mix(a ^ hash_seed, b ^ 0xd6e8feb86659fd93u);
}

static inline uint64_t
hash_bytes(const void *p, size_t len)
{
	const unsigned char *s = p;
	uint64_t h = hash_seed ^ len, w;

	for (; len >= 8; s += 8, len -= 8) {
		memcpy(&w, s, 8);
		h = hash_mix(h ^ w, 0xe7037ed1a0b428dbu);
	}
	w = 0;
	if (len)
		memcpy(&w, s, len);
	return hash_mix(h ^ w, 0x8ebc6af09c88c6e3u);
}

#endif
