#include "profile/flamew.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static void
add(struct flame *f, const char *stack, uint64_t count)
{
	ck_assert_int_eq(flame_add(f, stack, strlen(stack), count, 0), FLAME_OK);
}

static char *
encode(const struct flame *f)
{
	char *s;
	size_t size;
	FILE *out = open_memstream(&s, &size);

	flamew_nodes(f, out);
	fclose(out);
	ck_assert_uint_eq(strspn(s, "?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
	    "abcdefghijklmnopqrstuvwxyz{|}~"), size);
	return s;
}

/* By hand: digits from '?', five bits each, '_' upwards if more follow. The
 * frequent name, c, is 0, then a and b. */
START_TEST(the_encoding_is_as_documented)
{
	struct flame f = { 0 };
	char *s;

	add(&f, "a;c", 1);
	add(&f, "b;c", 33);
	add(&f, "b", 2);
	flame_layout(&f);
	s = encode(&f);
	/* root: 2 kids; a: 1 kid; b: 1 kid and 2 itself; c 1; c 33 */
	ck_assert_str_eq(s, "C" "A@" "BAA" "@?@" "@?`@");
	free(s);
	flame_free(&f);
}
END_TEST

static uint64_t
take_number(const char **s)
{
	uint64_t v = 0;
	int shift = 0;

	for (;; shift += 5) {
		unsigned c = (unsigned)(*(*s)++ - 63);

		v |= (uint64_t)(c & 31) << shift;
		if (c < 32)
			return v;
	}
}

/* Decode as the page does; the tree must come back. */
static void
check_round_trip(const struct flame *f)
{
	uint32_t *parent = calloc(f->n, sizeof *parent), tail = 1;
	uint64_t *total = calloc(f->n, sizeof *total);
	uint64_t *base = calloc(f->n, sizeof *base);
	uint64_t *gap = calloc(f->n, sizeof *gap);
	char *text = encode(f);
	const char *s = text;

	for (uint32_t i = 0; i < f->n; i++) {
		uint64_t v = take_number(&s), sides = f->diff ? 4 : 2;

		if (i)
			ck_assert_uint_eq(take_number(&s), f->name[i]);
		ck_assert_uint_eq(f->first[i], tail);
		for (uint64_t k = v / sides; k; k--)
			parent[tail++] = i;
		if (v % 2)
			total[i] = take_number(&s);
		if (v % sides > 1)
			base[i] = take_number(&s);
		if (f->chart)
			gap[i] = take_number(&s);
		ck_assert_uint_eq(total[i], f->self[i]);
		ck_assert_uint_eq(base[i], f->diff ? f->base_self[i] : 0);
	}
	ck_assert_int_eq(*s, '\0');
	ck_assert_uint_eq(tail, f->n);
	for (uint32_t i = f->n - 1; i; i--) {
		uint64_t x = i == f->first[parent[i]] ? f->x[parent[i]] :
		    f->x[i - 1] + f->total[i - 1];

		ck_assert_uint_eq(total[i], f->total[i]);
		ck_assert_uint_eq(base[i], f->diff ? f->base_total[i] : 0);
		total[parent[i]] += total[i];
		base[parent[i]] += base[i];
		ck_assert_uint_eq(f->x[i], x + gap[i]);
		ck_assert_uint_le(f->x[i] + f->total[i],
		    f->x[parent[i]] + f->total[parent[i]]);
	}
	ck_assert_uint_eq(total[0], f->samples);
	ck_assert_uint_eq(base[0], f->base_samples);
	free(parent);
	free(total);
	free(base);
	free(gap);
	free(text);
}

/* Stacks of random names, the names of inner levels more various. */
static void
add_random(struct flame *f, bool base)
{
	for (int i = 0; i < 3000; i++) {
		char stack[256];
		size_t len = 0;
		uint64_t count = rand() % 3 ? 1u << (rand() % 20) : 0;

		for (int d = rand() % 12; d >= 0; d--)
			len += (size_t)snprintf(stack + len,
			    sizeof stack - len, "%sf%d", len ? ";" : "",
			    rand() % (3 << d));
		ck_assert_int_eq(flame_add(f, stack, len, count,
		    base ? (uint64_t)rand() % 5 : 0), FLAME_OK);
	}
}

START_TEST(any_tree_survives_the_encoding)
{
	struct flame f = { .diff = _i % 3 == 1, .chart = _i % 3 == 2,
		.reverse = _i > 2 };

	srand((unsigned)_i);
	add_random(&f, f.diff);
	flame_layout(&f);
	check_round_trip(&f);
	flame_free(&f);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("flamew");
	TCase *t = tcase_create("flamew");

	tcase_set_timeout(t, 0);
	tcase_add_test(t, the_encoding_is_as_documented);
	tcase_add_loop_test(t, any_tree_survives_the_encoding, 0, 6);
	suite_add_tcase(s, t);
	return s;
}
