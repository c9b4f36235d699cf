#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"
#include "runtime/jvm.h"
#include "runtime/lang.h"
#include "runtime/runtime.h"
#include "suite.h"

static const struct {
	struct runtime r;
	const char *want;
	bool matches;
} wants[] = {
	{ { .kind = RUNTIME_PYTHON, .version = "3.11.2" }, "python", true },
	{ { .kind = RUNTIME_PYTHON, .version = "3.11.2" }, "python/", true },
	{ { .kind = RUNTIME_PYTHON, .version = "3.11.2" }, "python/3", true },
	{ { .kind = RUNTIME_PYTHON, .version = "3.11.2" }, "python/3.11", true },
	{ { .kind = RUNTIME_PYTHON, .version = "3.11.2" }, "python/3.11.2", true },
	{ { .kind = RUNTIME_PYTHON, .version = "3.11.2" }, "python/3.1", false },
	{ { .kind = RUNTIME_PYTHON, .version = "3.11.2" }, "python/3.11.20", false },
	{ { .kind = RUNTIME_PYTHON, .version = "3.11.2" }, "python/3.12", false },
	{ { .kind = RUNTIME_PYTHON, .version = "3.11.2" }, "pytho", false },
	{ { .kind = RUNTIME_PYTHON, .version = "3.11.2" }, "jvm", false },
	{ { .kind = RUNTIME_PYTHON, .version = "" }, "python", true },
	{ { .kind = RUNTIME_PYTHON, .version = "" }, "python/3", false },
	{ { .kind = RUNTIME_NATIVE, .version = "" }, "native", true },
	{ { .kind = RUNTIME_KERNEL, .version = "" }, "native", false },
};

START_TEST(a_version_matches_from_the_left)
{
	ck_assert_int_eq(runtime_matches(&wants[_i].r, wants[_i].want),
	    wants[_i].matches);
}
END_TEST

START_TEST(every_kind_has_a_name_and_a_row)
{
	bool seen[RUNTIME_KINDS] = { false };
	const char *name;

	for (size_t i = 0; i < runtime_langs_n; i++) {
		const struct runtime_lang *l = &runtime_langs[i];

		ck_assert(!seen[l->kind]);
		seen[l->kind] = true;
		/* Libraries are judged in the order of runtime.def. */
		ck_assert(i == 0 || l->kind > runtime_langs[i - 1].kind);
		ck_assert(l->one_of[0] || l->all_of[0] || l->exe_section);
	}
	for (size_t k = RUNTIME_NATIVE + 1; k < RUNTIME_KINDS; k++)
		ck_assert(seen[k]);
	for (size_t k = 0; k < RUNTIME_KINDS; k++) {
		name = runtime_name((enum runtime_kind)k);
		ck_assert(runtime_is_name(name, strlen(name)));
		for (size_t j = 0; j < k; j++)
			ck_assert_str_ne(name,
			    runtime_name((enum runtime_kind)j));
	}
	ck_assert(!runtime_is_name("pytho", 5));
	ck_assert(!runtime_is_name("", 0));
}
END_TEST

START_TEST(this_program_is_native_and_looked_at_once)
{
	struct runtime_finder rf = { 0 };
	struct runtime r;
	struct buf b = { 0 };
	uint64_t files;
	struct proc p;

	ck_assert_int_eq(proc_open(&p, NULL, (uint32_t)getpid()), PROC_OK);
	ck_assert_int_eq(runtime_find(&rf, &p, &r), PROC_OK);
	ck_assert_int_eq(r.kind, RUNTIME_NATIVE);
	runtime_put(&b, &r);
	ck_assert_str_eq(b.s, "native");
	files = rf.files;
	ck_assert_uint_gt(files, 1);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(runtime_find(&rf, &p, &r), PROC_OK);
	ck_assert_uint_eq(rf.files, files);
	proc_done(&p);
	runtime_finder_free(&rf);
	buf_free(&b);
}
END_TEST

START_TEST(a_file_that_is_no_program_is_native)
{
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	struct runtime r;

	ck_assert_int_ge(fd, 0);
	runtime_of_file(fd, true, NULL, NULL, &r);
	ck_assert_int_eq(r.kind, RUNTIME_NATIVE);
	ck_assert_str_eq(r.version, "");
	close(fd);
}
END_TEST

static const struct {
	const char *text;
	const char *version; /* NULL: none */
} releases[] = {
	{ "IMPLEMENTOR=\"Debian\"\nJAVA_VERSION=\"17.0.15\"\nX=\n", "17.0.15" },
	{ "JAVA_VERSION=\"1.8.0_402\"", "1.8.0_402" },
	{ "JAVA_VERSION=\"25\nX", "25" },
	{ "JAVA_VERSION_DATE=\"2025-04-15\"\n", NULL },
	{ " JAVA_VERSION=\"17\"\n", NULL },
	{ "JAVA_VERSION=\"\"\n", NULL },
	{ "JAVA_VERSION=\"", NULL },
	{ "JAVA_VERSION=\"01234567890123456789012345678901\"\n", NULL },
	{ "", NULL },
};

START_TEST(a_jdks_release_file_tells_its_version)
{
	const char *want = releases[_i].version;
	char out[RUNTIME_VERSION_MAX] = "";
	bool got;

	got = jvm_parse_release(releases[_i].text, strlen(releases[_i].text),
	    out, sizeof out);
	ck_assert_int_eq(got, want != NULL);
	if (want)
		ck_assert_str_eq(out, want);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("runtime");
	TCase *t = tcase_create("runtime");

	tcase_add_loop_test(t, a_version_matches_from_the_left, 0,
	    GP_COUNT(wants));
	tcase_add_test(t, every_kind_has_a_name_and_a_row);
	tcase_add_test(t, this_program_is_native_and_looked_at_once);
	tcase_add_test(t, a_file_that_is_no_program_is_native);
	tcase_add_loop_test(t, a_jdks_release_file_tells_its_version, 0,
	    GP_COUNT(releases));
	suite_add_tcase(s, t);
	return s;
}
