/*
 * sha256.h - the hash by which the same bytes are recognised again.
 *
 *	struct sha256 h;
 *	sha256_init(&h);
 *	sha256_add(&h, p, n);		// as often as needed
 *	sha256_end(&h, digest);
 *
 * For names that last and for what a protocol asks for (S3 signs the hash of
 * what it is sent); tables in memory use hash.h. Source: FIPS 180-4.
 */
#ifndef GP_SHA256_H
#define GP_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = 32, SHA256_HEX_MAX = 65, SHA256_BLOCK = 64 };

struct sha256 {
	uint32_t state[8];
	uint64_t len; /* bytes so far */
	unsigned char block[SHA256_BLOCK];
};

void sha256_init(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *p, size_t len);
void sha256_end(struct sha256 *h, unsigned char out[SHA256_SIZE]);

/* Lower-case hexadecimal, with a NUL. */
void sha256_hex(char out[SHA256_HEX_MAX], const unsigned char d[SHA256_SIZE]);

#endif
