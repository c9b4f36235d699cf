#include "base/sha256.h"

#include <stdio.h>
#include <string.h>

/* The first 32 bits of the fractional parts of the cube roots of the first 64
 * primes. */
static const uint32_t roots[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t
rotate(uint32_t v, unsigned n)
{
	return v >> n | v << (32 - n);
}

static uint32_t
get32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static void
put32(unsigned char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> (24 - 8 * i));
}

/* The 16 words of a block, and 48 more made of them. */
static void
expand(uint32_t w[64], const unsigned char block[SHA256_BLOCK])
{
	for (int i = 0; i < 16; i++)
		w[i] = get32(block + 4 * i);
	for (int i = 16; i < 64; i++) {
		uint32_t a = w[i - 15], b = w[i - 2];

		w[i] = w[i - 16] + w[i - 7] +
		    (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) +
		    (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
	}
}

static void
compress(uint32_t state[8], const unsigned char block[SHA256_BLOCK])
{
	uint32_t w[64], v[8];

	expand(w, block);
	memcpy(v, state, sizeof v);
	for (int i = 0; i < 64; i++) {
		uint32_t a = v[0], e = v[4];
		uint32_t t1 = v[7] +
		    (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
		    ((e & v[5]) ^ (~e & v[6])) + roots[i] + w[i];
		uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
		    ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof *v);
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (int i = 0; i < 8; i++)
		state[i] += v[i];
}

void
sha256_init(struct sha256 *h)
{
	/* Those of the square roots of the first 8 primes. */
	static const uint32_t start[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};

	memcpy(h->state, start, sizeof h->state);
	h->len = 0;
}

void
sha256_add(struct sha256 *h, const void *p, size_t len)
{
	const unsigned char *s = p;
	size_t used = (size_t)(h->len % SHA256_BLOCK), n;

	h->len += len;
	for (; len; s += n, len -= n, used = 0) {
		n = SHA256_BLOCK - used < len ? SHA256_BLOCK - used : len;
		memcpy(h->block + used, s, n);
		if (used + n == SHA256_BLOCK)
			compress(h->state, h->block);
	}
}

void
sha256_end(struct sha256 *h, unsigned char out[SHA256_SIZE])
{
	static const unsigned char padding[SHA256_BLOCK] = { 0x80 };
	size_t used = (size_t)(h->len % SHA256_BLOCK);
	uint64_t bits = h->len * 8;
	unsigned char length[8];

	put32(length, (uint32_t)(bits >> 32));
	put32(length + 4, (uint32_t)bits);
	/* One bit, zeros, and the length fill up the last block or two. */
	sha256_add(h, padding,
	    used < SHA256_BLOCK - 8 ? SHA256_BLOCK - 8 - used :
	    2 * SHA256_BLOCK - 8 - used);
	sha256_add(h, length, sizeof length);
	for (int i = 0; i < 8; i++)
		put32(out + 4 * i, h->state[i]);
}

void
sha256_hex(char out[SHA256_HEX_MAX], const unsigned char d[SHA256_SIZE])
{
	for (size_t i = 0; i < SHA256_SIZE; i++)
		snprintf(out + 2 * i, 3, "%02x", d[i]);
}
