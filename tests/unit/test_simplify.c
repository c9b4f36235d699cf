#include "elf/simplify.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "elf/demangle.h"
#include "suite.h"

static const struct {
	const char *name, *want; /* NULL: the same */
} templates[] = {
	{ "main", NULL },
	{ "std::map<int, std::less<int> >::find(int const&)",
	    "std::map<...>::find(int const&)" },
	{ "void f<int>(std::vector<int>, char)",
	    "void f<...>(std::vector<...>, char)" },
	{ "operator<", NULL },
	{ "std::operator<< <char>(std::ostream&)",
	    "std::operator<< <...>(std::ostream&)" },
	{ "bool operator< <int>(a<int> const&)",
	    "bool operator< <...>(a<...> const&)" },
	{ "operator<=>(a, b)", NULL },
	{ "a<int>::operator->() const", "a<...>::operator->() const" },
	{ "a::operator>>(int)", NULL },
	{ "a::operator()<int>(int)", "a::operator()<...>(int)" },
	{ "myoperator<int>()", "myoperator<...>()" },
	{ "std::enable_if<((1)>(2)), void>::type f()",
	    "std::enable_if<...>::type f()" },
	{ "std::function<void (int)>::operator()(int) const",
	    "std::function<...>::operator()(int) const" },
	{ "f(int)::{lambda(a<int>)#1}::operator()(a<int>) const",
	    "f(int)::{lambda(a<...>)#1}::operator()(a<...>) const" },
	{ "(anonymous namespace)::f<a>()", "(anonymous namespace)::f<...>()" },
	{ "decltype (a->b) f<x>()", "decltype (a->b) f<...>()" },
	/* Rust */
	{ "<alloc::vec::Vec<T> as core::ops::drop::Drop>::drop",
	    "<alloc::vec::Vec<...> as core::ops::drop::Drop>::drop" },
	{ "core::iter::sum::<u64>", "core::iter::sum::<...>" },
	{ "<<A as B>::C as D<E>>::f", "<<A as B>::C as D<...>>::f" },
	{ "core::ops::<impl FnOnce<A> for &F>::call_once",
	    "core::ops::<impl FnOnce<...> for &F>::call_once" },
	{ "<&T as core::fmt::Debug>::fmt", NULL },
	/* What does not match stays. */
	{ "f<int", NULL }, { "f>int", NULL }, { "f(int", NULL },
	{ "f<(int>)", NULL }, { "f<int)", NULL }, { ">", NULL }, { "<", NULL },
	{ "", NULL },
};

START_TEST(template_arguments_go)
{
	const char *name = templates[_i].name, *want = templates[_i].want;
	struct buf b = { 0 };

	buf_adds(&b, "x");
	simplify_add(&b, name, strlen(name));
	ck_assert_str_eq(b.s + 1, want ? want : name);
	buf_free(&b);
}
END_TEST

START_TEST(very_deep_names_stay)
{
	struct buf in = { 0 }, out = { 0 };

	for (int i = 0; i < 2 * SIMPLIFY_DEPTH_MAX; i++)
		buf_adds(&in, "a<");
	for (int i = 0; i < 2 * SIMPLIFY_DEPTH_MAX; i++)
		buf_adds(&in, ">");
	simplify_add(&out, in.s, in.len);
	ck_assert_str_eq(out.s, in.s);
	buf_free(&in);
	buf_free(&out);
}
END_TEST

static const struct {
	const char *name, *want;
} clones[] = {
	{ "f", "f" }, { "f.cold", "f" }, { "f.isra.0", "f" },
	{ "f.part.12.cold.3", "f" }, { "f.constprop.0.isra.1", "f" },
	{ "f.lto_priv.0", "f" }, { "f.llvm.12345678901234567890", "f" },
	{ "f.__uniq.123.llvm.4", "f" }, { "f.localalias", "f" },
	{ "_ZN1a1bEv.isra.0", "_ZN1a1bEv" },
	{ "f.avx2", "f.avx2" }, { "f.resolver", "f.resolver" },
	{ "f.actor", "f.actor" }, { "f.0", "f.0" }, { "f.isra.x", "f.isra.x" },
	{ "main.isra.method", "main.isra.method" }, { ".cold", ".cold" },
	{ ".part.0", ".part.0" }, { "f.", "f." }, { ".", "." }, { "", "" },
	{ "f..cold", "f." }, { "runtime.part", "runtime" },
};

START_TEST(clones_are_folded)
{
	const char *name = clones[_i].name, *want = clones[_i].want;

	ck_assert_uint_eq(simplify_cut_clone(name, strlen(name)),
	    strlen(want));
}
END_TEST

START_TEST(names_without_types)
{
	static const char mangled[] = "_ZN1a1bIiEEvT_RKSs";
	struct buf b = { 0 };

	ck_assert(demangle_add(&b, mangled, strlen(mangled), DEMANGLE_FULL));
	ck_assert_str_eq(b.s, "void a::b<int>(int, std::string const&)");
	buf_reset(&b);
	ck_assert(demangle_add(&b, mangled, strlen(mangled), DEMANGLE_NAME));
	ck_assert_str_eq(b.s, "a::b<int>");
	buf_free(&b);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("simplify");
	TCase *t = tcase_create("simplify");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, template_arguments_go, 0,
	    sizeof templates / sizeof *templates);
	tcase_add_test(t, very_deep_names_stay);
	tcase_add_loop_test(t, clones_are_folded, 0,
	    sizeof clones / sizeof *clones);
	tcase_add_test(t, names_without_types);
	return s;
}
