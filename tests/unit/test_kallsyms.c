#include "proc/kallsyms.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "suite.h"

static char path[] = "/tmp/test_kallsyms.XXXXXX";
static struct kallsyms k;

static enum kallsyms_err
read_text(const char *text)
{
	int fd = mkstemp(strcpy(path, "/tmp/test_kallsyms.XXXXXX"));
	enum kallsyms_err err;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	err = kallsyms_read(&k, path);
	unlink(path);
	return err;
}

/* "name" or "name [module]", "-" if there is none. */
static const char *
name_at(uint64_t addr)
{
	static char s[256];
	const char *name, *module;

	if (!kallsyms_find(&k, addr, &name, &module))
		return "-";
	snprintf(s, sizeof s, module[0] ? "%s [%s]" : "%s", name, module);
	return s;
}

static void
teardown(void)
{
	kallsyms_free(&k);
}

START_TEST(functions_end_where_the_next_begins)
{
	ck_assert_int_eq(read_text(
	    "ffffffff81000200 t second\n"
	    "ffffffff81000100 T first\n"), KALLSYMS_OK);
	ck_assert_str_eq(name_at(0xffffffff810000ff), "-");
	ck_assert_str_eq(name_at(0xffffffff81000100), "first");
	ck_assert_str_eq(name_at(0xffffffff810001ff), "first");
	ck_assert_str_eq(name_at(0xffffffff81000200), "second");
	/* What nobody lists is not second, however far away. */
	ck_assert_str_eq(name_at(0xffffffff810101ff), "second");
	ck_assert_str_eq(name_at(0xffffffff81010200), "-");
	ck_assert_str_eq(name_at(0x401000), "-");
}
END_TEST

START_TEST(modules_bpf_and_the_kernels_own_pages_are_told)
{
	ck_assert_int_eq(read_text(
	    "ffffffff81000100 T vfs_read\n"
	    "ffffffffc0a01230 t nf_conntrack_in\t[nf_conntrack]\n"
	    "ffffffffc0b0f6a4 t bpf_prog_6deef7357e7b4530_count\t[bpf]\n"
	    "ffffffffc0201000 t ftrace_trampoline\t[__builtin__ftrace]\n"),
	    KALLSYMS_OK);
	ck_assert_str_eq(name_at(0xffffffff81000101), "vfs_read");
	ck_assert_str_eq(name_at(0xffffffffc0a01234),
	    "nf_conntrack_in [nf_conntrack]");
	ck_assert_str_eq(name_at(0xffffffffc0b0f6a4),
	    "bpf_prog_6deef7357e7b4530_count [bpf]");
	ck_assert_str_eq(name_at(0xffffffffc0201000),
	    "ftrace_trampoline [ftrace]");
}
END_TEST

START_TEST(data_and_padding_are_no_functions)
{
	ck_assert_int_eq(read_text(
	    "0000000000000000 A fixed_percpu_data\n"
	    "ffffffff81000100 T f\n"
	    "ffffffff810001f0 t __pfx_g\n"
	    "ffffffff81000200 T g\n"
	    "ffffffff81000280 D table\n"), KALLSYMS_OK);
	ck_assert_uint_eq(k.functions, 2);
	ck_assert_str_eq(name_at(0xffffffff810001f8), "f");
	ck_assert_str_eq(name_at(0xffffffff81000290), "g");
}
END_TEST

START_TEST(the_plainest_of_several_names_is_taken)
{
	ck_assert_int_eq(read_text(
	    "ffffffff81000000 T _stext\n"
	    "ffffffff81000000 t local\n"
	    "ffffffff81000000 T startup\n"
	    "ffffffff81000000 T _text\n"), KALLSYMS_OK);
	ck_assert_str_eq(name_at(0xffffffff81000000), "startup");
}
END_TEST

START_TEST(addresses_that_are_all_zero_are_hidden)
{
	ck_assert_int_eq(read_text(
	    "0000000000000000 T _text\n"
	    "0000000000000000 t vfs_read\n"), KALLSYMS_EHIDDEN);
}
END_TEST

