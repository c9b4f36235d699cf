#include "base/parse.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static const struct {
	const char *s;
	bool good;
	uint64_t v;
} u64s[] = {
	{ "0", true, 0 }, { "007", true, 7 },
	{ "18446744073709551615", true, UINT64_MAX },
	{ "18446744073709551616", false, 0 },
	{ "99999999999999999999999", false, 0 },
	{ "", false, 0 }, { "+1", false, 0 }, { "-1", false, 0 },
	{ " 1", false, 0 }, { "1 ", false, 0 }, { "0x1", false, 0 },
	{ "1.0", false, 0 }, { "\xd9\xa1", false, 0 },
};

START_TEST(decimal_numbers)
{
	uint64_t v = 42;

	ck_assert_int_eq(parse_u64(u64s[_i].s, &v), u64s[_i].good);
	ck_assert_uint_eq(v, u64s[_i].good ? u64s[_i].v : 42);
}
END_TEST

static const struct {
	const char *s;
	bool good;
	uint64_t whole;
	uint32_t nano;
} decimals[] = {
	{ "0", true, 0, 0 }, { "12", true, 12, 0 }, { "12.", true, 12, 0 },
	{ "12.5", true, 12, 500000000 }, { "0.000000001", true, 0, 1 },
	{ "0.0000000019", true, 0, 1 },
	{ "1.99999999999999999999", true, 1, 999999999 },
	{ "18446744073709551615.5", true, UINT64_MAX, 500000000 },
	{ "18446744073709551616.5", false, 0, 0 },
	{ "", false, 0, 0 }, { ".", false, 0, 0 }, { ".5", false, 0, 0 },
	{ "1.5.5", false, 0, 0 }, { "1..5", false, 0, 0 },
	{ "1.5e3", false, 0, 0 }, { "-1.5", false, 0, 0 },
	{ "1.-5", false, 0, 0 }, { "1.0000000001x", false, 0, 0 },
};

START_TEST(numbers_with_decimals)
{
	uint64_t whole = 42;
	uint32_t nano = 43;

	ck_assert_int_eq(parse_decimal(decimals[_i].s, strlen(decimals[_i].s),
	    &whole, &nano), decimals[_i].good);
	ck_assert_uint_eq(whole, decimals[_i].good ? decimals[_i].whole : 42);
	ck_assert_uint_eq(nano, decimals[_i].good ? decimals[_i].nano : 43);
}
END_TEST

static const struct {
	const char *s;
	bool good;
	uint64_t v;
} hexes[] = {
	{ "0", true, 0 }, { "ff", true, 255 }, { "FF", true, 255 },
	{ "ffffffffffffffff", true, UINT64_MAX },
	{ "00000000000000001", false, 0 }, { "", false, 0 },
	{ "g", false, 0 }, { "@", false, 0 }, { "`", false, 0 },
	{ "G", false, 0 }, { "0x1", false, 0 }, { "/", false, 0 },
	{ ":", false, 0 }, { "\x81", false, 0 }, { "a ", false, 0 },
	{ "0123456789abcdef", true, 0x0123456789abcdef },
	{ "FEDCBA9876543210", true, 0xfedcba9876543210 },
	{ "12345678", true, 0x12345678 }, { "aBcDeF01", true, 0xabcdef01 },
	{ "7f12345", true, 0x7f12345 }, { "123456789", true, 0x123456789 },
	{ "ffffffff810001ff", true, 0xffffffff810001ff },
};

START_TEST(hexadecimal_numbers)
{
	uint64_t v = 42;

	ck_assert_int_eq(parse_hex(hexes[_i].s, strlen(hexes[_i].s), &v),
	    hexes[_i].good);
	ck_assert_uint_eq(v, hexes[_i].good ? hexes[_i].v : 42);
}
END_TEST

/* Digits are read eight at once: each byte in each place of each length. */
START_TEST(what_is_no_digit_is_seen_in_every_place)
{
	const char one[] = { (char)_i, '\0' };
	bool good = _i && strspn(one, "0123456789abcdefABCDEF");
	char s[17] = "0000000000000000";
	uint64_t v;

	for (size_t len = 1; len <= 16; len++)
		for (size_t i = 0; i < len; i++) {
			s[i] = (char)_i;
			ck_assert_int_eq(parse_hex(s, len, &v), good);
			if (good)
				ck_assert_uint_eq(v, strtoull(one, NULL, 16) <<
				    4 * (len - 1 - i));
			s[i] = '0';
		}
}
END_TEST

