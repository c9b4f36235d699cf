/* By what name a program was executed. */
#include <check.h>
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/file.h"
#include "proc/execfn.h"
#include "suite.h"

START_TEST(this_program_is_called_as_the_kernel_says)
{
	struct proc p;
	struct buf b = { 0 };

	ck_assert_int_eq(proc_open(&p, NULL, (uint32_t)getpid()), PROC_OK);
	ck_assert_int_eq(execfn_read(&p, &b), PROC_OK);
	ck_assert_str_eq(b.s, (const char *)getauxval(AT_EXECFN));
	proc_done(&p);
	buf_free(&b);
}
END_TEST

/* A process of an invented tree, whose memory is a file. */
static const struct {
	Elf64_auxv_t v[3];
	size_t size;  /* of the vector, in bytes */
	const char *mem;
	size_t mem_len;
	const char *name; /* NULL: none */
} trees[] = {
	{ { { AT_PAGESZ, { 4096 } }, { AT_EXECFN, { 3 } } }, 48, "???./app", 9,
	  "./app" },
	/* Cut off, ended before, elsewhere, nowhere, empty. */
	{ { { AT_PAGESZ, { 4096 } }, { AT_EXECFN, { 3 } } }, 31, "???./app", 9,
	  NULL },
	{ { { AT_NULL, { 0 } }, { AT_EXECFN, { 3 } } }, 48, "???./app", 9, NULL },
	{ { { AT_EXECFN, { 300 } } }, 48, "???./app", 9, NULL },
	{ { { AT_EXECFN, { UINT64_MAX } } }, 48, "???./app", 9, NULL },
	{ { { AT_EXECFN, { 0 } } }, 48, "./app", 6, NULL },
	{ { { AT_EXECFN, { 3 } } }, 48, "???", 4, NULL },
	{ { { AT_EXECFN, { 3 } } }, 0, "???./app", 9, NULL },
	/* Without its end. */
	{ { { AT_EXECFN, { 3 } } }, 48, "???./app", 8, NULL },
};

static void
write_file(const char *dir, const char *name, const void *data, size_t len)
{
	char path[128];
	int fd;

	snprintf(path, sizeof path, "%s/7/%s", dir, name);
	fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(file_write_all(fd, data, len), 0);
	close(fd);
}

START_TEST(what_is_not_there_is_not_told)
{
	char root[] = "/tmp/gp-execfn.XXXXXX", path[128];
	struct buf b = { 0 };
	struct proc p;
	int rc;

	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(path, sizeof path, "%s/7", root);
	mkdir(path, 0700);
	write_file(root, "auxv", trees[_i].v, trees[_i].size);
	write_file(root, "mem", trees[_i].mem, trees[_i].mem_len);
	ck_assert_int_eq(proc_open(&p, root, 7), PROC_OK);
	rc = execfn_read(&p, &b);
	ck_assert_str_eq(buf_str(&b), trees[_i].name ? trees[_i].name : "");
	ck_assert_int_eq(rc == PROC_OK, trees[_i].name != NULL);
	proc_done(&p);
	buf_free(&b);
	snprintf(path, sizeof path, "rm -r %s", root);
	ck_assert_int_eq(system(path), 0);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("execfn");
	TCase *t = tcase_create("execfn");

	tcase_add_test(t, this_program_is_called_as_the_kernel_says);
	tcase_add_loop_test(t, what_is_not_there_is_not_told, 0,
	    (int)GP_COUNT(trees));
	suite_add_tcase(s, t);
	return s;
}
