/* What people and servers write: URLs, targets, secrets, dates. */
#include <check.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "ship/httpdate.h"
#include "ship/secret.h"
#include "ship/spec.h"
#include "ship/url.h"
#include "suite.h"

/* URLs */

static const struct {
	const char *url, *shown, *host;
	unsigned port;
} urls[] = {
	{ "http://h/in", "http://h/in", "h", 80 },
	{ "https://h:8/", "https://h:8/", "h", 8 },
	{ "http://[::1]:80/x?key=secret", "http://[::1]:80/x", "[::1]", 80 },
	{ "HTTPS://EXAMPLE.org", "https://example.org/", "example.org", 443 },
	{ "http://h?q", "http://h/", "h", 80 },
	{ "http://h/%7Ea/b;c=1", "http://h/%7Ea/b;c=1", "h", 80 },
	{ "http://h/a@b?c@d", "http://h/a@b", "h", 80 },
	{ "http://u@h/", NULL, NULL, 0 }, { "http://u:p@h/", NULL, NULL, 0 },
	{ "http://:p@h/", NULL, NULL, 0 }, { "ftp://h/", NULL, NULL, 0 },
	{ "h/in", NULL, NULL, 0 }, { "", NULL, NULL, 0 },
	{ "http://", NULL, NULL, 0 }, { "http://h h/", NULL, NULL, 0 },
	{ "file:///etc/passwd", NULL, NULL, 0 },
	{ "http://h:99999/", NULL, NULL, 0 }, { "http://h:/", NULL, NULL, 0 },
	{ "http://h:0/", NULL, NULL, 0 }, { "http://h:8x/", NULL, NULL, 0 },
	{ "http://h/\r\nX: y", NULL, NULL, 0 },
	{ "http://h/#frag", NULL, NULL, 0 }, { "http://h\\@e/", NULL, NULL, 0 },
	{ "http://h/%zz", NULL, NULL, 0 }, { "http://[::1/", NULL, NULL, 0 },
	{ "http://[]/", NULL, NULL, 0 }, { "http://[fe80::1%25eth0]/", NULL, NULL, 0 },
	{ "http://h\xc3\xa4/", NULL, NULL, 0 }, { "http:/h/", NULL, NULL, 0 },
	{ "http://h%2f/", NULL, NULL, 0 }, { "http://.h/", NULL, NULL, 0 },
};

START_TEST(url_is_checked_and_shown_without_secrets)
{
	struct buf shown = { 0 };
	struct url u;
	const char *wrong = url_parse(&u, urls[_i].url);

	if (!urls[_i].shown) {
		ck_assert_ptr_nonnull(wrong);
		return;
	}
	ck_assert_ptr_null(wrong);
	url_show(&u, &shown);
	ck_assert_str_eq(buf_str(&shown), urls[_i].shown);
	ck_assert_str_eq(u.host, urls[_i].host);
	ck_assert_uint_eq(u.port, urls[_i].port);
	buf_free(&shown);
}
END_TEST

/* Whoever reads it finds the same host and port. */
START_TEST(libcurl_reads_the_same_in_a_url)
{
	struct url u;
	CURLU *c = curl_url();
	char *part;

	if (!urls[_i].shown) {
		curl_url_cleanup(c);
		return;
	}
	ck_assert_ptr_null(url_parse(&u, urls[_i].url));
	ck_assert_int_eq(curl_url_set(c, CURLUPART_URL, urls[_i].url, 0), 0);
	ck_assert_int_eq(curl_url_get(c, CURLUPART_HOST, &part, 0), 0);
	ck_assert_int_eq(strcasecmp(part, u.host), 0);
	curl_free(part);
	ck_assert_int_eq(curl_url_get(c, CURLUPART_PORT, &part,
	    CURLU_DEFAULT_PORT), 0);
	ck_assert_int_eq(atoi(part), u.port);
	curl_free(part);
	curl_url_cleanup(c);
}
END_TEST

START_TEST(url_of_any_length_is_refused_or_read)
{
	char text[URL_MAX + 64];
	struct url u;

	memset(text, 'a', sizeof text);
	memcpy(text, "http://", 7);
	text[sizeof text - 1] = '\0';
	ck_assert_ptr_nonnull(url_parse(&u, text));
	/* A host that is too long is none, rather than another. */
	text[URL_MAX - 1] = '\0';
	ck_assert_ptr_nonnull(url_parse(&u, text));
	text[7 + URL_HOST_MAX - 2] = '\0';
	ck_assert_ptr_null(url_parse(&u, text));
}
END_TEST

