/* The .col writer, and what a machine is. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "profile/col.h"
#include "suite.h"

static const struct machine machine = {
	.hostname = "web-7", .system = "Linux", .kernel_release = "6.1.0",
	.kernel_version = "#1 SMP", .hardware = "x86_64",
	.os_name = "Debian \"GNU\"/Linux", .os_release = "12",
	.os_codename = "bookworm", .libc_type = "glibc",
	.libc_version = "2.36", .mac = "02:00:00:00:00:01", .ip = "10.0.0.7",
	.processors = 2, .memory_mb = 23552, .uptime_ms = 12345,
	.run_mode = "standalone_executable", .deployment = "instances",
};

START_TEST(the_first_line_has_what_servers_insist_on)
{
	static const char *const names[] = { "web", "k8s_a_b_c_d_0" };
	const struct col_head h = { .machine = &machine, .service = "shop",
		.pid = 77, .start = 1795689600, .end = 1795689660,
		.container = names, .containers = 2 };
	struct buf b = { 0 };

	col_put_head(&b, &h);
	ck_assert_str_eq(b.s,
	    "#{\"containers\":[\"web\",\"k8s_a_b_c_d_0\"],"
	    "\"container_names_enabled\":true,\"metadata\":{"
	    "\"cloud_provider\":\"unknown\","
	    "\"agent_version\":\"1.53.1-gp" GP_VERSION "\","
	    "\"spawn_time\":\"2026-11-26T10:40:00\","
	    "\"current_time\":\"2026-11-26T10:41:00\","
	    "\"spawn_uptime_ms\":12345,"
	    "\"run_mode\":\"standalone_executable\","
	    "\"deployment_type\":\"instances\",\"hostname\":\"web-7\","
	    "\"private_ip\":\"10.0.0.7\",\"mac_address\":\"02:00:00:00:00:01\","
	    "\"system_name\":\"Linux\","
	    "\"os_name\":\"Debian \\\"GNU\\\"/Linux\",\"os_release\":\"12\","
	    "\"os_codename\":\"bookworm\",\"kernel_release\":\"6.1.0\","
	    "\"kernel_version\":\"#1 SMP\",\"hardware_type\":\"x86_64\","
	    "\"libc_type\":\"glibc\",\"libc_version\":\"2.36\","
	    "\"processors\":2,\"memory_capacity_mb\":23552,\"pid\":77,"
	    "\"python_version\":\"none\",\"profiling_mode\":\"cpu\","
	    "\"run_arguments\":{\"service_name\":\"shop\","
	    "\"profile_api_version\":\"v2\"}},"
	    "\"metrics\":{\"cpu_avg\":null,\"mem_avg\":null},"
	    "\"application_metadata\":[null],"
	    "\"application_metadata_enabled\":true,"
	    "\"profiling_mode\":\"cpu\",\"hwmetrics\":null,\"htmlblob\":null,"
	    "\"flamegraph_html\":null}\n");
	buf_free(&b);
}
END_TEST

START_TEST(the_first_line_says_how_busy_the_machine_was)
{
	const double busy = 12.3, used = 100;
	const struct col_head h = { .machine = &machine, .cpu_busy = &busy,
		.memory_used = &used };
	struct buf b = { 0 };

	col_put_head(&b, &h);
	ck_assert_ptr_nonnull(strstr(b.s,
	    "\"metrics\":{\"cpu_avg\":12.3,\"mem_avg\":100},"));
	buf_free(&b);
}
END_TEST

START_TEST(a_strange_host_is_still_one_line_of_json)
{
	const struct col_head h = { .machine = &machine,
		.host = "a\nb\"\xff;#" };
	struct json_doc d;
	struct buf b = { 0 };
	const char *host;

	col_put_head(&b, &h);
	ck_assert_ptr_eq(memchr(b.s, '\n', b.len), b.s + b.len - 1);
	ck_assert_msg(json_parse(&d, b.s + 1, b.len - 1, NULL), "%s", d.error);
	host = json_str(json_get(json_get(d.root, "metadata"), "hostname"),
	    NULL);
	ck_assert_str_eq(host, "a\nb\"\xef\xbf\xbd;#");
	json_free(&d);
	buf_free(&b);
}
END_TEST

static const struct {
	struct col_line line;
	const char *text;
} lines[] = {
	{ { .stack = "bash", .len = 4, .count = 3 }, "0;;bash 3\n" },
	{ { .stack = "bash;main;read_[k] 9", .len = 18, .count = 1 },
	  "0;;bash;main;read_[k] 1\n" },
	{ { .program = 2, .container = "web-1", .container_len = 3,
	    .appid = "gunicorn: a:b (/srv/a.py)", .appid_len = 25,
	    .stack = "python3;main", .len = 12, .count = UINT64_MAX },
	  "2;web;python3;appid: gunicorn: a:b (/srv/a.py);main "
	  "18446744073709551615\n" },
	/* Strangers' words stay one column of one line. */
	{ { .container = "a;b\nc 7", .container_len = 7, .appid = "x;y 1",
	    .appid_len = 5, .stack = "c", .len = 1, .count = 5 },
	  "0;a|b c_7;c;appid: x|y_1 5\n" },
};

