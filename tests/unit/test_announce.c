/* Who a pid is, with a /proc that is made up: of those that live, and of those that
 * have ended by then. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "cmd/gp-record/module.c"
#include "cmd/gp-record/process.h"
#include "cmd/gp-record/targets.c"
#include "proc/container.h"
#include "proc/proc.h"
#include "suite.h"
#include "temp_dir.h"

static int
open_below(struct proc *p, const char *root, uint32_t pid)
{
	ck_assert_ptr_null(root);
	return proc_open(p, dir, pid);
}

static bool
find_state(struct container *c, const char *root)
{
	ck_assert_str_eq(root, "");
	return container_find_by_state(c, dir);
}

#define proc_open(p, root, pid) open_below(p, root, pid)
#define container_find_by_state(c, root) find_state(c, root)
#include "cmd/gp-record/announce.c"

#define ID "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

enum { PID = 7, PARENT = 5, TICK = 10000000 };

static struct process_table table;
static struct process process, parent;
static bool has_parent; /* it is in the table */

/* What /proc/7/stat says. */
static const struct proc_stat is = {
	.pid = PID, .ppid = PARENT, .start = 8291, .comm = "sh",
};

struct process *
process_find(const struct process_table *t, uint32_t pid)
{
	ck_assert_ptr_eq(t, &table);
	ck_assert_uint_eq(pid, process.ppid);
	return has_parent && pid == parent.pid ? &parent : NULL;
}

static void
put_file(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	*strrchr(path, '/') = '\0';
	ck_assert_int_eq(file_mkdirs(path, 0755), 0);
	path[strlen(path)] = '/';
	f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

/* It began then, in ticks. */
static void
put_stat_of_parent(unsigned start)
{
	char text[256];

	snprintf(text, sizeof text, "5 (init) S 0 5 5 0 -1 4194560 0 0 0 0 0 0 0"
	    " 0 20 0 1 0 %u 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0"
	    " 0 0 0\n", start);
	put_file("5/stat", text);
}

static void
put_exe(const char *exe)
{
	char path[256];

	snprintf(path, sizeof path, "%s/7/exe", dir);
	unlink(path);
	ck_assert_int_eq(symlink(exe, path), 0);
}

static void
remove_file(const char *name)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	ck_assert_int_eq(unlink(path), 0);
}

static void
setup(void)
{
	temp_dir_begin();
	put_file("7/status", "Name:\tsh\nUid:\t0\t1000\t0\t0\nNSpid:\t7\n");
	put_file("7/cgroup", "0::/user.slice\n");
	put_exe("/bin/dash");
	put_file("5/cgroup", "0::/above.slice\n");
	put_stat_of_parent(8291);
	process = (struct process){ .pid = PID, .place = INTERN_NONE };
	parent = (struct process){ .pid = PARENT, .place = INTERN_NONE };
	has_parent = false;
}

static void
teardown(void)
{
	temp_dir_end();
	free(process.space.map);
	modules_free(&table.modules);
	intern_free(&table.places);
	buf_free(&table.records);
	memset(&table, 0, sizeof table);
}

/* The record of the process; st: NULL if it has ended. */
static const char *
said(const struct proc_stat *st)
{
	struct proc proc = { .pid = PID, .dir = -1 };

	if (st)
		ck_assert_int_eq(open_below(&proc, NULL, PID), PROC_OK);
	buf_reset(&table.records);
	announce_process(&table, &process, &proc, st);
	ck_assert(process.announced);
	proc_done(&proc);
	return table.records.s;
}

START_TEST(of_one_that_lives_proc_tells_all)
{
	ck_assert_str_eq(said(&is), "#process pid=7 start=8291 comm=sh ppid=5"
	    " uid=1000 cgroup=/user.slice exe=/bin/dash\n");
	ck_assert_uint_eq(process.ppid, PARENT);
	ck_assert_uint_eq(process.start_time, 8291ull * TICK);
	ck_assert_str_eq(process.comm, "sh");
	ck_assert_uint_ne(process.place, INTERN_NONE);
	/* A child of nobody. */
	ck_assert_str_eq(said(&(struct proc_stat){ .start = 8291 }),
	    "#process pid=7 start=8291 comm=sh uid=1000 cgroup=/user.slice"
	    " exe=/bin/dash\n");
}
END_TEST