START_TEST(url_parts_are_quoted)
{
	struct buf b = { 0 };

	url_quote(&b, "a/b c&d=\xc3\xa4~%", 12, true);
	ck_assert_str_eq(b.s, "a/b%20c%26d%3D%C3%A4~%25");
	buf_reset(&b);
	url_quote(&b, "a/\0", 3, false);
	ck_assert_str_eq(b.s, "a%2F%00");
	buf_free(&b);
}
END_TEST

/* Targets */

static const struct {
	const char *text;
	const char *name; /* of one that is good */
	const char *why;  /* begins so, of one that is not */
} specs[] = {
	{ "https://h/in", "post-h", NULL },
	{ "  https://h/in\t", "post-h", NULL },
	{ "post+http://H:81/in?q=1 token-file=/t user=me", "post-h-81", NULL },
	{ "http://[::1]:8/", "post-___1_-8", NULL },
	{ "studio+https://h/ service=s name=x.y token-env=T", "x.y", NULL },
	{ "pyroscope+http://h:4040/ service=s label=a=b label=c=d",
	  "pyroscope-h-4040", NULL },
	{ "pyroscope+http://h/ service=s format=pprof", "pyroscope-h", NULL },
	{ "s3+https://b.s3.eu-west-1.amazonaws.com/p region=eu-west-1 cert=/c "
	  "key=/k ca-file=/a proxy=http://p:3128",
	  "s3-b.s3.eu-west-1.amazonaws.com", NULL },
	{ "/var/lib/gp/a b", "", NULL },
	{ "", NULL, "it is empty" },
	{ "   ", NULL, "it is empty" },
	{ "var/lib", NULL, "the URL is neither" },
	{ "ftp+http://h/", NULL, "the URL is neither" },
	{ "http://u:PaSs@h/", NULL, "the URL holds a user name" },
	{ "http://h/ token=SeCrEt", NULL, "a token there can be seen" },
	{ "http://h/ SeCrEt", NULL, "a word behind the URL" },
	{ "http://h/ service=x", NULL, "service= is no setting of this kind" },
	{ "http://h/ x=SeCrEt", NULL, "x= is no setting" },
	{ "http://h/ name=A", NULL, "name= is not a name" },
	{ "http://h/ name=../x", NULL, "name= is not a name" },
	{ "http://h/ ca-file=", NULL, "ca-file= is empty" },
	{ "http://h/ token-file=/a token-env=B", NULL,
	  "token-env= is a second place" },
	{ "http://h/ token-credential=../../etc/shadow", NULL,
	  "token-credential= is not the name" },
	{ "http://h/ user=me", NULL, "user= without a token" },
	{ "http://h/ key=/k", NULL, "key= without cert=" },
	{ "http://h/ proxy=socks5://p/", NULL, "proxy= is neither" },
	{ "studio+https://h/", NULL, "service= is missing" },
	{ "studio+https://h/ service=s", NULL, "a token is missing" },
	{ "studio+https://h/ service=s\nX:SeCrEt", NULL,
	  "service= is not a service name" },
	{ "pyroscope+https://h/ service=s tenant=a\rb", NULL,
	  "tenant= is not" },
	{ "pyroscope+https://h/ service=s format=jfr", NULL,
	  "format= is not folded or pprof" },
	{ "studio+https://h/ service=s token-env=T format=pprof", NULL,
	  "format= is no setting" },
	{ "http://h/ token-env=T user=a:SeCrEt", NULL, "user= is not" },
	{ "s3+http://h/ region=a/b", NULL, "region= is not" },
	{ "studio+https://h/?key=SeCrEt service=s token-env=T", NULL,
	  "the URL holds a query" },
	{ "pyroscope+http://h/ service=s label=a", NULL,
	  "label= is not NAME=VALUE" },
	{ "pyroscope+http://h/ service=s label=1=b", NULL,
	  "label= is not NAME=VALUE" },
	{ "s3+http://h/ token-file=/t", NULL, "token-file= is no setting" },
};

START_TEST(spec_is_read_or_refused_without_its_secrets)
{
	struct arena a = { 0 };
	struct buf why = { 0 };
	struct spec s;
	int rc = spec_parse(&s, &a, specs[_i].text, &why);

	if (specs[_i].name) {
		ck_assert_str_eq(buf_str(&why), "");
		ck_assert_int_eq(rc, 0);
		ck_assert_str_eq(s.name, specs[_i].name);
		ck_assert(s.dir || spec_is_name(s.name));
	} else {
		ck_assert_int_eq(rc, -1);
		ck_assert_msg(strncmp(why.s, specs[_i].why,
		    strlen(specs[_i].why)) == 0, "%s", why.s);
		ck_assert_ptr_null(strstr(why.s, "SeCrEt"));
		ck_assert_ptr_null(strstr(why.s, "PaSs"));
	}
	buf_free(&why);
	arena_free(&a);
}
END_TEST

