/*
 * fuzz_flame.c - any lines as stacks.
 *
 * The first byte of a line is its count, the rest the stack.
 *
 * Property: the tree holds exactly the samples that were added, once at each
 * level they reach; siblings are in strict byte order, side by side, inside
 * their parent; the encoded text is read back to the same tree.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/flame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_order(const struct flame *f, uint32_t a, uint32_t b)
{
	size_t la, lb;
	const char *sa = flame_name(f, f->name[a], &la);
	const char *sb = flame_name(f, f->name[b], &lb);
	int c = memcmp(sa, sb, la < lb ? la : lb);

	assert(c < 0 || (c == 0 && la < lb));
	assert(f->x[b] == f->x[a] + f->total[a]);
}

static void
check_tree(const struct flame *f)
{
	for (uint32_t i = 0; i < f->n; i++) {
		uint32_t from = f->first[i], to = f->first[i + 1];
		uint64_t sum = f->self[i];

		assert(from > i && from <= to && to <= f->n);
		assert(from == to || f->x[from] == f->x[i]);
		for (uint32_t k = from; k < to; k++) {
			sum += f->total[k];
			if (k > from)
				check_order(f, k - 1, k);
		}
		assert(sum == f->total[i]);
	}
	assert(f->first[f->n] == f->n);
	assert(f->total[0] == f->samples);
}

static uint64_t
number(const char **s)
{
	uint64_t v = 0;

	for (unsigned shift = 0; ; shift += 5) {
		unsigned c = (unsigned)(*(*s)++ - 63);

		assert(c < 64 && shift < 64);
		v |= (uint64_t)(c & 31) << shift;
		if (c < 32)
			return v;
	}
}

static void
check_encoding(const struct flame *f)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	const char *s = text;

	flame_write_nodes(f, out);
	fclose(out);
	s = text;
	for (uint32_t i = 0; i < f->n; i++) {
		uint64_t v = number(&s);

		assert(v / 2 == f->first[i + 1] - f->first[i]);
		if (i)
			assert(number(&s) == f->name[i]);
		if (v < 2 || v % 2)
			assert(number(&s) == f->self[i]);
		else
			assert(f->self[i] == 0);
	}
	assert(s == text + size);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct flame f = { 0 };
	uint64_t samples = 0;

	for (const uint8_t *end = data + len; data < end; ) {
		const uint8_t *nl = memchr(data, '\n', (size_t)(end - data));
		size_t n = (size_t)((nl ? nl : end) - data);

		if (n && flame_add(&f, (const char *)data + 1, n - 1,
		    data[0]) == FLAME_OK)
			samples += data[0];
		data += n + 1;
	}
	flame_layout(&f);
	assert(f.samples == samples);
	check_tree(&f);
	check_encoding(&f);
	flame_free(&f);
	return 0;
}
