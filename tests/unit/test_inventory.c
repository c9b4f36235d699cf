/* Unit tests of gp-heartbeat's inventory.c, with a proc of our own. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/gp-heartbeat/inventory.c"
#include "suite.h"

#define ID_A "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define ID_B "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
#define STAT(pid, comm, flags) #pid " (" comm ") S 1 1 1 0 -1 " #flags \
	" 9 8 7 6 5 4 3 2 20 0 1 0 8291 99 -1 0 0 0 0 0 0 0 0 0\n"

static char root[] = "/tmp/gp-inventory.XXXXXX";

static void
put(const char *pid, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", root, pid);
	ck_assert_int_eq(file_mkdirs(path, 0700), 0);
	snprintf(path, sizeof path, "%s/%s/%s", root, pid, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void
make_root(void)
{
	ck_assert_ptr_nonnull(mkdtemp(root));
	put("1", "cgroup", "0::/init.scope\n");
	put("1", "stat", STAT(1, "systemd", 4194560));
	put("40", "cgroup", "0::/system.slice/docker-" ID_A ".scope\n");
	put("40", "stat", STAT(40, "java", 4194560));
	put("7", "cgroup", "0::/system.slice/docker-" ID_A ".scope\n");
	put("7", "stat", STAT(7, "a \\\"sh", 4194560));
	put("50", "cgroup", "12:cpu:/docker/" ID_B "\n0::/\n");
	put("50", "stat", STAT(50, "node", 4194560));
	/* It has gone before its name could be read. */
	put("60", "cgroup", "12:cpu:/docker/" ID_B "\n0::/\n");
}

static void
remove_root(void)
{
	char command[256];

	snprintf(command, sizeof command, "rm -r '%s'", root);
	ck_assert_int_eq(system(command), 0);
	memcpy(root + sizeof root - 7, "XXXXXX", 6);
}

static void
check_inventory(const char *expected)
{
	struct buf b = { 0 };
	struct jsonw w = { .out = &b };

	jsonw_object(&w, NULL);
	inventory_put_containers(&w, "containers", root);
	jsonw_end(&w);
	jsonw_done(&w);
	ck_assert_str_eq(b.s, expected);
	buf_free(&b);
}

static const char two[] = "{\"containers\":["
	"{\"container_id\":\"" ID_B "\",\"container_name\":\"60303ae22b99\","
	"\"runtime\":\"docker\",\"processes\":["
	"{\"pid\":50,\"process_name\":\"node\"}]},"
	"{\"container_id\":\"" ID_A "\",\"container_name\":\"9f86d081884c\","
	"\"runtime\":\"docker\",\"processes\":["
	"{\"pid\":7,\"process_name\":\"a \\\\\\\"sh\"},"
	"{\"pid\":40,\"process_name\":\"java\"}]}]}";

START_TEST(processes_are_under_their_containers)
{
	make_root();
	check_inventory(two);
	remove_root();
}
END_TEST

/* Those that kthreadd tells of are not opened, but it must be kthreadd: in a
 * container another has its number. */
START_TEST(only_the_kernels_threads_are_passed_over)
{
	make_root();
	put("2", "stat", STAT(2, "kthreadd", 2129984));
	put("2/task/2", "children", "3 7 x 4194305 99999999999999999999 ");
	check_inventory("{\"containers\":["
	    "{\"container_id\":\"" ID_B "\","
	    "\"container_name\":\"60303ae22b99\","
	    "\"runtime\":\"docker\",\"processes\":["
	    "{\"pid\":50,\"process_name\":\"node\"}]},"
	    "{\"container_id\":\"" ID_A "\","
	    "\"container_name\":\"9f86d081884c\","
	    "\"runtime\":\"docker\",\"processes\":["
	    "{\"pid\":40,\"process_name\":\"java\"}]}]}");
	put("2", "stat", STAT(2, "kthreadd", 4194560));
	check_inventory(two);
	put("2", "stat", STAT(2, "kthreadd", 2129984));
	put("2/task/2", "children", "");
	check_inventory(two);
	remove_root();
}
END_TEST

START_TEST(no_proc_is_no_container)
{
	check_inventory("{\"containers\":[]}");
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("inventory");
	TCase *t = tcase_create("inventory");

	tcase_add_test(t, processes_are_under_their_containers);
	tcase_add_test(t, only_the_kernels_threads_are_passed_over);
	tcase_add_test(t, no_proc_is_no_container);
	suite_add_tcase(s, t);
	return s;
}
