#include "base/protor.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/protow.h"
#include "suite.h"

START_TEST(fields_come_one_by_one)
{
	static const char text[] = "\x08\x2a" "\x12\x02hi"
	    "\x19\x01\x02\x03\x04\x05\x06\x07\x08" "\x25\x01\x02\x03\x04"
	    "\xf8\xff\xff\xff\x0f\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
	const uint8_t *p = (const uint8_t *)text;
	size_t len = sizeof text - 1;
	struct protor_field f;

	ck_assert(protor_next(&p, &len, &f));
	ck_assert_int_eq(f.type, PROTOR_VARINT);
	ck_assert_uint_eq(f.number, 1);
	ck_assert_uint_eq(f.value, 42);
	ck_assert(protor_next(&p, &len, &f));
	ck_assert_int_eq(f.type, PROTOR_BYTES);
	ck_assert_uint_eq(f.number, 2);
	ck_assert_uint_eq(f.len, 2);
	ck_assert_mem_eq(f.data, "hi", 2);
	ck_assert(protor_next(&p, &len, &f));
	ck_assert_int_eq(f.type, PROTOR_FIXED64);
	ck_assert_uint_eq(f.len, 8);
	ck_assert(protor_next(&p, &len, &f));
	ck_assert_int_eq(f.type, PROTOR_FIXED32);
	ck_assert_uint_eq(f.len, 4);
	ck_assert(protor_next(&p, &len, &f));
	ck_assert_uint_eq(f.number, UINT32_MAX >> 3);
	ck_assert_uint_eq(f.value, UINT64_MAX);
	ck_assert_uint_eq(len, 0);
	ck_assert(!protor_next(&p, &len, &f));
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
} broken[] = {
	{ "\x08", 1 },                 /* no value */
	{ "\x08\x80", 2 },             /* half a varint */
	{ "\x80", 1 },                 /* half a tag */
	{ "\x12\x03hi", 4 },           /* longer than the rest */
	{ "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11 },
	{ "\x19\x01\x02", 3 },
	{ "\x25\x01\x02", 3 },
	{ "\x0b", 1 }, { "\x0c", 1 },  /* groups */
	{ "\x0e\x01", 2 }, { "\x0f\x01", 2 }, /* no such types */
	{ "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12 },
};

START_TEST(what_is_not_whole_is_no_field)
{
	size_t len = broken[_i].len;
	uint8_t *copy = malloc(len);
	const uint8_t *p = copy;
	struct protor_field f;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, broken[_i].bytes, len);
	ck_assert(!protor_next(&p, &len, &f));
	free(copy);
}
END_TEST

START_TEST(what_protow_writes_is_read)
{
	struct protow w = { .json = false };
	const uint64_t v[] = { 0, 1, 127, 128, UINT32_MAX, UINT64_MAX };
	struct protor_field f;
	const uint8_t *p;
	size_t len;

	for (unsigned i = 0; i < 6; i++)
		protow_set_i64(&w, i + 1, NULL, (int64_t)v[i]);
	protow_str(&w, 20, NULL, "text", 4);
	p = (const uint8_t *)w.b.s;
	len = w.b.len;
	for (unsigned i = 0; i < 6; i++) {
		ck_assert(protor_next(&p, &len, &f));
		ck_assert_uint_eq(f.number, i + 1);
		ck_assert_uint_eq(f.value, v[i]);
	}
	ck_assert(protor_next(&p, &len, &f));
	ck_assert_uint_eq(f.number, 20);
	ck_assert_mem_eq(f.data, "text", 4);
	ck_assert_uint_eq(len, 0);
	protow_free(&w);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("protor");
	TCase *t = tcase_create("all");

	tcase_add_test(t, fields_come_one_by_one);
	tcase_add_loop_test(t, what_is_not_whole_is_no_field, 0,
	    (int)(sizeof broken / sizeof *broken));
	tcase_add_test(t, what_protow_writes_is_read);
	suite_add_tcase(s, t);
	return s;
}
