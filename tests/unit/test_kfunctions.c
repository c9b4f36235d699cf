/* kfunctions.h: what is asked, what is told, and that it is once. */
#include "cmd/gp-record/kfunctions.c"

#include <check.h>

#include "cmd/gp-record/module.c"
#include "suite.h"

/* A kernel: its functions, and what it says of addresses that are in none. */
static const struct {
	uint64_t first, last;
	const char *name, *module;
} kernel[] = {
	{ 0xffffffff81000100, 0xffffffff810001ff, "read_it", "" },
	{ 0xffffffff81000200, 0xffffffff8100020f, "__pfx_write_it", "" },
	{ 0xffffffff81000210, 0xffffffff810002ff, "write_it", "" },
	{ 0xffffffff81000300, 0xffffffff8100030f, "__pfx_", "" },
	{ 0xffffffff81000310, 0xffffffff8100031f, "a+b/c", "" },
	{ 0xffffffffc0000100, 0xffffffffc00001ff, "in_it", " [nf_it]" },
	{ 0xffffffffc0001000, 0xffffffffc00010ff, "bpf_prog_6deef7357e7b4530",
	    "" },
	{ 0xfffffffffffffff0, 0xffffffffffffffff, "last_of_all", "" },
};
static const char *const senseless[] = {
	"", "name", "name+0x0", "name/0x10", "name+0x10/0x10", "name+0x/0x10",
	"name+1/0x10", "+0x1/0x10", "name+0x1/0xx",
	"name+0xffffffff8200000a/0xffffffff8200000b",
	"name+0x0/0xffffffffffffffff",
};
#define SENSELESS 0xffffffff82000000

static struct kfunctions told;
static struct stacktab stacks;
static struct buf out;
static unsigned asked;

static const char *
answer(void *arg, uint64_t addr)
{
	static char text[128];

	ck_assert_ptr_eq(arg, &told);
	asked++;
	for (size_t i = 0; i < GP_COUNT(kernel); i++) {
		if (addr < kernel[i].first || addr > kernel[i].last)
			continue;
		snprintf(text, sizeof text, "%s+0x%llx/0x%llx%s", kernel[i].name,
		    (unsigned long long)(addr - kernel[i].first),
		    (unsigned long long)(kernel[i].last - kernel[i].first + 1),
		    kernel[i].module);
		return text;
	}
	if (addr >= SENSELESS && addr < SENSELESS + GP_COUNT(senseless))
		return senseless[addr - SENSELESS];
	snprintf(text, sizeof text, "0x%llx", (unsigned long long)addr);
	return text;
}

static void
setup(void)
{
	told = (struct kfunctions){ .ask = answer, .arg = &told };
}

static void
teardown(void)
{
	kfunctions_free(&told);
	stacktab_free(&stacks);
	buf_free(&out);
}

/* The records that stacks with an address make. */
static const char *
tell(uint64_t addr)
{
	buf_reset(&out);
	stacktab_reset(&stacks);
	stacktab_push(&stacks, stacktab_push(&stacks, 0, 7), addr);
	kfunctions_tell(&told, &stacks, &out);
	return buf_str(&out);
}

START_TEST(each_function_is_told_once)
{
	ck_assert_str_eq(tell(0xffffffff81000123),
	    "#kfunction addr=ffffffff81000100 size=256 name=read_it\n");
	ck_assert_str_eq(tell(0xffffffff81000123), "");
	ck_assert_uint_eq(asked, 1);
	/* Another place in it need not be asked for. */
	ck_assert_str_eq(tell(0xffffffff81000100), "");
	ck_assert_str_eq(tell(0xffffffff810001ff), "");
	ck_assert_uint_eq(asked, 1);
	ck_assert_str_eq(tell(0xffffffff81000210),
	    "#kfunction addr=ffffffff81000210 size=240 name=write_it\n");
	ck_assert_str_eq(tell(0xfffffffffffffff8),
	    "#kfunction addr=fffffffffffffff0 size=16 name=last_of_all\n");
	ck_assert_uint_eq(told.told, 3);
}
END_TEST

START_TEST(all_frames_of_all_stacks_are_looked_at)
{
	static const uint64_t frame[] = { 0xffffffff81000100, 0x7f0000000000,
		0xffffffff81000210, 1ull << 62 | 0x100, 0xffffffff81000180 };
	uint32_t node = 0;

	for (size_t i = 0; i < GP_COUNT(frame); i++)
		node = stacktab_push(&stacks, node, frame[i]);
	stacktab_push(&stacks, 0, 0xffffffffc0000100);
	kfunctions_tell(&told, &stacks, &out);
	ck_assert_str_eq(buf_str(&out),
	    "#kfunction addr=ffffffff81000100 size=256 name=read_it\n"
	    "#kfunction addr=ffffffff81000210 size=240 name=write_it\n"
	    "#kfunction addr=ffffffffc0000100 size=256 name=in_it module=nf_it\n");
	ck_assert_uint_eq(asked, 3);
}
END_TEST

