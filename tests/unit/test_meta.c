#include "profile/meta.h"

#include <check.h>
#include <string.h>

#include "suite.h"

static void
add(struct meta *m, const char *line)
{
	struct record r = { 0 };

	ck_assert(record_parse(&r, line, strlen(line)));
	meta_add(m, &r);
	record_free(&r);
}

/* The text that meta_write() makes; the caller frees b. */
static const char *
text(struct meta *m, struct buf *b)
{
	const struct meta_totals t = { .tool = "t", .samples = 7,
		.truncated = 2, .filtered = 1 };

	buf_reset(b);
	meta_write(m, &t, b);
	return b->s;
}

#define TOOL "#gp version=1 kind=folded tool=t/" GP_VERSION " streams="
#define SUMS(lost, filtered) " samples=7 lost=" lost " truncated=2 " \
	"filtered=" filtered "\n"

START_TEST(without_streams_there_are_only_sums)
{
	struct meta m = { 0 };
	struct buf b = { 0 };

	ck_assert_str_eq(text(&m, &b), TOOL "0" SUMS("0", "1"));
	buf_free(&b);
	meta_free(&m);
}
END_TEST

START_TEST(a_field_stays_if_all_agree)
{
	struct meta m = { 0 };
	struct buf b = { 0 };

	add(&m, "#gp version=1 kind=raw tool=x host=a freq=99 only=1 "
	    "start=2026-01-02T03:04:05Z note=a%20b");
	ck_assert_str_eq(text(&m, &b), TOOL "1 host=a freq=99 only=1 "
	    "start=2026-01-02T03:04:05Z note=a%20b" SUMS("0", "1"));
	add(&m, "#gp version=1 kind=raw tool=x host=b freq=99 "
	    "start=2026-01-01T03:04:05Z note=a%20b other=1");
	ck_assert_str_eq(text(&m, &b), TOOL "2 freq=99 "
	    "start=2026-01-01T03:04:05Z note=a%20b" SUMS("0", "1"));
	add(&m, "#gp version=1 host=a freq=99 start=2026-03-01T03:04:05Z "
	    "note=a%20b");
	ck_assert_str_eq(text(&m, &b), TOOL "3 freq=99 "
	    "start=2026-01-01T03:04:05Z note=a%20b" SUMS("0", "1"));
	ck_assert_str_eq(meta_get(&m, "note"), "a b");
	ck_assert_ptr_null(meta_get(&m, "host"));
	ck_assert_ptr_null(meta_get(&m, "nothing"));
	buf_free(&b);
	meta_free(&m);
}
END_TEST

START_TEST(what_is_true_of_one_machine_is_kept_of_one)
{
	struct meta m = { 0 };
	struct buf b = { 0 };
	double v = -1;

	add(&m, "#machine cpu_busy=1.0");
	add(&m, "#gp version=1 kind=raw host=a");
	add(&m, "#machine cpu_busy=12.3 memory_used=100.0 other=1");
	ck_assert_str_eq(text(&m, &b), TOOL "1 host=a cpu_busy=12.3 "
	    "memory_used=100.0" SUMS("0", "1"));
	ck_assert(meta_percent(&m, "cpu_busy", &v));
	ck_assert_double_eq_tol(v, 12.3, 1e-9);
	ck_assert(meta_percent(&m, "memory_used", &v));
	ck_assert_double_eq(v, 100);
	/* Of two hosts, or of two times, neither holds. */
	add(&m, "#gp version=1 kind=raw host=a");
	add(&m, "#machine cpu_busy=12.3 memory_used=7.0");
	ck_assert_str_eq(text(&m, &b), TOOL "2 host=a" SUMS("0", "1"));
	ck_assert(!meta_percent(&m, "cpu_busy", &v));
	buf_free(&b);
	meta_free(&m);
}
END_TEST

static const char *const wrong_shares[] = { "", "1", "1.", ".5", "1.23",
	"-1.0", "100.1", "1e1.0", "inf", "1.0 ", "0001.0" };

START_TEST(a_share_is_a_number_up_to_100)
{
	struct meta m = { 0 };
	struct buf b = { 0 };
	double v;

	record_begin(&b, "gp");
	record_put(&b, "cpu_busy", wrong_shares[_i]);
	record_end(&b);
	b.s[b.len - 1] = '\0';
	add(&m, b.s);
	ck_assert(!meta_percent(&m, "cpu_busy", &v));
	buf_free(&b);
	meta_free(&m);
}
END_TEST

START_TEST(losses_add_up_by_reason)
{
	struct meta m = { 0 };
	struct buf b = { 0 };

	add(&m, "#gp version=1");
	add(&m, "#lost count=5 reason=ring-full");
	add(&m, "#lost count=2 reason=x");
	add(&m, "#lost count=1 reason=ring-full");
	add(&m, "#lost count=0 reason=zero");
	add(&m, "#lost count=what reason=y");
	add(&m, "#end lines=1 samples=1 lost=8 filtered=3");
	add(&m, "#gp version=1");
	add(&m, "#lost count=1 reason=x");
	/* Three that no record names. */
	add(&m, "#end lines=1 samples=1 lost=4");
	ck_assert_str_eq(text(&m, &b), TOOL "2" SUMS("12", "4")
	    "#lost count=6 reason=ring-full\n#lost count=3 reason=x\n"
	    "#lost count=0 reason=zero\n#lost count=3 reason=unnamed\n");
	buf_free(&b);
	meta_free(&m);
}
END_TEST

START_TEST(sums_saturate)
{
	struct meta m = { 0 };

	add(&m, "#lost count=18446744073709551615 reason=x");
	add(&m, "#lost count=18446744073709551615 reason=x");
	ck_assert_uint_eq(m.lost, UINT64_MAX);
	ck_assert_uint_eq(m.reason_count[0], UINT64_MAX);
	meta_free(&m);
}
END_TEST

START_TEST(the_header_is_a_record_whatever_came_in)
{
	struct meta m = { 0 };
	struct buf b = { 0 };
	struct record r = { 0 };

	buf_adds(&b, "#gp");
	for (int i = 0; i < RECORD_FIELDS_MAX; i++)
		buf_addf(&b, " k%d=v", i);
	add(&m, b.s);
	text(&m, &b);
	ck_assert(record_parse(&r, b.s, b.len - 1));
	record_free(&r);
	buf_free(&b);
	meta_free(&m);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("meta");
	TCase *t = tcase_create("meta");

	tcase_add_test(t, without_streams_there_are_only_sums);
	tcase_add_test(t, a_field_stays_if_all_agree);
	tcase_add_test(t, losses_add_up_by_reason);
	tcase_add_test(t, what_is_true_of_one_machine_is_kept_of_one);
	tcase_add_loop_test(t, a_share_is_a_number_up_to_100, 0,
	    (int)(sizeof wrong_shares / sizeof *wrong_shares));
	tcase_add_test(t, sums_saturate);
	tcase_add_test(t, the_header_is_a_record_whatever_came_in);
	suite_add_tcase(s, t);
	return s;
}
