/* CPython's code objects in made-up memory, and their names. */
#include "python_memory.h"

#include <check.h>
#include <string.h>

#include "base/attr.h"
#include "suite.h"

static const struct interp_process process = { read_for_names, NULL, NULL };

/* The text of a code object's frame. */
static int
name_with(const struct interp *i, const struct interp_wish *wish,
    uint64_t clue, uint64_t *check, struct buf *out)
{
	struct interp_code c = { .check = *check };
	int rc = interp_read(i, &process, wish, AT, clue, &c);

	if (rc == INTERP_OK)
		interp_put_name(i, &c, c.line, out);
	*check = c.check;
	interp_code_free(&c);
	return rc;
}

static int
name_of(const struct interp *i, uint64_t *check, struct buf *out)
{
	static const struct interp_wish base;

	return name_with(i, &base, 0, check, out);
}

static void
put_str(uint64_t addr, const void *text, size_t chars, unsigned kind,
    bool ascii)
{
	put(addr, 1, 8);
	put(addr + 16, chars, 8);
	put(addr + 32, kind << 2 | 1u << 5 | (unsigned)ascii << 6, 4);
	memcpy(arena + (addr - AT) + (ascii ? 40 : 56), text, chars * kind);
}

/* A code object of 3.12 with its strings. */
static struct interp
put_code(const char *file)
{
	clear();
	put(AT, 1, 8);
	put(AT + 68, 31, 4);
	put(AT + 112, AT + 1024, 8);
	put(AT + 128, AT + 2048, 8);
	put_str(AT + 1024, file, strlen(file), 1, true);
	put_str(AT + 2048, "Shop.price", 10, 1, true);
	return (struct interp){
		.language = INTERP_PYTHON, .u.python.minor = 12,
	};
}

static const struct {
	const char *file;
	enum interp_paths paths;
	const char *name;
} names[] = {
	{ "/srv/shop/app.py", INTERP_BASE, "Shop.price (app.py:31)_[p]" },
	{ "/srv/shop/app.py", INTERP_FULL,
	    "Shop.price (/srv/shop/app.py:31)_[p]" },
	{ "/srv/shop/app.py", INTERP_MODULE, "Shop.price (app.py:31)_[p]" },
	{ "/v/lib/python3.12/site-packages/a/site-packages/b/c.py",
	    INTERP_MODULE, "Shop.price (b/c.py:31)_[p]" },
	{ "/usr/lib/python3.12/json/decoder.py", INTERP_MODULE,
	    "Shop.price (json/decoder.py:31)_[p]" },
	{ "<string>", INTERP_BASE, "Shop.price (<string>:31)_[p]" },
	{ "", INTERP_BASE, "Shop.price (:31)_[p]" },
};

START_TEST(a_code_object_has_a_name)
{
	struct interp_wish wish = { .paths = names[_i].paths };
	struct interp i = put_code(names[_i].file);
	struct buf b = { 0 };
	uint64_t check = 0;

	ck_assert_int_eq(name_with(&i, &wish, 0, &check, &b), INTERP_OK);
	ck_assert_str_eq(b.s, names[_i].name);
	buf_free(&b);
}
END_TEST

START_TEST(another_code_object_at_the_address_is_noticed)
{
	struct interp i = put_code("a.py");
	struct buf b = { 0 };
	uint64_t check = 0;

	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_OK);
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_SAME);
	put(AT + 68, 32, 4);
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_OK);
	buf_free(&b);
}
END_TEST

