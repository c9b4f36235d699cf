#include "profile/webtext.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

struct pair {
	const char *in, *out;
};

static void
check_pair(void (*write)(FILE *, const char *, size_t), const struct pair *p)
{
	char *s;
	size_t size;
	FILE *out = open_memstream(&s, &size);

	write(out, p->in, strlen(p->in));
	fclose(out);
	ck_assert_str_eq(s, p->out);
	free(s);
}

static const struct pair json[] = {
	{ "", "\"\"" },
	{ "main", "\"main\"" },
	{ "operator\"\"_s\\", "\"operator\\u0022\\u0022_s\\\\\"" },
	{ "</script><script>", "\"\\u003c/script\\u003e\\u003cscript\\u003e\"" },
	{ "<!--", "\"\\u003c!--\"" },
	{ "&lt;'", "\"\\u0026lt;\\u0027\"" },
	{ "a\tb\x01\x7f", "\"a\\u0009b\\u0001\\u007f\"" },
	{ "\xe2\x80\xa8\xe2\x80\xa9", "\"\\u2028\\u2029\"" },
	{ "\xe2\x80\xae" "evil", "\"\\u202eevil\"" },
	{ "\xc3\xa9\xf0\x9f\x94\xa5", "\"\xc3\xa9\xf0\x9f\x94\xa5\"" },
	{ "\xf3\xa0\x80\xa0", "\"\\udb40\\udc20\"" },
	{ "a\xff\xc3", "\"a\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "${alert(1)}`", "\"${alert(1)}`\"" },
};

START_TEST(json_is_text_in_a_script_element)
{
	check_pair(webtext_json, &json[_i]);
}
END_TEST

static const struct pair html[] = {
	{ "", "" },
	{ "web-7, 10 s", "web-7, 10 s" },
	{ "\"><img src=x onerror='f()'>", "&quot;&gt;&lt;img src=x "
	    "onerror=&#39;f()&#39;&gt;" },
	{ "a & b", "a &amp; b" },
	{ "</title>", "&lt;/title&gt;" },
	{ "a\\b", "a\\b" },
	{ "\xe2\x80\xae" "x\n", "&lt;U+202E&gt;x&lt;U+000A&gt;" },
	{ "\xc3\xa9\xfe", "\xc3\xa9\xef\xbf\xbd" },
};

START_TEST(html_is_text_in_an_element)
{
	check_pair(webtext_html, &html[_i]);
}
END_TEST

START_TEST(a_nul_is_a_character_like_others)
{
	char *s;
	size_t size;
	FILE *out = open_memstream(&s, &size);

	webtext_json(out, "a\0b", 3);
	webtext_html(out, "a\0b", 3);
	fclose(out);
	ck_assert_str_eq(s, "\"a\\u0000b\"a&lt;U+0000&gt;b");
	free(s);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("webtext");
	TCase *t = tcase_create("core");

	tcase_add_loop_test(t, json_is_text_in_a_script_element, 0,
	    (int)(sizeof json / sizeof *json));
	tcase_add_loop_test(t, html_is_text_in_an_element, 0,
	    (int)(sizeof html / sizeof *html));
	tcase_add_test(t, a_nul_is_a_character_like_others);
	suite_add_tcase(s, t);
	return s;
}
