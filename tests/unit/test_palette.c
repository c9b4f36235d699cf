#include "profile/palette.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

/* ---- seeing: linear light, CIELAB, contrast, three kinds of blindness ---- */

struct triple {
	double v[3];
};

static struct triple
linear(uint32_t rgb)
{
	struct triple t;

	for (int i = 0; i < 3; i++) {
		double c = (rgb >> (16 - 8 * i) & 0xff) / 255.0;

		t.v[i] = c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
	}
	return t;
}

static struct triple
times(const double m[3][3], struct triple t)
{
	struct triple out = {{ 0, 0, 0 }};

	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 3; k++)
			out.v[i] += m[i][k] * t.v[k];
	return out;
}

static double
bent(double t)
{
	return t > 216.0 / 24389 ? cbrt(t) : t * 841 / 108 + 4.0 / 29;
}

static struct triple
lab(struct triple rgb)
{
	static const double xyz[3][3] = {
		{ 0.4124564, 0.3575761, 0.1804375 },
		{ 0.2126729, 0.7151522, 0.0721750 },
		{ 0.0193339, 0.1191920, 0.9503041 },
	};
	struct triple t = times(xyz, rgb), out;
	double x = bent(t.v[0] / 0.95047), y = bent(t.v[1]);
	double z = bent(t.v[2] / 1.08883);

	out.v[0] = 116 * y - 16;
	out.v[1] = 500 * (x - y);
	out.v[2] = 200 * (y - z);
	return out;
}

/* Normal sight; then those without red, green and blue receptors. Source:
 * Machado, Oliveira and Fernandes 2009, severity 1. */
static const double sights[4][3][3] = {
	{ { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } },
	{ { 0.152286, 1.052583, -0.204868 }, { 0.114503, 0.786281, 0.099216 },
	    { -0.003882, -0.048116, 1.051998 } },
	{ { 0.367322, 0.860646, -0.227968 }, { 0.280085, 0.672501, 0.047413 },
	    { -0.011820, 0.042940, 0.968881 } },
	{ { 1.255528, -0.076749, -0.178779 },
	    { -0.078411, 0.930809, 0.147602 },
	    { 0.004733, 0.691367, 0.303900 } },
};

/* The least distance of two colours over all sights. */
static double
distance(uint32_t a, uint32_t b)
{
	double least = HUGE_VAL;

	for (int s = 0; s < 4; s++) {
		struct triple x = times(sights[s], linear(a));
		struct triple y = times(sights[s], linear(b));
		double sum = 0;

		for (int i = 0; i < 3; i++) {
			x.v[i] = fmin(fmax(x.v[i], 0), 1);
			y.v[i] = fmin(fmax(y.v[i], 0), 1);
		}
		x = lab(x);
		y = lab(y);
		for (int i = 0; i < 3; i++)
			sum += (x.v[i] - y.v[i]) * (x.v[i] - y.v[i]);
		least = fmin(least, sqrt(sum));
	}
	return least;
}

/* Relative luminance and contrast as WCAG 2.1 defines them. */
static double
contrast(uint32_t a, uint32_t b)
{
	static const double weight[] = { 0.2126, 0.7152, 0.0722 };
	double y[2] = { 0.05, 0.05 };

	for (int i = 0; i < 3; i++) {
		y[0] += weight[i] * linear(a).v[i];
		y[1] += weight[i] * linear(b).v[i];
	}
	return y[0] > y[1] ? y[0] / y[1] : y[1] / y[0];
}

static uint32_t
ink(bool dark)
{
	return dark ? PALETTE_INK_DARK : PALETTE_INK;
}

START_TEST(the_measures_are_right)
{
	ck_assert_double_eq_tol(contrast(0, 0xffffff), 21, 1e-9);
	ck_assert_double_eq_tol(contrast(0x777777, 0xffffff), 4.48, 0.005);
	ck_assert_double_eq_tol(lab(linear(0xffffff)).v[0], 100, 0.01);
	ck_assert_double_eq_tol(lab(linear(0xff0000)).v[1], 80.1, 0.1);
	/* Red and green of one lightness: not for everybody. */
	ck_assert_double_lt(distance(0xa06000, 0x707800), 12);
}
END_TEST

