#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "exact.h"
#include "stream/samestart.h"
#include "suite.h"

static const struct {
	const char *before, *stack;
	size_t same;
	size_t frames; /* of those that before has */
} pairs[] = {
	{ "", "", 0, 1 },
	{ "", "a", 0, 0 },
	{ "", ";a", 0, 1 },
	{ "a", "", 0, 0 },
	{ "a;b", "a;b", 3, 2 },
	{ "a;b", "a", 1, 1 },
	{ "a", "a;b", 1, 1 },
	{ "a;read", "a;read-only", 6, 1 },
	{ "a;read-only", "a;read", 6, 1 },
	{ "main;run;poll;read", "main;run;post;read", 11, 2 },
	{ "a;;b", "a;;c", 3, 2 },
	{ "aaaaaaaaaaaaaaaa;b", "aaaaaaaaaaaaaaaa;c", 17, 1 },
	{ "aaaaaaab", "aaaaaaac", 7, 0 },
	{ "aaaaaaaa", "aaaaaaaaa", 8, 0 },
};

START_TEST(only_whole_frames_are_the_same)
{
	size_t before_len = strlen(pairs[_i].before), frames = 0, same;
	size_t len = strlen(pairs[_i].stack);
	char *before = exact(pairs[_i].before), *stack = exact(pairs[_i].stack);

	same = samestart_bytes(before, before_len, stack, len);
	ck_assert_uint_eq(same, pairs[_i].same);
	ck_assert_uint_eq(samestart_bytes(stack, len, before, before_len), same);
	for (size_t end = 0; end <= before_len; end++)
		if (end == before_len || before[end] == ';')
			frames += samestart_has(stack, len, same, end);
	ck_assert_uint_eq(frames, pairs[_i].frames);
	free(before);
	free(stack);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("samestart");
	TCase *t = tcase_create("samestart");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, only_whole_frames_are_the_same, 0,
	    GP_COUNT(pairs));
	return s;
}
