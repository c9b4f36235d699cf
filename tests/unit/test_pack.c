#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/gp-symbolize/pack.c"
#include "suite.h"
#include "temp_cache.h"

enum { NOW = 1000000 };

static char path[128];

static void
setup(void)
{
	temp_cache_begin(256 << 20);
	snprintf(path, sizeof path, "%s/tables", dir);
}

static void
put(const char *key, const char *image)
{
	struct pack p = { .cache = &cache };

	(void)!pack_put(&p, key, NOW, image, strlen(image));
	pack_free(&p);
}

static const char *
get(const char *key)
{
	struct pack p = { .cache = &cache };
	static struct buf b;

	buf_reset(&b);
	if (!pack_get(&p, key, NOW, &b))
		buf_adds(&b, "none");
	pack_free(&p);
	return b.s;
}

START_TEST(what_was_put_is_there_in_another_run)
{
	ck_assert_str_eq(get("a"), "none");
	put("a", "one");
	put("b", "two");
	put("a", "three");
	ck_assert_str_eq(get("a"), "three");
	ck_assert_str_eq(get("b"), "two");
	ck_assert_str_eq(get("c"), "none");
}
END_TEST

START_TEST(in_the_same_run_it_is_there_at_once)
{
	struct pack p = { .cache = &cache };
	struct buf b = { 0 };

	put("a", "old");
	ck_assert(pack_put(&p, "a", NOW, "new", 3));
	ck_assert(pack_get(&p, "a", NOW, &b));
	ck_assert_str_eq(b.s, "new");
	pack_drop(&p, "a");
	ck_assert(!pack_get(&p, "a", NOW, &b));
	pack_free(&p);
	ck_assert_str_eq(get("a"), "none");
	buf_free(&b);
}
END_TEST

START_TEST(damage_to_the_entries_makes_all_absent)
{
	char file[4096], c;
	ssize_t size;
	int fd;

	put("a", "one");
	put("b", "two");
	fd = open(path, O_RDWR);
	ck_assert_int_ge(fd, 0);
	size = pread(fd, file, sizeof file, 0);
	ck_assert_int_gt(size, 6);
	for (ssize_t i = 6; i < size; i++) {
		c = (char)(file[i] ^ 0x40);
		ck_assert_int_eq(pwrite(fd, &c, 1, i), 1);
		ck_assert_str_eq(get("a"), "none");
		ck_assert_int_eq(pwrite(fd, file + i, 1, i), 1);
	}
	ck_assert_str_eq(get("a"), "one");
	for (ssize_t i = size - 1; i >= 0; i--) {
		ck_assert_int_eq(ftruncate(fd, i), 0);
		ck_assert_str_eq(get("a"), "none");
	}
	close(fd);
	put("a", "again");
	ck_assert_str_eq(get("a"), "again");
}
END_TEST

/* A run in which so many bytes are put. */
static void
put_bytes(const char *key, uint64_t now, const char *image, size_t size)
{
	struct pack p = { .cache = &cache };

	ck_assert(pack_put(&p, key, now, image, size));
	pack_free(&p);
}

START_TEST(the_least_recently_used_goes)
{
	struct pack p = { .cache = &cache };
	size_t size = PACK_BYTES_MAX / 4;
	char *image = malloc(size), key[16];
	struct buf b = { 0 };

	ck_assert_ptr_nonnull(image);
	memset(image, 'x', size);
	for (uint64_t i = 0; i < 4; i++) {
		snprintf(key, sizeof key, "%u", (unsigned)i);
		put_bytes(key, NOW + i, image, size);
	}
	put_bytes("new", NOW + 9, image, size);
	ck_assert(!pack_get(&p, "0", NOW, &b));
	ck_assert(pack_get(&p, "1", NOW, &b));
	ck_assert(pack_get(&p, "new", NOW, &b));
	pack_free(&p);
	buf_free(&b);
	free(image);
}
END_TEST

START_TEST(what_is_new_in_a_run_is_bounded)
{
	struct pack p = { .cache = &cache };
	size_t size = PACK_NEW_MAX / 64;
	char *image = malloc(size), key[16];
	struct buf b = { 0 };
	unsigned put = 0, there = 0;

	ck_assert_ptr_nonnull(image);
	memset(image, 'x', size);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(key, sizeof key, "%u", i);
		put += pack_put(&p, key, NOW, image, size);
	}
	ck_assert_uint_eq(put, 64);
	ck_assert_uint_eq(p.new_bytes, PACK_NEW_MAX);
	/* What goes makes room. */
	pack_drop(&p, "7");
	ck_assert(pack_put(&p, "99", NOW, image, size - 1));
	ck_assert(pack_put(&p, "98", NOW, image, 1));
	ck_assert(!pack_put(&p, "97", NOW, image, 1));
	pack_free(&p);
	/* And what is in the file takes none. */
	p.cache = &cache;
	for (unsigned i = 0; i < 100; i++) {
		snprintf(key, sizeof key, "%u", i);
		there += pack_get(&p, key, NOW, &b);
	}
	ck_assert_uint_eq(there, 65);
	ck_assert(pack_put(&p, "97", NOW, image, size));
	ck_assert_uint_eq(p.new_bytes, size);
	pack_free(&p);
	buf_free(&b);
	free(image);
}
END_TEST

START_TEST(use_is_noted_by_the_hour)
{
	struct pack p = { .cache = &cache };
	struct buf b = { 0 };

	put("a", "one");
	ck_assert(pack_get(&p, "a", NOW + PACK_USED_AGAIN_S, &b));
	ck_assert(!p.changed);
	ck_assert(pack_get(&p, "a", NOW + PACK_USED_AGAIN_S + 1, &b));
	ck_assert(p.changed);
	pack_free(&p);
	buf_free(&b);
}
END_TEST

START_TEST(what_cannot_be_a_key_is_not_kept)
{
	char key[PACK_KEY_MAX + 1];

	memset(key, 'k', sizeof key - 1);
	key[sizeof key - 1] = '\0';
	put(key, "one");
	ck_assert_str_eq(get(key), "none");
	key[PACK_KEY_MAX - 1] = '\0';
	put(key, "one");
	ck_assert_str_eq(get(key), "one");
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("pack");
	TCase *t = tcase_create("pack");

	tcase_add_checked_fixture(t, setup, temp_cache_end);
	tcase_add_test(t, what_was_put_is_there_in_another_run);
	tcase_add_test(t, in_the_same_run_it_is_there_at_once);
	tcase_add_test(t, damage_to_the_entries_makes_all_absent);
	tcase_add_test(t, the_least_recently_used_goes);
	tcase_add_test(t, what_is_new_in_a_run_is_bounded);
	tcase_add_test(t, use_is_noted_by_the_hour);
	tcase_add_test(t, what_cannot_be_a_key_is_not_kept);
	suite_add_tcase(s, t);
	return s;
}