START_TEST(what_the_sample_brought_stays)
{
	process.start_time = 8000ull * TICK + TICK - 1;
	strcpy(process.comm, "cc1");
	ck_assert_str_eq(said(&is), "#process pid=7 start=8000 comm=cc1 ppid=5"
	    " uid=1000 cgroup=/user.slice exe=/bin/dash\n");
}
END_TEST

START_TEST(what_cannot_be_read_is_left_out)
{
	remove_file("7/status");
	ck_assert_str_eq(said(&is), "#process pid=7 start=8291 comm=sh ppid=5"
	    " cgroup=/user.slice exe=/bin/dash\n");
	remove_file("7/exe");
	ck_assert_str_eq(said(&is), "#process pid=7 start=8291 comm=sh ppid=5"
	    " cgroup=/user.slice\n");
	remove_file("7/cgroup");
	process.place = INTERN_NONE;
	ck_assert_str_eq(said(&is),
	    "#process pid=7 start=8291 comm=sh ppid=5\n");
}
END_TEST

START_TEST(each_time_it_is_one_more_record)
{
	const struct proc gone = { .pid = PID, .dir = -1 };

	strcpy(process.comm, "a");
	announce_process(&table, &process, &gone, NULL);
	strcpy(process.comm, "b");
	announce_process(&table, &process, &gone, NULL);
	ck_assert_str_eq(table.records.s, "#process pid=7 start=0 comm=a\n"
	    "#process pid=7 start=0 comm=b\n");
}
END_TEST

START_TEST(names_of_strangers_are_escaped)
{
	struct record r = { 0 };

	strcpy(process.comm, "a b=%\n");
	put_file("7/cgroup", "0::/a b\n");
	put_exe("/tmp/x y (deleted)");
	said(&is);
	ck_assert_ptr_eq(strchr(table.records.s, '\n'),
	    table.records.s + table.records.len - 1);
	ck_assert(record_parse(&r, table.records.s, table.records.len - 1));
	ck_assert(record_is(&r, "process"));
	ck_assert_str_eq(record_get(&r, "comm"), "a b=%\n");
	ck_assert_str_eq(record_get(&r, "cgroup"), "/a b");
	ck_assert_str_eq(record_get(&r, "exe"), "/tmp/x y");
	record_free(&r);
}
END_TEST

START_TEST(its_pid_in_its_own_name_space_is_told_if_it_is_another)
{
	put_file("7/status", "Uid:\t0\t0\t0\t0\nNSpid:\t7\t3\t1\n");
	put_file("7/cgroup", "");
	ck_assert_str_eq(said(&is), "#process pid=7 start=8291 comm=sh ppid=5"
	    " uid=0 ns_pid=1 exe=/bin/dash\n");
}
END_TEST

static const struct {
	const char *cgroup, *fields;
} cgroups[] = {
	{ "0::/\n", " cgroup=/" },
	{ "0::/docker/" ID "\n",
	    " cgroup=/docker/" ID " engine=docker container=" ID },
	/* A runtime keeps its state. */
	{ "0::/x/box\n", " cgroup=/x/box engine=runc container=box" },
	{ "0::/x/bow\n", " cgroup=/x/bow" },
};

START_TEST(a_container_is_told)
{
	char want[512];

	put_file("run/runc/box/state.json", "{}");
	put_file("7/cgroup", cgroups[_i].cgroup);
	snprintf(want, sizeof want, "#process pid=7 start=8291 comm=sh ppid=5"
	    " uid=1000%s exe=/bin/dash\n", cgroups[_i].fields);
	ck_assert_str_eq(said(&is), want);
	ck_assert_str_eq(said(&is), want);
	ck_assert_uint_eq(table.places.n, 1);
	/* So it is of one that has ended. */
	parent = process;
	parent.pid = PARENT;
	has_parent = true;
	process = (struct process){
		.pid = PID, .ppid = PARENT, .place = INTERN_NONE,
	};
	snprintf(want, sizeof want, "#process pid=7 start=0 ppid=5%s\n",
	    cgroups[_i].fields);
	ck_assert_str_eq(said(NULL), want);
	ck_assert_uint_eq(table.places.n, 1);
}
END_TEST

