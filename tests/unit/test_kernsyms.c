/*
 * test_kernsyms.c - an invented /proc: what is kept, and when it holds no more.
 */
#include "proc/kernsyms.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suite.h"
#include "temp_dir.h"

static char proc[96], notes[96];
static struct cachedir cache;
static struct buf name;

static const char kallsyms[] =
    "ffffffff81000000 T _stext\n"
    "ffffffff81001000 t vfs_read\n"
    "ffffffff81004000 T _etext\n"
    "ffffffffc0000000 t mod_one\t[mod]\n"
    "ffffffffc0000f00 t mod_last\t[mod]\n"
    "ffffffffc0003000 t bpf_prog_1\t[bpf]\n"
    "ffffffffc0008000 t ftrace_trampoline\t[__builtin__ftrace]\n";

static void
write_file(const char *folder, const char *file, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, file);
	f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void
setup(void)
{
	char path[256];

	temp_dir_begin();
	snprintf(proc, sizeof proc, "%s/proc", dir);
	snprintf(notes, sizeof notes, "%s/notes", dir);
	snprintf(path, sizeof path, "%s/sys/kernel/random", proc);
	ck_assert_int_eq(file_mkdirs(path, 0755), 0);
	write_file(dir, "notes", "the kernel's notes");
	write_file(proc, "kallsyms", kallsyms);
	write_file(proc, "modules",
	    "mod 4096 1 other, Live 0xffffffffc0000000\n");
	write_file(path, "boot_id", "7c1d0cbd-25c0-4b5e-8f3b-0d2d2f7d7b11\n");
	snprintf(path, sizeof path, "%s/cache", dir);
	ck_assert_int_eq(cachedir_open(&cache, path, "x", 1 << 20), 0);
}

static void
teardown(void)
{
	cachedir_done(&cache);
	buf_free(&name);
	temp_dir_end();
}

static struct kernsyms
open_it(enum kallsyms_err want)
{
	struct kernsyms k = { .cache = &cache, .proc = proc, .notes = notes };

	ck_assert_int_eq(kernsyms_open(&k), want);
	return k;
}

static const char *
name_at(struct kernsyms *k, uint64_t addr)
{
	buf_reset(&name);
	return kernsyms_find(k, addr, &name) ? name.s : "none";
}

static void
check_names(struct kernsyms *k)
{
	ck_assert_str_eq(name_at(k, 0xffffffff81001000), "vfs_read");
	ck_assert_str_eq(name_at(k, 0xffffffff81003fff), "vfs_read");
	ck_assert_str_eq(name_at(k, 0xffffffffc0000010), "mod_one [mod]");
	ck_assert_str_eq(name_at(k, 0xffffffffc0000fff), "mod_last [mod]");
}

/* True if the next to ask is answered from the cache. */
static bool
holds(void)
{
	struct kernsyms k = open_it(KALLSYMS_OK);
	bool cached = k.cached;

	check_names(&k);
	kernsyms_free(&k);
	return cached;
}

START_TEST(the_second_time_it_comes_from_the_cache)
{
	if (geteuid() != 0)
		return;
	ck_assert(!holds());
	ck_assert(holds());
}
END_TEST

START_TEST(only_root_has_one)
{
	struct stat st;
	char path[128];

	snprintf(path, sizeof path, "%s/cache/kernel", dir);
	if (geteuid() == 0) {
		ck_assert(!holds());
		ck_assert_int_eq(stat(path, &st), 0);
		ck_assert_uint_eq(st.st_mode & 0777, 0600);
		ck_assert_int_eq(unlink(path), 0);
		ck_assert_int_eq(chmod(dir, 0777), 0);
		ck_assert_int_eq(seteuid(65534), 0);
	}
	ck_assert(!holds());
	ck_assert(!holds());
	ck_assert_int_eq(seteuid(getuid()), 0);
	ck_assert_int_ne(stat(path, &st), 0);
}
END_TEST