static const struct {
	const char *s;
	bool good;
	uint64_t v;
} durations[] = {
	{ "10", true, 10000000000 }, { "10s", true, 10000000000 },
	{ "1.5s", true, 1500000000 }, { ".5s", false, 0 },
	{ "0.1", true, 100000000 }, { "250ms", true, 250000000 },
	{ "7us", true, 7000 }, { "5m", true, 300000000000 },
	{ "2h", true, 7200000000000 }, { "1d", true, 86400000000000 },
	{ "0.000000001s", true, 1 }, { "0.0000000001s", false, 0 },
	{ "0.5d", true, 43200000000000 }, { "1.", false, 0 },
	{ "", false, 0 }, { "s", false, 0 }, { "-1s", false, 0 },
	{ "1 s", false, 0 }, { "1S", false, 0 }, { "1w", false, 0 },
	{ "213504d", false, 0 }, { "213503d", true, 18446659200000000000u },
	{ "18446744073s", true, 18446744073000000000u },
	{ "18446744073.999999999s", false, 0 },
};

START_TEST(durations_have_units)
{
	uint64_t v = 42;

	ck_assert_int_eq(parse_duration(durations[_i].s, &v),
	    durations[_i].good);
	ck_assert_uint_eq(v, durations[_i].good ? durations[_i].v : 42);
}
END_TEST

static const struct {
	const char *s;
	bool good;
	uint64_t v;
} sizes[] = {
	{ "512", true, 512 }, { "64K", true, 65536 },
	{ "10M", true, 10485760 }, { "2G", true, 2147483648 },
	{ "1T", true, 1099511627776 }, { "16777215T", true,
	    18446742974197923840u }, { "16777216T", false, 0 },
	{ "1k", false, 0 }, { "1KB", false, 0 }, { "K", false, 0 },
	{ "", false, 0 }, { "1.5G", false, 0 }, { "-1", false, 0 },
};

START_TEST(sizes_are_powers_of_1024)
{
	uint64_t v = 42;

	ck_assert_int_eq(parse_size(sizes[_i].s, &v), sizes[_i].good);
	ck_assert_uint_eq(v, sizes[_i].good ? sizes[_i].v : 42);
}
END_TEST

START_TEST(pid_lists_are_read)
{
	uint32_t p[3];
	size_t n;

	ck_assert(parse_pids("1,22,4194304", p, 3, &n));
	ck_assert_uint_eq(n, 3);
	ck_assert(p[0] == 1 && p[1] == 22 && p[2] == 4194304);
	ck_assert(!parse_pids("1,2,3,4", p, 3, &n));
}
END_TEST

static const char *const bad_pids[] = {
	"", ",", "1,", ",1", "1,,2", "0", "4194305", "-1", "1 2", "x",
	"18446744073709551617",
};

START_TEST(what_is_no_pid_list_is_refused)
{
	uint32_t p[3];
	size_t n;

	ck_assert(!parse_pids(bad_pids[_i], p, 3, &n));
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("parse");
	TCase *t = tcase_create("parse");

	tcase_add_loop_test(t, decimal_numbers, 0,
	    GP_COUNT(u64s));
	tcase_add_loop_test(t, numbers_with_decimals, 0,
	    (int)(sizeof decimals / sizeof *decimals));
	tcase_add_loop_test(t, hexadecimal_numbers, 0,
	    GP_COUNT(hexes));
	tcase_add_loop_test(t, what_is_no_digit_is_seen_in_every_place, 0,
	    256);
	tcase_add_loop_test(t, durations_have_units, 0,
	    GP_COUNT(durations));
	tcase_add_loop_test(t, sizes_are_powers_of_1024, 0,
	    GP_COUNT(sizes));
	tcase_add_test(t, pid_lists_are_read);
	tcase_add_loop_test(t, what_is_no_pid_list_is_refused, 0,
	    GP_COUNT(bad_pids));
	suite_add_tcase(s, t);
	return s;
}
