/*
 * A space against a model: an array with the module of each page. Mappings are
 * added, copied, installed and cleared at random; after each step both must agree
 * on every page, and the sampler must have been told the same.
 */
#include <check.h>
#include <stdlib.h>

#include "cmd/gp-record/space.c"
#include "suite.h"

#define PAGES 64u
#define PAGE 4096u

struct model {
	uint32_t module[PAGES]; /* 0: nothing mapped */
	uint64_t pgoff[PAGES];  /* of each page */
	bool asks[PAGES];       /* the sampler is to ask */
};

/* What the sampler was told, by page, for one image. */
static struct model told;
static uint32_t told_image;

int
sampler_map(struct sampler *s, uint32_t image, const struct sampler_mapping *m)
{
	(void)s;
	ck_assert_uint_eq(image, told_image);
	for (uint64_t a = m->start; a < m->end; a += PAGE) {
		ck_assert_uint_eq(told.module[a / PAGE], 0);
		told.module[a / PAGE] = m->module;
		told.pgoff[a / PAGE] = a - m->start + m->pgoff;
		told.asks[a / PAGE] = m->ask;
	}
	return 0;
}

void
sampler_unmap(struct sampler *s, uint32_t image, uint64_t start, uint64_t end)
{
	(void)s;
	ck_assert_uint_eq(image, told_image);
	for (uint64_t a = start; a < end; a += PAGE)
		told.module[a / PAGE] = 0;
}

bool
sampler_walks(const struct sampler *s)
{
	(void)s;
	return true;
}

uint32_t
modules_find(struct modules *m, const struct module_key *key)
{
	(void)m;
	(void)key;
	return 1;
}

/* Whatever has number 9 is what /proc calls 1. */
bool
modules_may_be_one(const struct modules *m, uint32_t a, uint32_t b)
{
	(void)m;
	return a == b || (a == 9 && b == 1) || (a == 1 && b == 9);
}

bool
modules_is_file(const struct modules *m, uint32_t module)
{
	(void)m;
	(void)module;
	return true;
}

/* As from /proc/PID/maps. */
static bool
take(struct space *s, const char *text)
{
	struct buf b = { 0 };
	bool taken;

	buf_adds(&b, text);
	taken = space_take(s, NULL, NULL, &b, 1000);
	buf_free(&b);
	return taken;
}

static const char maps[] = "1000-3000 r-xp 00005000 fe:01 7 /a\n"
    "3000-4000 rw-p 00000000 00:00 0 \n"
    "8000-9000 r-xp 00000000 00:00 0 \n";

static void
compare(struct space *s, const struct model *want)
{
	for (uint32_t i = 0; i < PAGES; i++) {
		uint64_t addr = (uint64_t)i * PAGE + (uint64_t)rand() % PAGE;
		const struct mapping *m = space_find(s, addr);

		if (want->module[i] == 0) {
			ck_assert_ptr_null(m);
			continue;
		}
		ck_assert_ptr_nonnull(m);
		ck_assert_uint_eq(m->module, want->module[i]);
		ck_assert_uint_eq(addr - m->start + m->pgoff,
		    addr % PAGE + want->pgoff[i]);
	}
	for (uint32_t i = 0; s->installed && i < PAGES; i++) {
		ck_assert_uint_eq(told.module[i], want->module[i]);
		if (want->module[i])
			ck_assert_uint_eq(told.pgoff[i], want->pgoff[i]);
	}
}

static void
add_random(struct space *s, struct model *model)
{
	uint32_t at = (uint32_t)rand() % PAGES;
	uint32_t n = 1 + (uint32_t)rand() % 12;
	struct mapping m = { .module = 1 + (uint32_t)rand() % 5 };

	if (n > PAGES - at)
		n = PAGES - at;
	m.start = (uint64_t)at * PAGE;
	m.end = (uint64_t)(at + n) * PAGE;
	m.pgoff = (uint64_t)(rand() % 100) * PAGE;
	space_add(s, NULL, &m);
	for (uint32_t i = 0; i < n; i++) {
		model->module[at + i] = m.module;
		model->pgoff[at + i] = m.pgoff + (uint64_t)i * PAGE;
	}
}

START_TEST(a_space_is_what_was_mapped_last)
{
	struct space s = { .n = 0 };
	struct model model = { { 0 }, { 0 }, { false } };

	srand((unsigned)_i);
	told = model;
	for (int step = 0; step < 200; step++) {
		int what = rand() % 40;

		if (what == 0) {
			space_clear(&s, NULL);
			memset(&model, 0, sizeof model);
		} else if (what == 1) {
			space_clear(&s, NULL);
			memset(&model, 0, sizeof model);
			add_random(&s, &model);
			told_image = (uint32_t)rand();
			space_install(&s, NULL, told_image);
		} else {
			add_random(&s, &model);
		}
		compare(&s, &model);
	}
	space_free(&s, NULL);
	for (uint32_t i = 0; i < PAGES; i++)
		ck_assert_uint_eq(told.module[i], 0);
}
END_TEST

