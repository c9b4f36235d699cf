#include "profile/timeline.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

#define SECOND UINT64_C(1000000000)

static const uint32_t same[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };

static void
expect(const struct timeline *t, const struct timeline_entry *want, size_t n)
{
	ck_assert_uint_eq(t->n, n);
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(t->entry[i].slot, want[i].slot);
		ck_assert_uint_eq(t->entry[i].stack, want[i].stack);
		ck_assert_uint_eq(t->entry[i].count, want[i].count);
	}
}

START_TEST(samples_are_counted_by_slot_and_stack)
{
	static const struct timeline_entry want[] = {
		{ 0, 3, 5 }, { 75, 2, 8 }, { 75, 3, 1 },
	};
	struct timeline t = { 0 };

	timeline_add(&t, 3, 100); /* nobody knows when */
	timeline_at(&t, 3 * SECOND / 2);
	timeline_add(&t, 3, 1);
	timeline_add(&t, 2, 6);
	timeline_at(&t, 0);
	timeline_add(&t, 3, 5);
	timeline_at(&t, 3 * SECOND / 2 + SECOND / 50 - 1);
	timeline_add(&t, 2, 2);
	timeline_sort(&t, same);
	ck_assert_uint_eq(t.slot_ns, SECOND / 50);
	expect(&t, want, 3);
	timeline_free(&t);
}
END_TEST

START_TEST(stacks_get_new_numbers)
{
	static const uint32_t number[] = { 7, 7, 1 };
	static const struct timeline_entry want[] = { { 0, 1, 4 }, { 0, 7, 3 } };
	struct timeline t = { 0 };

	timeline_at(&t, 0);
	timeline_add(&t, 0, 1);
	timeline_add(&t, 2, 4);
	timeline_add(&t, 1, 2);
	timeline_sort(&t, number);
	expect(&t, want, 2);
	timeline_free(&t);
}
END_TEST

static const struct {
	uint64_t seconds, width;
} lengths[] = {
	{ 0, SECOND / 50 }, { 1310, SECOND / 50 }, { 1311, SECOND / 10 },
	{ 6553, SECOND / 10 }, { 6554, SECOND }, { 65536, 10 * SECOND },
	{ 655360, 60 * SECOND }, { 3932160, 600 * SECOND },
	{ 39321600, 3600 * SECOND }, { 235929600, 7200 * SECOND },
	{ UINT64_MAX / SECOND, 3600 * 128 * SECOND },
};

START_TEST(slots_grow_with_the_recording)
{
	struct timeline t = { 0 };
	uint64_t early = 5000 * SECOND / 50;

	timeline_at(&t, early);
	timeline_add(&t, 1, 1);
	timeline_at(&t, lengths[_i].seconds * SECOND);
	timeline_add(&t, 1, 2);
	timeline_at(&t, early);
	timeline_add(&t, 1, 4);
	timeline_sort(&t, same);
	ck_assert_uint_eq(t.slot_ns, lengths[_i].width);
	ck_assert_uint_eq(t.n, 2);
	for (size_t i = 0; i < 2; i++)
		ck_assert_uint_eq(t.entry[i].count, t.entry[i].slot ==
		    early / t.slot_ns ? 5 : 2);
	timeline_free(&t);
}
END_TEST

START_TEST(memory_is_for_pairs_not_for_lines)
{
	struct timeline t = { 0 };
	uint64_t sum = 0;

	for (uint64_t i = 0; i < 200000; i++) {
		timeline_at(&t, i % 7 * SECOND);
		timeline_add(&t, (uint32_t)(i % 5), i);
		sum += i;
	}
	ck_assert_uint_le(t.cap, 4096);
	timeline_sort(&t, same);
	ck_assert_uint_eq(t.n, 35);
	for (size_t i = 0; i < t.n; i++)
		sum -= t.entry[i].count;
	ck_assert_uint_eq(sum, 0);
	timeline_free(&t);
}
END_TEST

START_TEST(the_text_is_as_documented)
{
	struct timeline t = { 0 };
	char *s;
	size_t size;
	FILE *out = open_memstream(&s, &size);

	timeline_at(&t, 2 * SECOND / 50);
	timeline_add(&t, 1, 3);
	timeline_add(&t, 6, 1);
	timeline_at(&t, 5 * SECOND / 50);
	timeline_add(&t, 4, 33);
	timeline_sort(&t, same);
	timeline_write(&t, out);
	fclose(out);
	/* slot 2: 2 entries, 1: 3, 6: 1; slot 5: 1 entry, 4: 33 */
	ck_assert_str_eq(s, "AA" "@B" "D@" "B@" "C`@");
	free(s);
	timeline_free(&t);
}
END_TEST

START_TEST(nothing_is_written_of_nothing)
{
	struct timeline t = { 0 };

	timeline_sort(&t, same);
	ck_assert_uint_eq(t.n, 0);
	timeline_write(&t, NULL);
	timeline_free(&t);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("timeline");
	TCase *t = tcase_create("timeline");

	tcase_add_test(t, samples_are_counted_by_slot_and_stack);
	tcase_add_test(t, stacks_get_new_numbers);
	tcase_add_loop_test(t, slots_grow_with_the_recording, 0,
	    sizeof lengths / sizeof *lengths);
	tcase_add_test(t, memory_is_for_pairs_not_for_lines);
	tcase_add_test(t, the_text_is_as_documented);
	tcase_add_test(t, nothing_is_written_of_nothing);
	suite_add_tcase(s, t);
	return s;
}
