#include "base/opt.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/diag.h"
#include "said.h"
#include "suite.h"

static bool flag;
static const char *str;
static uint64_t number, duration, size;
static char listed[64], chosen[64];

static const char *
add_to_list(void *dst, const char *arg)
{
	if (strlen(arg) > 5)
		return "too long";
	strcat(dst, arg);
	return NULL;
}

static const char *
choose(void *dst, const char *arg)
{
	strcpy(dst, arg ? arg : "default");
	return NULL;
}

static const struct opt opts[] = {
	{ 'f', "flag", OPT_FLAG, &flag, NULL, "a flag", NULL },
	{ 's', "string", OPT_STR, &str, "TEXT", "a string", NULL },
	{ 'n', "number", OPT_U64, &number, "N", "a number", NULL },
	{ 0, "duration", OPT_DURATION, &duration, "TIME", "a time", NULL },
	{ 0, "size", OPT_SIZE, &size, "SIZE", "a size", NULL },
	{ 'l', "list", OPT_CALL, listed, "WORD", "a word more",
	    add_to_list },
	{ 0, "maybe", OPT_CALL, chosen, "[WORD]", "with or without", choose },
	{ .kind = OPT_END },
};

static struct opt_cmd cmd = {
	.name = "gp-test",
	.about = "Test.",
	.operands = "[file ...]",
	.opts = opts,
	.operands_max = 2,
};

struct line {
	int argc;
	char **argv;
	bool (*good)(void);
};

static int
parse(void *line)
{
	const struct line *l = line;
	int first = opt_parse(&cmd, l->argc, l->argv);

	return !l->good || l->good() ? 100 + l->argc - first : 99;
}

/*
 * Parse a line of words in a process of its own. Returns its exit status: 100
 * and the number of operands if the options were good and are as they should
 * be. What it wrote, to stdout and stderr, is in said.
 */
static int
run(const char *line, bool (*good)(void))
{
	char name[] = "x", copy[1024], *argv[64] = { name };
	struct line l = { 1, argv, good };

	snprintf(copy, sizeof copy, "%s", line);
	for (char *w = strtok(copy, " "); w; w = strtok(NULL, " "))
		argv[l.argc++] = w;
	return said_by(parse, &l);
}

static bool
all_set(void)
{
	return flag && strcmp(str, "text") == 0 && number == 7 &&
	    duration == 1500000000 && size == 65536 &&
	    strcmp(listed, "abc") == 0 && diag_verbosity() == 2;
}

START_TEST(options_set_what_they_are_for)
{
	ck_assert_int_eq(run("-f -s text -n 7 --duration 1.5s --size=64K "
	    "-la -lb --list=c -vv", all_set), 100);
	ck_assert_int_eq(run("-fstext -n7 --dur=1.5s --size 64K -l abc -v -v",
	    all_set), 100);
	ck_assert_str_eq(said, "");
}
END_TEST

static bool
chose_default(void)
{
	return strcmp(chosen, "default") == 0;
}

static bool
chose_x(void)
{
	return strcmp(chosen, "x") == 0;
}

START_TEST(an_argument_in_brackets_may_be_missing)
{
	ck_assert_int_eq(run("--maybe", chose_default), 100);
	ck_assert_int_eq(run("--maybe=x", chose_x), 100);
	/* Only behind "=". */
	ck_assert_int_eq(run("--maybe x", chose_default), 101);
}
END_TEST

START_TEST(operands_may_come_anywhere)
{
	ck_assert_int_eq(run("a -f b", NULL), 102);
	ck_assert_int_eq(run("-- -f -x", NULL), 102);
	ck_assert_int_eq(run("- -f", NULL), 101);
	cmd.stop_at_operand = true;
	ck_assert_int_eq(run("a -f", NULL), 102);
}
END_TEST

static const struct {
	const char *line, *says;
} wrong[] = {
	{ "-x", "unknown option -x" },
	{ "-fx", "unknown option -x" },
	{ "--xyz", "unknown option --xyz" },
	{ "--flag=1", "--flag=1 takes no argument" },
	{ "-n", "-n needs an argument" },
	{ "-fn", "-n needs an argument" },
	{ "--number", "--number needs an argument" },
	{ "-n x", "--number=x: not a whole number in range" },
	{ "-n -1", "--number=-1: not a whole number in range" },
	{ "--size=1x", "--size=1x: not a size such as 64K, 10M or 1G" },
	{ "--duration=x",
	    "--duration=x: not a duration such as 500ms, 10s or 5m" },
	{ "-l toolong", "--list=toolong: too long" },
	{ "a b c", "unexpected argument c" },
};

