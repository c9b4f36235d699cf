#include <check.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"
#include "elf/elfhas.h"
#include "suite.h"

/* Found by name in this program's own file. */
extern const char gp_test_text[];
const char gp_test_text[] = "gp-test-version x\0gp-test-version 12.5-rc1/z";

/* Exported symbols that the loader itself finds in libc. */
static const char *const in_libc[] = { "qsort", "malloc", "environ",
	"stdout", "program_invocation_name", "_IO_2_1_stdin_" };
static const char *const not_in_libc[] = { "", "qsor", "qsortx",
	"gp_test_text", "main", "_PyRuntime", "__cxa_begin_catch" };

/* The file of the module that holds an address. */
static int
open_module(const void *addr)
{
	Dl_info info;
	int fd;

	ck_assert_int_ne(dladdr(addr, &info), 0);
	fd = open(info.dli_fname, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static int
open_self(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

START_TEST(exports_are_those_the_loader_finds)
{
	int fd = open_module(dlsym(RTLD_DEFAULT, "gnu_get_libc_version"));
	struct elfhas_symbol s;
	struct elffile f;
	struct elfhas h;

	ck_assert_int_eq(elffile_init(&f, fd), ELFFILE_OK);
	elfhas_init(&h, &f);
	ck_assert_uint_ne(h.gnu_hash, 0);
	for (size_t i = 0; i < GP_COUNT(in_libc); i++) {
		ck_assert_msg(elfhas_export(&h, in_libc[i], &s), "%s",
		    in_libc[i]);
		ck_assert_uint_ne(s.value, 0);
	}
	for (size_t i = 0; i < GP_COUNT(not_in_libc); i++)
		ck_assert_msg(!elfhas_export(&h, not_in_libc[i], NULL), "%s",
		    not_in_libc[i]);
	close(fd);
}
END_TEST

START_TEST(both_hash_tables_tell_the_same)
{
	int fd = open_module(dlsym(RTLD_DEFAULT, "gnu_get_libc_version"));
	struct elfhas_symbol a, b;
	struct elfhas h, sysv;
	struct elffile f;

	ck_assert_int_eq(elffile_init(&f, fd), ELFFILE_OK);
	elfhas_init(&h, &f);
	if (h.sysv_hash) { /* distributions differ */
		sysv = h;
		sysv.gnu_hash = 0;
		ck_assert_int_eq(pread(fd, &sysv.h.buckets, 4,
		    (off_t)h.sysv_hash), 4);
		for (size_t i = 0; i < GP_COUNT(in_libc); i++) {
			ck_assert(elfhas_export(&h, in_libc[i], &a));
			ck_assert(elfhas_export(&sysv, in_libc[i], &b));
			ck_assert_uint_eq(a.value, b.value);
		}
		for (size_t i = 0; i < GP_COUNT(not_in_libc); i++)
			ck_assert(!elfhas_export(&sysv, not_in_libc[i], NULL));
	}
	close(fd);
}
END_TEST

START_TEST(what_a_file_only_uses_it_does_not_export)
{
	int fd = open_self();
	struct elffile f;
	struct elfhas h;

	ck_assert_int_eq(elffile_init(&f, fd), ELFFILE_OK);
	elfhas_init(&h, &f);
	ck_assert(!elfhas_export(&h, "dladdr", NULL));
	ck_assert(!elfhas_export(&h, "gp_test_text", NULL));
	close(fd);
}
END_TEST

START_TEST(symtab_has_what_is_not_exported)
{
	static const char *const names[] = { "gp_test_text", "dladdr", "main",
		"no_such" };
	struct elfhas_symbol s[GP_COUNT(names)];
	char text[sizeof gp_test_text];
	struct elffile f;
	int fd = open_self();

	ck_assert_int_eq(elffile_init(&f, fd), ELFFILE_OK);
	ck_assert_uint_eq(elfhas_symtab(&f, names, GP_COUNT(names), s), 2);
	ck_assert_uint_eq(s[1].value, 0);
	ck_assert_uint_ne(s[2].value, 0);
	ck_assert_uint_eq(s[3].value, 0);
	ck_assert_uint_eq(s[0].size, sizeof gp_test_text);
	ck_assert(elfhas_read(&f, s[0].value, text, sizeof text));
	ck_assert_mem_eq(text, gp_test_text, sizeof text);
	ck_assert(!elfhas_read(&f, UINT64_MAX - 8, text, sizeof text));
	close(fd);
}
END_TEST

static volatile char gp_test_static[3];

START_TEST(static_variables_are_asked_for_by_themselves)
{
	static const char *const names[] = { "gp_test_text", "gp_test_static" };
	struct elfhas_symbol s[GP_COUNT(names)];
	struct elffile f;
	int fd = open_self();

	gp_test_static[0] = 1;
	ck_assert_int_eq(elffile_init(&f, fd), ELFFILE_OK);
	ck_assert_uint_eq(elfhas_locals(&f, names, GP_COUNT(names), s), 1);
	ck_assert_uint_eq(s[0].value, 0);
	ck_assert_uint_eq(s[1].size, sizeof gp_test_static);
	close(fd);
}
END_TEST

START_TEST(sections_have_names_and_numbers_behind_texts)
{
	struct elfhas_section sec;
	char number[32], small[4];
	struct elffile f;
	int fd = open_self();

	ck_assert_int_eq(elffile_init(&f, fd), ELFFILE_OK);
	ck_assert(elfhas_section(&f, ".text", &sec));
	ck_assert_uint_gt(sec.size, 0);
	ck_assert(!elfhas_section(&f, ".tex", &sec));
	ck_assert(!elfhas_section(&f, ".bss", &sec));
	/* The first hit has no digit behind it, the second has. */
	ck_assert(elfhas_number(&f, ".rodata", "gp-test-version ", number,
	    sizeof number));
	ck_assert_str_eq(number, "12.5-rc1");
	ck_assert(elfhas_number(&f, ".rodata", "gp-test-version ", small,
	    sizeof small));
	ck_assert_str_eq(small, "12.");
	ck_assert(!elfhas_number(&f, ".text", "gp-test-version ", number,
	    sizeof number));
	ck_assert(!elfhas_number(&f, ".rodata", "gp-test-nowhere", number,
	    sizeof number));
	close(fd);
}
END_TEST

START_TEST(an_image_without_tables_has_nothing)
{
	Elf64_Ehdr eh = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB,
		    EV_CURRENT },
		.e_type = ET_DYN, .e_machine = EM_X86_64,
		.e_version = EV_CURRENT, .e_ehsize = sizeof eh,
		.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 0,
	};
	static const char *const names[] = { "x" };
	struct elfhas_section sec;
	struct elfhas_symbol s;
	struct elffile f;
	struct elfhas h;
	char out[8];

	if (elffile_init_mem(&f, &eh, sizeof eh) != ELFFILE_OK)
		return;
	elfhas_init(&h, &f);
	ck_assert(!elfhas_export(&h, "x", &s));
	ck_assert(!elfhas_section(&f, ".text", &sec));
	ck_assert_uint_eq(elfhas_symtab(&f, names, 1, &s), 0);
	ck_assert(!elfhas_number(&f, ".rodata", "x", out, sizeof out));
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("elfhas");
	TCase *t = tcase_create("elfhas");

	tcase_add_test(t, exports_are_those_the_loader_finds);
	tcase_add_test(t, both_hash_tables_tell_the_same);
	tcase_add_test(t, what_a_file_only_uses_it_does_not_export);
	tcase_add_test(t, symtab_has_what_is_not_exported);
	tcase_add_test(t, static_variables_are_asked_for_by_themselves);
	tcase_add_test(t, sections_have_names_and_numbers_behind_texts);
	tcase_add_test(t, an_image_without_tables_has_nothing);
	suite_add_tcase(s, t);
	return s;
}