START_TEST(names_can_be_read_on_every_colour)
{
	bool dark = _i;

	for (int k = 0; k < KINDS; k++)
		for (uint32_t s = 0; s < PALETTE_SHADES; s++)
			ck_assert_double_ge(contrast(ink(dark),
			    palette_kind((enum kind)k, s, dark)), 4.5);
	for (uint32_t m = 0; m < PALETTE_MODULES; m++)
		ck_assert_double_ge(contrast(ink(dark),
		    palette_module(m, dark)), 4.5);
	for (int s = -PALETTE_STEPS; s <= PALETTE_STEPS; s++)
		ck_assert_double_ge(contrast(ink(dark),
		    palette_difference(s, dark)), 4.5);
}
END_TEST

static bool
is_language(int k)
{
	return k == KIND_RUBY || k == KIND_PHP || k == KIND_NET ||
	    k == KIND_PERL;
}

/* Two of 10 apart are seen as two when side by side. Languages that hardly occur
 * in one program are nearer to each other; the legend and the tooltip have the
 * word. */
START_TEST(everybody_can_tell_kinds_apart)
{
	bool dark = _i;

	for (int a = 0; a < KINDS; a++)
		for (int b = 0; b < a; b++) {
			double d = distance(palette_kind((enum kind)a, 0, dark),
			    palette_kind((enum kind)b, 0, dark));

			ck_assert_double_ge(d, is_language(a) &&
			    is_language(b) ? 4.5 : is_language(a) ||
			    is_language(b) ? 8 : dark ? 14 : 17);
		}
}
END_TEST

START_TEST(everybody_can_tell_modules_and_differences_apart)
{
	bool dark = _i;

	for (uint32_t a = 0; a < PALETTE_MODULES; a++)
		for (uint32_t b = 0; b < a; b++)
			ck_assert_double_ge(distance(palette_module(a, dark),
			    palette_module(b, dark)), 9.5);
	for (int s = 1; s <= PALETTE_STEPS; s++) {
		ck_assert_double_ge(distance(palette_difference(s, dark),
		    palette_difference(-s, dark)), 7 + 8 * (s - 1));
		ck_assert_double_ge(distance(palette_difference(s, dark),
		    palette_difference(0, dark)), 5 * s);
	}
}
END_TEST

START_TEST(shades_of_a_kind_stay_near_it)
{
	for (int k = 0; k < KINDS; k++)
		for (uint32_t s = 1; s < PALETTE_SHADES; s++)
			ck_assert_double_le(distance(palette_kind((enum kind)k,
			    0, _i), palette_kind((enum kind)k, s, _i)), 14);
}
END_TEST

/* ---- flamegraph.pl's ---- */

static uint32_t
colour(enum palette_id id, enum palette_by by, const char *name)
{
	struct palette p = { .id = id, .by = by };

	return palette_colour(&p, name, strlen(name), false);
}

/* Computed by hand from what namehash() does there: for "ab" the places are
 * 0.379844 and, backwards, 0.330749. */
START_TEST(hash_is_as_flamegraph_has_it)
{
	double a = 'a' % 10 / 9.0, b = 'b' % 11 / 10.0 * 0.7;
	double forth = 1 - (a + b) / 2.7;
	double back = 1 - ('b' % 10 / 9.0 + 'a' % 11 / 10.0 * 0.7) / 2.7;
	uint32_t want = (205 + (uint32_t)(50 * back)) << 16 |
	    (uint32_t)(230 * forth) << 8 | (uint32_t)(55 * back);

	ck_assert_uint_eq(colour(PALETTE_HOT, PALETTE_BY_HASH, "ab"), want);
	ck_assert_uint_eq(colour(PALETTE_HOT, PALETTE_BY_HASH, "lib`ab"), want);
	ck_assert_uint_eq(colour(PALETTE_HOT, PALETTE_BY_HASH, ""),
	    0xffe637);
}
END_TEST

