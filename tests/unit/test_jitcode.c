#include "proc/jitcode.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static struct jitcode j;
static struct buf bytes;

static void
add(uint64_t start, uint64_t size, uint64_t time, const char *name)
{
	uint32_t at = jitcode_add_text(&j, name, strlen(name));

	ck_assert(jitcode_add(&j, start, size, time, at,
	    (uint32_t)strlen(name)));
}

static const char *
name_then(uint64_t addr, uint64_t time)
{
	static struct buf b;
	struct jitcode_found f;

	buf_reset(&b);
	if (!jitcode_find(&j, addr, time, &f))
		return "-";
	buf_add(&b, f.name, f.name_len);
	return b.s;
}

static bool
collect(void *arg, const void *p, size_t len)
{
	(void)arg;
	buf_add(&bytes, p, len);
	return true;
}

static void
write_out(void)
{
	buf_reset(&bytes);
	ck_assert(jitcode_write(&j, collect, NULL));
	jitcode_free(&j);
}

static void
teardown(void)
{
	jitcode_free(&j);
	buf_free(&bytes);
}

START_TEST(without_times_the_last_one_wins)
{
	add(0x1000, 0x100, 0, "first");
	add(0x1080, 0x10, 0, "second");
	ck_assert_str_eq(name_then(0x1080, JITCODE_NOW), "second");
	ck_assert_str_eq(name_then(0x1080, 0), "second");
	ck_assert_str_eq(name_then(0x1090, JITCODE_NOW), "first");
	ck_assert_str_eq(name_then(0x1100, JITCODE_NOW), "-");
}
END_TEST

START_TEST(with_times_the_newest_of_that_moment_wins)
{
	j.timed = true;
	add(0x1000, 0x10, 30, "third");
	add(0x1000, 0x10, 10, "first");
	add(0x1000, 0x10, 20, "second");
	add(0x1000, 0x10, 20, "of the same time");
	jitcode_sort(&j);
	ck_assert_str_eq(name_then(0x1000, 9), "-");
	ck_assert_str_eq(name_then(0x1000, 10), "first");
	ck_assert_str_eq(name_then(0x1000, 29), "of the same time");
	ck_assert_str_eq(name_then(0x1000, 30), "third");
	ck_assert_str_eq(name_then(0x1000, 10), "first"); /* and back */
	ck_assert_str_eq(name_then(0x1000, JITCODE_NOW), "third");
}
END_TEST

START_TEST(what_covers_nothing_or_too_much_is_bad)
{
	ck_assert(!jitcode_add(&j, 0x1000, 0, 0, 0, 0));
	ck_assert(!jitcode_add(&j, UINT64_MAX - 4, 8, 0, 0, 0));
	ck_assert(!jitcode_add(&j, 1, UINT64_MAX - 1, 0, 0, 0));
	ck_assert_uint_eq(j.bad, 3);
	ck_assert_uint_eq(j.n, 0);
}
END_TEST

START_TEST(it_is_the_same_after_writing_and_reading)
{
	struct jitcode_found f;
	uint32_t file;

	add(0x1000, 0x10, 10, "f");
	file = jitcode_add_text(&j, "a.js", 4);
	jitcode_add_line(&j, 0x1004, 12, file);
	j.v[0].lines = 1;
	add(0x2000, 0x10, 20, "g");
	j.timed = j.cut = true;
	j.bad = 3;
	write_out();
	ck_assert(jitcode_read(&j, bytes.s, bytes.len));
	ck_assert(j.timed && j.cut);
	ck_assert_uint_eq(j.bad, 3);
	ck_assert_str_eq(name_then(0x2000, 19), "-");
	ck_assert_str_eq(name_then(0x2000, 20), "g");
	ck_assert(jitcode_find(&j, 0x1003, 20, &f));
	ck_assert_ptr_null(f.file);
	ck_assert(jitcode_find(&j, 0x1004, 20, &f));
	ck_assert_str_eq(f.file, "a.js");
	ck_assert_uint_eq(f.line, 12);
}
END_TEST

