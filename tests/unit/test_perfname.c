#include "profile/perfname.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static const struct {
	uint64_t pc;
	const char *text, *want; /* frames with ';' between */
	bool addrs;
} cases[] = {
	{ 1, "main+0x10 (/bin/a)", "main", false },
	{ 1, "main (/bin/a)", "main", false },
	{ 1, "main+0x10", "main", false },
	{ 1, "main+0xzz (/bin/a)", "main+0xzz", false },
	{ 1, "+0x10 (/bin/a)", "+0x10", false },
	{ 1, "", "[unknown]", false },
	{ 1, "(/bin/a)", "[a]", false },
	{ 1, "[unknown] (/bin/a)", "[a]", false },
	{ 0x1f, "[unknown] (/bin/a)", "[a+0x1f]", true },
	{ 1, "[unknown] (/usr/bin/svc (deleted))", "[svc]", false },
	{ 1, "f+0x1 (/usr/bin/svc (deleted))", "f", false },
	{ 1, "f+0x1 (/opt/a (b) c/x)", "f", false },
	{ 1, "f+0x1 (/opt/a(b/x)", "f", false },
	{ 1, "[unknown] (/opt/a (b) c/x y)", "[x y]", false },
	{ 1, "f (inlined)", "f_[i]", false },
	{ UINT64_MAX, "f+0x3 (inlined)", "f_[i]", false },
	{ UINT64_MAX, "f+0x3", "f_[k]", false },
	{ UINT64_MAX, "[unknown] ([unknown])", "[kernel]_[k]", false },
	{ 1, "[unknown] ([unknown])", "[unknown]", false },
	{ 1, "f ([kernel.kallsyms])", "f_[k]", false },
	{ 1, "[unknown] ([kernel.kallsyms])", "[kernel]_[k]", false },
	{ 1, "f ([nf_conntrack])", "f_[k]", false },
	{ 1, "f ([vdso])", "f", false },
	{ 1, "[unknown] ([vdso])", "[vdso]", false },
	{ 1, "f ([vsyscall])", "f", false },
	{ 1, "f ([stack:12])", "f", false },
	{ 1, "[unknown] (//anon)", "[anon]", false },
	{ 1, "f (/boot/vmlinux-6.1)", "f_[k]", false },
	{ 1, "f (/opt/vmlinuxer)", "f", false },
	{ 1, "f (/lib/modules/6.1/x.ko.zst)", "f_[k]", false },
	{ 1, "f (/opt/x.xz)", "f", false },
	{ 1, "f (bpf_prog_12ab)", "f_[k]", false },
	{ 1, "a->b (/tmp/perf-12.map)", "a_[j];b_[i]", false },
	{ 1, "->a->->b-> (/tmp/perf-12.map)", "a_[j];b_[i]", false },
	{ 1, "-> (/tmp/perf-12.map)", "_[j]", false },
	{ 1, "a->b (/bin/a)", "a->b", false },
	{ 1, "f ([JIT] tid 12)", "f_[j]", false },
	{ 1, "f (/tmp/jitted-12-3.so)", "f_[j]", false },
	{ 1, "Lx/Y;::m(Lq/R;I)V (/tmp/perf-1.map)", "x/Y::m_[j]", false },
	{ 1, "Lx/Y;.m (/tmp/perf-1.map)", "x/Y.m_[j]", false },
	{ 1, "L;.m (/tmp/perf-1.map)", "L;.m_[j]", false },
	{ 1, "Lost (/tmp/perf-1.map)", "Lost_[j]", false },
};

START_TEST(lines_become_frames)
{
	struct perfname n = { .pc = cases[_i].pc };
	struct buf b = { 0 };
	size_t count;

	perfname_split(cases[_i].text, strlen(cases[_i].text), &n);
	count = perfname_put(&b, &n, cases[_i].addrs);
	for (size_t i = 0; i + 1 < b.len; i++)
		if (b.s[i] == '\0') {
			b.s[i] = ';';
			count--;
		}
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(b.s, cases[_i].want);
	buf_free(&b);
}
END_TEST

static const struct {
	const char *name, *want;
} args[] = {
	{ "main", "main" }, { "main(int, char**)", "main" }, { "", "" },
	{ "std::vector<int, A<(x)> >::at(unsigned) const",
	    "std::vector<int, A<(x)> >::at" },
	{ "S::operator->(int)", "S::operator->" },
	{ "S::operator()(int) const", "S::operator()" },
	{ "S::operator<(int)", "S::operator<" },
	{ "S::operator<< <int>(int)", "S::operator<< <int>" },
	{ "operator delete[](void*)", "operator delete[]" },
	{ "myoperator()", "myoperator" },
	{ "S::operator bool() const", "S::operator bool" },
	{ "(anonymous namespace)::f(int)", "(anonymous namespace)::f" },
	{ "(anonymous namespace)", "(anonymous namespace)" },
	{ "net/http.(*Client).Do", "net/http.(*Client).Do" },
	{ "main()::{lambda(int)#1}::operator()(int) const",
	    "main()::{lambda(int)#1}::operator()" },
	{ "<T as U<fn()>>::f", "<T as U<fn()>>::f" },
	/* As GCC's and LLVM's demanglers write it. */
	{ "decltype(auto) f<int>(int)", "decltype(auto) f<int>" },
	{ "decltype(auto) std::v(int)", "decltype(auto) std::v" },
	{ "decltype ((a)+(b)) f(int)", "decltype ((a)+(b)) f" },
	{ "decltype((a)+(b)) f(int)", "decltype((a)+(b)) f" },
	{ "std::decay<int>::type a::decltype(b)::g(int)",
	    "std::decay<int>::type a::decltype(b)::g" },
	{ "S::operator decltype(nullptr)() const",
	    "S::operator decltype(nullptr)" },
	{ "decltype(auto)", "decltype(auto)" },
	{ "mydecltype(int)", "mydecltype" }, { "decltypes(int)", "decltypes" },
	{ "f(int", "f" }, { "f)", "f)" }, { "a<b(c)", "a<b(c)" },
	{ "LazyCompile:~(x) y", "LazyCompile:~(x) y" },
};

START_TEST(arguments_are_cut_off)
{
	size_t len = perfname_cut_args(args[_i].name, strlen(args[_i].name));

	ck_assert_uint_eq(len, strlen(args[_i].want));
	ck_assert(strncmp(args[_i].name, args[_i].want, len) == 0);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("perfname");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, lines_become_frames, 0,
	    (int)(sizeof cases / sizeof *cases));
	tcase_add_loop_test(t, arguments_are_cut_off, 0,
	    (int)(sizeof args / sizeof *args));
	suite_add_tcase(s, t);
	return s;
}
