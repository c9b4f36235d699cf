#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/file.h"
#include "exact.h"
#include "proc/maps.h"
#include "suite.h"

#define CODE (MAPS_READ | MAPS_EXEC)

static const struct {
	const char *line;
	struct maps_entry want;
} good[] = {
	{ "55d0f0a1c000-55d0f0a1e000 r-xp 00002000 fe:01 1183      /bin/cat\n",
	    { .start = 0x55d0f0a1c000, .end = 0x55d0f0a1e000, .offset = 0x2000,
	    .inode = 1183, .dev_major = 0xfe, .dev_minor = 1, .perms = CODE,
	    .path = "/bin/cat" } },
	{ "7ffd1c5e0000-7ffd1c601000 rw-p 00000000 00:00 0       [stack]\n",
	    { .start = 0x7ffd1c5e0000, .end = 0x7ffd1c601000,
	    .perms = MAPS_READ | MAPS_WRITE, .path = "[stack]" } },
	{ "1000-2000 ---s 00000000 00:00 0 \n",
	    { .start = 0x1000, .end = 0x2000, .perms = MAPS_SHARED,
	    .path = "" } },
	{ "1000-2000 ---p 00000000 00:00 0\n",
	    { .start = 0x1000, .end = 0x2000, .path = "" } },
	{ "1000-2000 r-xp 00000000 08:10 7   /a b/c  d (deleted)\n",
	    { .start = 0x1000, .end = 0x2000, .inode = 7, .dev_major = 8,
	    .dev_minor = 16, .perms = CODE, .deleted = true,
	    .path = "/a b/c  d" } },
	{ "1000-2000 r-xp 00000000 08:10 7   /a\\012b\\012\n",
	    { .start = 0x1000, .end = 0x2000, .inode = 7, .dev_major = 8,
	    .dev_minor = 16, .perms = CODE, .path = "/a\nb\n" } },
	{ "1000-2000 r-xp 00000000 08:10 7   /a\\01\n",
	    { .start = 0x1000, .end = 0x2000, .inode = 7, .dev_major = 8,
	    .dev_minor = 16, .perms = CODE, .path = "/a\\01" } },
	{ "1000-2000 rwxp 00000000 00:01 9   /memfd:jit (deleted)\n",
	    { .start = 0x1000, .end = 0x2000, .inode = 9, .dev_minor = 1,
	    .perms = CODE | MAPS_WRITE, .deleted = true,
	    .path = "/memfd:jit" } },
	{ "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 "
	    "                 [vsyscall]\n",
	    { .start = 0xffffffffff600000, .end = 0xffffffffff601000,
	    .perms = MAPS_EXEC, .path = "[vsyscall]" } },
	{ "1000-2000 r--p ffffffffffffffff fffff:fffff 18446744073709551615 /x"
	    "\n", { .start = 0x1000, .end = 0x2000, .offset = UINT64_MAX,
	    .inode = UINT64_MAX, .dev_major = 0xfffff, .dev_minor = 0xfffff,
	    .perms = MAPS_READ, .path = "/x" } },
	/* A name that is nothing but the mark. */
	{ "1000-2000 r--p 0 0:0 1 /x (deleted) (deleted)\n",
	    { .start = 0x1000, .end = 0x2000, .inode = 1, .perms = MAPS_READ,
	    .deleted = true, .path = "/x (deleted)" } },
};

static const char *const bad[] = {
	"\n",
	"garbage\n",
	"1000-2000 r-xp 00000000 08:10 7 /no/newline",
	"2000-1000 r-xp 00000000 08:10 7 /backwards\n",
	"1000-1000 r-xp 00000000 08:10 7 /empty\n",
	"1000-2000 rwx 00000000 08:10 7 /perms\n",
	"1000-2000 rqxp 00000000 08:10 7 /perms\n",
	"1000 2000 r-xp 00000000 08:10 7 /dash\n",
	"-2000 r-xp 00000000 08:10 7 /start\n",
	"10000000000000000-20000000000000000 r-xp 0 0:0 7 /wide\n",
	"1000-2000 r-xp 00000000 0810 7 /dev\n",
	"1000-2000 r-xp 00000000 100000000:10 7 /dev\n",
	"1000-2000 r-xp 00000000 08:10 x /inode\n",
	"1000-2000 r-xp 00000000 08:10 18446744073709551616 /inode\n",
	"1000-2000 r-xp 00000000 08:10 7/path\n",
	"1000-2000 r-xp 00000000 08:10\n",
	"1000-2000 r-xp\n",
	"1000-2000\n",
};

