/* The record that a recording begins with, on machines that are made up. */
#include <check.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/attr.h"
#include "base/file.h"
#include "cmd/gp-record/recorder.h"
#include "proc/kallsyms.h"
#include "stream/record.h"

static int name_machine(struct utsname *u);
static time_t now(time_t *t);
static int read_notes(int dirfd, const char *path, struct buf *b, size_t max);
static bool text_start(const char *path, uint64_t *addr);

#define uname(u) name_machine(u)
#define time(t) now(t)
#define file_read_at(dirfd, path, b, max) read_notes(dirfd, path, b, max)
#define kallsyms_text(path, addr) text_start(path, addr)
#include "cmd/gp-record/recordhead.c"
#undef time
#include "suite.h"

/* What we are told; NULL, 0: we may not know. */
static const char *host;
static const char *notes;
static size_t notes_len;
static bool cut; /* reading them fails in the end */
static uint64_t start_of_text;

static struct recorder_options options;
static struct buf head;
static struct record record;

static int
name_machine(struct utsname *u)
{
	*u = (struct utsname){ .sysname = "Linux", .release = "6.1.0-7-amd64",
	    .version = "#1 SMP", .machine = "x86_64" };
	strcpy(u->nodename, host);
	return 0;
}

/* 2026-01-01, a second before one o'clock. */
static time_t
now(time_t *t)
{
	ck_assert_ptr_null(t);
	return 1767229199;
}

static int
read_notes(int dirfd, const char *path, struct buf *b, size_t max)
{
	(void)dirfd;
	ck_assert_str_eq(path, "/sys/kernel/notes");
	ck_assert_uint_ge(max, notes_len);
	if (notes)
		buf_add(b, notes, notes_len);
	errno = notes ? EIO : EACCES;
	return notes && !cut ? 0 : -1;
}

static bool
text_start(const char *path, uint64_t *addr)
{
	ck_assert_ptr_null(path);
	if (start_of_text)
		*addr = start_of_text;
	return start_of_text != 0;
}

static void
setup(void)
{
	host = "web-7";
	notes = NULL;
	notes_len = 0;
	cut = false;
	start_of_text = 0;
	options = (struct recorder_options){ .freq = 99 };
	strcpy(options.event.name, "cpu-clock");
}

static void
teardown(void)
{
	buf_free(&head);
	record_free(&record);
}

/* A field of the record, or NULL; of "" the tag. */
static const char *
field(const char *key)
{
	buf_reset(&head);
	recordhead_put(&head, &options, 8, 8291500000000);
	ck_assert_int_eq(head.s[head.len - 1], '\n');
	ck_assert(record_parse(&record, head.s, head.len - 1));
	return *key ? record_get(&record, key) : record.tag;
}

START_TEST(it_says_what_was_sampled_where)
{
	buf_adds(&head, "before\n");
	recordhead_put(&head, &options, 8, 8291500000000);
	ck_assert_str_eq(head.s, "before\n"
	    "#gp version=1 kind=raw tool=gp-record/" GP_VERSION
	    " host=web-7 arch=x86_64 kernel=6.1.0-7-amd64 event=cpu-clock"
	    " freq=99 cpus=8 start=2026-01-01T00:59:59Z clock=8291.5\n");
}
END_TEST

START_TEST(a_rate_or_a_period_is_told)
{
	ck_assert_str_eq(field("freq"), "99");
	ck_assert_ptr_null(record_get(&record, "period"));
	options.freq = 0;
	options.period = 1000003;
	ck_assert_str_eq(field("period"), "1000003");
	ck_assert_ptr_null(record_get(&record, "freq"));
}
END_TEST

START_TEST(an_interval_is_told_in_seconds)
{
	ck_assert_ptr_null(field("interval"));
	options.interval = 3000000000;
	ck_assert_str_eq(field("interval"), "3");
	options.interval = 20000000;
	ck_assert_str_eq(field("interval"), "0.02");
}
END_TEST

/* Wherever we are; five hours east it is another hour, and ten west another day. */
START_TEST(the_begin_is_told_in_utc)
{
	static const char *const zones[] = { "ABC-5", "ABC10", "UTC0" };

	for (size_t i = 0; i < GP_COUNT(zones); i++) {
		setenv("TZ", zones[i], 1);
		tzset();
		ck_assert_str_eq(field("start"), "2026-01-01T00:59:59Z");
	}
}
END_TEST

START_TEST(a_strange_name_is_a_field_like_any)
{
	host = "a b=c\n%";
	strcpy(options.event.name, "cpu/event=0x3c,name=a b/u");
	ck_assert_str_eq(field(""), "gp");
	ck_assert_str_eq(record_get(&record, "host"), host);
	ck_assert_str_eq(record_get(&record, "event"), options.event.name);
	ck_assert_str_eq(record_get(&record, "clock"), "8291.5");
	host = "";
	ck_assert_ptr_null(field("host"));
	ck_assert_str_eq(record_get(&record, "arch"), "x86_64");
}
END_TEST

/* Another note, whose description is padded, and the build id. */
static const struct notes {
	Elf64_Nhdr other;
	char other_name[4], other_desc[12];
	Elf64_Nhdr build_id;
	char name[4], id[8];
} some_notes = {
	{ 4, 10, 7 }, "Xen", "0123456789",
	{ 4, 8, NT_GNU_BUILD_ID }, "GNU", "\x9c\x61\xd4\x01\x02\x03\x04\x05",
};

START_TEST(the_kernels_build_id_is_told_where_it_is_known)
{
	ck_assert_ptr_null(field("kernel_build_id"));
	notes = (const char *)&some_notes;
	notes_len = sizeof some_notes;
	ck_assert_str_eq(field("kernel_build_id"), "9c61d40102030405");
	/* None has a part of it, or another one. */
	cut = true;
	ck_assert_ptr_null(field("kernel_build_id"));
	cut = false;
	notes_len = sizeof some_notes - 4;
	ck_assert_ptr_null(field("kernel_build_id"));
	notes_len = offsetof(struct notes, build_id);
	ck_assert_ptr_null(field("kernel_build_id"));
}
END_TEST

START_TEST(where_the_kernel_begins_is_told_where_that_is_known)
{
	ck_assert_ptr_null(field("kernel_text"));
	start_of_text = 0xffffffff81000000;
	ck_assert_str_eq(field("kernel_text"), "ffffffff81000000");
	/* With or without the other. */
	ck_assert_ptr_null(record_get(&record, "kernel_build_id"));
	notes = (const char *)&some_notes;
	notes_len = sizeof some_notes;
	ck_assert_str_eq(field("kernel_text"), "ffffffff81000000");
	ck_assert_str_eq(record_get(&record, "kernel_build_id"),
	    "9c61d40102030405");
	start_of_text = 0;
	ck_assert_ptr_null(field("kernel_text"));
	ck_assert_ptr_nonnull(record_get(&record, "kernel_build_id"));
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("recordhead");
	TCase *t = tcase_create("recordhead");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, it_says_what_was_sampled_where);
	tcase_add_test(t, a_rate_or_a_period_is_told);
	tcase_add_test(t, an_interval_is_told_in_seconds);
	tcase_add_test(t, the_begin_is_told_in_utc);
	tcase_add_test(t, a_strange_name_is_a_field_like_any);
	tcase_add_test(t, the_kernels_build_id_is_told_where_it_is_known);
	tcase_add_test(t, where_the_kernel_begins_is_told_where_that_is_known);
	suite_add_tcase(s, t);
	return s;
}
