#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/file.h"
#include "proc/proc.h"
#include "suite.h"

START_TEST(we_are_what_we_are)
{
	struct proc_status status;
	struct buf exe = { 0 };
	struct proc_stat st;
	uint64_t now;
	bool deleted = true;
	struct proc p;

	ck_assert_int_eq(proc_open(&p, NULL, (uint32_t)getpid()), PROC_OK);
	ck_assert_int_eq(proc_read_stat(&p, &st), PROC_OK);
	ck_assert_uint_eq(st.pid, (unsigned)getpid());
	ck_assert_uint_eq(st.ppid, (unsigned)getppid());
	ck_assert(!proc_is_kernel_thread(&st));
	ck_assert(!proc_is_zombie(&st));
	ck_assert_int_eq(proc_uptime(NULL, &now), PROC_OK);
	ck_assert_uint_ge(now, st.start);
	ck_assert_uint_lt(now - st.start, 3600 * proc_ticks_per_second());
	ck_assert_int_eq(proc_read_status(&p, &status), PROC_OK);
	ck_assert_uint_eq(status.uid, geteuid());
	ck_assert_int_eq(proc_read_exe(&p, &exe, &deleted), PROC_OK);
	/* Under valgrind it is valgrind's. */
	ck_assert_int_eq(exe.s[0], '/');
	ck_assert(!deleted);
	buf_free(&exe);
	proc_done(&p);
}
END_TEST

/* Valgrind may be older than openat2(2); the kernel (5.8) is not. */
static bool
can_open_paths(void)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC };
	long fd = syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof how);

	if (fd < 0)
		return false;
	close((int)fd);
	return true;
}

/* A child that waits until it is killed. */
static pid_t
start_child(void)
{
	pid_t pid = fork();

	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pid == 0)
		for (;;)
			pause();
	ck_assert_int_gt(pid, 0);
	return pid;
}

START_TEST(a_handle_of_a_process_that_ended_says_so)
{
	pid_t pid = start_child();
	struct proc_status status;
	struct buf b = { 0 };
	struct proc_stat st;
	struct proc p;

	ck_assert_int_eq(proc_open(&p, NULL, (uint32_t)pid), PROC_OK);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(proc_read_stat(&p, &st), PROC_EGONE);
	ck_assert_int_eq(proc_read_status(&p, &status), PROC_EGONE);
	ck_assert_int_eq(proc_read_file(&p, "maps", &b), PROC_EGONE);
	ck_assert_int_eq(proc_read_exe(&p, &b, NULL), PROC_EGONE);
	ck_assert_int_eq(proc_open_exe(&p), PROC_EGONE);
	ck_assert_int_eq(proc_open_path(&p, "/etc/passwd"), PROC_EGONE);
	ck_assert_int_eq(proc_open_map(&p, 0x1000, 0x2000, "/x"), PROC_EGONE);
	ck_assert_int_eq(proc_follow_thread(&p), PROC_EGONE);
	proc_done(&p);
	ck_assert_int_eq(proc_open(&p, NULL, (uint32_t)pid), PROC_EGONE);
	proc_done(&p);
	buf_free(&b);
}
END_TEST

START_TEST(a_zombie_is_one)
{
	pid_t pid = start_child();
	struct proc_stat st;
	siginfo_t info;
	struct proc p;

	kill(pid, SIGKILL);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	ck_assert_int_eq(proc_open(&p, NULL, (uint32_t)pid), PROC_OK);
	ck_assert_int_eq(proc_read_stat(&p, &st), PROC_OK);
	ck_assert(proc_is_zombie(&st));
	ck_assert(!proc_has_lost_leader(&st));
	proc_done(&p);
	waitpid(pid, NULL, 0);
}
END_TEST

