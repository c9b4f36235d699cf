/* gProfiler's application_metadata. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "profile/appmeta.h"
#include "suite.h"

static void
put(struct buf *out, const struct appmeta *a)
{
	struct jsonw w = { .out = out };

	jsonw_object(&w, NULL);
	appmeta_put(&w, a);
	jsonw_end(&w);
	jsonw_done(&w);
}

#define HEAD "{\"application_metadata\":[null"

static const struct {
	const char *frame, *json;
} programs[] = {
	/* The dictionaries that gProfiler's own tests expect, in its order or not. */
	{ "exe=/usr/local/bin/python3.6 execfn=/usr/local/bin/python arch=x86_64 "
	  "exe_build_id=a04b lib_build_id=0ef3 runtime=python/3.6.15",
	  "{\"exe\":\"/usr/local/bin/python3.6\","
	  "\"execfn\":\"/usr/local/bin/python\",\"arch\":\"x86_64\","
	  "\"python_version\":\"Python 3.6.15\","
	  "\"libpython_elfid\":\"buildid:0ef3\",\"exe_elfid\":\"buildid:a04b\"}" },
	{ "exe=/app/fibonacci execfn=./fibonacci arch=x86_64 link=dynamic "
	  "libc=glibc stripped=0 runtime=go/1.18.3",
	  "{\"exe\":\"/app/fibonacci\",\"execfn\":\"./fibonacci\","
	  "\"arch\":\"x86_64\",\"golang_version\":\"go1.18.3\","
	  "\"link\":\"dynamic\",\"libc\":\"glibc\",\"stripped\":false}" },
	{ "exe=/usr/local/bin/node link=static stripped=1 runtime=node/10.24.1",
	  "{\"exe\":\"/usr/local/bin/node\",\"node_version\":\"v10.24.1\","
	  "\"link\":\"static\",\"stripped\":true}" },
	{ "exe=/usr/bin/ruby3.1 lib_build_id=bf runtime=ruby/3.1.2",
	  "{\"exe\":\"/usr/bin/ruby3.1\",\"ruby_version\":\"ruby 3.1.2\","
	  "\"libruby_elfid\":\"buildid:bf\"}" },
	{ "exe=/opt/java lib_build_id=cc runtime=jvm/17.0.15",
	  "{\"exe\":\"/opt/java\",\"java_version\":\"17.0.15\","
	  "\"libjvm_elfid\":\"buildid:cc\"}" },
	{ "runtime=dotnet/6.0.302", "{\"dotnet_version\":\"6.0.302\"}" },
	/* A version that is not known, a runtime that has none, one of tomorrow. */
	{ "exe=/x lib_build_id=aa runtime=python",
	  "{\"exe\":\"/x\",\"libpython_elfid\":\"buildid:aa\"}" },
	{ "exe=/x%3By%20z runtime=native", "{\"exe\":\"/x;y z\"}" },
	{ "exe=/x runtime=tomorrow/1", "{\"exe\":\"/x\"}" },
	/* The owner's words take the place of ours. */
	{ "exe=/x stripped=1 own={\"exe\":null,\"job\":[1,\"a%20b\"],"
	  "\"stripped\":0} runtime=go/1.2",
	  "{\"golang_version\":\"go1.2\",\"exe\":null,\"job\":[1,\"a b\"],"
	  "\"stripped\":0}" },
	{ "own={\"n\":1} runtime=unknown", "{\"n\":1}" },
	{ "exe=/x own=[1] runtime=go", "{\"exe\":\"/x\"}" },
	{ "exe=/x own={\"a\" runtime=go", "{\"exe\":\"/x\"}" },
	/* Strangers' */
	{ "exe runtime=go", "null" },
	{ "exe=%zz runtime=go", "null" },
	{ "exe=/x image=web:1.4 runtime=native",
	  "{\"exe\":\"/x\",\"container_image\":\"web:1.4\"}" },
	{ "exe=/x stripped=maybe runtime=go", "{\"exe\":\"/x\"}" },
};

START_TEST(a_program_is_as_gprofiler_has_it)
{
	const char *frame = programs[_i].frame;
	struct appmeta a = { 0 };
	struct buf out = { 0 }, want = { 0 };

	ck_assert_uint_eq(appmeta_number(&a, frame, strlen(frame)), 1);
	put(&out, &a);
	buf_addf(&want, HEAD ",%s]}", programs[_i].json);
	ck_assert_str_eq(out.s, want.s);
	buf_free(&out);
	buf_free(&want);
	appmeta_free(&a);
}
END_TEST

START_TEST(equal_ones_are_one_and_0_is_none)
{
	static const char x[] = "exe=/x runtime=native", y[] =
	    "exe=/y runtime=native", *const none[] = { "", "[unknown]", "main",
	    "runtime=", "exe=/x arch=x", "xruntime=1 b", "runtime=unknown",
	    "runtime=kernel", "runtime=native", "runtime=pythonic/3" };
	struct appmeta a = { 0 };
	struct buf out = { 0 };

	ck_assert_uint_eq(appmeta_number(&a, x, strlen(x)), 1);
	ck_assert_uint_eq(appmeta_number(&a, y, strlen(y)), 2);
	ck_assert_uint_eq(appmeta_number(&a, x, strlen(x)), 1);
	for (size_t i = 0; i < GP_COUNT(none); i++)
		ck_assert_uint_eq(appmeta_number(&a, none[i],
		    strlen(none[i])), 0);
	put(&out, &a);
	ck_assert_str_eq(out.s, HEAD ",{\"exe\":\"/x\"},{\"exe\":\"/y\"}]}");
	buf_free(&out);
	appmeta_free(&a);
	put(&out, NULL);
	ck_assert_str_eq(out.s, HEAD "]}");
	buf_free(&out);
}
END_TEST

START_TEST(beyond_the_bound_they_are_none)
{
	struct appmeta a = { 0 };
	char frame[64];

	for (uint32_t i = 1; i <= APPMETA_MAX + 5; i++) {
		snprintf(frame, sizeof frame, "exe=/%u runtime=native", i);
		ck_assert_uint_eq(appmeta_number(&a, frame, strlen(frame)),
		    i <= APPMETA_MAX ? i : 0);
	}
	snprintf(frame, sizeof frame, "exe=/%u runtime=native", 7);
	ck_assert_uint_eq(appmeta_number(&a, frame, strlen(frame)), 7);
	appmeta_free(&a);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("appmeta");
	TCase *t = tcase_create("appmeta");

	tcase_add_loop_test(t, a_program_is_as_gprofiler_has_it, 0,
	    (int)GP_COUNT(programs));
	tcase_add_test(t, equal_ones_are_one_and_0_is_none);
	tcase_add_test(t, beyond_the_bound_they_are_none);
	suite_add_tcase(s, t);
	return s;
}
