/*
 * What a stage says, fed in as it would come through a pipe, and what of it
 * comes out on stderr.
 */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>

#include "cmd/gp-run/said.c"
#include "suite.h"

static struct said s;
static char out[65536];

/* Run a process of the stage that says this, in pieces of so many bytes. */
static void
process(const char *text, size_t len, size_t piece)
{
	int p[2];

	ck_assert_int_eq(pipe(p), 0);
	said_begin(&s, p[0]);
	for (size_t at = 0; at < len; at += piece) {
		size_t n = len - at < piece ? len - at : piece;

		ck_assert_int_eq(write(p[1], text + at, n), (int)n);
		said_read(&s);
	}
	close(p[1]);
	said_end(&s);
}

/* All of a cycle: these processes one after the other; out is what is said. */
static void
cycle(const char *const *texts, size_t n, size_t piece, int verbosity)
{
	int keep = dup(STDERR_FILENO), p[2];
	ssize_t got;

	ck_assert_int_eq(pipe(p), 0);
	fcntl(p[1], F_SETPIPE_SZ, 1 << 20);
	dup2(p[1], STDERR_FILENO);
	close(p[1]);
	diag_set_verbosity(verbosity);
	said_init(&s, "gp-record");
	for (size_t i = 0; i < n; i++)
		process(texts[i], strlen(texts[i]), piece);
	said_done(&s);
	dup2(keep, STDERR_FILENO);
	close(keep);
	got = read(p[0], out, sizeof out - 1);
	out[got > 0 ? got : 0] = '\0';
	close(p[0]);
}

#define LOSS "<4>gp-record: the sample ring was full, samples lost"

static const struct {
	const char *text, *says;
} cases[] = {
	{ "", "" },
	{ LOSS ": 3 [RECORD_RING]\n#report RECORD_RING=1\n",
	    "gp-record: the sample ring was full, samples lost: 3 "
	    "[RECORD_RING]\n" },
	/* One line a reason, with its count. */
	{ LOSS ": 3 [RECORD_RING]\n" LOSS ": 4 [RECORD_RING]\n"
	    LOSS ": 5 [RECORD_RING]\n#report RECORD_RING=500 PROC_GONE=17\n",
	    "gp-record: the sample ring was full, samples lost: 3 (500 times) "
	    "[RECORD_RING]\n" },
	{ "<3>gp-record: no BPF\n", "gp-record: no BPF\n" },
	{ "<5>gp-record: hello\n", "gp-record: hello\n" },
	/* None of ours. */
	{ "libx.so: cannot open\n", "gp-record: libx.so: cannot open\n" },
	{ "<9>x\n", "gp-record: <9>x\n" },
	{ "no newline", "gp-record: no newline\n" },
	{ "a\033[31mb\n", "gp-record: a?[31mb\n" },
	{ "[RECORD_RING]\n", "gp-record: [RECORD_RING]\n" },
	{ "x [NO_SUCH_CODE]\n", "gp-record: x [NO_SUCH_CODE]\n" },
	{ "#report\n#reportx\n", "gp-record: #report\ngp-record: #reportx\n" },
	{ "\n\n", "" },
};

START_TEST(what_is_passed_on)
{
	for (size_t piece = 1; piece < 200; piece += 63) {
		cycle(&cases[_i].text, 1, piece, 0);
		ck_assert_str_eq(out, cases[_i].says);
	}
}
END_TEST

START_TEST(counts_are_those_of_the_report)
{
	const char *const texts[] = {
		LOSS ": 3 [RECORD_RING]\n" LOSS ": 3 [RECORD_RING]\n"
		    "#report RECORD_RING=9 PROC_GONE=17 sent=4\n",
		LOSS ": 3 [RECORD_RING]\n#report RECORD_RING=1 sent=5\n",
		/* It died before it could report. */
		LOSS ": 3 [RECORD_RING]\n<3>gp-record: bad\n",
	};

	cycle(texts, 3, 4096, 0);
	ck_assert_uint_eq(s.count[DIAG_RECORD_RING], 11);
	ck_assert_uint_eq(s.count[DIAG_PROC_GONE], 17);
	ck_assert_uint_eq(said_number(&s, "sent"), 9);
	ck_assert_uint_eq(said_number(&s, "none"), 0);
	ck_assert_uint_eq(s.errors, 1);
	ck_assert_str_eq(out, "gp-record: bad\ngp-record: the sample ring was "
	    "full, samples lost: 3 (11 times) [RECORD_RING]\n");
}
END_TEST

START_TEST(a_false_report_counts_nothing)
{
	const char *text = "#report RECORD_RING= =3 RECORD_RING PROC_GONE=-1 "
	    "PROC_GONE=99999999999999999999 PROC_GONE=99999999999999999 "
	    "a_name_that_is_much_too_long_to_be_any_of_ours=1  \n";

	cycle(&text, 1, 4096, 0);
	for (int i = 0; i < DIAG_CODES; i++)
		ck_assert_uint_eq(s.count[i], 0);
	ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(a_flood_is_bounded)
{
	struct buf b = { 0 };
	const char *text;
	size_t lines = 0;

	for (int i = 0; i < 1000; i++)
		buf_addf(&b, "noise %d\n", i);
	text = b.s;
	cycle(&text, 1, 4096, 0);
	for (const char *p = out; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	ck_assert_uint_eq(lines, SAID_LINES_MAX + 1);
	ck_assert_ptr_nonnull(strstr(out, "gp-record said 900 lines more\n"));
	buf_reset(&b);
	for (int i = 0; i < 20000; i++)
		buf_addc(&b, 'x');
	text = b.s;
	cycle(&text, 1, 4096, 0);
	ck_assert_uint_le(strlen(out), DIAG_LINE_MAX);
	buf_free(&b);
}
END_TEST

START_TEST(as_quiet_and_as_verbose_as_asked)
{
	const char *text = LOSS ": 3 [RECORD_RING]\n" LOSS ": 4 [RECORD_RING]\n"
	    "<5>gp-record: hello\n<3>gp-record: bad\n"
	    "<6>gp-record: process exited while it was read [PROC_GONE]\n";

	cycle(&text, 1, 4096, -1);
	ck_assert_str_eq(out, "gp-record: bad\n");
	cycle(&text, 1, 4096, 1);
	ck_assert_str_eq(out,
	    "gp-record: the sample ring was full, samples lost: 3 [RECORD_RING]\n"
	    "gp-record: the sample ring was full, samples lost: 4 [RECORD_RING]\n"
	    "gp-record: hello\ngp-record: bad\n"
	    "gp-record: process exited while it was read [PROC_GONE]\n");
}
END_TEST

START_TEST(nul_bytes_do_no_harm)
{
	static const char text[] = "a\0b [RECORD_RING]\n\0\n";

	diag_set_verbosity(-1);
	said_init(&s, "gp-record");
	process(text, sizeof text - 1, 5);
	said_done(&s);
	ck_assert_uint_eq(s.count[DIAG_RECORD_RING], 0);
}
END_TEST

Suite *
suite(void)
{
	Suite *suite = suite_create("said");
	TCase *t = tcase_create("said");

	tcase_add_loop_test(t, what_is_passed_on, 0, GP_COUNT(cases));
	tcase_add_test(t, counts_are_those_of_the_report);
	tcase_add_test(t, a_false_report_counts_nothing);
	tcase_add_test(t, a_flood_is_bounded);
	tcase_add_test(t, as_quiet_and_as_verbose_as_asked);
	tcase_add_test(t, nul_bytes_do_no_harm);
	suite_add_tcase(suite, t);
	return suite;
}