static void *
stay(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

START_TEST(a_process_outlives_its_first_thread)
{
	struct buf b = { 0 };
	struct proc_stat st;
	struct proc p;
	pthread_t t;
	pid_t pid;
	int fd;

	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pthread_create(&t, NULL, stay, NULL);
		pthread_exit(NULL);
	}
	ck_assert_int_eq(proc_open(&p, NULL, (uint32_t)pid), PROC_OK);
	do {
		poll(NULL, 0, 1);
		ck_assert_int_eq(proc_read_stat(&p, &st), PROC_OK);
	} while (st.state != 'Z');
	ck_assert(proc_has_lost_leader(&st));
	ck_assert(!proc_is_zombie(&st));
	ck_assert_int_eq(proc_follow_thread(&p), PROC_OK);
	ck_assert_int_eq(proc_read_exe(&p, &b, NULL), PROC_OK);
	ck_assert_int_eq(b.s[0], '/');
	buf_reset(&b);
	ck_assert_int_eq(proc_read_file(&p, "maps", &b), PROC_OK);
	ck_assert_uint_gt(b.len, 0);
	if (can_open_paths()) {
		fd = proc_open_path(&p, "/proc/version");
		ck_assert_int_ge(fd, 0);
		close(fd);
	}
	proc_done(&p);
	buf_free(&b);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
END_TEST

START_TEST(only_regular_files_are_opened)
{
	struct proc p;
	int fd;

	if (!can_open_paths())
		return;
	ck_assert_int_eq(proc_open(&p, NULL, (uint32_t)getpid()), PROC_OK);
	ck_assert_int_eq(proc_open_path(&p, "/dev/null"), PROC_EGONE);
	ck_assert_int_eq(proc_open_path(&p, "/tmp"), PROC_EGONE);
	ck_assert_int_eq(proc_open_path(&p, "/no/such"), PROC_EGONE);
	/* No link leads out through /proc. */
	ck_assert_int_lt(proc_open_path(&p, "/proc/self/exe"), 0);
	ck_assert_int_lt(proc_open_map(&p, 1, 2, "[heap]"), 0);
	ck_assert_int_lt(proc_open_map(&p, 1, 2, NULL), 0);
	fd = proc_open_path(&p, "/../../etc/passwd");
	ck_assert_int_ge(fd, 0);
	close(fd);
	fd = proc_open_exe(&p);
	ck_assert_int_ge(fd, 0);
	close(fd);
	proc_done(&p);
}
END_TEST

/* -- invented trees --------------------------------------------------------- */

static char root[64];

static void
put(const char *name, const char *text)
{
	char path[256], *slash;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", root, name);
	slash = strrchr(path, '/');
	*slash = '\0';
	ck_assert_int_eq(file_mkdirs(path, 0755), 0);
	*slash = '/';
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void
make_tree(void)
{
	snprintf(root, sizeof root, "/tmp/gp-test-proc.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	put("uptime", "8291.04 15983.22\n");
}

static void
remove_tree(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -r '%s'", root);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(pids_are_listed_in_order)
{
	uint32_t *pids;
	size_t n;

	put("10/stat", "");
	put("9/stat", "");
	put("2/stat", "");
	put("self/stat", "");
	put("0/stat", "");
	put("99999999999/stat", "");
	put("12x/stat", "");
	ck_assert_int_eq(proc_list(root, &pids, &n), PROC_OK);
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(pids[0], 2);
	ck_assert_uint_eq(pids[1], 9);
	ck_assert_uint_eq(pids[2], 10);
	free(pids);
	ck_assert_int_eq(proc_list("/no/such", &pids, &n), PROC_EGONE);
	ck_assert_ptr_null(pids);
}
END_TEST

START_TEST(the_clock_is_read_to_the_tick)
{
	uint64_t now;

	ck_assert_int_eq(proc_uptime(root, &now), PROC_OK);
	ck_assert_uint_eq(now, 829104 * proc_ticks_per_second() / 100);
	put("uptime", "8291\n");
	ck_assert_int_eq(proc_uptime(root, &now), PROC_EPARSE);
	put("uptime", "");
	ck_assert_int_eq(proc_uptime(root, &now), PROC_EPARSE);
	put("uptime", "99999999999999999999.00 1\n");
	ck_assert_int_eq(proc_uptime(root, &now), PROC_EPARSE);
	ck_assert_int_eq(proc_uptime("/no/such", &now), PROC_EGONE);
}
END_TEST

START_TEST(thousands_of_groups_do_not_hide_the_pid)
{
	struct buf b = { 0 };
	struct proc_status st;
	struct proc p;

	buf_adds(&b, "Pid:\t7\nUid:\t1\t2\t3\t4\nGroups:\t");
	for (int i = 0; i < 65536; i++)
		buf_addf(&b, "%d ", i);
	buf_adds(&b, "\nNSpid:\t7\t3\n");
	put("7/status", b.s);
	ck_assert_int_eq(proc_open(&p, root, 7), PROC_OK);
	ck_assert_int_eq(proc_read_status(&p, &st), PROC_OK);
	ck_assert_uint_eq(st.ns_pid, 3);
	proc_done(&p);
	buf_free(&b);
}
END_TEST

START_TEST(a_deleted_program_keeps_its_name)
{
	struct buf b = { 0 };
	bool deleted = false;
	char path[256];
	struct proc p;

	put("7/stat", "garbage");
	snprintf(path, sizeof path, "%s/7/exe", root);
	ck_assert_int_eq(symlink("/opt/a b (deleted)", path), 0);
	ck_assert_int_eq(proc_open(&p, root, 7), PROC_OK);
	ck_assert_int_eq(proc_read_exe(&p, &b, &deleted), PROC_OK);
	ck_assert_str_eq(b.s, "/opt/a b");
	ck_assert(deleted);
	ck_assert_int_eq(proc_read_stat(&p, &(struct proc_stat){ 0 }),
	    PROC_EPARSE);
	proc_done(&p);
	buf_free(&b);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("proc");
	TCase *t = tcase_create("proc"), *trees = tcase_create("trees");

	tcase_add_test(t, we_are_what_we_are);
	tcase_add_test(t, a_handle_of_a_process_that_ended_says_so);
	tcase_add_test(t, a_zombie_is_one);
	tcase_add_test(t, a_process_outlives_its_first_thread);
	tcase_add_test(t, only_regular_files_are_opened);
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(trees, make_tree, remove_tree);
	tcase_add_test(trees, pids_are_listed_in_order);
	tcase_add_test(trees, the_clock_is_read_to_the_tick);
	tcase_add_test(trees, thousands_of_groups_do_not_hide_the_pid);
	tcase_add_test(trees, a_deleted_program_keeps_its_name);
	suite_add_tcase(s, trees);
	return s;
}