/* A child of a parent whose place is known begins with that. */
static void
inherit_place(void)
{
	struct process child = process;

	put_file("7/cgroup", "0::/above.slice\n");
	said(&is);
	child.place = process.place;
	process = child;
	ck_assert_uint_ne(process.place, INTERN_NONE);
}

START_TEST(of_one_that_was_moved_its_own_place_is_told)
{
	inherit_place();
	put_file("7/cgroup", "0::/docker/" ID "\n");
	ck_assert_str_eq(said(&is), "#process pid=7 start=8291 comm=sh ppid=5"
	    " uid=1000 cgroup=/docker/" ID " engine=docker container=" ID
	    " exe=/bin/dash\n");
	/* As after exec. */
	put_file("7/cgroup", "0::/above.slice\n");
	ck_assert_ptr_nonnull(strstr(said(&is), " cgroup=/above.slice exe="));
	ck_assert_uint_eq(table.places.n, 2);
}
END_TEST

/* Version 1 says so of what is exiting. */
START_TEST(one_that_is_nowhere_by_now_is_where_it_was)
{
	inherit_place();
	put_file("7/cgroup", "2:cpu:/\n1:name=systemd:/\n");
	ck_assert_ptr_nonnull(strstr(said(&is), " cgroup=/above.slice exe="));
	remove_file("7/cgroup");
	ck_assert_ptr_nonnull(strstr(said(&is), " cgroup=/above.slice exe="));
	ck_assert_str_eq(said(NULL), "#process pid=7 start=8291 comm=sh ppid=5"
	    " cgroup=/above.slice\n");
}
END_TEST

START_TEST(one_that_has_ended_is_where_its_parent_is)
{
	process.ppid = PARENT;
	process.start_time = 8291ull * TICK;
	strcpy(process.comm, "sh");
	/* Whatever there is of its pid is another's. */
	ck_assert_str_eq(said(NULL), "#process pid=7 start=8291 comm=sh ppid=5"
	    " cgroup=/above.slice\n");

	/* What is known of the parent is not asked again. */
	has_parent = true;
	process.place = INTERN_NONE;
	ck_assert_ptr_nonnull(strstr(said(NULL), " cgroup=/above.slice\n"));
	ck_assert_uint_eq(parent.place, process.place);
	put_file("5/cgroup", "0::/other.slice\n");
	process.place = INTERN_NONE;
	ck_assert_ptr_nonnull(strstr(said(NULL), " cgroup=/above.slice\n"));
}
END_TEST

START_TEST(one_whose_parent_has_ended_too_is_nowhere)
{
	remove_file("5/cgroup");
	process.ppid = PARENT;
	ck_assert_str_eq(said(NULL), "#process pid=7 start=0 ppid=5\n");
	has_parent = true;
	ck_assert_str_eq(said(NULL), "#process pid=7 start=0 ppid=5\n");
	ck_assert_uint_eq(parent.place, INTERN_NONE);
	process.ppid = 6;
	ck_assert_str_eq(said(NULL), "#process pid=7 start=0 ppid=6\n");
	process.ppid = 0;
	ck_assert_str_eq(said(NULL), "#process pid=7 start=0\n");
	ck_assert_uint_eq(table.places.n, 0);
}
END_TEST

START_TEST(one_whose_parents_pid_is_anothers_by_now_is_nowhere)
{
	process.ppid = PARENT;
	process.start_time = 8291ull * TICK;
	put_stat_of_parent(8292);
	ck_assert_str_eq(said(NULL), "#process pid=7 start=8291 ppid=5\n");
	/* That one's place is known. */
	has_parent = true;
	parent.forked = 2;
	parent.place = 0;
	process.forked = 1;
	ck_assert_str_eq(said(NULL), "#process pid=7 start=8291 ppid=5\n");
	ck_assert_uint_eq(table.places.n, 0);
}
END_TEST

