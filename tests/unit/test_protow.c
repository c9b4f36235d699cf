#include "base/protow.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

/* Whatever is in a message, in both forms. */
static void
put_all(struct protow *w)
{
	const uint32_t few[] = { 1, 0, 300 };
	const uint64_t many[] = { 0, UINT64_MAX };

	protow_begin(w, 0, NULL);
	protow_str(w, 1, "name", "read", 4);
	protow_str(w, 2, "none", "", 0);
	protow_u32(w, 3, "few", 300);
	protow_u32(w, 3, "zero", 0);
	protow_u64(w, 4, "many", UINT64_MAX);
	protow_u64(w, 4, "zero", 0);
	protow_bool(w, 5, "yes", true);
	protow_bool(w, 5, "no", false);
	protow_set_i64(w, 6, "set", 0);
	protow_set_i64(w, 6, "below", -1);
	protow_fixed64(w, 7, "at", 258);
	protow_u32s(w, 8, "u32s", few, 3);
	protow_u64s(w, 9, "u64s", many, 2);
	protow_fixed64s(w, 16, "fixed", many, 1);
	protow_u64s(w, 9, "nothing", many, 0);
	protow_list(w, 17, "list");
	protow_begin(w, 0, NULL);
	protow_u64(w, 1, "v", 5);
	protow_end(w);
	protow_begin(w, 0, NULL);
	protow_end(w);
	protow_end(w);
	protow_list(w, 18, "strings");
	protow_str(w, 0, NULL, "", 0);
	protow_str(w, 0, NULL, "a", 1);
	protow_end(w);
	protow_begin(w, 19, "in");
	protow_begin(w, 1, "deep");
	protow_u64(w, 1, "v", 7);
	protow_end(w);
	protow_end(w);
	protow_end(w);
}

START_TEST(messages_are_protobuf)
{
	static const char want[] =
	    "\x0a\x04read" "\x18\xac\x02"
	    "\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" "\x28\x01"
	    "\x30\x00" "\x30\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
	    "\x39\x02\x01\x00\x00\x00\x00\x00\x00"
	    "\x42\x04\x01\x00\xac\x02"
	    "\x4a\x0b\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
	    "\x82\x01\x08\x00\x00\x00\x00\x00\x00\x00\x00"
	    "\x8a\x01\x02\x08\x05" "\x8a\x01\x00"
	    "\x92\x01\x00" "\x92\x01\x01" "a"
	    "\x9a\x01\x04\x0a\x02\x08\x07";
	struct protow w = { .json = false };

	put_all(&w);
	ck_assert_uint_eq(w.b.len, sizeof want - 1);
	ck_assert_mem_eq(w.b.s, want, sizeof want - 1);
	protow_free(&w);
}
END_TEST

START_TEST(the_same_calls_make_json)
{
	struct protow w = { .json = true };

	put_all(&w);
	ck_assert_str_eq(w.b.s, "{\"name\":\"read\",\"few\":300,"
	    "\"many\":\"18446744073709551615\",\"yes\":true,"
	    "\"set\":\"0\",\"below\":\"-1\",\"at\":\"258\","
	    "\"u32s\":[1,0,300],"
	    "\"u64s\":[\"0\",\"18446744073709551615\"],\"fixed\":[\"0\"],"
	    "\"list\":[\n{\"v\":\"5\"},\n{}],\"strings\":[\n\"\",\n\"a\"],"
	    "\"in\":{\"deep\":{\"v\":\"7\"}}}");
	protow_free(&w);
}
END_TEST

/* A length of two bytes, of what was moved up for it. */
START_TEST(long_messages_have_long_lengths)
{
	char text[300];
	struct protow w = { .json = false };

	memset(text, 'x', sizeof text);
	protow_begin(&w, 1, NULL);
	protow_str(&w, 1, NULL, text, sizeof text);
	protow_end(&w);
	ck_assert_uint_eq(w.b.len, 3 + 3 + sizeof text);
	ck_assert_mem_eq(w.b.s, "\x0a\xaf\x02\x0a\xac\x02x", 7);
	ck_assert_int_eq(w.b.s[w.b.len - 1], 'x');
	protow_free(&w);
}
END_TEST

START_TEST(what_has_no_length_above_it_may_be_taken)
{
	struct protow w = { .json = false };

	protow_begin(&w, 0, NULL);
	protow_list(&w, 1, NULL);
	ck_assert(protow_is_flat(&w));
	protow_begin(&w, 0, NULL);
	protow_u64(&w, 1, NULL, 1);
	ck_assert(!protow_is_flat(&w));
	protow_end(&w);
	ck_assert(protow_is_flat(&w));
	buf_reset(&w.b);
	protow_begin(&w, 0, NULL);
	protow_u64(&w, 1, NULL, 2);
	protow_end(&w);
	protow_end(&w);
	protow_end(&w);
	ck_assert_uint_eq(w.b.len, 4);
	ck_assert_mem_eq(w.b.s, "\x0a\x02\x08\x02", 4);
	protow_free(&w);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("protow");
	TCase *t = tcase_create("protow");

	tcase_add_test(t, messages_are_protobuf);
	tcase_add_test(t, the_same_calls_make_json);
	tcase_add_test(t, long_messages_have_long_lengths);
	tcase_add_test(t, what_has_no_length_above_it_may_be_taken);
	suite_add_tcase(s, t);
	return s;
}
