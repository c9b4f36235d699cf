/* What gp-upload keeps and sends: names, JSON, bundles, store and spool. */
#include <archive.h>
#include <archive_entry.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ship/bound.h"
#include "ship/bundle.h"
#include "ship/intake.h"
#include "ship/stamp.h"
#include "ship/store.h"
#include "suite.h"
#include "temp_dir.h"

static int
text_fd(const char *text, size_t len)
{
	char path[] = "/tmp/gp-ship-in.XXXXXX";
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	unlink(path);
	ck_assert_int_eq(file_write_all(fd, text, len), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* stamp */

static const struct timespec a_time = { .tv_sec = 1795689667,
	.tv_nsec = 482999999 };

START_TEST(stamp_is_utc_to_the_millisecond)
{
	char out[STAMP_MAX];

	setenv("TZ", "America/New_York", 1);
	tzset();
	stamp_format(out, "Y/M/D/H-m-s.iZ", a_time);
	ck_assert_str_eq(out, "2026/11/26/10-41-07.482Z");
}
END_TEST

START_TEST(stamp_of_any_time_has_the_form)
{
	static const time_t times[] = { -1, 0, 951782400, 253402300799,
		253402300800, (time_t)INT64_MAX, (time_t)INT64_MIN };
	char out[STAMP_MAX];

	stamp_format(out, "YMDTHms.iZ",
	    (struct timespec){ .tv_sec = times[_i], .tv_nsec = 999999999 });
	ck_assert_uint_eq(stamp_match(out, "YMDTHms.iZ"), 20);
	ck_assert_uint_eq(strlen(out), 20);
}
END_TEST

START_TEST(stamp_match_wants_every_byte)
{
	ck_assert_uint_eq(stamp_match("2026", "Y"), 4);
	ck_assert_uint_eq(stamp_match("202", "Y"), 0);
	ck_assert_uint_eq(stamp_match("", "Y"), 0);
	ck_assert_uint_eq(stamp_match("2026-1", "Y-M"), 0);
	ck_assert_uint_eq(stamp_match("2026x11", "Y-M"), 0);
	ck_assert_uint_eq(stamp_match("2026-11rest", "Y-M"), 7);
}
END_TEST

START_TEST(stamp_read_is_the_way_back)
{
	static const time_t times[] = { 0, 951782400, 1795689667,
		253402300799 };
	struct timespec t = { .tv_sec = times[_i], .tv_nsec = 482000000 };
	struct timespec back;
	char out[STAMP_MAX];

	stamp_format(out, "YMDTHms.iZ", t);
	back = stamp_read(out, "YMDTHms.iZ");
	ck_assert_int_eq(back.tv_sec, t.tv_sec);
	ck_assert_int_eq(back.tv_nsec, t.tv_nsec);
}
END_TEST

START_TEST(stamp_next_is_later_and_carries)
{
	struct timespec t = stamp_next(a_time);

	ck_assert_int_eq(t.tv_sec, a_time.tv_sec);
	ck_assert_int_eq(t.tv_nsec, 483999999);
	t = stamp_next((struct timespec){ .tv_sec = 7, .tv_nsec = 999000000 });
	ck_assert_int_eq(t.tv_sec, 8);
	ck_assert_int_eq(t.tv_nsec, 0);
}
END_TEST

START_TEST(host_is_one_harmless_word)
{
	static const char *const hosts[][2] = {
		{ "web-7.example", "web-7.example" }, { "", "_" },
		{ "../../etc", "_._.._etc" }, { ".", "_" }, { "a b\n", "a_b_" },
		{ "\xc3\xa4", "__" },
	};
	char out[STAMP_HOST_MAX], longest[200];

	stamp_host(out, hosts[_i][0]);
	ck_assert_str_eq(out, hosts[_i][1]);
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	stamp_host(out, longest);
	ck_assert_uint_eq(strlen(out), STAMP_HOST_MAX - 1);
}
END_TEST

/* intake */

static int
to_buf(void *ctx, const void *p, size_t len)
{
	buf_add(ctx, p, len);
	return 0;
}

static int
full_disk(void *ctx, const void *p, size_t len)
{
	(void)ctx;
	(void)p;
	(void)len;
	errno = ENOSPC;
	return -1;
}

static const struct {
	const char *in, *out;
	int err;
	uint64_t samples, lost;
} intakes[] = {
	{ "", "", STREAM_EEMPTY, 0, 0 },
	{ "\n\n", "", STREAM_EEMPTY, 0, 0 },
	{ "junk\n", "", STREAM_EEMPTY, 0, 0 },
	{ "a;b 3\n", "a;b 3\n", STREAM_OK, 3, 0 },
	{ "a;b 3", "", STREAM_ETRUNC, 0, 0 },
	{ "a;b 3\njunk\n\na;c 1\n", "a;b 3\na;c 1\n", STREAM_OK, 4, 0 },
	{ "a;b 3\na;c 1", "a;b 3\n", STREAM_ETRUNC, 3, 0 },
	{ "#gp version=1\na 3\n#end lines=1 samples=3 lost=7\n",
	    "#gp version=1\na 3\n#end lines=1 samples=3 lost=7\n",
	    STREAM_OK, 3, 7 },
	{ "#gp version=1\na 3\n", "#gp version=1\na 3\n",
	    STREAM_ETRUNC, 3, 0 },
	{ "#gp version=1\na 3\n#end lines=2 samples=3\n",
	    "#gp version=1\na 3\n#end lines=2 samples=3\n",
	    STREAM_ESUM, 3, 0 },
	{ "#gp version=2\na 3\n#end lines=1 samples=3\n",
	    "#gp version=2\na 3\n#end lines=1 samples=3\n",
	    STREAM_EVERSION, 3, 0 },
	{ "#gp version=1\n#end lines=0 samples=0 lost=18446744073709551615\n"
	  "#gp version=1\n#end lines=0 samples=0 lost=1\n",
	  "#gp version=1\n#end lines=0 samples=0 lost=18446744073709551615\n"
	  "#gp version=1\n#end lines=0 samples=0 lost=1\n",
	  STREAM_OK, 0, UINT64_MAX },
};

START_TEST(intake_passes_what_is_good)
{
	struct intake in = { 0 };
	struct buf out = { 0 };
	int fd = text_fd(intakes[_i].in, strlen(intakes[_i].in));

	diag_set_verbosity(-1);
	ck_assert_int_eq(intake_read(&in, fd, "x", to_buf, &out),
	    intakes[_i].err);
	ck_assert_str_eq(buf_str(&out), intakes[_i].out);
	ck_assert_uint_eq(in.bytes, out.len);
	ck_assert_uint_eq(in.samples, intakes[_i].samples);
	ck_assert_uint_eq(in.lost, intakes[_i].lost);
	close(fd);
	buf_free(&out);
	intake_free(&in);
}
END_TEST

START_TEST(intake_stops_when_its_sink_fails)
{
	struct intake in = { 0 };
	int fd = text_fd("a 1\nb 2\n", 8);

	ck_assert_int_eq(intake_read(&in, fd, "x", full_disk, NULL),
	    INTAKE_ESINK);
	ck_assert_int_eq(errno, ENOSPC);
	ck_assert_str_eq(intake_strerror(&in, INTAKE_ESINK), strerror(ENOSPC));
	close(fd);
	intake_free(&in);
}
END_TEST

START_TEST(meta_tells_what_a_server_needs)
{
	static const char text[] = "#gp version=1 kind=named host=we%22b\n"
	    "a 3\n#end lines=1 samples=3 lost=7\n"
	    "#gp version=1 kind=named host=other\n"
	    "a 3\n#end lines=1 samples=3 lost=1\n";
	struct intake in = { 0 };
	struct buf out = { 0 }, meta = { 0 };
	int fd = text_fd(text, sizeof text - 1);

	ck_assert_int_eq(intake_read(&in, fd, "x", to_buf, &out), STREAM_OK);
	intake_meta(&in, &(struct intake_about){ .id = "1d", .host = "here",
		.now = a_time, .complete = true }, &meta);
	ck_assert_str_eq(meta.s, "{\"version\":1,\"id\":\"1d\","
	    "\"tool\":\"gp-upload/" GP_VERSION "\",\"host\":\"we\\\"b\","
	    "\"stored\":\"2026-11-26T10:41:07.482Z\",\"complete\":true,"
	    "\"bytes\":141,\"lines\":2,\"samples\":6,\"lost\":8,\"streams\":2,"
	    "\"stream\":{\"version\":\"1\",\"kind\":\"named\","
	    "\"host\":\"we\\\"b\"}}\n");
	close(fd);
	buf_free(&out);
	buf_free(&meta);
	intake_free(&in);
}
END_TEST

/* bundle */

static void
expect_member(struct archive *a, const char *name, const char *p, size_t len)
{
	struct archive_entry *e;
	char got[4096];

	ck_assert_int_eq(archive_read_next_header(a, &e), ARCHIVE_OK);
	ck_assert_str_eq(archive_entry_pathname(e), name);
	ck_assert_uint_eq((size_t)archive_entry_size(e), len);
	ck_assert_int_eq(archive_read_data(a, got, sizeof got), (long)len);
	ck_assert_mem_eq(got, p, len);
}

START_TEST(bundle_holds_meta_then_profile)
{
	static const char text[] = "a;b 3\n";
	struct buf meta = { 0 };
	int in = text_fd(text, sizeof text - 1), out = text_fd("", 0);
	struct archive *a = archive_read_new();
	struct archive_entry *e;

	buf_adds(&meta, "{}\n");
	ck_assert_int_eq(bundle_write(out, &meta, in, sizeof text - 1, 7), 0);
	lseek(out, 0, SEEK_SET);
	archive_read_support_filter_gzip(a);
	archive_read_support_format_tar(a);
	ck_assert_int_eq(archive_read_open_fd(a, out, 4096), ARCHIVE_OK);
	expect_member(a, "meta.json", "{}\n", 3);
	expect_member(a, "profile.folded", text, sizeof text - 1);
	ck_assert_int_eq(archive_read_next_header(a, &e), ARCHIVE_EOF);
	archive_read_free(a);
	close(in);
	close(out);
	buf_free(&meta);
}
END_TEST

START_TEST(bundle_of_the_same_is_the_same)
{
	struct buf meta = { 0 }, got[2] = { { 0 }, { 0 } };
	int in = text_fd("a 3\n", 4);

	buf_adds(&meta, "{}\n");
	for (int i = 0; i < 2; i++) {
		int out = text_fd("", 0);

		ck_assert_int_eq(bundle_write(out, &meta, in, 4, 7), 0);
		lseek(out, 0, SEEK_SET);
		ck_assert_int_eq(file_read_fd(out, &got[i], 1 << 20), 0);
		close(out);
	}
	ck_assert_uint_eq(got[0].len, got[1].len);
	ck_assert_mem_eq(got[0].s, got[1].s, got[0].len);
	close(in);
	buf_free(&meta);
	buf_free(&got[0]);
	buf_free(&got[1]);
}
END_TEST

START_TEST(bundle_says_when_the_profile_is_short)
{
	struct buf meta = { 0 };
	int in = text_fd("a 3\n", 4), out = text_fd("", 0);

	buf_adds(&meta, "{}\n");
	ck_assert_int_eq(bundle_write(out, &meta, in, 5, 7), -1);
	ck_assert_int_eq(errno, EIO);
	close(in);
	close(out);
	buf_free(&meta);
}
END_TEST

START_TEST(gz_says_when_the_disk_is_full)
{
	int full = open("/dev/full", O_WRONLY);
	struct gz *g = gz_open(full);
	int rc;

	ck_assert_ptr_nonnull(g);
	rc = gz_write(g, "a 3\n", 4);
	if (gz_close(g) != 0)
		rc = -1;
	ck_assert_int_eq(rc, -1);
	ck_assert_int_eq(errno, ENOSPC);
	close(full);
}
END_TEST

/* store and bound */

static void
store_text(struct store *s, const char *text, struct timespec t, bool again)
{
	ck_assert_int_eq(store_begin(s), 0);
	ck_assert_int_eq(store_write(s, text, strlen(text)), 0);
	ck_assert_int_eq(store_commit(s, "h", false, t, again), 0);
}

static void
store_one(struct store *s, struct timespec t)
{
	store_text(s, "a 3\n", t, false);
}

START_TEST(store_never_replaces)
{
	struct store s;
	char path[256];

	ck_assert_int_eq(store_open(&s, dir, (struct bound_sum){ 0 }), 0);
	for (int i = 0; i < 3; i++)
		store_one(&s, a_time);
	snprintf(path, sizeof path,
	    "%s/2026/11/26/10-41-07.484Z-h.folded.gz", dir);
	ck_assert_str_eq(s.name, path);
	ck_assert_int_eq(access(path, R_OK), 0);
	store_close(&s);
}
END_TEST

START_TEST(store_that_is_aborted_leaves_nothing)
{
	struct store s;
	struct bound_sum have;

	ck_assert_int_eq(store_open(&s, dir, (struct bound_sum){ 0 }), 0);
	ck_assert_int_eq(store_begin(&s), 0);
	ck_assert_int_eq(store_write(&s, "a 3\n", 4), 0);
	store_abort(&s);
	ck_assert_int_eq(bound_measure(s.dirfd, &store_shape, &have), 0);
	ck_assert_uint_eq(have.files, 0);
	store_close(&s);
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

START_TEST(store_trims_the_oldest_first)
{
	struct timespec t = a_time;
	struct bound_sum removed;
	struct store s;
	char path[256];

	ck_assert_int_eq(store_open(&s, dir,
	    (struct bound_sum){ .files = 2 }), 0);
	for (int i = 0; i < 5; i++, t.tv_sec += 86400)
		store_one(&s, t);
	/* The clock went back: what is stored last is the oldest by name. */
	store_one(&s, (struct timespec){ .tv_sec = 1 });
	ck_assert_int_eq(store_trim(&s, &removed), 0);
	ck_assert_uint_eq(removed.files, 4);
	snprintf(path, sizeof path, "%s/1970", dir);
	ck_assert_int_eq(access(path, F_OK), -1);
	snprintf(path, sizeof path, "%s/2026/11/30", dir);
	ck_assert_int_eq(access(path, F_OK), 0);
	ck_assert_int_eq(store_trim(&s, &removed), 0);
	ck_assert_uint_eq(removed.files, 0);
	store_close(&s);
}
END_TEST

/* What .usage holds, and what the store finds out after one more profile. */
static const struct {
	const char *sums, *end;
	bool believed;
} usages[] = {
	{ "00000000000000000010 00000000000000000002 ", "\n", true },
	{ "00000000000000000010 00000000000000000099 ", "\n", false },
	{ "00000000000000000010 00000000000000000002 ", "", false },
	{ "0000000000000000001x 00000000000000000002 ", "\n", false },
	{ "00000000000000000010 -0000000000000000002 ", "\n", false },
	{ "", "", false },
};

static void
put_usage(const struct store *s, const char *sums, long long counted,
    const char *end)
{
	char text[128];
	int fd = openat(s->dirfd, ".usage", O_CREAT | O_WRONLY, 0600);

	snprintf(text, sizeof text, "%s%020lld%s", sums, counted, end);
	ck_assert_int_eq(file_write_all(fd, text, strlen(text)), 0);
	close(fd);
}

START_TEST(store_believes_usage_only_when_it_says_there_is_room)
{
	struct bound_sum removed;
	struct store s;
	struct buf b = { 0 };

	ck_assert_int_eq(store_open(&s, dir,
	    (struct bound_sum){ .files = 50 }), 0);
	store_one(&s, a_time);
	put_usage(&s, usages[_i].sums, time(NULL), usages[_i].end);
	ck_assert_int_eq(store_trim(&s, &removed), 0);
	ck_assert_uint_eq(removed.files, 0);
	ck_assert_int_eq(file_read_at(s.dirfd, ".usage", &b, 100), 0);
	ck_assert_int_eq(strncmp(b.s + 21, usages[_i].believed ?
	    "00000000000000000003 " : "00000000000000000001 ", 21), 0);
	buf_free(&b);
	store_close(&s);
}
END_TEST

START_TEST(store_does_not_believe_what_is_old_or_of_the_future)
{
	static const long long ages[] = { 86401, -10, 1000000 };
	struct bound_sum removed;
	struct store s;
	struct buf b = { 0 };

	ck_assert_int_eq(store_open(&s, dir, (struct bound_sum){ 0 }), 0);
	store_one(&s, a_time);
	put_usage(&s, usages[0].sums, time(NULL) - ages[_i], "\n");
	ck_assert_int_eq(store_trim(&s, &removed), 0);
	ck_assert_int_eq(file_read_at(s.dirfd, ".usage", &b, 100), 0);
	ck_assert_int_eq(strncmp(b.s + 21, "00000000000000000001 ", 21), 0);
	buf_free(&b);
	store_close(&s);
}
END_TEST

START_TEST(store_knows_a_profile_that_comes_again)
{
	char first[sizeof ((struct store *)0)->name];
	struct store s;

	ck_assert_int_eq(store_open(&s, dir, (struct bound_sum){ 0 }), 0);
	store_text(&s, "a;b 1\n", a_time, true);
	memcpy(first, s.name, sizeof first);
	store_text(&s, "a;b 1\n", a_time, true);
	ck_assert_str_eq(s.name, first);
	/* Another of that very time is another. */
	store_text(&s, "a;b 2\n", a_time, true);
	ck_assert_str_ne(s.name, first);
	store_text(&s, "a;b 1\n", a_time, true);
	ck_assert_str_eq(s.name, first);
	/* And two that nobody called the same are two. */
	store_text(&s, "a;b 1\n", a_time, false);
	ck_assert_str_ne(s.name, first);
	store_close(&s);
}
END_TEST

START_TEST(store_keeps_the_newest_whatever_the_bound)
{
	struct bound_sum removed;
	struct store s;

	ck_assert_int_eq(store_open(&s, dir,
	    (struct bound_sum){ .bytes = 1, .files = 1 }), 0);
	store_one(&s, a_time);
	ck_assert_int_eq(store_trim(&s, &removed), 0);
	ck_assert_uint_eq(removed.files, 0);
	ck_assert_int_eq(access(s.name, F_OK), 0);
	store_close(&s);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("ship");
	TCase *words = tcase_create("words"), *files = tcase_create("files");

	tcase_add_test(words, stamp_is_utc_to_the_millisecond);
	tcase_add_loop_test(words, stamp_of_any_time_has_the_form, 0, 7);
	tcase_add_test(words, stamp_match_wants_every_byte);
	tcase_add_loop_test(words, stamp_read_is_the_way_back, 0, 4);
	tcase_add_test(words, stamp_next_is_later_and_carries);
	tcase_add_loop_test(words, host_is_one_harmless_word, 0, 6);
	tcase_add_loop_test(words, intake_passes_what_is_good, 0,
	    (int)GP_COUNT(intakes));
	tcase_add_test(words, intake_stops_when_its_sink_fails);
	tcase_add_test(words, meta_tells_what_a_server_needs);
	tcase_add_test(words, bundle_holds_meta_then_profile);
	tcase_add_test(words, bundle_of_the_same_is_the_same);
	tcase_add_test(words, bundle_says_when_the_profile_is_short);
	tcase_add_test(words, gz_says_when_the_disk_is_full);
	tcase_add_checked_fixture(files, temp_dir_begin, temp_dir_end);
	tcase_add_test(files, store_never_replaces);
	tcase_add_test(files, store_that_is_aborted_leaves_nothing);
	tcase_add_test(files, store_trims_the_oldest_first);
	tcase_add_loop_test(files,
	    store_believes_usage_only_when_it_says_there_is_room, 0,
	    (int)GP_COUNT(usages));
	tcase_add_loop_test(files,
	    store_does_not_believe_what_is_old_or_of_the_future, 0, 3);
	tcase_add_test(files, store_knows_a_profile_that_comes_again);
	tcase_add_test(files, store_keeps_the_newest_whatever_the_bound);
	suite_add_tcase(s, words);
	suite_add_tcase(s, files);
	return s;
}
