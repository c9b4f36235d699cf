/* Where a process belongs, in gp's words and in gProfiler's. */
#include <check.h>
#include <string.h>

#include "profile/place.h"
#include "stream/record.h"
#include "suite.h"

#define HEX64 "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

static const struct {
	const char *process, *frame, *gprofiler;
} containers[] = {
	{ "", "[host]", "" },
	{ " container=" HEX64 " engine=docker", "docker:9f86d081884c",
	  "9f86d081884c" },
	{ " container=" HEX64 " engine=docker container_name=web",
	  "docker:web", "web" },
	{ " container=" HEX64, "container:9f86d081884c", "9f86d081884c" },
	{ " container=db engine=lxc", "lxc:db", "db" },
	{ " container=" HEX64 " engine=crio container_name=nginx "
	  "pod=web-5d4f namespace=shop", "k8s:shop/web-5d4f/nginx",
	  "k8s_nginx_web-5d4f_shop_unknown_0" },
	/* A pod without the container's name says less than the id. */
	{ " container=" HEX64 " engine=crio pod=web", "crio:9f86d081884c",
	  "9f86d081884c" },
	{ " container=" HEX64 " engine=containerd container_name=a "
	  "pod=b", "k8s:/b/a", "k8s_a_b__unknown_0" },
	/* Names of no Kubernetes, which gProfiler's readers would misread. */
	{ " container=" HEX64 " engine=crio container_name=a/b pod=c "
	  "namespace=d", "k8s:d/c/a/b", "d/c/a/b" },
	{ " container=" HEX64 " engine=crio container_name=a_b pod=c "
	  "namespace=d", "k8s:d/c/a_b", "d/c/a_b" },
	{ " container=x", "container:x", "x" },
};

static void
parse(struct record *r, const char *fields)
{
	struct buf line = { 0 };

	buf_addf(&line, "#process pid=7%s", fields);
	ck_assert(record_parse(r, line.s, line.len));
	buf_free(&line);
}

START_TEST(a_container_is_called_as_people_call_it)
{
	struct record r = { 0 };
	struct buf b = { 0 };

	parse(&r, containers[_i].process);
	place_put_container(&b, &r);
	ck_assert_str_eq(b.s, containers[_i].frame);
	buf_free(&b);
	place_put_gprofiler(&b, containers[_i].frame,
	    strlen(containers[_i].frame));
	ck_assert_str_eq(buf_str(&b), containers[_i].gprofiler);
	buf_free(&b);
	record_free(&r);
}
END_TEST

START_TEST(an_application_is_cut_at_a_whole_character)
{
	struct record r = { 0 };
	struct buf b = { 0 }, fields = { 0 };

	buf_adds(&fields, " app=");
	for (size_t i = 0; i < PLACE_APP_MAX - 1; i++)
		buf_addc(&fields, 'x');
	buf_adds(&fields, "\xc3\xa9\xc3\xa9");
	parse(&r, fields.s);
	place_put_app(&b, &r);
	ck_assert_uint_eq(b.len, PLACE_APP_MAX - 1);
	ck_assert_int_eq(b.s[b.len - 1], 'x');
	buf_reset(&b);
	parse(&r, "");
	place_put_app(&b, &r);
	ck_assert_str_eq(b.s, "[no-app]");
	buf_free(&b);
	buf_free(&fields);
	record_free(&r);
}
END_TEST

static const struct {
	const char *process, *frame;
} programs[] = {
	{ "", "runtime=unknown" },
	{ " comm=x exe=/bin/x container=c", "exe=/bin/x runtime=unknown" },
	/* In our order, whatever theirs. */
	{ " stripped=0 runtime=go/1.19 libc=musl execfn=./x exe=/x arch=x86_64 "
	  "link=dynamic lib_build_id=bb exe_build_id=aa",
	  "exe=/x execfn=./x arch=x86_64 exe_build_id=aa lib_build_id=bb "
	  "link=dynamic libc=musl stripped=0 runtime=go/1.19" },
	{ " own={\"a\":\"b;%20c\"} image=i runtime=go",
	  "image=i own={\"a\":\"b%3B%20c\"} runtime=go" },
	/* What strangers chose stays one word of one frame. */
	{ " exe=/a;b%20c%0a%25 runtime=native",
	  "exe=/a%3Bb%20c%0A%25 runtime=native" },
};

START_TEST(a_program_is_the_fields_that_tell_of_it)
{
	struct record r = { 0 };
	struct buf b = { 0 };

	parse(&r, programs[_i].process);
	place_put_program(&b, &r);
	ck_assert_str_eq(b.s, programs[_i].frame);
	ck_assert(place_is_program(b.s, b.len));
	buf_free(&b);
	record_free(&r);
}
END_TEST

START_TEST(what_is_too_long_of_a_program_is_left_out)
{
	struct record r = { 0 };
	struct buf b = { 0 }, fields = { 0 };

	buf_adds(&fields, " runtime=perl execfn=y exe=/");
	for (size_t i = 0; i < PLACE_FIELD_MAX; i++)
		buf_addc(&fields, 'x');
	buf_adds(&fields, " own=");
	for (size_t i = 0; i < PLACE_OWN_MAX; i++)
		buf_addc(&fields, 'x');
	parse(&r, fields.s);
	place_put_program(&b, &r);
	ck_assert_str_eq(b.s, "execfn=y runtime=perl");
	buf_free(&b);
	buf_free(&fields);
	record_free(&r);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("place");
	TCase *t = tcase_create("place");

	tcase_add_loop_test(t, a_container_is_called_as_people_call_it, 0,
	    sizeof containers / sizeof *containers);
	tcase_add_test(t, an_application_is_cut_at_a_whole_character);
	tcase_add_loop_test(t, a_program_is_the_fields_that_tell_of_it, 0,
	    sizeof programs / sizeof *programs);
	tcase_add_test(t, what_is_too_long_of_a_program_is_left_out);
	suite_add_tcase(s, t);
	return s;
}
