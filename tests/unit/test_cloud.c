/* What machines say of their cloud, and metadata servers. */
#include "ship/cloud.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

/* A file of a machine's description, its text, and the cloud that it is in. */
static const struct {
	const char *file, *text;
	enum cloud_kind kind;
} machines[] = {
	{ "sys_vendor", "Amazon EC2\n", CLOUD_AWS },
	{ "bios_version", "4.11.amazon\n", CLOUD_AWS },
	{ "product_name", "Google Compute Engine\n", CLOUD_GCP },
	{ "chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77\n",
	  CLOUD_AZURE },
	/* Hyper-V at home. */
	{ "sys_vendor", "Microsoft Corporation\n", CLOUD_NONE },
	{ "product_name", "KVM\n", CLOUD_NONE },
	{ "sys_vendor", "", CLOUD_NONE },
};

START_TEST(a_machine_s_own_description_tells)
{
	char root[] = "/tmp/gp-cloud.XXXXXX", text[512];
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(root));
	ck_assert_int_eq(cloud_detect(root), CLOUD_NONE);
	snprintf(text, sizeof text, "mkdir -p %s/sys/class/dmi/id", root);
	ck_assert_int_eq(system(text), 0);
	snprintf(text, sizeof text, "%s/sys/class/dmi/id/%s", root,
	    machines[_i].file);
	f = fopen(text, "w");
	ck_assert_ptr_nonnull(f);
	fputs(machines[_i].text, f);
	fclose(f);
	ck_assert_int_eq(cloud_detect(root), machines[_i].kind);
	snprintf(text, sizeof text, "rm -r %s", root);
	ck_assert_int_eq(system(text), 0);
}
END_TEST

/* NULL: it is no answer. */
static const struct {
	enum cloud_kind kind;
	const char *json, *pairs;
} answers[] = {
	{ CLOUD_AWS, "{\"instanceId\":\"i-1\",\"region\":\"eu\",\"x\":7}",
	  "provider=aws instance_id=i-1 region=eu " },
	{ CLOUD_GCP, "{\"id\":9223372036854775807,\"machineType\":"
	  "\"projects/1/machineTypes/n2\",\"zone\":\"a/zones/us-c1-a\"}",
	  "provider=gcp instance_id=9223372036854775807 instance_type=n2 "
	  "zone=us-c1-a region=us-c1 " },
	{ CLOUD_GCP, "{\"machineType\":\"e2\",\"zone\":\"here\"}",
	  "provider=gcp instance_type=e2 zone=here " },
	{ CLOUD_AZURE, "{\"vmId\":\"v\",\"zone\":\"\",\"name\":\"a\\nb\"}",
	  "provider=azure instance_id=v " },
	{ CLOUD_AWS, "{\"instanceId\":7}", NULL },
	{ CLOUD_AWS, "{\"vmId\":\"v\"}", NULL },
	{ CLOUD_AZURE, "[]", NULL },
	{ CLOUD_AZURE, "{\"vmId\":", NULL },
	{ CLOUD_NONE, "{}", NULL },
	{ CLOUD_AWS, "", NULL },
};

START_TEST(answers_are_put_in_one_form)
{
	struct about a = { 0 };
	struct buf b = { 0 };
	bool good = cloud_parse(&a, answers[_i].kind, answers[_i].json,
	    strlen(answers[_i].json));

	ck_assert_int_eq(good, answers[_i].pairs != NULL);
	for (size_t i = 0; i < a.cloud.n; i++)
		buf_addf(&b, "%s=%s ", a.cloud.pair[i].key,
		    a.cloud.pair[i].value);
	ck_assert_str_eq(buf_str(&b), good ? answers[_i].pairs : "");
	buf_free(&b);
	about_free(&a);
}
END_TEST

START_TEST(what_is_written_is_read_back)
{
	static const char text[] = "{\"static\":{\"a\":\"b \\\"c\",\"n\":7}}";
	struct about a = { 0 }, back = { 0 };
	struct buf b = { 0 }, why = { 0 };
	struct jsonw w = { .out = &b };
	struct json_doc d;

	about_add(&a, &a.cloud, "provider", "aws", 3);
	ck_assert(about_parse(&a, text, sizeof text - 1, &why));
	jsonw_object(&w, NULL);
	about_write(&a, &w);
	jsonw_end(&w);
	jsonw_done(&w);
	ck_assert(json_parse(&d, b.s, b.len, NULL));
	about_read(&back, d.root);
	json_free(&d);
	ck_assert_uint_eq(back.cloud.n, 1);
	ck_assert_str_eq(back.cloud.pair[0].value, "aws");
	ck_assert_uint_eq(back.own.n, 2);
	ck_assert_str_eq(back.own.pair[0].value, "b \"c");
	ck_assert_str_eq(back.own.pair[1].key, "n");
	ck_assert_str_eq(back.own.pair[1].value, "7");
	buf_free(&b);
	buf_free(&why);
	about_free(&a);
	about_free(&back);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("cloud");
	TCase *t = tcase_create("cloud");

	tcase_add_loop_test(t, a_machine_s_own_description_tells, 0,
	    (int)GP_COUNT(machines));
	tcase_add_loop_test(t, answers_are_put_in_one_form, 0,
	    (int)GP_COUNT(answers));
	tcase_add_test(t, what_is_written_is_read_back);
	suite_add_tcase(s, t);
	return s;
}