START_TEST(replaced_code_is_remembered_the_same_code_is_not)
{
	struct mapping a = { .start = PAGE, .end = 2 * PAGE, .module = 1 };
	struct mapping b = { .start = PAGE, .end = 2 * PAGE, .module = 2 };
	struct space s = { .n = 0 };

	memset(&told, 0, sizeof told);
	told_image = 7;
	space_add(&s, NULL, &a);
	ck_assert_uint_eq(space_find(&s, PAGE)->since, 0);
	space_add(&s, NULL, &a);
	ck_assert_uint_eq(space_find(&s, PAGE)->since, 0);
	/* Nobody has walked by it before it is installed. */
	ck_assert(!space_add(&s, NULL, &b));
	ck_assert_uint_eq(space_find(&s, PAGE)->since, 0);
	space_install(&s, NULL, 7);
	ck_assert(space_add(&s, NULL, &a));
	ck_assert_uint_ne(space_find(&s, PAGE)->since, 0);
	space_free(&s, NULL);
}
END_TEST

START_TEST(what_proc_told_is_not_news)
{
	struct mapping m = {
		.start = 0x1000, .end = 0x3000, .pgoff = 0x5000, .module = 9,
	}, other = m;
	struct space s = { .n = 0 };

	other.module = 8;
	ck_assert(take(&s, maps));
	ck_assert(space_has(&s, NULL, &m, s.read - 1));
	ck_assert(!space_has(&s, NULL, &other, s.read - 1));
	ck_assert(!space_has(&s, NULL, &m, s.read + 1));
	m.end = 0x2000;
	ck_assert(!space_has(&s, NULL, &m, s.read - 1));
	m.start = 0xf000;
	ck_assert(!space_has(&s, NULL, &m, s.read - 1));
	space_free(&s, NULL);
	ck_assert_uint_eq(s.read, 0);
}
END_TEST

START_TEST(proc_maps_replace_what_was_known)
{
	struct mapping old = { .start = 0x9000, .end = 0xa000, .module = 3 };
	struct space s = { .n = 0 };

	space_add(&s, NULL, &old);
	ck_assert(!take(&s, ""));
	ck_assert(!take(&s, "7000-8000 rw-p 00000000 00:00 0 [stack]\n"
	    "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 "
	    "[vsyscall]\n"));
	ck_assert(!s.known);
	ck_assert_ptr_nonnull(space_find(&s, 0x9000));
	ck_assert(take(&s, maps));
	ck_assert_ptr_null(space_find(&s, 0x9000));
	ck_assert_uint_eq(space_find(&s, 0x2fff)->pgoff, 0x5000);
	/* What cannot be executed is left out. */
	ck_assert_ptr_null(space_find(&s, 0x3000));
	ck_assert_ptr_nonnull(space_find(&s, 0x8000));
	ck_assert(s.known);
	space_free(&s, NULL);
}
END_TEST

START_TEST(what_was_mapped_later_is_marked_and_nothing_else)
{
	struct mapping m = { .start = PAGE, .end = 5 * PAGE, .module = 1 };
	struct mapping next = { .start = 8 * PAGE, .end = 9 * PAGE };
	static const uint64_t from[] = { 0, 0, 7, 7, 0 };
	struct space s = { .n = 0 };

	memset(&told, 0, sizeof told);
	told_image = 7;
	space_add(&s, NULL, &m);
	space_add(&s, NULL, &next);
	space_install(&s, NULL, 7);
	space_later(&s, NULL, 2 * PAGE, 4 * PAGE, 7);
	for (uint64_t i = 1; i < 5; i++) {
		const struct mapping *got = space_find(&s, i * PAGE);

		ck_assert_uint_eq(got->from, from[i]);
		ck_assert_uint_eq(i * PAGE - got->start + got->pgoff,
		    (i - 1) * PAGE);
		ck_assert_uint_eq(told.module[i], 1);
	}
	ck_assert_uint_eq(space_find(&s, 8 * PAGE)->from, 0);
	/* The last one counts; its own record ends it. */
	space_later(&s, NULL, 3 * PAGE, 8 * PAGE, 6);
	ck_assert_uint_eq(space_find(&s, 3 * PAGE)->from, 7);
	ck_assert_uint_eq(space_find(&s, 4 * PAGE)->from, 6);
	space_add(&s, NULL, &m);
	ck_assert_uint_eq(space_find(&s, 3 * PAGE)->from, 0);
	space_free(&s, NULL);
}
END_TEST

