#include "base/diag.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "said.h"
#include "suite.h"

typedef void say(void);

static int
say_and_end(void *f)
{
	diag_init("gp-test");
	(*(say **)f)();
	return diag_done();
}

/* Run f in a process of its own; returns its status, its stderr is in said. */
static int
run(say *f)
{
	return said_by(say_and_end, &f);
}

static void
say_loss(void)
{
	diag(DIAG_STREAM_COUNT, "file", 7, "got %d", 3);
}

START_TEST(a_loss_names_its_place_and_earns_1)
{
	ck_assert_int_eq(run(say_loss), 1);
	ck_assert_str_eq(said, "gp-test: file:7: count is not a number in "
	    "range, line skipped: got 3 [STREAM_COUNT]\n");
}
END_TEST

static void
say_without_place(void)
{
	diag(DIAG_PROC_DENIED, NULL, 7, NULL);
}

START_TEST(a_warning_earns_0)
{
	ck_assert_int_eq(run(say_without_place), 0);
	ck_assert_str_eq(said,
	    "gp-test: process cannot be read [PROC_DENIED]\n");
}
END_TEST

static void
say_often(void)
{
	for (uint64_t i = 1; i <= 1000; i++)
		diag(DIAG_STREAM_COUNT, "f", i, NULL);
	if (diag_count(DIAG_STREAM_COUNT) != 1000)
		abort();
}

START_TEST(a_code_is_shown_three_times_then_totalled)
{
	size_t lines = 0;

	ck_assert_int_eq(run(say_often), 1);
	for (const char *s = said; (s = strchr(s, '\n')); s++)
		lines++;
	ck_assert_uint_eq(lines, 4);
	ck_assert_ptr_nonnull(strstr(said, "f:3: "));
	ck_assert_ptr_null(strstr(said, "f:4: "));
	ck_assert_ptr_nonnull(strstr(said, ": 1000 times in all "
	    "[STREAM_COUNT]\n"));
}
END_TEST

static void
say_note(void)
{
	diag(DIAG_PROC_GONE, NULL, 0, NULL);
	diag_verbose("detail");
	diag_say("everybody");
}

static void
say_note_verbosely(void)
{
	diag_set_verbosity(1);
	say_note();
}

START_TEST(notes_are_for_those_who_ask)
{
	ck_assert_int_eq(run(say_note), 0);
	ck_assert_str_eq(said, "gp-test: everybody\n");
	ck_assert_int_eq(run(say_note_verbosely), 0);
	ck_assert_str_eq(said, "gp-test: process exited while it was read "
	    "[PROC_GONE]\ngp-test: detail\ngp-test: everybody\n");
}
END_TEST

static void
say_quietly(void)
{
	diag_set_verbosity(-1);
	say_often();
	say_note();
	diag_error("what makes the status");
}

START_TEST(quiet_leaves_what_is_fatal_and_the_status)
{
	ck_assert_int_eq(run(say_quietly), 1);
	ck_assert_str_eq(said, "gp-test: what makes the status\n");
}
END_TEST

static void
say_controls(void)
{
	diag_say("a\033[2Jb\nc\177d\302\233e caf\303\251");
}

START_TEST(controls_are_masked_and_letters_are_not)
{
	run(say_controls);
	ck_assert_str_eq(said, "gp-test: a?[2Jb?c?d??e caf\303\251\n");
}
END_TEST

static void
say_much(void)
{
	static char name[10000];

	memset(name, 'x', sizeof name - 1);
	diag(DIAG_STREAM_COUNT, name, 1, "%s", name);
	diag_say("%s", name);
}

START_TEST(long_messages_are_cut_but_keep_their_code)
{
	const char *end;

	ck_assert_int_eq(run(say_much), 1);
	end = strchr(said, '\n');
	ck_assert_ptr_nonnull(end);
	ck_assert_int_le(end - said, 2048);
	ck_assert_mem_eq(end - 15, " [STREAM_COUNT]", 15);
	/* The other line ends too. */
	ck_assert_int_eq(said[strlen(said) - 1], '\n');
}
END_TEST

static void
die_of_errno(void)
{
	errno = ENOENT;
	die(EX_NOINPUT, "open %s:", "x");
}

START_TEST(die_ends_with_the_status_and_the_reason)
{
	ck_assert_int_eq(run(die_of_errno), EX_NOINPUT);
	ck_assert_str_eq(said, "gp-test: open x: No such file or directory\n");
}
END_TEST

