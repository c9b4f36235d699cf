/* mapped.h: what is there, what is not any more, and how much of all. */
#include "base/mapped.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "suite.h"

enum { PAGE = 4096 };

/* A file of so many pages, each full of its number. */
static int
make_file(unsigned pages)
{
	int fd = memfd_create("file", MFD_CLOEXEC);
	char page[PAGE];

	ck_assert_int_ge(fd, 0);
	for (unsigned i = 0; i < pages; i++) {
		memset(page, (int)i + 1, sizeof page);
		ck_assert_int_eq(write(fd, page, sizeof page), PAGE);
	}
	return fd;
}

static unsigned
byte_at(const struct mapped *m, size_t at)
{
	return ((const volatile unsigned char *)m->p)[at];
}

START_TEST(what_the_file_holds_is_there)
{
	int fd = make_file(3);
	struct mapped m;

	ck_assert(mapped_open(&m, fd, 3 * PAGE - 5));
	close(fd);
	ck_assert_uint_eq(m.size, 3 * PAGE - 5);
	ck_assert_uint_eq(byte_at(&m, 0), 1);
	ck_assert_uint_eq(byte_at(&m, 2 * PAGE), 3);
	ck_assert(!mapped_is_cut(&m));
	mapped_close(&m);
	ck_assert_ptr_null(m.p);
	ck_assert(!mapped_is_cut(&m));
	mapped_close(&m);
}
END_TEST

START_TEST(what_was_cut_off_is_zeros_and_said)
{
	int fd = make_file(4), other = make_file(1);
	struct mapped m, n;

	ck_assert(mapped_open(&m, fd, 4 * PAGE));
	ck_assert(mapped_open(&n, other, PAGE));
	ck_assert_uint_eq(byte_at(&m, 3 * PAGE), 4);
	ck_assert_int_eq(ftruncate(fd, PAGE), 0);
	ck_assert(!mapped_is_cut(&m)); /* nobody looked */
	errno = ENOTTY;
	ck_assert_uint_eq(byte_at(&m, 3 * PAGE + 7), 0);
	ck_assert_int_eq(errno, ENOTTY);
	ck_assert(mapped_is_cut(&m));
	ck_assert_uint_eq(byte_at(&m, PAGE), 0);
	ck_assert_uint_eq(byte_at(&m, PAGE - 1), 1);
	ck_assert(!mapped_is_cut(&n));
	ck_assert_uint_eq(byte_at(&n, 0), 1);
	mapped_close(&m);
	/* Its place is as new. */
	ck_assert(mapped_open(&m, other, PAGE));
	ck_assert(!mapped_is_cut(&m));
	mapped_close(&m);
	mapped_close(&n);
	close(fd);
	close(other);
}
END_TEST

START_TEST(there_is_room_for_so_much_in_all)
{
	int fd = make_file(1);
	struct mapped m, n, o;

	ck_assert_int_eq(ftruncate(fd, MAPPED_BYTES_MAX + PAGE), 0);
	ck_assert(!mapped_open(&m, fd, MAPPED_BYTES_MAX + 1));
	ck_assert(!mapped_open(&m, fd, UINT64_MAX));
	ck_assert(!mapped_open(&m, fd, 0));
	ck_assert(mapped_open(&m, fd, MAPPED_BYTES_MAX - PAGE));
	ck_assert(mapped_open(&n, fd, PAGE));
	ck_assert(!mapped_open(&o, fd, 1));
	mapped_close(&o);
	mapped_close(&n);
	ck_assert(mapped_open(&o, fd, PAGE));
	mapped_close(&o);
	mapped_close(&m);
	close(fd);
}
END_TEST

START_TEST(there_is_room_for_so_many)
{
	static struct mapped m[MAPPED_FILES_MAX + 1];
	int fd = make_file(1);

	for (unsigned i = 0; i < MAPPED_FILES_MAX; i++)
		ck_assert(mapped_open(&m[i], fd, PAGE));
	ck_assert(!mapped_open(&m[MAPPED_FILES_MAX], fd, PAGE));
	mapped_close(&m[7]);
	ck_assert(mapped_open(&m[7], fd, PAGE));
	for (unsigned i = 0; i < MAPPED_FILES_MAX; i++)
		mapped_close(&m[i]);
	close(fd);
}
END_TEST

START_TEST(what_cannot_be_mapped_is_not)
{
	struct mapped m;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert(!mapped_open(&m, ends[0], PAGE));
	ck_assert(!mapped_open(&m, -1, PAGE));
	mapped_close(&m);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

/* A fault of something else ends the process as ever. */
START_TEST(another_bus_error_kills)
{
	int fd = make_file(1), other = make_file(1);
	struct mapped m;
	const volatile char *p;

	signal(SIGBUS, SIG_DFL); /* whatever a sanitizer does with it */
	ck_assert(mapped_open(&m, fd, PAGE));
	p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, other, 0);
	ck_assert_ptr_ne((const void *)p, MAP_FAILED);
	ck_assert_int_eq(ftruncate(other, 0), 0);
	(void)*p;
	ck_abort();
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("mapped");
	TCase *t = tcase_create("mapped");
	const char *fork = getenv("CK_FORK");

	suite_add_tcase(s, t);
	tcase_add_test(t, what_the_file_holds_is_there);
	tcase_add_test(t, what_was_cut_off_is_zeros_and_said);
	tcase_add_test(t, there_is_room_for_so_much_in_all);
	tcase_add_test(t, there_is_room_for_so_many);
	tcase_add_test(t, what_cannot_be_mapped_is_not);
	if (!fork || strcmp(fork, "no") != 0)
		tcase_add_test_raise_signal(t, another_bus_error_kills,
		    SIGBUS);
	return s;
}
