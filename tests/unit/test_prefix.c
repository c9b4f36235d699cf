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

START_TEST(a_frame_is_known_by_all_of_its_bytes)
{
	struct framecache c = { 0 };
	char s[FRAMECACHE_LEN_MAX + 2] = "$12+ffffffffffffffffffffff";

	ck_assert_uint_eq(framecache_get(&c, s, 5), FRAMECACHE_NONE);
	for (size_t len = 1; len < sizeof s; len++) {
		framecache_set(&c, s, len, (uint32_t)len);
		ck_assert_uint_eq(framecache_get(&c, s, len),
		    len > FRAMECACHE_LEN_MAX ? FRAMECACHE_NONE : len);
		for (size_t i = 0; i < len; i++) {
			s[i] ^= 1;
			ck_assert_uint_eq(framecache_get(&c, s, len),
			    FRAMECACHE_NONE);
			s[i] ^= 1;
		}
		ck_assert_uint_eq(framecache_get(&c, s, len - 1) == len, 0);
	}
	framecache_reset(&c);
	ck_assert_uint_eq(framecache_get(&c, s, 5), FRAMECACHE_NONE);
	framecache_set(&c, s, 5, 77);
	ck_assert_uint_eq(framecache_get(&c, s, 5), 77);
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
	tcase_add_test(t, a_frame_is_known_by_all_of_its_bytes);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
