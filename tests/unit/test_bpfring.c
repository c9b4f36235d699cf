/* Unit tests of gp-record's bpfring.c, with a file in the place of the kernel. */
#include <check.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmd/gp-record/bpfring.c"
#include "suite.h"

enum { BYTES = 4096 };

static int fd;
static struct bpfring r;
static char *map; /* of the whole file, as the kernel sees it */
static uint64_t at; /* where it writes next */

static void
setup(void)
{
	size_t size = 2 * page() + BYTES;

	fd = memfd_create("ring", 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(map, MAP_FAILED);
	ck_assert_int_eq(bpfring_open(&r, fd, BYTES), 0);
	at = 0;
}

static void
teardown(void)
{
	bpfring_close(&r);
	munmap(map, 2 * page() + BYTES);
	close(fd);
}

static void
put_bytes(const void *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		map[2 * page() + (at + i) % BYTES] = ((const char *)p)[i];
	at += len;
}

/* A record of len bytes, all of them c. */
static void
put_record(char c, uint32_t len, uint32_t flags)
{
	uint32_t head[2] = { len | flags, 0 };

	put_bytes(head, sizeof head);
	for (uint32_t i = 0; i < (len + 7) / 8 * 8; i++)
		put_bytes(&c, 1);
	memcpy(map + page(), &at, sizeof at);
}

static uint64_t
consumed(void)
{
	uint64_t pos;

	memcpy(&pos, map, sizeof pos);
	return pos;
}

static void
expect(char c, size_t want)
{
	size_t len;
	const char *p = bpfring_next(&r, &len);

	ck_assert_ptr_nonnull(p);
	ck_assert_uint_eq(len, want);
	for (size_t i = 0; i < len; i++)
		ck_assert_int_eq(p[i], c);
}

static void
expect_none(void)
{
	size_t len;

	ck_assert_ptr_null(bpfring_next(&r, &len));
}

START_TEST(an_empty_ring_has_nothing)
{
	expect_none();
	ck_assert_uint_eq(consumed(), 0);
}
END_TEST

START_TEST(records_come_in_order_and_give_their_room_back)
{
	put_record('a', 5, 0);
	put_record('b', 8, 0);
	expect('a', 5);
	/* While it is looked at, it must not be overwritten. */
	ck_assert_uint_eq(consumed(), 0);
	expect('b', 8);
	ck_assert_uint_eq(consumed(), 16);
	expect_none();
	ck_assert_uint_eq(consumed(), 32);
	put_record('c', 1, 0);
	expect('c', 1);
	bpfring_release(&r);
	ck_assert_uint_eq(consumed(), 48);
}
END_TEST

START_TEST(what_was_discarded_is_skipped)
{
	put_record('a', 100, BPF_RINGBUF_DISCARD_BIT);
	put_record('b', 3, 0);
	put_record('c', 100, BPF_RINGBUF_DISCARD_BIT);
	expect('b', 3);
	expect_none();
	ck_assert_uint_eq(consumed(), at);
}
END_TEST

START_TEST(what_is_being_written_ends_the_reading)
{
	put_record('a', 4, 0);
	put_record('b', 4, BPF_RINGBUF_BUSY_BIT);
	put_record('c', 4, 0);
	expect('a', 4);
	expect_none();
	ck_assert_uint_eq(consumed(), 16);
	map[2 * page() + 16 + 3] &= 0x7f; /* it is done */
	expect('b', 4);
	expect('c', 4);
}
END_TEST

START_TEST(a_record_that_is_broken_at_the_end_is_whole)
{
	/* Many times around, so that it breaks everywhere. */
	for (uint32_t i = 0; i < 2000; i++) {
		uint32_t len = i * 37 % 1500 + 1;

		put_record((char)('a' + i % 26), len, 0);
		expect((char)('a' + i % 26), len);
	}
	expect_none();
	ck_assert_uint_eq(consumed(), at);
}
END_TEST

START_TEST(a_length_that_cannot_be_is_not_read)
{
	put_record('a', 4, 0);
	put_record('b', 4, 0);
	memcpy(map + 2 * page() + 16, "\xff\xff\xff\x3f", 4);
	expect('a', 4);
	expect_none();
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("bpfring");
	TCase *t = tcase_create("bpfring");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, an_empty_ring_has_nothing);
	tcase_add_test(t, records_come_in_order_and_give_their_room_back);
	tcase_add_test(t, what_was_discarded_is_skipped);
	tcase_add_test(t, what_is_being_written_ends_the_reading);
	tcase_add_test(t, a_record_that_is_broken_at_the_end_is_whole);
	tcase_add_test(t, a_length_that_cannot_be_is_not_read);
	return s;
}
