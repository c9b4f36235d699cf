/* What spares work between lines, and between equal frames. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/gp-symbolize/framecache.c"
#include "cmd/gp-symbolize/prefix.c"

/* Take a line whose frames become twice as long; where it went on. */
static size_t
take(struct prefix *p, const char *s)
{
	struct prefix_end at = prefix_begin(p, s, strlen(s));
	size_t from = at.in, i = at.in;

	ck_assert_uint_eq(at.out, 2 * at.in);
	while (s[i]) {
		i += s[i] == ';';
		i += strcspn(s + i, ";");
		prefix_add(p, (struct prefix_end){ i, 2 * i, 0 });
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
	prefix_free(&p);
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
	prefix_free(&p);
}
END_TEST

static uint32_t
get(const struct framecache *c, const char *s)
{
	struct framecache_key k;

	(void)framecache_read(s, s + strlen(s), &k);
	return framecache_get(c, &k);
}

static void
set(struct framecache *c, const char *s, uint32_t value)
{
	struct framecache_key k;

	(void)framecache_read(s, s + strlen(s), &k);
	framecache_set(c, &k, value);
}

START_TEST(addresses_are_kept_by_what_they_say)
{
	static const char *const no[] = { "", "$", "$3", "$3+", "$+1", "$k1+2",
		"$3+12x", "$3+1 2", "$j3+12", "main", "$3+12345678901234567",
		"$1234567890+12", "$-3+12", "$3+-1", "3+12", "$k", "$3+AB" };
	struct framecache c = { 0 };

	ck_assert_uint_eq(get(&c, "$3+1c2f0"), FRAMECACHE_NONE);
	set(&c, "$3+1c2f0", 5);
	set(&c, "$k+ffffffff81a0c0de", 7);
	set(&c, "$999999999+0", 8);
	ck_assert_uint_eq(get(&c, "$3+1c2f0"), 5);
	ck_assert_uint_eq(get(&c, "$k+ffffffff81a0c0de"), 7);
	ck_assert_uint_eq(get(&c, "$999999999+0"), 8);
	ck_assert_uint_eq(get(&c, "$4+1c2f0"), FRAMECACHE_NONE);
	ck_assert_uint_eq(get(&c, "$3+1c2f1"), FRAMECACHE_NONE);
	ck_assert_uint_eq(get(&c, "$k+1c2f0"), FRAMECACHE_NONE);
	for (size_t i = 0; i < GP_COUNT(no); i++) {
		set(&c, no[i], 9);
		ck_assert_uint_eq(get(&c, no[i]), FRAMECACHE_NONE);
	}
	set(&c, "$5+1", 1u << FRAMECACHE_VALUE_BITS); /* too large */
	ck_assert_uint_eq(get(&c, "$5+1"), FRAMECACHE_NONE);
	framecache_free(&c);
}
END_TEST

START_TEST(a_frame_ends_before_a_semicolon)
{
	static const char line[] = "$3+1f;name;$k+2;;$3+zz;$4+5";
	static const size_t len[] = { 5, 4, 4, 0, 5, 4 };
	const char *p = line, *end = line + sizeof line - 1;
	struct framecache_key k;

	for (size_t i = 0; i < GP_COUNT(len); i++) {
		const char *next = framecache_read(p, end, &k);

		ck_assert_uint_eq((size_t)(next - p), len[i]);
		ck_assert_int_eq(k.id != FRAMECACHE_NO_ID,
		    i == 0 || i == 2 || i == 5);
		p = next + (next < end);
	}
	ck_assert_uint_eq(k.id, 4);
	ck_assert_uint_eq(k.addr, 5);
	/* Nothing behind the end is read. */
	ck_assert_ptr_eq(framecache_read(line, line + 4, &k), line + 4);
	ck_assert_uint_eq(k.addr, 1);
}
END_TEST

/* Eight digits are read at once: each byte, in each place, before each length of
 * digits, is the end or is none. */
START_TEST(digits_are_read_as_one_by_one)
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned c = 0; c < 256; c++)
		for (unsigned at = 0; at < 17; at++)
			for (unsigned len = at; len < 20; len++) {
				bool more = c && strchr(digits, (int)c);
				char s[24] = "$7+";
				struct framecache_key k;
				uint64_t addr = 0;
				unsigned n = 0;

				for (unsigned i = 0; i < len; i++)
					s[3 + i] = digits[(3 * i + c) % 16];
				if (at < len)
					s[3 + at] = (char)c;
				for (; n < len && n < 17 &&
				    (n != at || more); n++)
					addr = addr << 4 | (uint64_t)
					    (strchr(digits, s[3 + n]) - digits);
				(void)framecache_read(s, s + 3 + len, &k);
				if (n == 0 || n > 16 || (n < len && c != ';'))
					ck_assert_uint_eq(k.id, FRAMECACHE_NO_ID);
				else
					ck_assert_uint_eq(k.addr, addr);
			}
}
END_TEST

START_TEST(what_is_reset_is_not_there_however_often)
{
	struct framecache c = { 0 };

	for (uint32_t i = 0; i < 3000; i++) {
		set(&c, "$3+1c2f0", i);
		ck_assert_uint_eq(get(&c, "$3+1c2f0"), i);
		framecache_reset(&c);
		ck_assert_uint_eq(get(&c, "$3+1c2f0"), FRAMECACHE_NONE);
	}
	/* More than it holds: what is there is right. */
	for (uint32_t i = 0; i < 300000; i++)
		framecache_set(&c, &(struct framecache_key){ i, i % 7 }, i);
	for (uint32_t i = 0; i < 300000; i++) {
		uint32_t got = framecache_get(&c,
		    &(struct framecache_key){ i, i % 7 });

		if (got != FRAMECACHE_NONE)
			ck_assert_uint_eq(got, i);
	}
	framecache_free(&c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("prefix");
	TCase *t = tcase_create("prefix");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, a_line_goes_on_behind_the_last_common_frame);
	tcase_add_test(t, frames_beyond_the_limit_are_not_common);
	tcase_add_test(t, addresses_are_kept_by_what_they_say);
	tcase_add_test(t, a_frame_ends_before_a_semicolon);
	tcase_add_test(t, digits_are_read_as_one_by_one);
	tcase_add_test(t, what_is_reset_is_not_there_however_often);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
