/*
 * test_cachedir.c - what holds for every cache; bounds and processes that are
 * killed are tested with rows in it (test_rowcache.c).
 */
#include "base/cachedir.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "suite.h"
#include "temp_cache.h"

static void
setup(void)
{
	temp_cache_begin(1 << 20);
}

static bool
put(const char *name, const char *text)
{
	struct file_new out;

	return cachedir_begin(&cache, &out, name, 0644) &&
	    cachedir_end(&cache, &out,
	    file_write_all(out.fd, text, strlen(text)) == 0);
}

static bool
holds(const char *name, const char *text)
{
	char b[64] = "";
	struct stat st;
	int fd = cachedir_get(&cache, name, &st);
	bool ok;

	if (fd < 0)
		return false;
	ok = read(fd, b, sizeof b - 1) >= 0 && strcmp(b, text) == 0;
	cachedir_judge(&cache, fd, &st, ok);
	close(fd);
	return ok;
}

START_TEST(what_was_put_is_got)
{
	ck_assert(!holds("a", "one"));
	ck_assert(put("a", "one"));
	ck_assert(holds("a", "one"));
	ck_assert(put("a", "two"));
	ck_assert(holds("a", "two"));
	ck_assert_uint_eq(cache.hits, 2);
	ck_assert_uint_eq(cache.misses, 1);
}
END_TEST

START_TEST(what_does_not_end_well_leaves_the_old_file)
{
	struct file_new out;

	ck_assert(put("a", "one"));
	ck_assert(cachedir_begin(&cache, &out, "a", 0644));
	ck_assert_int_eq(file_write_all(out.fd, "tw", 2), 0);
	ck_assert(!cachedir_end(&cache, &out, false));
	ck_assert(holds("a", "one"));
	ck_assert_uint_eq(cache.failed, 1);
}
END_TEST

START_TEST(a_stranger_s_file_is_absent)
{
	char path[128];

	if (geteuid() != 0)
		return;
	ck_assert(put("a", "one"));
	snprintf(path, sizeof path, "%s/a", dir);
	ck_assert_int_eq(chown(path, 12345, 12345), 0);
	ck_assert(!holds("a", "one"));
	ck_assert_uint_eq(cache.bad, 1);
	ck_assert(put("a", "one"));
	ck_assert(holds("a", "one"));
}
END_TEST

START_TEST(writing_is_given_up_after_some_failures)
{
	char path[128];

	snprintf(path, sizeof path, "%s/a", dir);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	for (int i = 0; i < 10; i++)
		ck_assert(!put("a", "one"));
	ck_assert_uint_eq(cache.failed, CACHEDIR_FAILURES_MAX);
	ck_assert_int_ne(cache.failed_errno, 0);
	ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

START_TEST(no_cache_is_an_empty_one)
{
	struct cachedir c = { 0 };
	struct file_new out;
	struct stat st;

	ck_assert_int_lt(cachedir_get(&c, "a", &st), 0);
	ck_assert(!cachedir_begin(&c, &out, "a", 0644));
	cachedir_done(&c);
	ck_assert_int_eq(cachedir_open(&c, "/proc/nowhere", "x", 1), -1);
	ck_assert_int_lt(cachedir_get(&c, "a", &st), 0);
	cachedir_done(&c);
}
END_TEST

START_TEST(the_default_follows_the_environment)
{
	struct cachedir c;
	char want[128];

	/* root's is a fixed place; check(3) runs each test in a child. */
	if (geteuid() == 0 && (chown(dir, 65534, 65534) != 0 ||
	    seteuid(65534) != 0))
		return;
	unsetenv("GP_CACHE_DIR");
	setenv("XDG_CACHE_HOME", "relative", 1);
	setenv("HOME", "relative", 1);
	ck_assert_int_eq(cachedir_open(&c, NULL, "x", 1), -1);
	ck_assert_int_eq(errno, ENOENT);
	snprintf(want, sizeof want, "%s/none", dir);
	setenv("XDG_CACHE_HOME", want, 1);
	ck_assert_int_eq(cachedir_open(&c, NULL, "x", 1), 0);
	strcat(want, "/gp/x");
	ck_assert_str_eq(c.dir, want);
	ck_assert_int_eq(rmdir(want), 0);
	strrchr(want, '/')[0] = '\0';
	ck_assert_int_eq(rmdir(want), 0);
	strrchr(want, '/')[0] = '\0';
	ck_assert_int_eq(rmdir(want), 0);
	cachedir_done(&c);
	setenv("GP_CACHE_DIR", "", 1);
	ck_assert_int_eq(cachedir_open(&c, NULL, "x", 1), 0);
	ck_assert_ptr_null(c.dir);
	cachedir_done(&c);
	(void)!seteuid(getuid());
}
END_TEST

/* Files that are kept have it in them. */
START_TEST(a_sum_is_what_it_was)
{
	static const char text[] = "a text of 30 characters: this.";
	static const struct {
		size_t len;
		uint64_t sum;
	} want[] = {
		{ 0, 0xcbf29ce484222325 }, { 1, 0xfc63dc4c8601ec8c },
		{ 5, 0xfc436292e5278c8c }, { 7, 0x60648692e5278c8c },
		{ 8, 0x686486928d430a1e }, { 9, 0x58db230608eac9e8 },
		{ 15, 0x2314c6b7e59829e8 }, { 16, 0xd114c6b7348cef5f },
		{ 23, 0x41c66e44570e9677 }, { 30, 0xf36b31d41ace0449 },
	};

	for (size_t i = 0; i < GP_COUNT(want); i++)
		ck_assert_uint_eq(cachedir_sum(CACHEDIR_SUM, text,
		    want[i].len), want[i].sum);
}
END_TEST

START_TEST(a_sum_sees_each_byte_and_the_length)
{
	unsigned char b[40] = { 0 };
	uint64_t all[sizeof b + 1];

	for (size_t i = 0; i <= sizeof b; i++)
		all[i] = cachedir_sum(CACHEDIR_SUM, b, i);
	for (size_t i = 1; i <= sizeof b; i++)
		ck_assert_uint_ne(all[i], all[i - 1]);
	/* Of the last bytes, too, in each place. */
	for (size_t len = 1; len <= sizeof b; len++)
		for (size_t i = 0; i < len; i++) {
			b[i] = 0x40;
			ck_assert_uint_ne(cachedir_sum(CACHEDIR_SUM, b, len),
			    all[len]);
			b[i] = 0;
		}
	for (size_t i = 0; i < sizeof b; i++) {
		b[i] = 0x40;
		ck_assert_uint_ne(cachedir_sum(CACHEDIR_SUM, b, sizeof b),
		    all[sizeof b]);
		b[i] = 0;
	}
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("cachedir");
	TCase *t = tcase_create("cachedir");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, temp_cache_end);
	tcase_add_test(t, what_was_put_is_got);
	tcase_add_test(t, what_does_not_end_well_leaves_the_old_file);
	tcase_add_test(t, a_stranger_s_file_is_absent);
	tcase_add_test(t, writing_is_given_up_after_some_failures);
	tcase_add_test(t, no_cache_is_an_empty_one);
	tcase_add_test(t, the_default_follows_the_environment);
	tcase_add_test(t, a_sum_is_what_it_was);
	tcase_add_test(t, a_sum_sees_each_byte_and_the_length);
	return s;
}
