#include "profile/kind.h"

#include <check.h>
#include <string.h>

#include "suite.h"

static const struct {
	const char *frame;
	enum kind kind;
	bool sure;
	const char *module;
} frames[] = {
	{ "main", KIND_NATIVE, false, "[no module]" },
	{ "vfs_read_[k]", KIND_KERNEL, true, "[kernel]" },
	{ "[nf_tables]_[k]", KIND_KERNEL, true, "nf_tables" },
	{ "main (app/views.py:31)_[p]", KIND_PYTHON, true, "app/views.py" },
	{ "main (app.py:31)", KIND_PYTHON, false, "app.py" },
	{ "f (a.rb:3)", KIND_RUBY, false, "a.rb" },
	{ "f (/srv/a.mjs:3:17)", KIND_JS, false, "/srv/a.mjs" },
	{ "f (a.pm)", KIND_PERL, false, "a.pm" },
	{ "f (int, char)", KIND_NATIVE, false, "[no module]" },
	{ "f (x)_[pn]", KIND_NATIVE, true, "x" },
	{ "java/util/HashMap.get_[j]", KIND_JIT, true, "java/util" },
	{ "java/util/HashMap_[0]", KIND_INTERPRETED, true, "java/util" },
	{ "com.sun.Foo.bar_[1]", KIND_JIT, true, "com.sun" },
	{ "System.String.Concat_[net]", KIND_NET, true, "System" },
	{ "net/http.(*conn).serve", KIND_NATIVE, false, "net/http" },
	{ "runtime.mallocgc", KIND_NATIVE, false, "runtime" },
	{ "walk.isra.0", KIND_NATIVE, false, "[no module]" },
	{ "f.cold", KIND_NATIVE, false, "[no module]" },
	{ ".text", KIND_NATIVE, false, "[no module]" },
	{ "a.", KIND_NATIVE, false, "[no module]" },
	{ "std::vector<int>::at", KIND_NATIVE, false, "std" },
	{ "<alloc::vec::Vec<T> as core::ops::Drop>::drop", KIND_NATIVE, false,
	    "alloc" },
	{ "f(std::string)", KIND_NATIVE, false, "[no module]" },
	{ "libc.so.6`read", KIND_NATIVE, false, "libc.so.6" },
	{ "`read", KIND_NATIVE, false, "[no module]" },
	{ "[libz.so.1]", KIND_UNNAMED, true, "libz.so.1" },
	{ "[libz.so.1+0x1c]", KIND_UNNAMED, true, "libz.so.1" },
	{ "[libz.so.1@0x1c]", KIND_UNNAMED, true, "libz.so.1" },
	{ "[unknown]", KIND_UNNAMED, true, "unknown" },
	{ "$3+1c", KIND_UNNAMED, true, "[no module]" },
	{ "$k+ffff", KIND_UNNAMED, true, "[no module]" },
	{ "$x", KIND_NATIVE, false, "[no module]" },
	{ "[]", KIND_NATIVE, false, "[no module]" },
	{ "[", KIND_NATIVE, false, "[no module]" },
	{ "<<&", KIND_NATIVE, false, "[no module]" },
	{ "()", KIND_NATIVE, false, "[no module]" },
	{ "x ()", KIND_NATIVE, false, "[no module]" },
	{ "", KIND_NATIVE, false, "[no module]" },
};

START_TEST(a_name_has_a_kind_and_a_module)
{
	const char *s = frames[_i].frame, *module;
	size_t n;
	bool sure;

	ck_assert_int_eq(kind_of_frame(s, strlen(s), &sure), frames[_i].kind);
	ck_assert_int_eq(sure, frames[_i].sure);
	ck_assert_int_eq(kind_of_frame(s, strlen(s), NULL), frames[_i].kind);
	module = kind_module(s, strlen(s), &n);
	ck_assert_uint_eq(n, strlen(frames[_i].module));
	ck_assert_mem_eq(module, frames[_i].module, n);
}
END_TEST

START_TEST(every_kind_has_a_word_of_its_own)
{
	for (int i = 0; i < KINDS; i++)
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(kind_word((enum kind)i),
			    kind_word((enum kind)k));
}
END_TEST

START_TEST(a_suffix_is_not_part_of_the_bare_name)
{
	ck_assert_uint_eq(kind_bare_len("read_[k]", 8), 4);
	ck_assert_uint_eq(kind_bare_len("read[k]", 7), 7);
	ck_assert_uint_eq(kind_bare_len("", 0), 0);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("kind");
	TCase *t = tcase_create("kind");

	tcase_add_loop_test(t, a_name_has_a_kind_and_a_module, 0,
	    sizeof frames / sizeof *frames);
	tcase_add_test(t, every_kind_has_a_word_of_its_own);
	tcase_add_test(t, a_suffix_is_not_part_of_the_bare_name);
	suite_add_tcase(s, t);
	return s;
}
