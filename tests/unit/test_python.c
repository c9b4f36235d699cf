/* Which files have a CPython in them: this machine's do. */
#include <check.h>
#include <fcntl.h>
#include <glob.h>
#include <unistd.h>

#include "base/attr.h"
#include "runtime/interp.h"
#include "runtime/python.h"
#include "suite.h"

START_TEST(this_machines_pythons_are_recognised)
{
	static const char *const globs[] = {
		"/usr/bin/python3.[0-9]", "/usr/bin/python3.1[0-4]",
		"/usr/lib/x86_64-linux-gnu/libpython3.*.so.1.0",
		"~/.pyenv/versions/*/lib/libpython[23].*.so.1.0",
	};
	glob_t g = { 0 };

	for (size_t i = 0; i < GP_COUNT(globs); i++)
		if (glob(globs[i], GLOB_TILDE | (i ? GLOB_APPEND : 0), NULL, &g) != 0)
			continue;
	for (size_t i = 0; i < g.gl_pathc; i++) {
		struct interp interp;
		struct elffile f;
		int fd = open(g.gl_pathv[i], O_RDONLY | O_CLOEXEC);

		if (fd < 0 || elffile_init(&f, fd) != ELFFILE_OK)
			continue;
		ck_assert_msg(interp_recognise(&f, &interp), "%s",
		    g.gl_pathv[i]);
		ck_assert_uint_eq(interp.language, INTERP_PYTHON);
		ck_assert(elffile_is_code(&f, interp.eval[0].start));
		close(fd);
	}
	globfree(&g);
}
END_TEST

START_TEST(what_is_no_python_is_none)
{
	struct interp interp;
	struct elffile f;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(elffile_init(&f, fd), ELFFILE_OK);
	ck_assert(!interp_recognise(&f, &interp));
	ck_assert_uint_eq(interp.language, INTERP_NONE);
	close(fd);
}
END_TEST

/* What is static has no symbol in a stripped file. */
START_TEST(a_function_that_returns_a_global_tells_where_it_is)
{
	static const struct {
		const char *code;
		size_t len;
		uint64_t at;
	} codes[] = {
		{ "\x48\x8b\x05\x10\0\0\0\xc3", 8, 0x1017 },
		{ "\x48\x8b\x05\xf0\xff\xff\xff\xc3\x90", 9, 0xff7 },
		{ "\xf3\x0f\x1e\xfa\x48\x8b\x05\x10\0\0\0\xc3", 12, 0x101b },
		{ "\xf3\x0f\x1e\xfa\x48\x8b\x05\x10\0\0\0", 11, 0 },
		{ "\x48\x8b\x05\x10\0\0\0\x90", 8, 0 },
		{ "\x48\x8b\x0d\x10\0\0\0\xc3", 8, 0 },
		{ "\x48\x8b\x05", 3, 0 },
		{ "", 0, 0 },
	};

	for (size_t i = 0; i < GP_COUNT(codes); i++)
		ck_assert_uint_eq(python_returned_global(
		    (const uint8_t *)codes[i].code, codes[i].len, 0x1000),
		    codes[i].at);
}
END_TEST

START_TEST(moving_leaves_alone_what_is_not_there)
{
	struct interp i = {
		.language = INTERP_PYTHON,
		.eval = { { 0x1000, 0x2000 } },
		.u.python.key = 0x3000,
	};

	interp_move(&i, 0x10000);
	ck_assert_uint_eq(i.eval[0].start, 0x11000);
	ck_assert_uint_eq(i.eval[0].end, 0x12000);
	ck_assert_uint_eq(i.eval[1].end, 0);
	ck_assert_uint_eq(i.u.python.key, 0x13000);
	ck_assert_uint_eq(i.u.python.current, 0);
	ck_assert(interp_is_eval(&i, 0x11000));
	ck_assert(!interp_is_eval(&i, 0x12000));
	ck_assert(!interp_is_eval(&i, 0));
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("python");
	TCase *t = tcase_create("python");

	suite_add_tcase(s, t);
	tcase_add_test(t, this_machines_pythons_are_recognised);
	tcase_add_test(t, what_is_no_python_is_none);
	tcase_add_test(t, a_function_that_returns_a_global_tells_where_it_is);
	tcase_add_test(t, moving_leaves_alone_what_is_not_there);
	return s;
}
