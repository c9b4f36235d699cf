/*
 * fuzz_flame.c - any lines as stacks.
 *
 * The first byte of all says what kind of tree; the first of a line is its count,
 * the second its count in the base, the rest the stack.
 *
 * Property: the tree holds exactly the samples that were added, once at each
 * level they reach; siblings are side by side, inside their parent, and in strict
 * byte order unless it is a chart; the encoded text is read back to the same tree.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/flame.h"
#include "profile/flamew.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_order(const struct flame *f, uint32_t a, uint32_t b)
{
	size_t la, lb;
	const char *sa = flame_name(f, f->name[a], &la);
	const char *sb = flame_name(f, f->name[b], &lb);
	int c = memcmp(sa, sb, la < lb ? la : lb);

	if (f->chart) {
		assert(f->x[b] >= f->x[a] + f->total[a]);
		return;
	}
	assert(c < 0 || (c == 0 && la < lb));
	assert(f->x[b] == f->x[a] + f->total[a]);
}

static void
check_tree(const struct flame *f)
{
	for (uint32_t i = 0; i < f->n; i++) {
		uint32_t from = f->first[i], to = f->first[i + 1];
		uint64_t sum = f->self[i];
		uint64_t base = f->base_self ? f->base_self[i] : 0;

		assert(from > i && from <= to && to <= f->n);
		assert(from == to || f->chart || f->x[from] == f->x[i]);
		for (uint32_t k = from; k < to; k++) {
			sum += f->total[k];
			base += f->base_total ? f->base_total[k] : 0;
			assert(f->x[k] + f->total[k] <= f->x[i] + f->total[i]);
			if (k > from)
				check_order(f, k - 1, k);
		}
		assert(sum == f->total[i]);
		assert(base == (f->base_total ? f->base_total[i] : 0));
	}
	assert(f->first[f->n] == f->n);
	assert(f->total[0] == f->samples);
	assert(!f->base_total || f->base_total[0] == f->base_samples);
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
	uint32_t up = 0;
	uint64_t x = 0;

	flamew_nodes(f, out);
	fclose(out);
	s = text;
	for (uint32_t i = 0; i < f->n; i++) {
		uint64_t v = number(&s), sides = f->diff ? 4 : 2;

		while (i >= f->first[up + 1])
			up++;
		if (i == f->first[up])
			x = f->x[up];
		assert(v / sides == f->first[i + 1] - f->first[i]);
		assert(i == 0 || number(&s) == f->name[i]);
		assert((v % 2 ? number(&s) : 0) == f->self[i]);
		assert((v % sides > 1 ? number(&s) : 0) ==
		    (f->base_self ? f->base_self[i] : 0));
		assert(!f->chart || x + number(&s) == f->x[i]);
		x = f->x[i] + f->total[i];
	}
	assert(s == text + size);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct flame f = { 0 };
	uint64_t samples = 0, base = 0;
	const uint8_t *end = data + len;

	if (len == 0)
		return 0;
	f.diff = *data & 1;
	f.chart = !f.diff && *data & 2;
	f.reverse = *data++ & 4;
	while (data < end) {
		const uint8_t *nl = memchr(data, '\n', (size_t)(end - data));
		size_t n = (size_t)((nl ? nl : end) - data);

		if (n > 1 && flame_add(&f, (const char *)data + 2, n - 2,
		    data[0], f.diff ? data[1] : 0) == FLAME_OK) {
			samples += data[0];
			base += f.diff ? data[1] : 0;
		}
		data += n + 1;
	}
	flame_layout(&f);
	assert(f.samples == samples && f.base_samples == base);
	check_tree(&f);
	check_encoding(&f);
	flame_free(&f);
	return 0;
}
