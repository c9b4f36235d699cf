/* Unit tests of gp-record's rings.c, with machines that are described. */
#include <check.h>
#include <stdlib.h>

#include "cmd/gp-record/rings.c"
#include "suite.h"

#define KB ((size_t)1 << 10)
#define MB ((size_t)1 << 20)

static const struct {
	struct rings_need need;
	struct rings is;
} machines[] = {
	{ { 1, 99, false }, { 4 * MB, 2 * MB, 512 * KB } },
	{ { 2, 99, false }, { 4 * MB, 2 * MB, 512 * KB } },
	{ { 8, 99, false }, { 16 * MB, 2 * MB, 512 * KB } },
	{ { 64, 99, false }, { 16 * MB, 256 * KB, 64 * KB } },
	{ { 256, 99, false }, { 16 * MB, 64 * KB, 16 * KB } },
	/* Faster, slower, and nobody knows how fast. */
	{ { 2, 999, false }, { 16 * MB, 2 * MB, 512 * KB } },
	{ { 64, 11, false }, { 16 * MB, 256 * KB, 64 * KB } },
	{ { 4, 11, false }, { 4 * MB, 2 * MB, 512 * KB } },
	{ { 1, 0, false }, { 16 * MB, 2 * MB, 512 * KB } },
	/* A user's own process. */
	{ { 2, 99, true }, { 4 * MB, 2 * MB, 128 * KB } },
	/* Nobody could say how many there are. */
	{ { 0, 99, false }, { 4 * MB, 2 * MB, 512 * KB } },
};

START_TEST(rings_fit_the_machine)
{
	struct rings r = rings_plan(&machines[_i].need);

	ck_assert_uint_eq(r.samples, machines[_i].is.samples);
	ck_assert_uint_eq(r.perf, machines[_i].is.perf);
	ck_assert_uint_eq(r.sideband, machines[_i].is.sideband);
}
END_TEST

static bool
is_power(size_t n)
{
	return n >= 8 * KB && (n & (n - 1)) == 0;
}

START_TEST(rings_keep_to_their_bound_with_either_engine)
{
	static const uint64_t freqs[] = { 0, 1, 11, 49, 99, 999, 100000,
		UINT64_MAX };

	for (unsigned cpus = 1; cpus <= 512; cpus++)
		for (size_t i = 0; i < sizeof freqs / sizeof *freqs; i++) {
			struct rings_need n = { cpus, freqs[i], false };
			struct rings r = rings_plan(&n);
			size_t sideband = cpus * r.sideband;

			ck_assert(is_power(r.samples) && is_power(r.perf) &&
			    is_power(r.sideband));
			ck_assert_uint_le(r.samples + sideband, RINGS_MAX);
			/* Samples of perf have 16 KB of stack each. */
			ck_assert_uint_ge(r.perf, 3 * 17 * KB);
			if (cpus <= 256)
				ck_assert_uint_le(cpus * r.perf + sideband,
				    RINGS_MAX);
		}
}
END_TEST

START_TEST(rings_of_more_cpus_are_not_larger)
{
	struct rings last = { SAMPLES_MAX, PERF_EACH_MAX, SIDEBAND_EACH_MAX };

	for (unsigned cpus = 1; cpus <= 8192; cpus++) {
		struct rings_need n = { cpus, 99, false };
		struct rings r = rings_plan(&n);

		ck_assert_uint_le(r.perf, last.perf);
		ck_assert_uint_le(r.sideband, last.sideband);
		last = r;
	}
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("rings");
	TCase *t = tcase_create("rings");

	tcase_add_loop_test(t, rings_fit_the_machine, 0,
	    (int)(sizeof machines / sizeof *machines));
	tcase_add_test(t, rings_keep_to_their_bound_with_either_engine);
	tcase_add_test(t, rings_of_more_cpus_are_not_larger);
	suite_add_tcase(s, t);
	return s;
}