START_TEST(a_line_is_read)
{
	size_t len = strlen(good[_i].line);
	char *text = exact(good[_i].line);
	const struct maps_entry *w = &good[_i].want;
	struct maps_entry e;
	struct maps m;

	maps_init(&m, text, len);
	ck_assert(maps_next(&m, &e));
	ck_assert_uint_eq(e.start, w->start);
	ck_assert_uint_eq(e.end, w->end);
	ck_assert_uint_eq(e.offset, w->offset);
	ck_assert_uint_eq(e.inode, w->inode);
	ck_assert_uint_eq(e.dev_major, w->dev_major);
	ck_assert_uint_eq(e.dev_minor, w->dev_minor);
	ck_assert_uint_eq(e.perms, w->perms);
	ck_assert_int_eq(e.deleted, w->deleted);
	ck_assert_str_eq(e.path, w->path);
	ck_assert_uint_eq(e.path_len, strlen(w->path));
	ck_assert(!maps_next(&m, &e));
	ck_assert_uint_eq(m.bad, 0);
	free(text);
}
END_TEST

START_TEST(what_is_no_line_is_skipped_and_counted)
{
	static const char next[] = "1000-2000 r-xp 00000000 08:10 7 /next\n";
	size_t len = strlen(bad[_i]), all;
	char both[256], *text;
	struct maps_entry e;
	struct maps m;

	text = exact(bad[_i]);
	maps_init(&m, text, len);
	ck_assert(!maps_next(&m, &e));
	ck_assert_uint_eq(m.bad, 1);
	free(text);
	if (bad[_i][len - 1] != '\n')
		return;
	all = (size_t)snprintf(both, sizeof both, "%s%s", bad[_i], next);
	text = exact(both);
	maps_init(&m, text, all);
	ck_assert(maps_next(&m, &e));
	ck_assert_str_eq(e.path, "/next");
	ck_assert_uint_eq(m.bad, 1);
	free(text);
}
END_TEST

START_TEST(a_nul_byte_makes_a_line_bad)
{
	char text[] = "1000-2000 r-xp 00000000 08:10 7 /a\0b\n";
	struct maps_entry e;
	struct maps m;

	maps_init(&m, text, sizeof text - 1);
	ck_assert(!maps_next(&m, &e));
	ck_assert_uint_eq(m.bad, 1);
}
END_TEST

START_TEST(no_text_has_no_entry)
{
	struct maps_entry e;
	struct maps m;

	maps_init(&m, NULL, 0);
	ck_assert(!maps_next(&m, &e));
	ck_assert_uint_eq(m.bad, 0);
}
END_TEST

START_TEST(our_own_maps_hold_our_code)
{
	struct buf b = { 0 };
	struct maps_entry e;
	struct maps m;
	uint64_t here = (uint64_t)(uintptr_t)maps_next, last = 0;
	bool found = false;

	ck_assert_int_eq(file_read_at(-100, "/proc/self/maps", &b, 1 << 24), 0);
	maps_init(&m, b.s, b.len);
	while (maps_next(&m, &e)) {
		ck_assert_uint_ge(e.start, last);
		last = e.end;
		if (here >= e.start && here < e.end) {
			found = true;
			ck_assert_uint_eq(e.perms & MAPS_EXEC, MAPS_EXEC);
			ck_assert_ptr_nonnull(strstr(e.path, "test_maps"));
		}
	}
	ck_assert(found);
	ck_assert_uint_eq(m.bad, 0);
	buf_free(&b);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("maps");
	TCase *t = tcase_create("maps");

	tcase_add_loop_test(t, a_line_is_read, 0, GP_COUNT(good));
	tcase_add_loop_test(t, what_is_no_line_is_skipped_and_counted, 0,
	    GP_COUNT(bad));
	tcase_add_test(t, a_nul_byte_makes_a_line_bad);
	tcase_add_test(t, no_text_has_no_entry);
	tcase_add_test(t, our_own_maps_hold_our_code);
	suite_add_tcase(s, t);
	return s;
}
