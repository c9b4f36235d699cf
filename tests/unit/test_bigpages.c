/* bigpages_keep(): what malloc(3) does with memory then. */
#include "base/bigpages.h"

#include <check.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "suite.h"

enum { KEPT = 16 << 20, BLOCK = 12 << 20, PAGE = 4096 };

static long
faults(void)
{
	struct rusage r;

	ck_assert_int_eq(getrusage(RUSAGE_SELF, &r), 0);
	return r.ru_minflt;
}

/* Take a block, and touch it; how many faults that took. */
static long
touch(void)
{
	long before = faults();
	char *p = malloc(BLOCK);

	ck_assert_ptr_nonnull(p);
	memset(p, 1, BLOCK);
	before = faults() - before;
	free(p);
	return before;
}

START_TEST(memory_that_was_freed_is_not_new_the_next_time)
{
#if defined(__SANITIZE_ADDRESS__)
	/* Its own malloc(3) does as it likes. */
	bigpages_keep(KEPT);
	(void)touch();
#else
	bigpages_keep(KEPT);
	/* Large pages or small ones, whatever this kernel gives. */
	ck_assert_int_le(touch(), BLOCK / PAGE + 100);
	ck_assert_int_le(touch(), 100);
#endif
}
END_TEST

START_TEST(senseless_sizes_are_no_error)
{
	static const size_t size[] = { 0, 1, PAGE, BIGPAGES_MAX + 1, SIZE_MAX };

	for (size_t i = 0; i < sizeof size / sizeof size[0]; i++)
		bigpages_keep(size[i]);
	(void)touch();
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("bigpages");
	TCase *t = tcase_create("bigpages");

	suite_add_tcase(s, t);
	tcase_add_test(t, memory_that_was_freed_is_not_new_the_next_time);
	tcase_add_test(t, senseless_sizes_are_no_error);
	return s;
}
