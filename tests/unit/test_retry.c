/* What answers mean, and how long is waited. */
#include <check.h>
#include <stdint.h>

#include "base/attr.h"
#include "ship/retry.h"
#include "suite.h"

#define SECOND ((uint64_t)1000000000)

START_TEST(statuses_mean_what_the_table_says)
{
	static const struct {
		long status;
		enum retry_verdict v;
	} t[] = {
		{ 200, RETRY_DONE }, { 204, RETRY_DONE }, { 299, RETRY_DONE },
		{ 301, RETRY_REFUSE }, { 308, RETRY_REFUSE },
		{ 400, RETRY_REJECT }, { 401, RETRY_REFUSE },
		{ 403, RETRY_REFUSE }, { 404, RETRY_REFUSE },
		{ 405, RETRY_REFUSE }, { 407, RETRY_REFUSE },
		{ 408, RETRY_LATER }, { 409, RETRY_REJECT },
		{ 410, RETRY_REFUSE }, { 411, RETRY_REJECT },
		{ 413, RETRY_REJECT }, { 415, RETRY_REJECT },
		{ 421, RETRY_REFUSE }, { 422, RETRY_REJECT },
		{ 429, RETRY_LATER }, { 500, RETRY_REJECT },
		{ 501, RETRY_REJECT }, { 502, RETRY_LATER },
		{ 503, RETRY_LATER }, { 504, RETRY_LATER },
		{ 505, RETRY_REJECT }, { 599, RETRY_REJECT },
	};

	for (size_t i = 0; i < GP_COUNT(t); i++)
		ck_assert_msg(retry_judge(t[i].status) == t[i].v,
		    "status %ld", t[i].status);
}
END_TEST

START_TEST(backoff_doubles_up_to_a_minute)
{
	static const uint64_t most[] = { 1, 2, 4, 8, 16, 32, 60, 60, 60 };

	for (unsigned n = 0; n < GP_COUNT(most); n++) {
		/* The range is closed: both ends can come out. */
		ck_assert_uint_eq(retry_delay_ns(n, 0, 0), 0);
		ck_assert_uint_eq(retry_delay_ns(n, 0, most[n] * SECOND),
		    most[n] * SECOND);
		ck_assert_uint_eq(retry_delay_ns(n, 0, most[n] * SECOND + 1), 0);
		ck_assert_uint_le(retry_delay_ns(n, 0, UINT64_MAX),
		    most[n] * SECOND);
	}
	ck_assert_uint_le(retry_delay_ns(UINT32_MAX, 0, UINT64_MAX),
	    60 * SECOND);
}
END_TEST

START_TEST(the_server_s_wish_comes_first_within_reason)
{
	ck_assert_uint_eq(retry_delay_ns(0, 7, 12345), 7 * SECOND);
	ck_assert_uint_eq(retry_delay_ns(9, 1, 12345), 1 * SECOND);
	ck_assert_uint_eq(retry_delay_ns(0, 300, 1), 300 * SECOND);
	ck_assert_uint_eq(retry_delay_ns(0, UINT64_MAX, 1), 300 * SECOND);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("retry");
	TCase *t = tcase_create("retry");

	tcase_add_test(t, statuses_mean_what_the_table_says);
	tcase_add_test(t, backoff_doubles_up_to_a_minute);
	tcase_add_test(t, the_server_s_wish_comes_first_within_reason);
	suite_add_tcase(s, t);
	return s;
}
