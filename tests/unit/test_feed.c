#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/gp-run/feed.c"
#include "cmd/gp-run/scan.c"
#include "cmd/gp-run/tally.c"
#include "suite.h"

#define HEAD "#gp version=1 kind=raw tool=fake/1 host=h\n"
#define SAMPLE "app-7;$3+10;main 3\n"

/* Our ends of the two pipes: gp-record's output, gp-symbolize's input. */
static int record, symbolize;
static struct feed f;

static void
begin(uint64_t limit)
{
	char path[] = "/tmp/gp-test.XXXXXX";
	int from[2], to[2], raw = mkstemp(path);

	ck_assert_int_ge(raw, 0);
	unlink(path);
	ck_assert(pipe2(from, O_CLOEXEC) == 0 && pipe2(to, O_CLOEXEC) == 0);
	record = from[1];
	symbolize = to[0];
	fcntl(symbolize, F_SETFL, O_NONBLOCK);
	feed_init(&f, from[0], to[1], raw, limit);
}

static void
setup(void)
{
	begin(UINT64_MAX);
}

static void
teardown(void)
{
	feed_free(&f);
	close(f.raw);
	close(record);
	close(symbolize);
}

static void
recorded(const char *text)
{
	ck_assert_int_eq(write(record, text, strlen(text)),
	    (ssize_t)strlen(text));
	ck_assert(feed_read(&f));
}

static void
record_ends(void)
{
	close(record);
	record = -1;
	ck_assert(!feed_read(&f));
	ck_assert_int_eq(f.in, -1);
}

/* What has come to gp-symbolize so far; an end of it says so. */
static const char *
fed(void)
{
	static char text[4096];
	size_t len = 0;
	ssize_t n;

	feed_write(&f);
	while ((n = read(symbolize, text + len, sizeof text - len - 8)) > 0)
		len += (size_t)n;
	if (n < 0)
		ck_assert_int_eq(errno, EAGAIN);
	strcpy(text + len, n < 0 ? "" : "(end)");
	return text;
}

START_TEST(whole_lines_pass)
{
	recorded(HEAD "app-7;ma");
	ck_assert_str_eq(fed(), HEAD);
	recorded("in 3\n");
	ck_assert_str_eq(fed(), "app-7;main 3\n");
	recorded("#end lines=1 samples=3 lost=0\n");
	record_ends();
	ck_assert_int_eq(feed_end(&f), 0);
	ck_assert(!f.repaired);
	ck_assert_uint_eq(f.sums.samples, 3);
	ck_assert_str_eq(fed(), "#end lines=1 samples=3 lost=0\n(end)");
}
END_TEST

/* What came last, and that no more comes, is seen at once; the end is made only
 * then, and is not to be missed. */
START_TEST(an_end_is_made_for_one_that_died)
{
	recorded(HEAD "#progress samples=5\n" SAMPLE "app-7;main 12");
	record_ends();
	ck_assert_str_eq(fed(), HEAD "#progress samples=5\n" SAMPLE);
	ck_assert_int_eq(feed_end(&f), 0);
	ck_assert(f.repaired);
	ck_assert_uint_eq(f.missing, 2);
	ck_assert_str_eq(fed(), "#lost count=2 reason=record-died\n"
	    "#end lines=1 samples=3 lost=2\n(end)");
}
END_TEST

/* Beyond its limit nothing is stored; how much that was tells its end. */
START_TEST(a_limit_cuts)
{
	teardown();
	begin(sizeof HEAD SAMPLE + 2);
	recorded(HEAD SAMPLE SAMPLE);
	ck_assert_int_eq(f.cut_errno, EFBIG);
	recorded("#end lines=2 samples=6 lost=0\n");
	record_ends();
	ck_assert_int_eq(feed_end(&f), 0);
	ck_assert_uint_eq(f.missing, 3);
	ck_assert_str_eq(fed(), HEAD SAMPLE "#lost count=3 reason=run-cut\n"
	    "#end lines=1 samples=3 lost=3\n(end)");
}
END_TEST

START_TEST(nobody_reads)
{
	recorded(HEAD);
	close(symbolize);
	symbolize = -1;
	feed_write(&f);
	ck_assert_int_eq(f.out, -1);
	recorded(SAMPLE);
	record_ends();
	ck_assert_int_eq(feed_end(&f), 0);
	ck_assert_uint_eq(f.sums.samples, 3);
}
END_TEST

/* What a gp-run that was killed left. */
START_TEST(a_file_is_completed)
{
	struct feed again;

	recorded(HEAD SAMPLE "app-7;ma");
	ck_assert_int_eq(feed_reopen(&again, f.raw), 0);
	ck_assert_int_eq(feed_end(&again), 0);
	ck_assert(again.repaired);
	ck_assert_uint_eq(again.sums.samples, 3);
	ck_assert_int_eq(lseek(f.raw, 0, SEEK_END), (off_t)strlen(HEAD SAMPLE
	    "#lost count=0 reason=run-died\n#end lines=1 samples=3 lost=0\n"));
	feed_free(&again);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("feed");
	TCase *t = tcase_create("feed");

	signal(SIGPIPE, SIG_IGN);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, whole_lines_pass);
	tcase_add_test(t, an_end_is_made_for_one_that_died);
	tcase_add_test(t, a_limit_cuts);
	tcase_add_test(t, nobody_reads);
	tcase_add_test(t, a_file_is_completed);
	suite_add_tcase(s, t);
	return s;
}
