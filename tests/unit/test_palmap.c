#include "profile/palmap.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "suite.h"

static void
parse(struct palmap *m, const char *text)
{
	palmap_parse(m, text, strlen(text), "palette.map");
}

START_TEST(names_keep_their_colours)
{
	struct palmap m = { 0 };
	struct buf b = { 0 };
	uint32_t c;

	parse(&m, "main->rgb(1,2,255)\na->b->rgb(4,5,6)\n->rgb(0,0,0)");
	ck_assert(palmap_find(&m, "main", 4, &c) && c == 0x0102ff);
	ck_assert(palmap_find(&m, "a->b", 4, &c) && c == 0x040506);
	ck_assert(palmap_find(&m, "", 0, &c) && c == 0);
	ck_assert(!palmap_find(&m, "mai", 3, &c));
	palmap_set(&m, "main", 4, 0xffffff);
	palmap_set(&m, "Z", 1, 7);
	palmap_print(&m, &b);
	ck_assert_str_eq(buf_str(&b), "->rgb(0,0,0)\nZ->rgb(0,0,7)\n"
	    "a->b->rgb(4,5,6)\nmain->rgb(255,255,255)\n");
	ck_assert_uint_eq(diag_count(DIAG_FLAME_MAP), 0);
	buf_free(&b);
	palmap_free(&m);
}
END_TEST

static const char *const bad[] = {
	"main", "main->rgb(1,2)", "main->rgb(1,2,256)", "main->rgb(1,2,3",
	"main->rgb(1,2,3)x", "main->rgb(,2,3)", "main->rgb(-1,2,3)",
	"main->rgb(1,2,3,4)", "->rgb(", "",
};

START_TEST(other_lines_are_reported)
{
	struct palmap m = { 0 };
	struct buf b = { 0 };

	diag_init("test");
	diag_set_verbosity(-1);
	buf_addf(&b, "%s\nx->rgb(1,2,3)\n", bad[_i]);
	palmap_parse(&m, buf_str(&b), b.len, "palette.map");
	ck_assert_uint_eq(m.names.n, 1);
	ck_assert_uint_eq(diag_count(DIAG_FLAME_MAP), 1);
	buf_free(&b);
	palmap_free(&m);
}
END_TEST

START_TEST(a_file_comes_back)
{
	char path[] = "/tmp/gp-palmap.XXXXXX";
	int fd = mkstemp(path);
	struct palmap m = { 0 }, n = { 0 };
	uint32_t c;

	ck_assert_int_ge(fd, 0);
	close(fd);
	palmap_set(&m, "a;b", 3, 0x123456);
	ck_assert_int_eq(palmap_write(&m, path), 0);
	ck_assert_int_eq(palmap_read(&n, path), 0);
	ck_assert(palmap_find(&n, "a;b", 3, &c) && c == 0x123456);
	unlink(path);
	palmap_free(&n);
	ck_assert_int_eq(palmap_read(&n, path), 0); /* is empty */
	ck_assert_int_eq(palmap_read(&n, "/"), -1);
	ck_assert_int_eq(palmap_write(&m, "/nowhere/at/all"), -1);
	palmap_free(&m);
	palmap_free(&n);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("palmap");
	TCase *t = tcase_create("palmap");

	tcase_add_test(t, names_keep_their_colours);
	tcase_add_loop_test(t, other_lines_are_reported, 0,
	    sizeof bad / sizeof *bad);
	tcase_add_test(t, a_file_comes_back);
	suite_add_tcase(s, t);
	return s;
}