START_TEST(padding_is_of_the_function_behind_it)
{
	ck_assert_str_eq(tell(0xffffffff8100020f),
	    "#kfunction addr=ffffffff81000200 size=16 name=write_it\n");
	/* Its whole name. */
	ck_assert_str_eq(tell(0xffffffff81000300),
	    "#kfunction addr=ffffffff81000300 size=16 name=__pfx_\n");
}
END_TEST

START_TEST(names_may_have_signs_in_them)
{
	ck_assert_str_eq(tell(0xffffffff81000318),
	    "#kfunction addr=ffffffff81000310 size=16 name=a+b/c\n");
}
END_TEST

static const struct {
	const char *name;
	bool passing; /* made by a JIT: it comes and goes */
} names[] = {
	{ "bpf_prog_6deef7357e7b4530", true },
	{ "bpf_prog_6deef7357e7b4530_count", true },
	{ "bpf_prog_6deef7357e7b4530count", false },
	{ "bpf_prog_6deef7357e7b453", false }, { "bpf_prog_run", false },
	{ "bpf_prog_", false }, { "bpf_trampoline_6442491234", true },
	{ "bpf_trampoline_link_prog", false },
	{ "bpf_trampoline_6442x", false }, { "bpf_dispatcher_xdp", true },
	{ "bpf_dispatcher_xdp_func", false }, { "bpf__tcp_ops_init", true },
	{ "bpf_", false }, { "__bpf_prog_enter", false },
	{ "ebpf_prog_6deef7357e7b4530", false },
};

START_TEST(what_a_jit_made_is_not_told)
{
	const struct answer a = { .name = names[_i].name,
		.name_len = strlen(names[_i].name) };
	struct answer of_module = a;

	of_module.module = "m";
	ck_assert_int_eq(is_passing(&a), names[_i].passing);
	ck_assert(!is_passing(&of_module));
}
END_TEST

START_TEST(nor_asked_for_again)
{
	ck_assert_str_eq(tell(0xffffffffc0001010), "");
	ck_assert_uint_eq(asked, 1);
	ck_assert_str_eq(tell(0xffffffffc0001020), "");
	ck_assert_uint_eq(asked, 1);
	ck_assert_uint_eq(told.told, 0);
}
END_TEST

START_TEST(what_the_kernel_does_not_know_is_not_asked_again)
{
	for (unsigned round = 0; round < 2; round++) {
		ck_assert_str_eq(tell(0xffffffff83000000), "");
		for (uint64_t i = 0; i < GP_COUNT(senseless); i++)
			ck_assert_str_eq(tell(SENSELESS + i), "");
	}
	ck_assert_uint_eq(asked, 1 + GP_COUNT(senseless));
	ck_assert_uint_eq(told.told, 0);
}
END_TEST

START_TEST(nobody_to_ask_is_no_error)
{
	told.ask = NULL;
	ck_assert_str_eq(tell(0xffffffff81000100), "");
}
END_TEST

START_TEST(memory_is_bounded)
{
	for (uint64_t i = 0; i < KFUNCTIONS_MAX; i++)
		tell(0xffffffff90000000 - 0x10 * i);
	ck_assert_uint_eq(told.n, KFUNCTIONS_MAX);
	ck_assert_uint_eq(asked, KFUNCTIONS_MAX);
	ck_assert_str_eq(tell(0xffffffff81000100), "");
	ck_assert_uint_eq(asked, KFUNCTIONS_MAX);
	for (uint32_t i = 1; i < told.n; i++)
		ck_assert_uint_lt(told.v[i - 1].start, told.v[i].start);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("kfunctions");
	TCase *t = tcase_create("kfunctions");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, each_function_is_told_once);
	tcase_add_test(t, all_frames_of_all_stacks_are_looked_at);
	tcase_add_test(t, padding_is_of_the_function_behind_it);
	tcase_add_test(t, names_may_have_signs_in_them);
	tcase_add_loop_test(t, what_a_jit_made_is_not_told, 0,
	    GP_COUNT(names));
	tcase_add_test(t, nor_asked_for_again);
	tcase_add_test(t, what_the_kernel_does_not_know_is_not_asked_again);
	tcase_add_test(t, nobody_to_ask_is_no_error);
	tcase_add_test(t, memory_is_bounded);
	return s;
}
