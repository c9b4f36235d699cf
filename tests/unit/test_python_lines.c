/* Tables of lines as CPythons made them, and what those say of them. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/attr.h"
#include "runtime/python_lines.h"
#include "suite.h"

/*
 * Of the same function, which begins in line 2: a call over four lines, a loop
 * with a try in it, and 219 empty lines before the last statement. Made by each
 * version's own compiler; lines by its dis module (to 3.9), co_lines() and
 * co_positions().
 */
/* From this place in the code on; line 0: none. */
struct line {
	uint32_t at, line;
};
static const uint8_t table_27[] = {
	0, 2, 3, 1, 3, 1, 9, 2, 13, 1, 3, 1, 14, 2, 12, 220,
};
static const struct line lines_27[] = {
	{ 0, 4 }, { 3, 5 }, { 6, 6 }, { 15, 8 }, { 28, 9 }, { 31, 10 }, { 45, 12
	}, { 57, 232 },
};
static const uint8_t table_36[] = {
	0, 2, 2, 1, 2, 1, 6, 2, 10, 1, 2, 1, 12, 2, 12, 127, 0, 93,
};
static const struct line lines_36[] = {
	{ 0, 4 }, { 1, 5 }, { 2, 6 }, { 5, 8 }, { 10, 9 }, { 11, 10 }, { 17, 12
	}, { 23, 232 },
};
static const uint8_t table_39[] = {
	0, 2, 2, 1, 2, 1, 2, 254, 4, 4, 8, 1, 2, 1, 10, 2, 18, 127, 0, 92, 6, 1,
	2, 255,
};
static const struct line lines_39[] = {
	{ 0, 4 }, { 1, 5 }, { 2, 6 }, { 3, 4 }, { 5, 8 }, { 9, 9 }, { 10, 10 },
	{ 15, 12 }, { 24, 231 }, { 27, 232 }, { 28, 231 },
};
static const uint8_t table_310[] = {
	2, 2, 2, 1, 2, 1, 4, 254, 8, 4, 2, 1, 10, 1, 16, 2, 0, 127, 6, 92, 2, 1,
	6, 255,
};
static const struct line lines_310[] = {
	{ 0, 4 }, { 1, 5 }, { 2, 6 }, { 3, 4 }, { 5, 8 }, { 9, 9 }, { 10, 10 },
	{ 15, 12 }, { 23, 231 }, { 26, 232 }, { 27, 231 },
};
static const uint8_t table_311[] = {
	128, 0, 229, 8, 9, 216, 8, 9, 216, 8, 9, 241, 5, 3, 9, 6, 244, 0, 3, 9,
	6, 128, 65, 240, 8, 0, 14, 15, 240, 0, 4, 5, 16, 240, 0, 4, 5, 16, 136,
	1, 240, 2, 3, 9, 16, 221, 12, 13, 136, 97, 137, 68, 140, 68, 136, 68,
	229, 12, 13, 137, 67, 140, 67, 136, 67, 136, 67, 248, 141, 65, 137, 67,
	140, 67, 136, 67, 136, 67, 248, 248, 248, 240, 118, 6, 2, 12, 6, 240, 0,
	2, 12, 6, 216, 19, 20, 240, 3, 2, 12, 6, 241, 0, 2, 12, 6, 244, 0, 2,
	12, 6, 240, 0, 2, 5, 6,
};
static const struct line lines_311[] = {
	{ 0, 2 }, { 1, 4 }, { 7, 5 }, { 8, 6 }, { 9, 4 }, { 17, 8 }, { 21, 9 },
	{ 22, 10 }, { 37, 12 }, { 52, 0 }, { 53, 12 }, { 68, 0 }, { 71, 231 }, {
	73, 232 }, { 74, 231 },
};
static const uint8_t table_313[] = {
	128, 0, 228, 8, 9, 216, 8, 9, 216, 8, 9, 243, 5, 3, 9, 6, 128, 65, 243,
	8, 0, 14, 15, 136, 1, 240, 2, 3, 9, 16, 220, 12, 13, 136, 97, 140, 68,
	228, 12, 13, 142, 67, 241, 9, 0, 14, 15, 241, 64, 7, 0, 20, 21, 243, 3,
	2, 12, 6, 217, 19, 20, 136, 97, 138, 1, 145, 49, 241, 3, 2, 12, 6, 240,
	0, 2, 5, 6, 248, 244, 119, 6, 0, 13, 14, 141, 67, 252, 242, 118, 6, 2,
	12, 6,
};
static const struct line lines_313[] = {
	{ 0, 2 }, { 1, 4 }, { 6, 5 }, { 7, 6 }, { 8, 4 }, { 13, 8 }, { 18, 9 },
	{ 19, 10 }, { 30, 12 }, { 42, 8 }, { 44, 232 }, { 46, 231 }, { 50, 232
	}, { 58, 231 }, { 61, 0 }, { 62, 12 }, { 73, 0 }, { 78, 231 },
};

#define OF(minor, last, v) \
	{ minor, last, table_##v, sizeof table_##v, lines_##v, \
	    GP_COUNT(lines_##v) }

static const struct {
	unsigned minor;
	uint32_t last; /* place in the code */
	const uint8_t *table;
	size_t len;
	const struct line *line;
	size_t n;
} cases[] = {
	OF(0, 79, 27),
	OF(6, 29, 36),
	OF(9, 30, 39),
	OF(10, 29, 310),
	OF(11, 82, 311),
	OF(13, 80, 313),
};

START_TEST(every_place_has_its_line)
{
	size_t k = 0;

	for (uint32_t at = 0; at <= cases[_i].last; at++) {
		while (k + 1 < cases[_i].n && cases[_i].line[k + 1].at <= at)
			k++;
		ck_assert_uint_eq(python_line_at(cases[_i].minor, 2,
		    cases[_i].table, cases[_i].len, at),
		    cases[_i].line[k].line);
	}
}
END_TEST

/* Whatever is missing, there is an answer, and it is a line of the table. */
START_TEST(a_table_may_end_anywhere)
{
	uint8_t *copy;
	uint32_t line;

	for (size_t len = 0; len < cases[_i].len; len++) {
		copy = malloc(len + 1);
		ck_assert_ptr_nonnull(copy);
		for (size_t i = 0; i < len; i++)
			copy[i] = cases[_i].table[i];
		for (uint32_t at = 0; at <= cases[_i].last + 9; at++) {
			line = python_line_at(cases[_i].minor, 2, copy, len,
			    at);
			ck_assert_uint_le(line, 400);
		}
		free(copy);
	}
}
END_TEST

START_TEST(lines_that_cannot_be_are_none)
{
	static const uint8_t back[] = { 0, 0x80 }; /* 128 lines */
	static const uint8_t far[] = { 0xe8, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f,
	    0x7f, 0x7f, 0x3e };

	ck_assert_uint_eq(python_line_at(8, 100, back, sizeof back, 0), 0);
	ck_assert_uint_eq(python_line_at(12, 5, far, sizeof far, 7), 0);
	ck_assert_uint_eq(python_line_at(12, 5, far, sizeof far, 99), 0);
	ck_assert_uint_eq(python_line_at(10, 5, NULL, 0, 0), 0);
	ck_assert_uint_eq(python_line_at(0, 5, NULL, 0, 0), 5);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("python_lines");
	TCase *t = tcase_create("python_lines");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, every_place_has_its_line, 0,
	    (int)GP_COUNT(cases));
	tcase_add_loop_test(t, a_table_may_end_anywhere, 0,
	    (int)GP_COUNT(cases));
	tcase_add_test(t, lines_that_cannot_be_are_none);
	return s;
}