START_TEST(spec_keeps_what_it_was_told)
{
	struct arena a = { 0 };
	struct buf why = { 0 };
	struct spec s;

	ck_assert_int_eq(spec_parse(&s, &a, "pyroscope+https://h:1/x service=web"
	    " label=env=prod=1 token-env=T tenant=t ca-file=/ca", &why), 0);
	ck_assert_int_eq(s.kind, SPEC_PYROSCOPE);
	ck_assert_str_eq(s.text, "https://h:1/x");
	ck_assert_str_eq(s.service, "web");
	ck_assert_uint_eq(s.labels, 1);
	ck_assert_str_eq(s.label[0].key, "env");
	ck_assert_str_eq(s.label[0].value, "prod=1");
	ck_assert_int_eq(s.token.from, SECRET_ENV);
	ck_assert_str_eq(s.token.where, "T");
	ck_assert_str_eq(s.ca_file, "/ca");
	arena_free(&a);
}
END_TEST

/* Secrets */

static const struct {
	const char *in, *out;
} tokens[] = {
	{ "abc", "abc" }, { " \tabc\r\n", "abc" }, { "a~!", "a~!" },
	{ "", NULL }, { " \n", NULL }, { "a b", NULL }, { "a\r\nX: b", NULL },
	{ "a\x7f", NULL }, { "\xc3\xa4", NULL },
};

START_TEST(token_is_trimmed_and_one_word)
{
	struct buf b = { 0 };
	const char *wrong;

	buf_adds(&b, tokens[_i].in);
	wrong = secret_check(&b);
	if (tokens[_i].out) {
		ck_assert_ptr_null(wrong);
		ck_assert_str_eq(buf_str(&b), tokens[_i].out);
		ck_assert_uint_eq(b.len, strlen(tokens[_i].out));
	} else {
		ck_assert_ptr_nonnull(wrong);
	}
	buf_free(&b);
}
END_TEST

static char secret_dir[64];

static void
write_secret(const char *name, const char *text, mode_t mode, char path[128])
{
	FILE *f;

	snprintf(path, 128, "%s/%s", secret_dir, name);
	f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
	chmod(path, mode);
}