static bool
find_text(const char *text, uint64_t *addr)
{
	int fd = mkstemp(strcpy(path, "/tmp/test_kallsyms.XXXXXX"));
	bool found;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	found = kallsyms_text(path, addr);
	unlink(path);
	return found;
}

START_TEST(where_the_text_starts_is_found)
{
	uint64_t addr = 1;

	ck_assert(find_text("0000000000000000 A fixed_percpu_data\n"
	    "ffffffff9a200000 T startup_64\n"
	    "ffffffff9a200000 T __pi__text\n"
	    "ffffffff9a200000 T _text\n", &addr));
	ck_assert_uint_eq(addr, 0xffffffff9a200000);
	ck_assert(!find_text("0000000000000000 T _text\n", &addr));
	ck_assert(!find_text("ffffffff9a200000 T _textual\n", &addr));
	ck_assert(!find_text("", &addr));
	ck_assert(!kallsyms_text("/nonexistent", &addr));
}
END_TEST

START_TEST(what_is_no_line_of_kallsyms_is_passed_over)
{
	ck_assert_int_eq(read_text(
	    "\n \nT x\nffffffff81000100\nffffffff81000100 T\n"
	    "ffffffff81000100 T \nffffffff81000100 TT y\n"
	    "fffffffff81000100 T too_long\n"
	    "ffffffff81000100 T good\nffffffff81000200 T cut"), KALLSYMS_OK);
	ck_assert_uint_eq(k.functions, 1);
	ck_assert_str_eq(name_at(0xffffffff81000100), "good");
}
END_TEST

START_TEST(a_file_that_is_not_there_is_an_error)
{
	ck_assert_int_eq(kallsyms_read(&k, "/nonexistent"), KALLSYMS_EREAD);
}
END_TEST

/* As root, or where kptr_restrict is 0: the kernel's own list against the
 * lines of it. */
START_TEST(this_kernels_functions_are_found)
{
	char line[512], type, name[256], module[128];
	const char *n, *m;
	unsigned long addr;
	unsigned looked = 0, differ = 0;
	FILE *f;

	if (kallsyms_read(&k, NULL) != KALLSYMS_OK)
		return;
	f = fopen("/proc/kallsyms", "re");
	while (fgets(line, sizeof line, f)) {
		module[0] = '\0';
		if (sscanf(line, "%lx %c %255s [%127[^]]]", &addr, &type, name,
		    module) < 3 || !strchr("Tt", type) ||
		    strncmp(name, "__pfx_", 6) == 0)
			continue;
		/* BPF programs come and go between the two readings. */
		if (strcmp(module, "bpf") == 0)
			continue;
		looked++;
		ck_assert(kallsyms_find(&k, addr, &n, &m));
		differ += strcmp(n, name) != 0;
	}
	fclose(f);
	ck_assert_uint_gt(looked, 1000);
	/* Aliases of one address. */
	ck_assert_uint_lt(differ, looked / 10);
	ck_assert_uint_lt(rangetab_memory(&k.range) + k.names.cap, 8u << 20);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("kallsyms");
	TCase *t = tcase_create("kallsyms");

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, functions_end_where_the_next_begins);
	tcase_add_test(t, modules_bpf_and_the_kernels_own_pages_are_told);
	tcase_add_test(t, data_and_padding_are_no_functions);
	tcase_add_test(t, the_plainest_of_several_names_is_taken);
	tcase_add_test(t, addresses_that_are_all_zero_are_hidden);
	tcase_add_test(t, where_the_text_starts_is_found);
	tcase_add_test(t, what_is_no_line_of_kallsyms_is_passed_over);
	tcase_add_test(t, a_file_that_is_not_there_is_an_error);
	tcase_add_test(t, this_kernels_functions_are_found);
	suite_add_tcase(s, t);
	return s;
}
