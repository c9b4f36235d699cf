/*
 * test_ehframe.c - the rows of real files, made at once and by piece; and what a
 * table that a stranger made as large as can be costs.
 */
#include <check.h>
#include <dlfcn.h>
#include <dwarf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "suite.h"
#include "unwind/ehframe.h"

/* -- real files ----------------------------------------------------------- */

/* Where there is none, it is left out; but for the first, the C library. */
static const char *const files[] = {
	NULL,
	"/proc/self/exe",
	"/usr/lib/x86_64-linux-gnu/libstdc++.so.6",
	"/usr/bin/python3",
	"/usr/bin/node",
	"/usr/bin/perl",
};

static int
open_file(int i)
{
	const char *path = files[i];
	Dl_info libc = { 0 };

	if (!path && dladdr(stdout, &libc) != 0)
		path = libc.dli_fname;
	ck_assert_ptr_nonnull(path);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void
check_same(const struct rows *a, const struct rows *b)
{
	ck_assert_uint_eq(a->n, b->n);
	ck_assert_mem_eq(a->row, b->row, a->n * sizeof *a->row);
}

/* The rows of a section that is read in another way. */
static struct rows
rows_of(const struct cfi_section *s, uint64_t base)
{
	struct rows t = { .base = base };
	struct cfi c;

	cfi_init(&c, s, base);
	cfi_rows(&c, 0, UINT32_MAX, &t);
	rows_trim(&t);
	cfi_free(&c);
	return t;
}

/* Each of the ways must come to the rows that all of them at once are. */
static void
check_file(const struct elffile *f)
{
	const uint32_t each[] = { f->size < 4 << 20 ? 1 : 2000, 20000 };
	struct cfi_section s;
	struct rows all, other;
	struct ehframe e;
	void *data;

	ck_assert_int_eq(ehframe_init(&e, f), ELFFILE_OK);
	ck_assert_uint_eq(e.eh.pieces, 1);
	s = e.eh.s;
	all = rows_of(&s, e.base);
	ck_assert_uint_gt(all.n, 10);
	for (size_t i = 0; i < GP_COUNT(each); i++) {
		s.piece = each[i];
		other = rows_of(&s, e.base);
		check_same(&all, &other);
		rows_free(&other);
	}
	s.piece = 0;
	data = malloc(s.len);
	ck_assert_ptr_nonnull(data);
	ck_assert_int_eq(elffile_read(f, s.offset, data, s.len), ELFFILE_OK);
	s.data = data;
	other = rows_of(&s, e.base);
	check_same(&all, &other);
	rows_free(&other);
	rows_free(&all);
	free(data);
	ehframe_free(&e);
}

START_TEST(rows_made_by_piece_are_those_made_at_once)
{
	int fd = open_file(_i);
	struct elffile f;

	ck_assert(fd >= 0 || _i > 0);
	if (fd >= 0 && elffile_init(&f, fd) == ELFFILE_OK)
		check_file(&f);
	if (fd >= 0)
		close(fd);
}
END_TEST

/* As what looks for one function does it. */
START_TEST(a_function_is_found_in_whichever_piece_it_is)
{
	int fd = open_file(0);
	struct cfi_fde a = { 0 }, b = { 0 };
	struct cfi_section s;
	struct elffile f;
	struct ehframe e;
	struct cfi c;

	ck_assert_int_eq(elffile_init(&f, fd), ELFFILE_OK);
	ck_assert_int_eq(ehframe_init(&e, &f), ELFFILE_OK);
	s = e.eh.s;
	s.piece = 10;
	cfi_init(&c, &s, e.base);
	ck_assert_uint_gt(c.pieces, 1);
	ck_assert_uint_eq(c.covered, e.eh.covered);
	for (uint64_t pc = 0; pc < e.text + 0x2000; pc += 997) {
		bool found = cfi_find(&e.eh, pc, &a);

		ck_assert_int_eq(cfi_find(&c, pc, &b), found);
		ck_assert(!found || (a.start == b.start && a.len == b.len));
	}
	cfi_free(&c);
	ehframe_free(&e);
	close(fd);
}
END_TEST

/* -- hostile ones --------------------------------------------------------- */

enum {
	CIE_BYTES = 20, /* and so many has each function */
	HOSTILE_BYTES = 1600 * 1000 * CIE_BYTES,
	ROOM_KB = 20 << 10, /* what is listed at a time, and a window */
};

/* A table of nothing but functions, at starts that go up, are equal or go down;
 * of nothing but CIEs; of one entry that is as long as all of it. */
enum hostile { UP, EQUAL, DOWN, CIES, ONE, HOSTILE };

/* CFA = rsp + 8; pcs are 4 bytes, from 0. */
static const uint8_t cie[CIE_BYTES] = { 16, 0, 0, 0, 0, 0, 0, 0, 1, 'z', 'R', 0, 1,
	0x78, 16, 1, DW_EH_PE_udata4, DW_CFA_def_cfa, 7, 8 };

static uint32_t
start_of(enum hostile how, uint32_t i)
{
	return how == UP ? 16 * i :
	    how == DOWN ? 16 * (HOSTILE_BYTES / CIE_BYTES - i) : 16;
}

/* The entry at an offset, as long as the CIE. */
static void
make_entry(uint8_t *b, enum hostile how, uint32_t off)
{
	uint32_t word[5] = { CIE_BYTES - 4, off + 4,
		start_of(how, off / CIE_BYTES), 8 };

	if (how == ONE)
		word[0] = HOSTILE_BYTES - CIE_BYTES - 4;
	if (off == 0 || how == CIES)
		memcpy(b, cie, CIE_BYTES);
	else
		memcpy(b, word, sizeof word);
}

/* In memory that is nobody's. */
static int
write_table(enum hostile how)
{
	int fd = memfd_create("table", MFD_CLOEXEC);
	static uint8_t b[1000 * CIE_BYTES];

	ck_assert_int_ge(fd, 0);
	for (uint32_t off = 0; off < HOSTILE_BYTES; off += sizeof b) {
		for (uint32_t i = 0; i < sizeof b; i += CIE_BYTES)
			make_entry(b + i, how, off + i);
		ck_assert_int_eq(file_write_all(fd, b, sizeof b), 0);
	}
	return fd;
}

static long
peak_kb(void)
{
	struct rusage u;

	return getrusage(RUSAGE_SELF, &u) == 0 ? u.ru_maxrss : LONG_MAX;
}

/* In a process of its own, whose peak starts with what it has. Does not return. */
static void
list_and_run(int fd, enum hostile how)
{
	struct elffile f = { .fd = fd, .size = HOSTILE_BYTES };
	struct cfi_section s = { .f = &f, .len = (size_t)f.size };
	long before = peak_kb(), after;
	struct rows t = { 0 };
	struct cfi c;
	bool right;

	cfi_init(&c, &s, 0);
	cfi_rows(&c, 0, UINT32_MAX, &t);
	after = peak_kb();
	right = rows_rule(t.row, t.n, 16 * 100) == (how == UP || how == DOWN ?
	    UNWIND_RULE_ENTRY : UNWIND_RULE_GAP);
	_exit(!right ? 1 : after - before > ROOM_KB ? 2 : 0);
}

/* Its memory is not what this program takes without it. */
static bool
is_checked_by_tool(void)
{
	const char *preload = getenv("LD_PRELOAD");

#if defined(__SANITIZE_ADDRESS__)
	return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
	return true;
#endif
#endif
	return preload && strstr(preload, "vgpreload");
}

START_TEST(a_table_of_any_size_and_kind_costs_no_more_than_a_piece)
{
	enum hostile how = (enum hostile)_i;
	int fd, status;
	pid_t pid;

	if (is_checked_by_tool())
		return;
	fd = write_table(how);
	pid = fork();
	if (pid == 0)
		list_and_run(fd, how);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	close(fd);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("ehframe");
	TCase *t = tcase_create("ehframe");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 0);
	tcase_add_loop_test(t, rows_made_by_piece_are_those_made_at_once, 0,
	    GP_COUNT(files));
	tcase_add_test(t, a_function_is_found_in_whichever_piece_it_is);
	tcase_add_loop_test(t,
	    a_table_of_any_size_and_kind_costs_no_more_than_a_piece, 0, HOSTILE);
	return s;
}
