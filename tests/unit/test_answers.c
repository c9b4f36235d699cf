#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/gp-symbolize/answers.c"
#include "suite.h"
#include "temp_cache.h"

enum { NOW = 1000000 };

static char path[128];
static const char none[4]; /* an answer without frames */

static void
setup(void)
{
	temp_cache_begin(16 << 20);
	snprintf(path, sizeof path, "%s/key", dir);
}

static void
store_two(void)
{
	struct answers a;

	answers_load(&a, &cache, "key", NOW);
	answers_add(&a, 0x20, "twenty", 6);
	answers_add(&a, 0x10, "ten", 3);
	answers_add(&a, 0x30, none, sizeof none);
	answers_store(&a, &cache, "key");
	answers_free(&a);
}

static bool
is_there(uint64_t now, uint64_t addr, const char *want, size_t want_len)
{
	struct answers a;
	const char *p;
	size_t len;
	bool found;

	answers_load(&a, &cache, "key", now);
	found = answers_find(&a, addr, &p, &len);
	if (found) {
		ck_assert_uint_eq(len, want_len);
		ck_assert_mem_eq(p, want, len);
	}
	answers_free(&a);
	return found;
}

START_TEST(what_is_stored_is_there_again)
{
	store_two();
	ck_assert(is_there(NOW, 0x10, "ten", 3));
	ck_assert(is_there(NOW, 0x20, "twenty", 6));
	ck_assert(!is_there(NOW, 0x18, "", 0));
}
END_TEST

START_TEST(new_ones_are_added_to_those_that_are_kept)
{
	struct answers a;

	store_two();
	answers_load(&a, &cache, "key", NOW);
	answers_add(&a, 0x18, "new", 3);
	answers_store(&a, &cache, "key");
	answers_free(&a);
	ck_assert(is_there(NOW, 0x10, "ten", 3));
	ck_assert(is_there(NOW, 0x18, "new", 3));
}
END_TEST

START_TEST(that_there_is_none_is_believed_for_an_hour)
{
	struct answers a;

	store_two();
	ck_assert(is_there(NOW, 0x30, none, sizeof none));
	ck_assert(is_there(NOW + ANSWERS_NONE_S, 0x30, none, sizeof none));
	ck_assert(!is_there(NOW + ANSWERS_NONE_S + 1, 0x30, "", 0));
	ck_assert(!is_there(NOW - 1, 0x30, "", 0));
	ck_assert(is_there(NOW + ANSWERS_NONE_S + 1, 0x20, "twenty", 6));
	/* Asked again, it is kept again. */
	answers_load(&a, &cache, "key", 2 * NOW);
	answers_add(&a, 0x30, none, sizeof none);
	answers_store(&a, &cache, "key");
	answers_free(&a);
	ck_assert(is_there(2 * NOW, 0x30, none, sizeof none));
	ck_assert(is_there(2 * NOW, 0x20, "twenty", 6));
}
END_TEST

START_TEST(a_damaged_file_is_absent)
{
	char b[4096];
	ssize_t n;
	int fd;

	store_two();
	fd = open(path, O_RDWR | O_CLOEXEC);
	n = read(fd, b, sizeof b);
	ck_assert_int_gt(n, 300);
	for (off_t i = 0; i < n; i++) {
		char c = (char)(b[i] ^ 4);

		ck_assert_int_eq(pwrite(fd, &c, 1, i), 1);
		ck_assert(!is_there(NOW, 0x10, "", 0));
		ck_assert_int_eq(pwrite(fd, &b[i], 1, i), 1);
	}
	ck_assert(is_there(NOW, 0x10, "ten", 3));
	ck_assert_int_eq(ftruncate(fd, n - 1), 0);
	ck_assert(!is_there(NOW, 0x10, "", 0));
	close(fd);
}
END_TEST

START_TEST(another_key_is_absent)
{
	char other[160];

	store_two();
	snprintf(other, sizeof other, "%s/other", dir);
	ck_assert_int_eq(rename(path, other), 0);
	ck_assert(!is_there(NOW, 0x10, "", 0));
	ck_assert_int_eq(rename(other, path), 0);
	ck_assert(is_there(NOW, 0x10, "ten", 3));
}
END_TEST

START_TEST(what_one_file_has_is_bounded)
{
	struct answers a = { .since = NOW };
	char *large = calloc(1, ANSWERS_BYTES_MAX);
	const char *p;
	size_t len;

	ck_assert_ptr_nonnull(large);
	for (uint64_t i = 0; i < ANSWERS_MAX + 10; i++)
		answers_add(&a, i, "x", 1);
	ck_assert_uint_eq(a.n, ANSWERS_MAX);
	answers_store(&a, &cache, "key");
	answers_free(&a);
	ck_assert(is_there(NOW, ANSWERS_MAX - 1, "x", 1));
	a.since = NOW;
	answers_add(&a, 1, large, ANSWERS_BYTES_MAX);
	answers_add(&a, 2, "x", 1);
	ck_assert(answers_find(&a, 1, &p, &len));
	ck_assert(!answers_find(&a, 2, &p, &len));
	answers_free(&a);
	free(large);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("answers");
	TCase *t = tcase_create("answers");

	tcase_add_checked_fixture(t, setup, temp_cache_end);
	tcase_add_test(t, what_is_stored_is_there_again);
	tcase_add_test(t, new_ones_are_added_to_those_that_are_kept);
	tcase_add_test(t, that_there_is_none_is_believed_for_an_hour);
	tcase_add_test(t, a_damaged_file_is_absent);
	tcase_add_test(t, another_key_is_absent);
	tcase_add_test(t, what_one_file_has_is_bounded);
	suite_add_tcase(s, t);
	return s;
}
