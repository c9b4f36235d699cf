#include "profile/nameattr.h"

#include <check.h>
#include <string.h>

#include "base/diag.h"
#include "suite.h"

/* Parse text quietly; returns how many things in it were refused. */
static uint64_t
parse(struct nameattr *a, const char *text)
{
	diag_init("test");
	diag_set_verbosity(-1);
	buf_adds(&a->text, text);
	nameattr_parse(a, "attr");
	return diag_count(DIAG_FLAME_ATTR);
}

START_TEST(functions_have_titles_and_links)
{
	struct nameattr a = { 0 };
	const struct nameattr_of *of;

	ck_assert_uint_eq(parse(&a, "main\ttitle=T=1\thref=http://x/\n\n"
	    "a b\ttarget=_self\nmain\ttitle=other"), 0);
	of = nameattr_get(&a, "main", 4);
	ck_assert_str_eq(of->title, "other");
	ck_assert_str_eq(of->href, "http://x/");
	ck_assert_ptr_null(of->target);
	ck_assert_str_eq(nameattr_get(&a, "a b", 3)->target, "_self");
	of = nameattr_get(&a, "nobody", 6);
	ck_assert(!of->title && !of->href && !of->target);
	nameattr_free(&a);
}
END_TEST

static const char *const good[] = {
	"http://x", "HTTPS://x", "mailto:a@b", "a/b.html", "../x", "#frag",
	"?q=a:b", "/a:b", "",
};

START_TEST(links_to_the_web_are_taken)
{
	struct nameattr a = { 0 };
	struct buf b = { 0 };

	buf_addf(&b, "f\thref=%s\n", good[_i]);
	ck_assert_uint_eq(parse(&a, buf_str(&b)), 0);
	ck_assert_str_eq(nameattr_get(&a, "f", 1)->href, good[_i]);
	buf_free(&b);
	nameattr_free(&a);
}
END_TEST

static const char *const bad[] = {
	"f\thref=javascript:alert(1)", "f\thref=JavaScript:x",
	"f\thref= javascript:x", "f\thref=java\001script:x",
	"f\thref=data:text/html,x", "f\thref=vbscript:x", "f\thref=x:y",
	"f\thref=\x7f", "f\tonclick=f()", "f\tg_extra=<b>", "f\ta_extra=x",
	"f\ttitle", "f\t", "f", "f href=x",
};

START_TEST(what_could_run_is_refused)
{
	struct nameattr a = { 0 };
	const struct nameattr_of *of;

	ck_assert_uint_eq(parse(&a, bad[_i]), 1);
	of = nameattr_get(&a, "f", 1);
	ck_assert(!of->title && !of->href && !of->target);
	nameattr_free(&a);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_an_error)
{
	struct nameattr a = { 0 };

	ck_assert_int_eq(nameattr_read(&a, "/nowhere/at/all"), -1);
	nameattr_free(&a);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("nameattr");
	TCase *t = tcase_create("nameattr");

	tcase_add_test(t, functions_have_titles_and_links);
	tcase_add_loop_test(t, links_to_the_web_are_taken, 0,
	    sizeof good / sizeof *good);
	tcase_add_loop_test(t, what_could_run_is_refused, 0,
	    sizeof bad / sizeof *bad);
	tcase_add_test(t, a_file_that_is_not_there_is_an_error);
	suite_add_tcase(s, t);
	return s;
}