START_TEST(secret_comes_from_where_it_is_kept)
{
	struct buf why = { 0 };
	char path[128], name[] = "token";
	struct secret s = { .from = SECRET_FILE, .where = path };

	strcpy(secret_dir, "/tmp/gp-secret.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(secret_dir));
	write_secret("token", " abc\n", 0600, path);
	ck_assert_int_eq(secret_load(&s, &why), 0);
	ck_assert_str_eq(s.value.s, "abc");
	ck_assert(!s.exposed);
	/* One that is replaced is used the next time. */
	write_secret("token", "new", 0644, path);
	ck_assert_int_eq(secret_load(&s, &why), 0);
	ck_assert_str_eq(s.value.s, "new");
	ck_assert(s.exposed);
	setenv("CREDENTIALS_DIRECTORY", secret_dir, 1);
	s.from = SECRET_CREDENTIAL;
	s.where = name;
	ck_assert_int_eq(secret_load(&s, &why), 0);
	ck_assert_str_eq(s.value.s, "new");
	write_secret("token", "a b", 0600, path);
	ck_assert_int_eq(secret_load(&s, &why), EX_CONFIG);
	ck_assert_ptr_nonnull(strstr(why.s, "token holds a byte"));
	ck_assert_uint_eq(s.value.len, 0);
	unlink(path);
	ck_assert_int_eq(secret_load(&s, &why), EX_NOINPUT);
	unsetenv("CREDENTIALS_DIRECTORY");
	ck_assert_int_eq(secret_load(&s, &why), EX_NOINPUT);
	s.from = SECRET_ENV;
	s.where = "GP_TEST_TOKEN";
	unsetenv("GP_TEST_TOKEN");
	ck_assert_int_eq(secret_load(&s, &why), 0);
	ck_assert_str_eq(buf_str(&s.value), "");
	setenv("GP_TEST_TOKEN", "fromenv", 1);
	ck_assert_int_eq(secret_load(&s, &why), 0);
	ck_assert_str_eq(s.value.s, "fromenv");
	secret_free(&s);
	ck_assert_ptr_null(s.value.s);
	buf_free(&why);
	rmdir(secret_dir);
}
END_TEST

START_TEST(secret_is_blotted_out)
{
	struct buf b = { 0 }, secret = { 0 };

	buf_adds(&b, "abcabc xabcx ab");
	buf_adds(&secret, "abc");
	secret_blot(&b, &secret);
	ck_assert_str_eq(b.s, "****** x***x ab");
	buf_reset(&secret);
	secret_blot(&b, &secret);
	ck_assert_str_eq(b.s, "****** x***x ab");
	buf_free(&b);
	buf_free(&secret);
}
END_TEST

/* Dates */

static const struct {
	const char *text;
	long long time; /* -1: not a date */
} dates[] = {
	{ "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
	{ "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
	{ "Sun Nov  6 08:49:37 1994", 784111777 },
	{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
	{ "Tue, 29 Feb 2028 23:59:60 GMT", 1835481600 },
	{ "Sunday, 06-Nov-76 08:49:37 GMT", 3371878177 },
	{ "Sunday, 06-Nov-77 08:49:37 GMT", 247654177 },
	{ "Sun, 6 Nov 1994 08:49:37 GMT", -1 },
	{ "Sun, 06 Nov 1994 08:49:37 UTC", -1 },
	{ "Sun, 06 Nov 1994 08:49:37", -1 },
	{ "Sun, 06 Nov 1994 24:49:37 GMT", -1 },
	{ "Sun, 06 Nov 1994 08:49:37 GMT ", -1 },
	{ "Sun, 32 Nov 1994 08:49:37 GMT", -1 },
	{ "Sun, 06 Foo 1994 08:49:37 GMT", -1 },
	{ "Foo, 06 Nov 1994 08:49:37 GMT", -1 },
	{ "", -1 }, { "Sun", -1 }, { "Sun,", -1 }, { "Sun Nov", -1 },
	{ "Sunday Nov  6 08:49:37 1994", -1 },
};

/* 2026-11-26, which says what century "76" and "77" are of. */
#define NOW 1795689667

START_TEST(dates_are_read_in_all_three_forms)
{
	time_t t = -1;
	bool good = httpdate_parse(dates[_i].text, strlen(dates[_i].text), NOW,
	    &t);

	ck_assert_int_eq(good, dates[_i].time >= 0);
	ck_assert_int_eq(t, dates[_i].time);
}
END_TEST

static const struct {
	const char *text;
	uint64_t seconds;
} waits[] = {
	{ "120", 120 }, { " 7\r\n", 7 }, { "0", 0 }, { "", 0 }, { "-5", 0 },
	{ "1.5", 0 }, { "soon", 0 }, { "99999999999999999999999", 0 },
	{ "Thu, 26 Nov 2026 10:42:07 GMT", 60 },
	{ "Thu, 26 Nov 2026 10:41:07 GMT", 0 },
	{ "Sun, 06 Nov 1994 08:49:37 GMT", 0 },
};

START_TEST(retry_after_is_seconds_or_a_date)
{
	ck_assert_uint_eq(httpdate_retry_after(waits[_i].text,
	    strlen(waits[_i].text), NOW), waits[_i].seconds);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("spec");
	TCase *t = tcase_create("spec");

	tcase_add_loop_test(t, url_is_checked_and_shown_without_secrets, 0,
	    (int)GP_COUNT(urls));
	tcase_add_loop_test(t, libcurl_reads_the_same_in_a_url, 0,
	    (int)GP_COUNT(urls));
	tcase_add_test(t, url_of_any_length_is_refused_or_read);
	tcase_add_test(t, url_parts_are_quoted);
	tcase_add_loop_test(t, spec_is_read_or_refused_without_its_secrets, 0,
	    (int)GP_COUNT(specs));
	tcase_add_test(t, spec_keeps_what_it_was_told);
	tcase_add_loop_test(t, token_is_trimmed_and_one_word, 0,
	    (int)GP_COUNT(tokens));
	tcase_add_test(t, secret_comes_from_where_it_is_kept);
	tcase_add_test(t, secret_is_blotted_out);
	tcase_add_loop_test(t, dates_are_read_in_all_three_forms, 0,
	    (int)GP_COUNT(dates));
	tcase_add_loop_test(t, retry_after_is_seconds_or_a_date, 0,
	    (int)GP_COUNT(waits));
	suite_add_tcase(s, t);
	return s;
}