static void
lack_memory(void)
{
	die_nomem();
}

START_TEST(out_of_memory_names_the_program)
{
	ck_assert_int_eq(run(lack_memory), EX_OSERR);
	ck_assert_str_eq(said, "gp-test: out of memory\n");
}
END_TEST

static void
say_to_supervisor(void)
{
	setenv("GP_REPORT", "1", 1);
	diag_init("gp-test");
	for (uint64_t i = 1; i <= 5; i++)
		diag(DIAG_STREAM_COUNT, "f", i, NULL);
	diag(DIAG_PROC_GONE, NULL, 0, NULL);
	diag_report("sent", 2);
	diag_report("sent", 1);
	diag_say("notice");
	diag_error("error");
}

START_TEST(a_supervisor_gets_priorities_and_one_line_of_counts)
{
	ck_assert_int_eq(run(say_to_supervisor), 1);
	ck_assert_str_eq(said,
	    "<4>gp-test: f:1: count is not a number in range, line skipped "
	    "[STREAM_COUNT]\n"
	    "<4>gp-test: f:2: count is not a number in range, line skipped "
	    "[STREAM_COUNT]\n"
	    "<4>gp-test: f:3: count is not a number in range, line skipped "
	    "[STREAM_COUNT]\n"
	    "<5>gp-test: notice\n"
	    "<3>gp-test: error\n"
	    "#report STREAM_COUNT=5 PROC_GONE=1 sent=3\n");
}
END_TEST

static void
die_under_supervisor(void)
{
	setenv("GP_REPORT", "1", 1);
	diag_init("gp-test");
	diag(DIAG_PROC_GONE, NULL, 0, NULL);
	die(EX_IOERR, "bad");
}

START_TEST(one_that_dies_reports_too)
{
	ck_assert_int_eq(run(die_under_supervisor), EX_IOERR);
	ck_assert_str_eq(said, "<3>gp-test: bad\n#report PROC_GONE=1\n");
}
END_TEST

static void
say_to_journal(void)
{
	struct stat st;
	char text[64];

	if (fstat(STDERR_FILENO, &st) != 0)
		abort();
	snprintf(text, sizeof text, "%llu:%llu", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", text, 1);
	diag_init("gp-test");
	diag_say("it is");
	diag_forward(DIAG_ERR, "gp-x: a\033b", 9);
	snprintf(text, sizeof text, "%llu:%llu", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino + 1);
	setenv("JOURNAL_STREAM", text, 1);
	diag_init("gp-test");
	diag_say("it is another file");
}

START_TEST(the_journal_gets_priorities)
{
	ck_assert_int_eq(run(say_to_journal), 0);
	ck_assert_str_eq(said, "<5>gp-test: it is\n<3>gp-x: a?b\n"
	    "gp-test: it is another file\n");
}
END_TEST

START_TEST(codes_are_found_by_name)
{
	for (size_t i = 0; i < DIAG_CODES; i++) {
		const char *name = diag_name((enum diag_code)i);

		ck_assert_uint_eq(diag_find(name, strlen(name)), i);
	}
	ck_assert_uint_eq(diag_find("PROC", 4), DIAG_CODES);
	ck_assert_uint_eq(diag_find("", 0), DIAG_CODES);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("diag");
	TCase *t = tcase_create("diag");

	tcase_add_test(t, a_loss_names_its_place_and_earns_1);
	tcase_add_test(t, a_warning_earns_0);
	tcase_add_test(t, a_code_is_shown_three_times_then_totalled);
	tcase_add_test(t, notes_are_for_those_who_ask);
	tcase_add_test(t, quiet_leaves_what_is_fatal_and_the_status);
	tcase_add_test(t, controls_are_masked_and_letters_are_not);
	tcase_add_test(t, long_messages_are_cut_but_keep_their_code);
	tcase_add_test(t, die_ends_with_the_status_and_the_reason);
	tcase_add_test(t, out_of_memory_names_the_program);
	tcase_add_test(t, a_supervisor_gets_priorities_and_one_line_of_counts);
	tcase_add_test(t, one_that_dies_reports_too);
	tcase_add_test(t, the_journal_gets_priorities);
	tcase_add_test(t, codes_are_found_by_name);
	suite_add_tcase(s, t);
	return s;
}
