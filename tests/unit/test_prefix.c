/* What spares work between lines, and between equal frames. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/gp-symbolize/framecache.c"
#include "cmd/gp-symbolize/prefix.c"
#include "suite.h"

/* Take a line; how many bytes of it are known. It must stay. */
static size_t
take(struct prefix *p, const char *s)
{
	size_t n = prefix_begin(p, s, strlen(s));
	size_t from = n ? p->end[n - 1] : 0, i = from;

	ck_assert_uint_eq(n, p->n);
	while (s[i]) {
		i += s[i] == ';';
		i += strcspn(s + i, ";");
		prefix_add(p, i);
	}
	return from;
}

START_TEST(a_line_goes_on_behind_the_last_common_frame)
{
	static struct prefix p;

	ck_assert_uint_eq(take(&p, "a-1;main;run;read"), 0);
	ck_assert_uint_eq(take(&p, "a-1;main;run;read"), 17);
	ck_assert_uint_eq(take(&p, "a-1;main;run;write"), 12);
	ck_assert_uint_eq(take(&p, "a-1;main;runs"), 8);
	ck_assert_uint_eq(take(&p, "a-1;main;run"), 8);
	ck_assert_uint_eq(take(&p, "a-1;main;run;read"), 12);
	ck_assert_uint_eq(take(&p, "a-1;main"), 8);
	ck_assert_uint_eq(take(&p, "a-12;main"), 0);
	ck_assert_uint_eq(take(&p, "a-12;"), 4);
	ck_assert_uint_eq(take(&p, "a-12;"), 5);
	ck_assert_uint_eq(take(&p, "a"), 0);
	prefix_reset(&p);
	ck_assert_uint_eq(take(&p, "a"), 0);
}
END_TEST

START_TEST(frames_beyond_the_limit_are_not_common)
{
	static struct prefix p;
	static char line[4 * PREFIX_FRAMES_MAX + 1];

	for (size_t i = 0; i < sizeof line - 1; i++)
		line[i] = i % 2 ? ';' : 'x';
	(void)take(&p, line);
	ck_assert_uint_eq(take(&p, line), 2 * PREFIX_FRAMES_MAX - 1);
}
END_TEST

/* -- frames -------------------------------------------------------------- */

/* Read the frame that s begins with. */
static size_t
read_frame(const char *s, struct framecache_key *k)
{
	char line[512];

	ck_assert_uint_lt(strlen(s), sizeof line - FRAMECACHE_PAD);
	memset(line, ';', sizeof line);
	memcpy(line, s, strlen(s));
	return framecache_read(line, k);
}

static const char *
get(const struct framecache *c, const char *s)
{
	const struct framecache_entry *e;
	struct framecache_key k;

	(void)read_frame(s, &k);
	e = framecache_get(c, &k);
	return e ? e->s : NULL;
}

static void
set(struct framecache *c, const char *s, const char *text)
{
	struct framecache_key k;

	(void)read_frame(s, &k);
	framecache_set(c, &k, text, strlen(text));
}

START_TEST(a_text_is_kept_by_the_bytes_of_its_frame)
{
	/* Each differs from another one by a byte, or by its length. */
	static const char *const frame[] = { "$3+1c2f0", "$3+1c2f", "$4+1c2f0",
		"$3+1c2f1", "$k+1c2f0", "$33+1c2f", "$999999999+0", "$123456+1234567",
		"$123456+1234568", "$123456+123456", "$k+ffffffff81a0c0de",
		"$k+ffffffff81a0c0df", "$k+ffffffff81a0c0d", "$k+ffffffff81a0",
		"$k+ffffff", "$k+fffff", "$k+fffff8", "$1+00000", "$1+000000" };
	/* No addresses, or too long. */
	static const char *const no[] = { "", "main", "3+12", " $3+12",
		"$123456+12345678", "$3+1234567890123", "$j123456+7f3a5c0010c0",
		"$k+7fffffff81a0c0de", "$k+ffffffff81a0c0de01234", "Sk+ffffffff81a0c0de" };
	struct framecache c = { 0 };

	for (size_t i = 0; i < GP_COUNT(frame); i++) {
		ck_assert_ptr_null(get(&c, frame[i]));
		set(&c, frame[i], frame[i]);
	}
	for (size_t i = 0; i < GP_COUNT(frame); i++)
		ck_assert_ptr_eq(get(&c, frame[i]), frame[i]);
	for (size_t i = 0; i < GP_COUNT(no); i++) {
		set(&c, no[i], "wrong");
		ck_assert_ptr_null(get(&c, no[i]));
	}
	framecache_free(&c);
}
END_TEST

/* The end is looked for in words: at each place in them, behind each byte. */
START_TEST(a_frame_ends_before_the_first_semicolon)
{
	for (unsigned c = 1; c < 256; c++)
		for (size_t len = 0; len < 80; len++) {
			struct framecache_key k;
			char s[96] = "";

			memset(s, (int)c, len);
			memcpy(s + len, ";x;", 3);
			ck_assert_uint_eq(read_frame(s, &k), c == ';' ? 0 : len);
			ck_assert(k.a == 0 || (c == '$' && len <= FRAMECACHE_BYTES));
		}
}
END_TEST

START_TEST(what_is_reset_is_not_there_however_often)
{
	struct framecache c = { 0 };

	for (uint32_t i = 0; i < 3000; i++) {
		set(&c, "$3+1c2f0", "text");
		ck_assert_ptr_nonnull(get(&c, "$3+1c2f0"));
		if (i == 1000)
			c.age = UINT32_MAX, framecache_reset(&c);
		framecache_reset(&c);
		ck_assert_ptr_null(get(&c, "$3+1c2f0"));
	}
	framecache_free(&c);
}
END_TEST

START_TEST(of_more_than_it_holds_what_is_there_is_right)
{
	static const char text[FRAMECACHE_MAX * 3 / 2];
	struct framecache c = { 0 };
	uint32_t there = 0;

	for (uint32_t i = 0; i < sizeof text; i++) {
		struct framecache_key k = { 1 + i / 3, i % 3 };

		framecache_set(&c, &k, text + i, 0);
		/* The one that has just come is there. */
		ck_assert_ptr_eq(framecache_get(&c, &k)->s, text + i);
		ck_assert_uint_le(c.n, FRAMECACHE_MAX);
	}
	for (uint32_t i = 0; i < sizeof text; i++) {
		const struct framecache_entry *e = framecache_get(&c,
		    &(struct framecache_key){ 1 + i / 3, i % 3 });

		there += e != NULL;
		ck_assert(!e || e->s == text + i);
	}
	ck_assert_uint_eq(there, c.n);
	ck_assert_uint_eq(there, sizeof text - FRAMECACHE_MAX);
	framecache_free(&c);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("prefix");
	TCase *t = tcase_create("prefix");

	tcase_add_test(t, a_line_goes_on_behind_the_last_common_frame);
	tcase_add_test(t, frames_beyond_the_limit_are_not_common);
	tcase_add_test(t, a_text_is_kept_by_the_bytes_of_its_frame);
	tcase_add_test(t, a_frame_ends_before_the_first_semicolon);
	tcase_add_test(t, what_is_reset_is_not_there_however_often);
	tcase_add_test(t, of_more_than_it_holds_what_is_there_is_right);
	suite_add_tcase(s, t);
	return s;
}
