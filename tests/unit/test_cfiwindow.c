/*
 * test_cfiwindow.c - a file whose bytes tell where they are, and a section that
 * begins at AT in it.
 */
#include <check.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "elf/elffile.h"
#include "suite.h"
#include "unwind/cfiwindow.h"

enum { AT = 0x1234, LEN = 300000, FILE_LEN = AT + LEN + 100 };

static uint8_t bytes[FILE_LEN];
static struct elffile f;
static struct cfiwindow w;

static void
setup(void)
{
	static const unsigned char head[] = "\177ELF\2\1\1";
	Elf64_Ehdr eh = {
		.e_type = ET_DYN, .e_machine = EM_X86_64, .e_version = 1,
		.e_ehsize = sizeof eh,
	};

	for (uint32_t i = 0; i < FILE_LEN; i++)
		bytes[i] = (uint8_t)(i * 2654435761u >> 24);
	memcpy(eh.e_ident, head, sizeof head - 1);
	memcpy(bytes, &eh, sizeof eh);
	ck_assert_int_eq(elffile_init_mem(&f, bytes, sizeof bytes), ELFFILE_OK);
	w = (struct cfiwindow){ .f = &f, .offset = AT, .len = LEN };
}

static void
teardown(void)
{
	cfiwindow_free(&w);
}

static void
check_there(size_t off, size_t len)
{
	const uint8_t *b = cfiwindow_bytes(&w, off, len);

	ck_assert_ptr_nonnull(b);
	ck_assert_mem_eq(b, bytes + AT + off, len);
}

START_TEST(wherever_it_is_asked_for_the_bytes_are_the_section_s)
{
	uint32_t at = 1;

	for (size_t off = 0; off + 12 <= LEN; off += 1001)
		check_there(off, 12);
	for (int i = 0; i < 1000; i++) {
		at = at * 1103515245 + 12345;
		check_there((at >> 8) % (LEN - 40), (at >> 4) % 40);
	}
}
END_TEST

START_TEST(more_than_the_window_is_there_at_once)
{
	check_there(10, 12);
	check_there(5000, CFIWINDOW_BYTES + 12345);
	check_there(0, LEN);
	check_there(20, 12);
}
END_TEST

START_TEST(the_section_has_an_end)
{
	check_there(LEN - 1, 1);
	check_there(LEN, 0);
	ck_assert_ptr_null(cfiwindow_bytes(&w, LEN, 1));
	ck_assert_ptr_null(cfiwindow_bytes(&w, LEN - 1, 2));
	ck_assert_ptr_null(cfiwindow_bytes(&w, LEN + 1, 0));
	ck_assert_ptr_null(cfiwindow_bytes(&w, 1, SIZE_MAX));
}
END_TEST

/* A file that is cut: nothing of what cannot be read is taken for it later. */
START_TEST(what_the_file_has_not_is_not_there)
{
	w.len = FILE_LEN;
	check_there(0, 12);
	ck_assert_ptr_null(cfiwindow_bytes(&w, FILE_LEN - 50, 12));
	ck_assert_ptr_null(cfiwindow_bytes(&w, FILE_LEN - 50, 12));
	check_there(0, 12);
}
END_TEST

START_TEST(of_a_section_in_memory_there_is_no_copy)
{
	w = (struct cfiwindow){ .data = bytes + AT, .len = LEN };
	ck_assert_ptr_eq(cfiwindow_bytes(&w, 77, 12), bytes + AT + 77);
	ck_assert_ptr_null(cfiwindow_bytes(&w, LEN - 1, 2));
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("cfiwindow");
	TCase *t = tcase_create("cfiwindow");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, wherever_it_is_asked_for_the_bytes_are_the_section_s);
	tcase_add_test(t, more_than_the_window_is_there_at_once);
	tcase_add_test(t, the_section_has_an_end);
	tcase_add_test(t, what_the_file_has_not_is_not_there);
	tcase_add_test(t, of_a_section_in_memory_there_is_no_copy);
	return s;
}
