#include "profile/events.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

/* A stack of an event, or of none; the node that it ends at. */
static uint32_t
add(struct fold *f, const char *event, const char *frame, uint64_t count)
{
	uint32_t id[2];
	size_t n = 0, heads;

	if (event)
		id[n++] = fold_event(f, event, strlen(event));
	heads = n;
	if (frame)
		id[n++] = fold_frame(f, frame, strlen(frame),
		    FRAMES_NO_MODULE);
	ck_assert_int_eq(fold_stack(f, id, n, heads, count), 0);
	return f->last;
}

START_TEST(each_stack_is_of_the_event_that_it_is_below)
{
	struct fold f = { .opt.heads.event = true };
	struct events e;
	uint32_t cycles = add(&f, "cycles:u", "main", 1);
	uint32_t faults = add(&f, "faults", "main", 2);
	uint32_t alone = add(&f, "faults", NULL, 3);

	events_init(&e, &f);
	ck_assert_uint_eq(e.n, 2);
	ck_assert(!e.none);
	ck_assert_uint_eq(e.of[cycles], 1);
	ck_assert_uint_eq(e.of[faults], 2);
	ck_assert_uint_eq(e.of[alone], 2);
	ck_assert_str_eq(events_name(&e, 1), "cycles:u");
	ck_assert_str_eq(events_name(&e, 2), "faults");
	ck_assert_uint_eq(events_places(&e), 2);
	ck_assert_uint_eq(events_place(&e, cycles), 0);
	ck_assert_uint_eq(events_place(&e, alone), 1);
	ck_assert_uint_eq(events_at(&e, 1), 2);
	events_free(&e);
	fold_free(&f);
}
END_TEST

START_TEST(what_is_of_no_event_has_a_place_before_them)
{
	struct fold f = { .opt.heads.event = true };
	struct events e;
	uint32_t faults = add(&f, "faults", "main", 1);
	/* A function that reads the same as an event is none. */
	uint32_t none = add(&f, NULL, "faults", 2);

	events_init(&e, &f);
	ck_assert_uint_eq(e.n, 1);
	ck_assert(e.none);
	ck_assert_uint_eq(e.of[none], 0);
	ck_assert_uint_eq(events_places(&e), 2);
	ck_assert_uint_eq(events_place(&e, none), 0);
	ck_assert_uint_eq(events_place(&e, faults), 1);
	ck_assert_uint_eq(events_at(&e, 0), 0);
	ck_assert_uint_eq(events_at(&e, 1), 1);
	events_free(&e);
	fold_free(&f);
}
END_TEST

START_TEST(events_without_samples_are_none)
{
	struct filter filter = { 0 };
	struct fold f = { .opt = {
		.heads.event = true, .frames.filter = &filter,
	} };
	struct events e;
	uint32_t b;

	ck_assert_ptr_null(filter_add(&filter, FILTER_IGNORE, "^a$"));
	add(&f, "a", "main", 1);
	b = add(&f, "b", "main", 2);
	events_init(&e, &f);
	ck_assert_uint_eq(e.n, 1);
	ck_assert_str_eq(events_name(&e, 1), "b");
	ck_assert_uint_eq(events_place(&e, b), 0);
	events_free(&e);
	fold_free(&f);
	filter_free(&filter);
}
END_TEST

START_TEST(without_events_there_is_one_place)
{
	struct fold f = { 0 };
	struct events e;
	uint32_t node;

	events_init(&e, &f);
	ck_assert_uint_eq(e.n, 0);
	ck_assert_uint_eq(events_places(&e), 1);
	ck_assert_uint_eq(events_at(&e, 0), 0);
	events_free(&e);
	/* Not asked for, an event is a frame. */
	node = add(&f, "faults", "main", 1);
	events_init(&e, &f);
	ck_assert_uint_eq(e.n, 0);
	ck_assert_uint_eq(events_places(&e), 1);
	ck_assert_uint_eq(events_place(&e, node), 0);
	events_free(&e);
	fold_free(&f);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("events");
	TCase *t = tcase_create("all");

	tcase_add_test(t, each_stack_is_of_the_event_that_it_is_below);
	tcase_add_test(t, what_is_of_no_event_has_a_place_before_them);
	tcase_add_test(t, events_without_samples_are_none);
	tcase_add_test(t, without_events_there_is_one_place);
	suite_add_tcase(s, t);
	return s;
}