START_TEST(a_mistake_is_named_in_one_line)
{
	char want[256];

	ck_assert_int_eq(run(wrong[_i].line, NULL), EX_USAGE);
	snprintf(want, sizeof want, "gp-test: %s (try gp-test -h)\n",
	    wrong[_i].says);
	ck_assert_str_eq(said, want);
}
END_TEST

START_TEST(help_lists_every_option)
{
	ck_assert_int_eq(run("-h", NULL), 0);
	for (const struct opt *o = opts; o->kind != OPT_END; o++) {
		char name[64];

		if (strcmp(o->name, "maybe") == 0)
			strcpy(name, "--maybe[=WORD] ");
		else
			snprintf(name, sizeof name, "--%s%s%s ", o->name,
			    o->arg ? "=" : "", o->arg ? o->arg : "");
		ck_assert_msg(strstr(said, name), "no %s", name);
		ck_assert_ptr_nonnull(strstr(said, o->help));
	}
	ck_assert_ptr_eq(strstr(said, "usage: gp-test [options] [file ...]\n"
	    "Test.\n"), said);
	ck_assert_ptr_nonnull(strstr(said, "-V, --version"));
}
END_TEST

START_TEST(version_is_one_line)
{
	ck_assert_int_eq(run("--version", NULL), 0);
	ck_assert_str_eq(said, "gp-test (gp) " GP_VERSION "\n");
}
END_TEST

static bool
is_quiet(void)
{
	return diag_verbosity() == -1;
}

static bool
has_default_sigpipe(void)
{
	return signal(SIGPIPE, SIG_DFL) == SIG_DFL;
}

START_TEST(quiet_and_the_state_of_the_process)
{
	ck_assert_int_eq(run("-q", is_quiet), 100);
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(run("", has_default_sigpipe), 100);
	signal(SIGPIPE, SIG_DFL);
}
END_TEST

/* -- with a configuration file -------------------------------------------- */

static char conf_file[] = "/tmp/test_opt.XXXXXX";

/* run() with a file of this text as --config. */
static int
run_with(const char *text, const char *line, bool (*good)(void))
{
	char words[512];
	int fd, status;

	strcpy(conf_file, "/tmp/test_opt.XXXXXX");
	fd = mkstemp(conf_file);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
	cmd.section = "run";
	snprintf(words, sizeof words, "--config=%s %s", conf_file, line);
	status = run(words, good);
	cmd.section = NULL;
	unlink(conf_file);
	return status;
}

START_TEST(the_file_has_the_same_options)
{
	ck_assert_int_eq(run_with("[run]\nflag = yes\nstring = text\n"
	    "number = 7\nduration = 1.5s\nsize = 64K\nlist = ab\nlist = c\n"
	    "[record]\nnumber = no business of ours\n", "-vv", all_set), 100);
	ck_assert_str_eq(said, "");
}
END_TEST

static bool
is_overridden(void)
{
	return !flag && strcmp(str, "mine") == 0 && number == 7 &&
	    strcmp(listed, "ab") == 0 && opt_is_given(&str) &&
	    !opt_is_given(&number) && diag_verbosity() == -1 &&
	    strcmp(opt_conf_path(), conf_file) == 0 &&
	    conf_has(opt_conf(), "run") && !opt_checks();
}

START_TEST(the_command_line_wins)
{
	ck_assert_int_eq(run_with("[run]\nflag = no\nstring = text\n"
	    "number = 7\nlist = a\nverbose = yes\n", "-s mine -l b -q",
	    is_overridden), 100);
}
END_TEST

static const struct {
	const char *text, *says; /* behind "gp-test: FILE:" */
} badly[] = {
	{ "[run]\nnumber = x\n",
	    "2: number = x: not a whole number in range" },
	{ "[run]\n\nlist = toolong\n", "3: list = toolong: too long" },
	{ "[run]\nfrag = yes\n", "2: frag = yes: there is no such option" },
	{ "[run]\nhelp = yes\n", "2: help = yes: there is no such option" },
	{ "[run]\nconfig = /x\n", "2: config = /x: there is no such option" },
	{ "[run]\nflag = 1\n", "2: flag = 1: not yes or no" },
	{ "[run]\nflag =\n", "2: flag: not yes or no" },
	{ "[run]\nflag\n", "2: flag: is not \"key = value\"" },
	{ "[run]\nnumber = 1\nnumber = 1\n", "3: number = 1: is given twice" },
	{ "[runs]\n", "1: [runs]: there is no such section" },
};