START_TEST(an_empty_one_can_be_written)
{
	write_out();
	ck_assert(jitcode_read(&j, bytes.s, bytes.len));
	ck_assert_str_eq(name_then(0, JITCODE_NOW), "-");
}
END_TEST

START_TEST(bytes_that_make_no_sense_are_refused)
{
	struct buf b = { 0 };

	j.timed = true;
	add(0x1000, 0x10, 10, "f");
	add(0x2000, 0x10, 20, "g");
	jitcode_add_line(&j, 0x1004, 12, 0);
	j.v[0].lines = 1;
	write_out();
	for (size_t i = 0; i < bytes.len; i++)
		ck_assert(!jitcode_read(&j, bytes.s, i));
	buf_add(&b, bytes.s, bytes.len);
	buf_addc(&b, '\0');
	ck_assert(!jitcode_read(&j, b.s, b.len));
	b.len--;
	ck_assert(jitcode_read(&j, b.s, b.len));
	/* Whichever byte is wrong, nothing is read beyond the bytes. */
	for (size_t i = 0; i < bytes.len; i++) {
		struct jitcode_found f;

		jitcode_free(&j);
		b.s[i] = (char)~b.s[i];
		if (jitcode_read(&j, b.s, b.len) &&
		    jitcode_find(&j, 0x1008, 20, &f))
			ck_assert_uint_le(f.name_len, j.text.len);
		b.s[i] = bytes.s[i];
	}
	buf_free(&b);
}
END_TEST

START_TEST(half_of_what_is_full_is_not)
{
	struct jitcode_found f;
	uint32_t name, file;

	while (!jitcode_is_full(&j)) {
		name = jitcode_add_text(&j, "f", 1);
		file = jitcode_add_text(&j, "a.js", 4);
		ck_assert(jitcode_add(&j, 0x1000 + j.n * 16, 16, 0, name, 1));
		j.v[j.n - 1].line = j.nline;
		j.v[j.n - 1].lines = 1;
		jitcode_add_line(&j, 0x1000 + (j.n - 1) * 16, j.n, file);
	}
	jitcode_halve(&j);
	ck_assert(!jitcode_is_full(&j));
	ck_assert(j.cut);
	ck_assert_uint_eq(j.n, JITCODE_MAX / 2);
	ck_assert(!jitcode_find(&j, 0x1000, JITCODE_NOW, &f));
	ck_assert(jitcode_find(&j, 0x1000 + (JITCODE_MAX - 1) * 16,
	    JITCODE_NOW, &f));
	ck_assert_uint_eq(f.line, JITCODE_MAX);
	ck_assert_str_eq(f.file, "a.js");
}
END_TEST

/* Were each given a copy of its name, 131,072 of 8 KB would be a gigabyte. */
START_TEST(shared_names_do_not_grow)
{
	static char s[JITCODE_NAME_MAX];
	uint32_t name;

	memset(s, 'n', sizeof s);
	name = jitcode_add_text(&j, s, sizeof s);
	while (!jitcode_is_full(&j))
		ck_assert(jitcode_add(&j, 0x1000 + j.n * 16, 16, 0, name,
		    sizeof s));
	jitcode_halve(&j);
	ck_assert_uint_le(j.text.len, JITCODE_TEXT_MAX / 2 + 1);
	ck_assert_uint_gt(j.n, 0);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("jitcode");
	TCase *t = tcase_create("core");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, without_times_the_last_one_wins);
	tcase_add_test(t, with_times_the_newest_of_that_moment_wins);
	tcase_add_test(t, what_covers_nothing_or_too_much_is_bad);
	tcase_add_test(t, it_is_the_same_after_writing_and_reading);
	tcase_add_test(t, an_empty_one_can_be_written);
	tcase_add_test(t, bytes_that_make_no_sense_are_refused);
	tcase_add_test(t, half_of_what_is_full_is_not);
	tcase_add_test(t, shared_names_do_not_grow);
	return s;
}