START_TEST(what_comes_and_goes_is_asked_of_the_kernel)
{
	struct kernsyms k;

	ck_assert(!holds());
	/* Behind the 4096 bytes that are compared it may change. */
	k = open_it(KALLSYMS_OK);
	check_names(&k);
	ck_assert(!k.cached || !k.listed);
	ck_assert_str_eq(name_at(&k, 0xffffffffc0003010), "bpf_prog_1 [bpf]");
	ck_assert(k.listed);
	ck_assert_str_eq(name_at(&k, 0xffffffffc0008010),
	    "ftrace_trampoline [ftrace]");
	ck_assert_str_eq(name_at(&k, 0xffff000000000000), "none");
	kernsyms_free(&k);
}
END_TEST

START_TEST(a_module_s_last_function_ends_with_its_page)
{
	struct kernsyms k;

	ck_assert(!holds());
	k = open_it(KALLSYMS_OK);
	ck_assert_str_eq(name_at(&k, 0xffffffffc0000fff), "mod_last [mod]");
	ck_assert(!k.cached || !k.listed);
	/* There might be a new BPF program now: the list is asked. */
	ck_assert_str_eq(name_at(&k, 0xffffffffc0001000), "mod_last [mod]");
	ck_assert(k.listed);
	kernsyms_free(&k);
}
END_TEST

/* Whatever addresses depend on. */
START_TEST(a_change_makes_it_absent)
{
	char path[128];

	if (geteuid() != 0)
		return;
	ck_assert(!holds() && holds());
	write_file(dir, "notes", "another kernel's notes");
	ck_assert(!holds() && holds());
	snprintf(path, sizeof path, "%s/sys/kernel/random", proc);
	write_file(path, "boot_id", "7c1d0cbd-25c0-4b5e-8f3b-0d2d2f7d7b12\n");
	ck_assert(!holds() && holds());
	write_file(proc, "modules", "mod 4096 1 - Live 0xffffffffc0000100\n");
	ck_assert(!holds() && holds());
	write_file(proc, "modules", "mod 4096 1 - Live 0xffffffffc0000100\n"
	    "new 4096 0 - Live 0xffffffffc0010000\n");
	ck_assert(!holds() && holds());
	write_file(proc, "kallsyms", kallsyms + strlen(
	    "ffffffff81000000 T _stext\n"));
	ck_assert(!holds() && holds());
	snprintf(path, sizeof path, "%s/modules", proc);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert(!holds() && holds());
}
END_TEST

START_TEST(who_uses_a_module_is_no_change)
{
	if (geteuid() != 0)
		return;
	ck_assert(!holds() && holds());
	write_file(proc, "modules", "mod 4096 2 other,third, Live 0xffffffffc0000000\n");
	ck_assert(holds());
}
END_TEST

START_TEST(hidden_addresses_are_hidden_whatever_is_kept)
{
	struct kernsyms k;

	ck_assert(!holds());
	write_file(proc, "kallsyms", "0000000000000000 T _stext\n"
	    "0000000000000000 t vfs_read\n");
	k = open_it(KALLSYMS_EHIDDEN);
	ck_assert_str_eq(name_at(&k, 0xffffffff81001000), "none");
	kernsyms_free(&k);
}
END_TEST

START_TEST(a_file_that_others_can_read_is_not_used)
{
	char path[128];

	if (geteuid() != 0)
		return;
	ck_assert(!holds() && holds());
	snprintf(path, sizeof path, "%s/cache/kernel", dir);
	ck_assert_int_eq(chmod(path, 0644), 0);
	ck_assert(!holds() && holds());
}
END_TEST

START_TEST(without_a_boot_s_id_nothing_is_kept)
{
	char path[128];

	snprintf(path, sizeof path, "%s/sys/kernel/random/boot_id", proc);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert(!holds() && !holds());
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("kernsyms");
	TCase *t = tcase_create("kernsyms");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_second_time_it_comes_from_the_cache);
	tcase_add_test(t, only_root_has_one);
	tcase_add_test(t, what_comes_and_goes_is_asked_of_the_kernel);
	tcase_add_test(t, a_module_s_last_function_ends_with_its_page);
	tcase_add_test(t, a_change_makes_it_absent);
	tcase_add_test(t, who_uses_a_module_is_no_change);
	tcase_add_test(t, hidden_addresses_are_hidden_whatever_is_kept);
	tcase_add_test(t, a_file_that_others_can_read_is_not_used);
	tcase_add_test(t, without_a_boot_s_id_nothing_is_kept);
	return s;
}
