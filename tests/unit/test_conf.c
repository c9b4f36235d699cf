#include "base/conf.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suite.h"

static struct conf c;

static void
teardown(void)
{
	conf_free(&c);
}

static void
parse(const char *text)
{
	conf_free(&c);
	conf_parse(&c, text, strlen(text));
}

START_TEST(settings_have_section_key_value_and_line)
{
	parse("# a comment\n\n[run]\nduration = 50s\n\t# another\n"
	    "discover=yes\r\n [upload] \n\tdir =\t/a b/c \nurl=\n");
	ck_assert_uint_eq(c.mistakes, 0);
	ck_assert_uint_eq(c.n, 4);
	ck_assert_str_eq(c.entry[0].section, "run");
	ck_assert_str_eq(c.entry[0].key, "duration");
	ck_assert_str_eq(c.entry[0].value, "50s");
	ck_assert_uint_eq(c.entry[0].line, 4);
	ck_assert_str_eq(c.entry[1].value, "yes");
	ck_assert_str_eq(c.entry[2].section, "upload");
	ck_assert_str_eq(c.entry[2].value, "/a b/c");
	ck_assert_uint_eq(c.entry[2].line, 8);
	ck_assert_str_eq(c.entry[3].value, "");
}
END_TEST

START_TEST(what_a_value_may_hold)
{
	parse("[run]\npass = collapse:--focus=a=b#c\npass = x;y \"z\"\n");
	ck_assert_uint_eq(c.mistakes, 0);
	ck_assert_str_eq(c.entry[0].value, "collapse:--focus=a=b#c");
	ck_assert_str_eq(c.entry[1].value, "x;y \"z\"");
}
END_TEST

START_TEST(an_empty_file_has_nothing)
{
	parse("");
	ck_assert_uint_eq(c.n, 0);
	parse("\n \n#\n[run]\n[upload]");
	ck_assert_uint_eq(c.n, 0);
	ck_assert(!conf_has(&c, "run"));
}
END_TEST

START_TEST(a_section_with_something_in_it_is_there)
{
	parse("[record]\n[run]\nduration = 1s\n");
	ck_assert(conf_has(&c, "run"));
	ck_assert(!conf_has(&c, "record"));
}
END_TEST

static const struct {
	const char *text;
	uint32_t line;
	const char *key, *wrong;
} mistakes[] = {
	{ "[run]\n\nduration", 3, "duration", "is not \"key = value\"" },
	{ "duration = 1s", 1, "duration", "stands before the first [section]" },
	{ "[walk]", 1, "[walk]", "there is no such section" },
	{ "[]", 1, "[]", "there is no such section" },
	{ "[", 1, "[", "a section is \"[name]\"" },
	{ "[run\nx = 1", 1, "[run", "a section is \"[name]\"" },
	{ "[run]\n= 1", 2, "", "a key has letters, digits and '-'" },
	{ "[run]\na b = 1", 2, "a b", "a key has letters, digits and '-'" },
	{ "[run]\n--url = 1\n[x]", 3, "[x]", "there is no such section" },
	{ "[run]\nurl = \"x\"", 2, "url", "a value is not quoted" },
	{ "[run]\nurl = 'x'", 2, "url", "a value is not quoted" },
	{ "[run]\nurl = x # y", 2, "url", "a comment needs a line of its own" },
	{ "[run]\nurl = x\t#", 2, "url", "a comment needs a line of its own" },
};

START_TEST(a_mistake_has_its_line_and_reason)
{
	parse(mistakes[_i].text);
	ck_assert_uint_eq(c.mistakes, 1);
	for (size_t i = 0; i < c.n; i++) {
		if (!c.entry[i].wrong)
			continue;
		ck_assert_uint_eq(c.entry[i].line, mistakes[_i].line);
		ck_assert_str_eq(c.entry[i].key, mistakes[_i].key);
		ck_assert_str_eq(c.entry[i].wrong, mistakes[_i].wrong);
	}
}
END_TEST

START_TEST(all_mistakes_are_told)
{
	parse("[run]\na\nb = 1\nc d = 1\n[x]\ny = 1\n");
	ck_assert_uint_eq(c.mistakes, 3);
	/* What stands in a section that is none is nobody's. */
	ck_assert_str_eq(c.entry[c.n - 1].section, "x");
}
END_TEST

START_TEST(lines_and_files_are_bounded)
{
	size_t len = CONF_LINE_MAX + 1, many = 2 * CONF_ENTRIES_MAX;
	char *text = malloc(8 * many);

	memset(text, 'x', len);
	conf_free(&c);
	conf_parse(&c, text, len);
	ck_assert_str_eq(c.entry[0].wrong, "the line is too long");
	conf_free(&c);
	conf_parse(&c, "a\0b", 3);
	ck_assert_str_eq(c.entry[0].wrong, "the line holds a NUL byte");
	for (size_t i = 0; i < many; i++)
		memcpy(text + 2 * i, "x\n", 2);
	conf_free(&c);
	conf_parse(&c, text, 2 * many);
	ck_assert_uint_eq(c.n, CONF_ENTRIES_MAX + 1);
	ck_assert_str_eq(c.entry[c.n - 1].wrong, "the file has too many lines");
	free(text);
}
END_TEST

START_TEST(a_file_that_anybody_may_change_is_refused)
{
	char path[] = "/tmp/test_conf.XXXXXX";
	int fd = mkstemp(path);

	conf_free(&c);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "[run]\nq = yes\n", 14), 14);
	ck_assert_int_eq(conf_read(&c, path), 0);
	ck_assert_uint_eq(c.n, 1);
	ck_assert_int_eq(fchmod(fd, 0646), 0);
	ck_assert_int_eq(conf_read(&c, path), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(fchmod(fd, 0600), 0);
	ck_assert_int_eq(ftruncate(fd, CONF_FILE_MAX + 1), 0);
	ck_assert_int_eq(conf_read(&c, path), -1);
	ck_assert_int_eq(errno, EFBIG);
	close(fd);
	unlink(path);
	ck_assert_int_eq(conf_read(&c, path), -1);
	ck_assert_int_eq(errno, ENOENT);
	/* Not a regular file: nobody's to change. */
	conf_free(&c);
	ck_assert_int_eq(conf_read(&c, "/dev/null"), 0);
	ck_assert_uint_eq(c.n, 0);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("conf");
	TCase *t = tcase_create("conf");

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, settings_have_section_key_value_and_line);
	tcase_add_test(t, what_a_value_may_hold);
	tcase_add_test(t, an_empty_file_has_nothing);
	tcase_add_test(t, a_section_with_something_in_it_is_there);
	tcase_add_loop_test(t, a_mistake_has_its_line_and_reason, 0,
	    GP_COUNT(mistakes));
	tcase_add_test(t, all_mistakes_are_told);
	tcase_add_test(t, lines_and_files_are_bounded);
	tcase_add_test(t, a_file_that_anybody_may_change_is_refused);
	suite_add_tcase(s, t);
	return s;
}