static void
map_path(const char *path)
{
	struct module_key key = { .path = path };
	uint32_t n = process.space.n++;

	process.space.map = reallocarray(process.space.map, n + 1,
	    sizeof *process.space.map);
	ck_assert_ptr_nonnull(process.space.map);
	process.space.map[n] = (struct mapping){
		.start = 4096 * (n + 1), .end = 4096 * (n + 2),
		.module = modules_find(&table.modules, &key),
	};
}

START_TEST(the_exe_of_one_that_has_ended_is_the_first_file_it_mapped)
{
	struct module_key other = { .path = "/no/such" };

	modules_find(&table.modules, &other);
	/* Code that was made, below the program. */
	map_path("");
	ck_assert_str_eq(said(NULL), "#process pid=7 start=0\n");
	map_path("[heap]");
	map_path("/usr/bin/x");
	map_path("/lib/libc.so.6");
	ck_assert_str_eq(said(NULL), "#process pid=7 start=0 exe=/usr/bin/x\n");
	/* One that lives says it itself, if it can. */
	ck_assert_ptr_nonnull(strstr(said(&is), " exe=/bin/dash\n"));
	remove_file("7/exe");
	ck_assert_ptr_nonnull(strstr(said(&is), " exe=/usr/bin/x\n"));
}
END_TEST

static struct targets
read_targets(const char *text)
{
	int fd = memfd_create("targets", MFD_CLOEXEC);
	struct targets t = { 0 };

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, text, strlen(text), 0),
	    (ssize_t)strlen(text));
	ck_assert_int_eq(targets_read(&t, fd, "targets"), STREAM_OK);
	close(fd);
	return t;
}

START_TEST(what_gp_discover_said_comes_along)
{
	struct targets t = read_targets(
	    "#process pid=7 start=8291 runtime=python/3.11 app=a%20b"
	    " stripped=1 own=1 pod=p image=i comm=x uid=9\n"
	    "#process pid=8 runtime=java\n");

	table.targets = &t;
	ck_assert_str_eq(said(&is), "#process pid=7 start=8291 comm=sh ppid=5"
	    " uid=1000 runtime=python/3.11 app=a%20b stripped=1 own=1 pod=p"
	    " image=i cgroup=/user.slice exe=/bin/dash\n");
	ck_assert_str_eq(said(NULL), "#process pid=7 start=8291 comm=sh ppid=5"
	    " runtime=python/3.11 app=a%20b stripped=1 own=1 pod=p image=i"
	    " cgroup=/user.slice\n");
	/* It runs another program, in the same place. */
	process.execed = 1;
	ck_assert_str_eq(said(NULL), "#process pid=7 start=8291 comm=sh ppid=5"
	    " own=1 pod=p image=i cgroup=/user.slice\n");
	/* Another process, which has the pid by now. */
	process.execed = 0;
	process.start_time = 8292ull * TICK;
	ck_assert_str_eq(said(NULL), "#process pid=7 start=8292 comm=sh ppid=5"
	    " cgroup=/user.slice\n");
	targets_free(&t);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("announce");
	TCase *t = tcase_create("announce");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, of_one_that_lives_proc_tells_all);
	tcase_add_test(t, what_the_sample_brought_stays);
	tcase_add_test(t, what_cannot_be_read_is_left_out);
	tcase_add_test(t, each_time_it_is_one_more_record);
	tcase_add_test(t, names_of_strangers_are_escaped);
	tcase_add_test(t, its_pid_in_its_own_name_space_is_told_if_it_is_another);
	tcase_add_loop_test(t, a_container_is_told, 0, GP_COUNT(cgroups));
	tcase_add_test(t, of_one_that_was_moved_its_own_place_is_told);
	tcase_add_test(t, one_that_is_nowhere_by_now_is_where_it_was);
	tcase_add_test(t, one_that_has_ended_is_where_its_parent_is);
	tcase_add_test(t, one_whose_parent_has_ended_too_is_nowhere);
	tcase_add_test(t, one_whose_parents_pid_is_anothers_by_now_is_nowhere);
	tcase_add_test(t, the_exe_of_one_that_has_ended_is_the_first_file_it_mapped);
	tcase_add_test(t, what_gp_discover_said_comes_along);
	suite_add_tcase(s, t);
	return s;
}