START_TEST(text_of_all_widths_becomes_utf_8)
{
	static const uint8_t latin[] = { 'g', 'r', 0xf6, 0xdf, 'e' };
	static const uint16_t two[] = { 0x6f22, 0x5b57 };
	static const uint32_t four[] = { 0x1f600, 'x' };
	struct interp i = put_code("a.py");
	struct buf b = { 0 };
	uint64_t check = 0;

	put_str(AT + 2048, latin, 5, 1, false);
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_OK);
	ck_assert_str_eq(b.s, "gr\xc3\xb6\xc3\x9f""e (a.py:31)_[p]");
	buf_reset(&b);
	check = 0;
	put_str(AT + 2048, two, 2, 2, false);
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_OK);
	ck_assert_str_eq(b.s, "\xe6\xbc\xa2\xe5\xad\x97 (a.py:31)_[p]");
	buf_reset(&b);
	check = 0;
	put_str(AT + 2048, four, 2, 4, false);
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_OK);
	ck_assert_str_eq(b.s, "\xf0\x9f\x98\x80x (a.py:31)_[p]");
	buf_free(&b);
}
END_TEST

START_TEST(garbage_has_no_name)
{
	struct interp i = put_code("a.py");
	struct interp_wish wish = { 0 };
	struct interp_code c = { 0 };
	struct buf b = { 0 };
	uint64_t check = 0;

	ck_assert_int_eq(interp_read(&i, &process, &wish, 0, 0, &c),
	    INTERP_EREAD);
	ck_assert_int_eq(interp_read(&i, &process, &wish, AT + sizeof arena,
	    0, &c), INTERP_EREAD);
	ck_assert_uint_eq(c.name.len, 0);
	put(AT + 2048 + 32, 0, 4); /* no str */
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_ESENSE);
	put(AT + 128, 64, 8); /* nowhere */
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_ESENSE);
	ck_assert_uint_eq(b.len, 0);
	buf_free(&b);
}
END_TEST

START_TEST(what_was_freed_has_no_name)
{
	struct interp i = put_code("a.py");
	struct buf b = { 0 };
	uint64_t check = 0;

	put(AT, 0, 8); /* the end of a list of what is free */
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_ESENSE);
	put(AT, 3, 8);
	put(AT + 1024, AT + 2048, 8); /* and amidst it: the file's name */
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_ESENSE);
	put(AT + 1024, 0xc0000000, 8); /* immortal */
	i.u.python.text_type = AT + 64;
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_ESENSE);
	put(AT + 1024 + 8, AT + 64, 8);
	put(AT + 2048 + 8, AT + 64, 8);
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_OK);
	i.u.python.code_type = AT + 128;
	check = 0;
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_ESENSE);
	buf_free(&b);
}
END_TEST

START_TEST(without_the_gil_objects_have_a_larger_head)
{
	struct interp i = put_code("a.py");
	struct buf b = { 0 };
	uint64_t check = 0;

	i.u.python.head = 16;
	memmove(arena + 16, arena, sizeof arena - 16);
	for (uint64_t at = AT; at <= AT + 2048; at += 1024) {
		put(at, 0, 8);
		put(at + 8, 0, 8);
		put(at + 16, at == AT, 8); /* the code's is shared */
	}
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_ESENSE);
	put(AT + 1024 + 12, 1, 4);
	put(AT + 2048 + 12, 1, 4);
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_OK);
	ck_assert_str_eq(b.s, "Shop.price (a.py:31)_[p]");
	i.u.python.code_type = AT + 64;
	check = 0;
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_ESENSE);
	put(AT + 24, AT + 64, 8);
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_OK);
	buf_free(&b);
}
END_TEST

START_TEST(a_huge_length_is_cut_off)
{
	struct interp i = put_code("a.py");
	struct buf b = { 0 };
	uint64_t check = 0;

	put(AT + 2048 + 16, UINT64_MAX, 8);
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_OK);
	ck_assert_uint_le(b.len, INTERP_TEXT_MAX + 32);
	buf_free(&b);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("python_names");
	TCase *t = tcase_create("python_names");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, a_code_object_has_a_name, 0,
	    (int)GP_COUNT(names));
	tcase_add_test(t, another_code_object_at_the_address_is_noticed);
	tcase_add_test(t, text_of_all_widths_becomes_utf_8);
	tcase_add_test(t, garbage_has_no_name);
	tcase_add_test(t, what_was_freed_has_no_name);
	tcase_add_test(t, without_the_gil_objects_have_a_larger_head);
	tcase_add_test(t, a_huge_length_is_cut_off);
	return s;
}