static const struct {
	enum palette_id id;
	const char *name;
	enum palette_id band;
} choices[] = {
	{ PALETTE_JAVA, "f_[j]", PALETTE_GREEN },
	{ PALETTE_JAVA, "f_[i]", PALETTE_AQUA },
	{ PALETTE_JAVA, "Lorg/x/Y", PALETTE_GREEN },
	{ PALETTE_JAVA, "java/lang/Object", PALETTE_GREEN },
	{ PALETTE_JAVA, "read_[k]", PALETTE_ORANGE },
	{ PALETTE_JAVA, "a::b", PALETTE_YELLOW },
	{ PALETTE_JAVA, "read", PALETTE_RED },
	{ PALETTE_JS, "f /a_[j]", PALETTE_GREEN },
	{ PALETTE_JS, "f_[j]", PALETTE_AQUA },
	{ PALETTE_JS, "v8::f", PALETTE_YELLOW },
	{ PALETTE_JS, "f /srv/a.js:3", PALETTE_GREEN },
	{ PALETTE_JS, "Builtin:x", PALETTE_AQUA },
	{ PALETTE_JS, "read_[k]", PALETTE_ORANGE },
	{ PALETTE_JS, "read", PALETTE_RED },
	{ PALETTE_PERL, "A::b", PALETTE_YELLOW },
	{ PALETTE_PERL, "Perl_sv", PALETTE_GREEN },
	{ PALETTE_PERL, "read_[k]", PALETTE_ORANGE },
	{ PALETTE_PERL, "read", PALETTE_RED },
	{ PALETTE_WAKEUP, "x", PALETTE_AQUA },
	{ PALETTE_CHAIN, "x_[w]", PALETTE_AQUA },
	{ PALETTE_CHAIN, "x", PALETTE_BLUE },
};

START_TEST(a_mixed_palette_chooses_by_the_name)
{
	ck_assert_uint_eq(
	    colour(choices[_i].id, PALETTE_BY_NAME, choices[_i].name),
	    colour(choices[_i].band, PALETTE_BY_NAME, choices[_i].name));
}
END_TEST

START_TEST(every_name_of_a_palette_finds_it)
{
	enum palette_id id;

	ck_assert(palette_find("hot", &id) && id == PALETTE_HOT);
	ck_assert(palette_find("kind", &id) && id == PALETTE_KIND);
	ck_assert(palette_find("chain", &id) && id == PALETTE_CHAIN);
	ck_assert(!palette_find("ho", &id));
	ck_assert(!palette_find("", &id));
}
END_TEST

START_TEST(random_differs_by_frame_and_not_by_run)
{
	struct palette p = { PALETTE_HOT, PALETTE_RANDOM, 0 }, q = p;
	uint32_t first = palette_colour(&p, "a", 1, false);

	ck_assert_uint_eq(first, palette_colour(&q, "b", 1, false));
	ck_assert_uint_ne(first, palette_colour(&p, "a", 1, false));
}
END_TEST

START_TEST(the_outermost_frame_is_the_process)
{
	struct palette p = { .id = PALETTE_KIND };

	ck_assert_uint_eq(palette_colour(&p, "sh", 2, true), palette_kind(
	    KIND_PROCESS, palette_hash("sh", 2) % PALETTE_SHADES, false));
	ck_assert_uint_eq(palette_colour(&p, "f_[k]", 5, true), palette_kind(
	    KIND_KERNEL, palette_hash("f_[k]", 5) % PALETTE_SHADES, false));
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("palette");
	TCase *t = tcase_create("palette");

	tcase_add_test(t, the_measures_are_right);
	tcase_add_loop_test(t, names_can_be_read_on_every_colour, 0, 2);
	tcase_add_loop_test(t, everybody_can_tell_kinds_apart, 0, 2);
	tcase_add_loop_test(t, everybody_can_tell_modules_and_differences_apart,
	    0, 2);
	tcase_add_loop_test(t, shades_of_a_kind_stay_near_it, 0, 2);
	tcase_add_test(t, hash_is_as_flamegraph_has_it);
	tcase_add_loop_test(t, a_mixed_palette_chooses_by_the_name, 0,
	    sizeof choices / sizeof *choices);
	tcase_add_test(t, every_name_of_a_palette_finds_it);
	tcase_add_test(t, random_differs_by_frame_and_not_by_run);
	tcase_add_test(t, the_outermost_frame_is_the_process);
	suite_add_tcase(s, t);
	return s;
}