START_TEST(what_was_read_anew_remembers_what_it_replaced)
{
	struct mapping old[] = {
		{ .start = 0x1000, .end = 0x2000, .pgoff = 0x5000, .module = 1 },
		{ .start = 0x2000, .end = 0x4000, .pgoff = 0, .module = 2 },
		{ .start = 0x9000, .end = 0xa000, .module = 3 },
	};
	struct space s = { .n = 0 };

	memset(&told, 0, sizeof told);
	told_image = 7;
	for (size_t i = 0; i < GP_COUNT(old); i++)
		space_add(&s, NULL, &old[i]);
	/* Nobody has walked by it before it is installed. */
	ck_assert(take(&s, maps));
	ck_assert_uint_eq(space_find(&s, 0x1000)->since, 0);
	space_clear(&s, NULL);
	for (size_t i = 0; i < GP_COUNT(old); i++)
		space_add(&s, NULL, &old[i]);
	space_install(&s, NULL, 7);
	ck_assert(take(&s, maps));
	ck_assert_uint_ne(space_find(&s, 0x1000)->since, 0);
	ck_assert_uint_eq(space_find(&s, 0x8000)->since, 0);
	space_free(&s, NULL);
}
END_TEST

/* That /proc names a file by other means is no other file. */
START_TEST(what_was_read_anew_and_is_the_same_is_believed)
{
	struct mapping old = {
		.start = 0x1000, .end = 0x3000, .pgoff = 0x5000, .module = 9,
	};
	struct space s = { .n = 0 };

	memset(&told, 0, sizeof told);
	told_image = 7;
	space_add(&s, NULL, &old);
	space_install(&s, NULL, 7);
	ck_assert(take(&s, maps));
	ck_assert_uint_eq(space_find(&s, 0x1000)->since, 0);
	ck_assert_uint_eq(space_find(&s, 0x1000)->module, 9);
	ck_assert(!told.asks[1]);
	space_free(&s, NULL);
}
END_TEST

START_TEST(where_code_was_replaced_walks_ask_for_a_while)
{
	struct mapping a = {
		.start = PAGE, .end = 3 * PAGE, .module = 1, .is_file = true,
	};
	struct mapping b = {
		.start = PAGE, .end = 2 * PAGE, .module = 2, .is_file = true,
	};
	struct space s = { .n = 0 };
	uint64_t since, held;

	memset(&told, 0, sizeof told);
	told_image = 7;
	space_add(&s, NULL, &a);
	space_install(&s, NULL, 7);
	ck_assert(!told.asks[1]);
	ck_assert(space_add(&s, NULL, &b));
	ck_assert(told.asks[1]);
	ck_assert(!told.asks[2]);
	since = space_find(&s, PAGE)->since;
	held = space_find(&s, PAGE)->held;
	ck_assert_uint_ge(held, since);
	/* They have asked: none was misled, but those of before. */
	b.module = 3;
	ck_assert(!space_add(&s, NULL, &b));
	ck_assert_uint_eq(space_find(&s, PAGE)->since, since);
	/* The longer, the more often. */
	ck_assert_uint_gt(space_find(&s, PAGE)->held - held, HOLD_NS / 2);
	held = space_find(&s, PAGE)->held;
	space_settle(&s, NULL, held - 1);
	ck_assert(told.asks[1]);
	space_settle(&s, NULL, held);
	ck_assert(!told.asks[1]);
	ck_assert_uint_eq(told.module[1], 3);
	b.module = 4;
	ck_assert(space_add(&s, NULL, &b));
	ck_assert_uint_gt(space_find(&s, PAGE)->since, since);
	/* Made code is asked for by its own bytes. */
	a.module = 5;
	a.is_file = false;
	ck_assert(space_add(&s, NULL, &a));
	ck_assert(!told.asks[1]);
	space_free(&s, NULL);
}
END_TEST

START_TEST(a_copy_is_not_installed)
{
	struct mapping m = { .start = PAGE, .end = 3 * PAGE, .module = 1 };
	struct space a = { .n = 0 }, b = { .n = 0 };

	memset(&told, 0, sizeof told);
	told_image = 7;
	space_add(&a, NULL, &m);
	space_install(&a, NULL, 7);
	space_copy(&b, NULL, &a);
	ck_assert(!b.installed);
	ck_assert_uint_eq(space_find(&b, PAGE)->module, 1);
	space_free(&b, NULL);
	ck_assert_uint_eq(told.module[1], 1);
	space_free(&a, NULL);
	ck_assert_uint_eq(told.module[1], 0);
}
END_TEST

Suite *
suite(void)
{
	Suite *suite = suite_create("space");
	TCase *tc = tcase_create("space");

	tcase_add_loop_test(tc, a_space_is_what_was_mapped_last, 0, 50);
	tcase_add_test(tc, replaced_code_is_remembered_the_same_code_is_not);
	tcase_add_test(tc, what_proc_told_is_not_news);
	tcase_add_test(tc, proc_maps_replace_what_was_known);
	tcase_add_test(tc, what_was_mapped_later_is_marked_and_nothing_else);
	tcase_add_test(tc, what_was_read_anew_remembers_what_it_replaced);
	tcase_add_test(tc, what_was_read_anew_and_is_the_same_is_believed);
	tcase_add_test(tc, where_code_was_replaced_walks_ask_for_a_while);
	tcase_add_test(tc, a_copy_is_not_installed);
	suite_add_tcase(suite, tc);
	return suite;
}
