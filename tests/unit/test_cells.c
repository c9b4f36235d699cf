#include "base/cells.h"

#include <check.h>
#include <stdlib.h>

#define NONE RANGETAB_NONE

enum { RANGES = 40, SPACE = 120, NAMELESS = 1000 };

struct range {
	uint32_t start, end, rank;
	bool open;
};

static void
add(struct rangetab *t, const struct range *r, uint32_t value)
{
	if (r->open)
		rangetab_add_open(t, r->start, r->end, value, r->rank);
	else
		rangetab_add(t, r->start, r->end, value, r->rank);
}

static void
make(struct range *r, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		r[i].start = 5 + (uint32_t)rand() % 90;
		r[i].end = r[i].start + (uint32_t)rand() % 25;
		r[i].rank = (uint32_t)rand() % 4;
		r[i].open = rand() % 3 == 0;
	}
}

/* What is built of the ranges that cells want. */
static void
build_some(struct cells *c, struct rangetab *t, const struct range *r,
    uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (r[i].start < r[i].end)
			cells_see(c, r[i].start);
	cells_settle(c);
	for (uint32_t i = 0; i < n; i++)
		if (cells_want(c, r[i].start, r[i].end))
			add(t, &r[i], i);
	rangetab_build(t, RANGETAB_INNER);
	cells_cut(c, t, NAMELESS);
}

static bool
is_in_cell(const struct cells *c, uint64_t addr)
{
	for (size_t i = 0; i < c->n; i++)
		if (addr >= c->v[i].start && addr < c->v[i].end)
			return true;
	return false;
}

START_TEST(in_its_cells_a_table_is_what_it_is_as_a_whole)
{
	struct rangetab all = { 0 }, some = { 0 };
	uint32_t n = (uint32_t)_i % RANGES;
	uint64_t addr[8], asked = 1 + (uint32_t)_i % 8;
	struct range r[RANGES];
	struct cells c;

	srand((unsigned)_i);
	make(r, n);
	for (uint32_t i = 0; i < n; i++)
		add(&all, &r[i], i);
	rangetab_build(&all, RANGETAB_INNER);
	for (size_t i = 0; i < asked; i++)
		addr[i] = (uint32_t)rand() % SPACE;
	cells_init(&c, addr, asked);
	build_some(&c, &some, r, n);
	for (size_t i = 0; i < asked; i++)
		ck_assert(is_in_cell(&c, addr[i]));
	for (uint64_t a = 0; a < SPACE; a++) {
		uint32_t want = rangetab_find(&all, a);

		if (want == NONE)
			want = NAMELESS;
		ck_assert_uint_eq(rangetab_find(&some, a),
		    is_in_cell(&c, a) ? want : NONE);
	}
	for (uint32_t i = 1; i < some.n; i++)
		ck_assert_uint_lt(some.start[i - 1], some.start[i]);
	rangetab_free(&all);
	rangetab_free(&some);
	cells_free(&c);
}
END_TEST

START_TEST(without_ranges_one_cell_is_everything)
{
	const uint64_t addr[] = { 7, 0, UINT64_MAX - 1 };
	struct rangetab t = { 0 };
	struct cells c;

	cells_init(&c, addr, 3);
	build_some(&c, &t, NULL, 0);
	ck_assert_uint_eq(c.n, 1);
	ck_assert_uint_eq(rangetab_find(&t, 0), NAMELESS);
	ck_assert_uint_eq(rangetab_find(&t, UINT64_MAX), NAMELESS);
	rangetab_free(&t);
	cells_free(&c);
}
END_TEST

START_TEST(without_addresses_there_is_none)
{
	const struct range r = { 10, 20, 0, false };
	struct rangetab t = { 0 };
	struct cells c;

	cells_init(&c, NULL, 0);
	build_some(&c, &t, &r, 1);
	ck_assert_uint_eq(t.n, 0);
	rangetab_free(&t);
	cells_free(&c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cells");
	TCase *t = tcase_create("cells");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, in_its_cells_a_table_is_what_it_is_as_a_whole,
	    0, 2000);
	tcase_add_test(t, without_ranges_one_cell_is_everything);
	tcase_add_test(t, without_addresses_there_is_none);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