START_TEST(a_line_has_all_its_columns)
{
	struct buf b = { 0 };

	col_put_line(&b, &lines[_i].line);
	ck_assert_str_eq(b.s, lines[_i].text);
	buf_free(&b);
}
END_TEST

/* machine */

static const struct {
	const char *text, *name, *release, *codename;
} systems[] = {
	{ "PRETTY_NAME=\"x\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n"
	  "VERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\n",
	  "Debian GNU/Linux", "12", "bookworm" },
	{ "NAME='A \\b'\nVERSION_ID=3.20\n#NAME=no", "A \\b", "3.20", "" },
	{ "NAME=\"say \\\"hi\\\" \\$\"", "say \"hi\" $", "", "" },
	{ "NAME=\"open\nVERSION_ID=", "open", "", "" },
	{ "", "", "", "" },
	{ "NAME=\\", "\\", "", "" },
};

START_TEST(os_release_is_read_as_a_shell_would)
{
	struct machine m = { 0 };

	machine_parse_os_release(&m, systems[_i].text,
	    strlen(systems[_i].text));
	ck_assert_str_eq(m.os_name, systems[_i].name);
	ck_assert_str_eq(m.os_release, systems[_i].release);
	ck_assert_str_eq(m.os_codename, systems[_i].codename);
}
END_TEST

START_TEST(this_machine_is_something)
{
	struct machine m;
	unsigned mac[6];
	char root[] = "/tmp/gp-machine.XXXXXX", path[64];
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(path, sizeof path, "%s/etc", root);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/etc/os-release", root);
	f = fopen(path, "w");
	fputs("NAME=Mine\n", f);
	fclose(f);
	machine_read(&m, root);
	ck_assert_str_eq(m.os_name, "Mine");
	ck_assert_str_ne(m.hostname, "");
	ck_assert_str_eq(m.system, "Linux");
	ck_assert_uint_ge(m.processors, 1);
	ck_assert_uint_gt(m.memory_mb, 0);
	ck_assert_uint_gt(m.uptime_ms, 0);
	ck_assert_str_ne(m.ip, "");
	ck_assert_int_eq(sscanf(m.mac, "%2x:%2x:%2x:%2x:%2x:%2x", &mac[0],
	    &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]), 6);
	ck_assert_ptr_nonnull(m.run_mode);
	unlink(path);
	snprintf(path, sizeof path, "%s/etc", root);
	rmdir(path);
	rmdir(root);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("col");
	TCase *t = tcase_create("col");

	tcase_add_test(t, the_first_line_has_what_servers_insist_on);
	tcase_add_test(t, the_first_line_says_how_busy_the_machine_was);
	tcase_add_test(t, a_strange_host_is_still_one_line_of_json);
	tcase_add_loop_test(t, a_line_has_all_its_columns, 0,
	    (int)GP_COUNT(lines));
	tcase_add_loop_test(t, os_release_is_read_as_a_shell_would, 0,
	    (int)GP_COUNT(systems));
	tcase_add_test(t, this_machine_is_something);
	suite_add_tcase(s, t);
	return s;
}
