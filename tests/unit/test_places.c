/* Where commands keep what outlives them. */
#include "ship/places.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "suite.h"

/* A configuration with one line in a section. */
static void
read_conf(struct conf *c, const char *section, const char *line)
{
	char text[256];
	int n = snprintf(text, sizeof text, "[%s]\n%s\n", section, line);

	conf_parse(c, text, (size_t)n);
	ck_assert_uint_eq(c->mistakes, 0);
}

static void
set_up(void)
{
	unsetenv("STATE_DIRECTORY");
	unsetenv("XDG_STATE_HOME");
	setenv("HOME", "/home/x", 1);
}

START_TEST(without_a_word_it_depends_on_the_user)
{
	char path[PLACES_PATH_MAX];
	bool root = geteuid() == 0;

	places_state(path, NULL);
	ck_assert_str_eq(path, root ? "/var/lib/gp" :
	    "/home/x/.local/state/gp");
	places_spool(path, NULL);
	ck_assert_str_eq(path, root ? "/var/spool/gp" :
	    "/home/x/.local/state/gp/spool");
}
END_TEST

START_TEST(a_user_has_his_own)
{
	bool root = geteuid() == 0;
	char path[PLACES_PATH_MAX];

	if (root && seteuid(65534) != 0)
		return;
	setenv("XDG_STATE_HOME", "/x/state", 1);
	places_state(path, NULL);
	ck_assert_str_eq(path, "/x/state/gp");
	places_spool(path, NULL);
	ck_assert_str_eq(path, "/x/state/gp/spool");
	/* A relative one is none. */
	setenv("XDG_STATE_HOME", "state", 1);
	places_spool(path, NULL);
	ck_assert_str_eq(path, "/home/x/.local/state/gp/spool");
	setenv("HOME", "nowhere", 1);
	places_state(path, NULL);
	ck_assert_int_eq(path[0], '/');
	ck_assert_ptr_null(strstr(path, "nowhere"));
	/* The search for leaks needs it. */
	ck_assert(!root || seteuid(0) == 0);
}
END_TEST

START_TEST(a_service_s_state_is_where_systemd_says)
{
	char path[PLACES_PATH_MAX];

	setenv("STATE_DIRECTORY", "/var/lib/other", 1);
	places_state(path, NULL);
	ck_assert_str_eq(path, "/var/lib/other");
	/* Several, or a relative one, tell nothing. */
	setenv("STATE_DIRECTORY", "/a:/b", 1);
	places_state(path, NULL);
	ck_assert_str_ne(path, "/a:/b");
	setenv("STATE_DIRECTORY", "rel", 1);
	places_state(path, NULL);
	ck_assert_str_ne(path, "rel");
}
END_TEST

START_TEST(the_configuration_comes_before_all)
{
	static const struct {
		const char *section, *line;
		bool spool;
	} t[] = {
		{ "run", "state = /c/state", false },
		{ "run", "spool = /c/spool", true },
		{ "upload", "spool = /c/spool", true },
	};
	char path[PLACES_PATH_MAX];

	setenv("STATE_DIRECTORY", "/var/lib/other", 1);
	for (size_t i = 0; i < GP_COUNT(t); i++) {
		struct conf c = { 0 };

		read_conf(&c, t[i].section, t[i].line);
		(t[i].spool ? places_spool : places_state)(path, &c);
		ck_assert_str_eq(path, t[i].spool ? "/c/spool" : "/c/state");
		conf_free(&c);
	}
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("places");
	TCase *t = tcase_create("places");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, without_a_word_it_depends_on_the_user);
	tcase_add_test(t, a_user_has_his_own);
	tcase_add_test(t, a_service_s_state_is_where_systemd_says);
	tcase_add_test(t, the_configuration_comes_before_all);
	suite_add_tcase(s, t);
	return s;
}
