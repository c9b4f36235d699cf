#include "base/libpages.h"

#include <check.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

#include "suite.h"

/* Pages of files that are in this process. */
static long
file_pages(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long n = 0;

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%*d %*d %ld", &n), 1);
	fclose(f);
	return n;
}

static int
read_text(struct dl_phdr_info *lib, size_t size, void *sum)
{
	(void)size;
	for (size_t i = 0; i < lib->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &lib->dlpi_phdr[i];
		const char *s = (const char *)lib->dlpi_addr + p->p_vaddr;

		if (p->p_type == PT_LOAD && (p->p_flags & PF_X))
			for (size_t at = 0; at < p->p_filesz; at += 64)
				*(size_t *)sum += (unsigned char)s[at];
	}
	return 0;
}

START_TEST(what_was_read_of_libraries_goes_and_comes_back)
{
	long before;
	size_t sum = 0;

	/* All code of the program and of its libraries, so that it is there. */
	dl_iterate_phdr(read_text, &sum);
	ck_assert_uint_gt(sum, 0);
	before = file_pages();
	libpages_drop();
	ck_assert_int_lt(file_pages(), before / 2);
	/* Code, names and tables of libraries are there as ever. */
	ck_assert_str_eq(strerror(2), "No such file or directory");
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("libpages");
	TCase *t = tcase_create("libpages");

	tcase_add_test(t, what_was_read_of_libraries_goes_and_comes_back);
	suite_add_tcase(s, t);
	return s;
}