START_TEST(a_mistake_in_the_file_has_its_line_and_key)
{
	char want[256];

	ck_assert_int_eq(run_with(badly[_i].text, "", NULL), EX_CONFIG);
	snprintf(want, sizeof want, "gp-test: %s:%s\n", conf_file,
	    badly[_i].says);
	ck_assert_str_eq(said, want);
}
END_TEST

START_TEST(every_mistake_is_told)
{
	ck_assert_int_eq(run_with("[run]\nnumber = x\nq\nflag = 7\n", "",
	    NULL), EX_CONFIG);
	ck_assert_ptr_nonnull(strstr(said, ":2: number"));
	ck_assert_ptr_nonnull(strstr(said, ":3: q"));
	ck_assert_ptr_nonnull(strstr(said, ":4: flag"));
	/* Help is there all the same. */
	ck_assert_int_eq(run_with("[run]\nnumber = x\n", "-h", NULL), 0);
	ck_assert_ptr_nonnull(strstr(said, "--config=FILE"));
}
END_TEST

static bool
reads_none(void)
{
	return opt_conf() == NULL && opt_conf_path() == NULL && number == 0;
}

static bool
reads_it(void)
{
	return opt_conf() != NULL && number == 7;
}

START_TEST(the_default_file_is_for_those_who_want_it)
{
	const char text[] = "[run]\nnumber = 7\n";
	int fd;

	strcpy(conf_file, "/tmp/test_opt.XXXXXX");
	fd = mkstemp(conf_file);
	ck_assert_int_eq(write(fd, text, sizeof text - 1), sizeof text - 1);
	close(fd);
	setenv("GP_CONFIG", conf_file, 1);
	ck_assert_int_eq(run("", reads_none), 100);
	cmd.section = "run";
	ck_assert_int_eq(run("", reads_none), 100);
	cmd.conf_always = true;
	ck_assert_int_eq(run("", reads_it), 100);
	setenv("GP_CONFIG", "", 1);
	ck_assert_int_eq(run("", reads_none), 100);
	setenv("GP_CONFIG", "/none/gp.conf", 1);
	ck_assert_int_eq(run("", reads_none), 100);
	ck_assert_int_eq(run("--config=/none/gp.conf", NULL), EX_NOINPUT);
	ck_assert_str_eq(said,
	    "gp-test: /none/gp.conf: No such file or directory\n");
	ck_assert_int_eq(chmod(conf_file, 0666), 0);
	setenv("GP_CONFIG", conf_file, 1);
	ck_assert_int_eq(run("", NULL), EX_CONFIG);
	ck_assert_ptr_nonnull(strstr(said, "any user may change it"));
	unlink(conf_file);
}
END_TEST

static bool
checks(void)
{
	return opt_checks();
}

START_TEST(check_is_for_the_command_to_see)
{
	ck_assert_int_eq(run_with("", "--check", checks), 100);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("opt");
	TCase *t = tcase_create("opt");

	tcase_add_test(t, options_set_what_they_are_for);
	tcase_add_test(t, an_argument_in_brackets_may_be_missing);
	tcase_add_test(t, operands_may_come_anywhere);
	tcase_add_loop_test(t, a_mistake_is_named_in_one_line, 0,
	    GP_COUNT(wrong));
	tcase_add_test(t, help_lists_every_option);
	tcase_add_test(t, version_is_one_line);
	tcase_add_test(t, quiet_and_the_state_of_the_process);
	tcase_add_test(t, the_file_has_the_same_options);
	tcase_add_test(t, the_command_line_wins);
	tcase_add_loop_test(t, a_mistake_in_the_file_has_its_line_and_key, 0,
	    GP_COUNT(badly));
	tcase_add_test(t, every_mistake_is_told);
	tcase_add_test(t, the_default_file_is_for_those_who_want_it);
	tcase_add_test(t, check_is_for_the_command_to_see);
	suite_add_tcase(s, t);
	return s;
}
