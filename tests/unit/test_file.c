#include "base/file.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suite.h"

static char old[4096], dir[] = "/tmp/gp-file.XXXXXX";

static void
enter_folder(void)
{
	strcpy(strrchr(dir, '.'), ".XXXXXX");
	ck_assert_ptr_nonnull(getcwd(old, sizeof old));
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
}

static void
leave_folder(void)
{
	char command[256];

	ck_assert_int_eq(chdir(old), 0);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static void
put(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(file_write_all(fd, text, strlen(text)), 0);
	close(fd);
}

/* The content of a file; the caller compares at once. */
static const char *
get(const char *path)
{
	static struct buf b;

	buf_reset(&b);
	ck_assert_int_eq(file_read_at(AT_FDCWD, path, &b, 1 << 20), 0);
	return b.s;
}

static size_t
names_here(void)
{
	DIR *d = opendir(".");
	size_t n = 0;

	ck_assert_ptr_nonnull(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

START_TEST(whole_files_are_read_with_a_bound)
{
	struct buf b = { 0 };

	enter_folder();
	put("f", "0123456789");
	ck_assert_int_eq(file_read_at(AT_FDCWD, "f", &b, 10), 0);
	ck_assert_str_eq(b.s, "0123456789");
	ck_assert_int_eq(file_read_at(AT_FDCWD, "f", &b, 10), 0);
	ck_assert_uint_eq(b.len, 20);
	ck_assert_int_eq(file_read_at(AT_FDCWD, "f", &b, 9), -1);
	ck_assert_int_eq(errno, EFBIG);
	ck_assert_int_eq(file_read_at(AT_FDCWD, "none", &b, 9), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(file_read_at(AT_FDCWD, ".", &b, 9), -1);
	ck_assert_int_eq(errno, EISDIR);
	buf_reset(&b);
	ck_assert_int_eq(file_read_at(AT_FDCWD, "/proc/self/stat", &b, 9999),
	    0);
	ck_assert_uint_gt(b.len, 20);
	buf_free(&b);
	leave_folder();
}
END_TEST

START_TEST(pread_is_short_only_at_the_end)
{
	char s[16];
	int fd;

	enter_folder();
	put("f", "0123456789");
	fd = open("f", O_RDONLY);
	ck_assert_int_eq(file_pread(fd, s, 4, 3), 4);
	ck_assert_mem_eq(s, "3456", 4);
	ck_assert_int_eq(file_pread(fd, s, 16, 8), 2);
	ck_assert_int_eq(file_pread(fd, s, 16, 99), 0);
	ck_assert_int_eq(file_pread(-1, s, 16, 0), -1);
	close(fd);
	leave_folder();
}
END_TEST

START_TEST(folders_are_made_with_those_above)
{
	struct stat st;

	enter_folder();
	ck_assert_int_eq(file_mkdirs("a/b//c/", 0755), 0);
	ck_assert_int_eq(stat("a/b/c", &st), 0);
	ck_assert_int_eq(file_mkdirs("a/b/c", 0755), 0);
	ck_assert_int_eq(file_mkdirs("/", 0755), 0);
	put("f", "");
	ck_assert_int_eq(file_mkdirs("f", 0755), -1);
	ck_assert_int_eq(errno, ENOTDIR);
	ck_assert_int_eq(file_mkdirs("f/g", 0755), -1);
	ck_assert_int_eq(file_mkdirs("", 0755), -1);
	leave_folder();
}
END_TEST

START_TEST(a_new_file_appears_when_committed)
{
	struct file_new f;

	enter_folder();
	put("f", "old");
	ck_assert_int_eq(file_new(&f, "f", 0644), 0);
	ck_assert_int_eq(file_write_all(f.fd, "new", 3), 0);
	ck_assert_str_eq(get("f"), "old");
	ck_assert_int_eq(file_new_commit(&f), 0);
	ck_assert_int_eq(f.fd, -1);
	ck_assert_str_eq(get("f"), "new");
	ck_assert_uint_eq(names_here(), 1);
	leave_folder();
}
END_TEST

START_TEST(an_aborted_one_leaves_nothing)
{
	struct file_new f;

	enter_folder();
	put("f", "old");
	ck_assert_int_eq(file_new(&f, "f", 0644), 0);
	ck_assert_int_eq(file_write_all(f.fd, "new", 3), 0);
	errno = EDOM;
	file_new_abort(&f);
	ck_assert_int_eq(errno, EDOM);
	ck_assert_str_eq(get("f"), "old");
	ck_assert_int_eq(file_new(&f, "none/f", 0644), -1);
	file_new_abort(&f);
	ck_assert_int_eq(file_new(&f, "folder/", 0644), -1);
	file_new_abort(&f);
	ck_assert_uint_eq(names_here(), 1);
	leave_folder();
}
END_TEST

START_TEST(a_link_stays_a_link)
{
	struct file_new f;
	struct stat st;

	enter_folder();
	ck_assert_int_eq(mkdir("d", 0755), 0);
	put("d/target", "old");
	ck_assert_int_eq(symlink("d/target", "link"), 0);
	ck_assert_int_eq(file_new(&f, "link", 0644), 0);
	ck_assert_int_eq(file_write_all(f.fd, "new", 3), 0);
	ck_assert_int_eq(file_new_commit(&f), 0);
	ck_assert_int_eq(lstat("link", &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	ck_assert_str_eq(get("d/target"), "new");
	leave_folder();
}
END_TEST

START_TEST(a_device_is_written_to_not_replaced)
{
	struct file_new f;
	struct stat st;

	ck_assert_int_eq(file_new(&f, "/dev/null", 0644), 0);
	ck_assert_int_eq(file_write_all(f.fd, "x", 1), 0);
	ck_assert_int_eq(file_new_commit(&f), 0);
	ck_assert_int_eq(stat("/dev/null", &st), 0);
	ck_assert(S_ISCHR(st.st_mode));
	ck_assert_int_eq(file_new(&f, "/tmp", 0644), -1);
	ck_assert_int_eq(errno, EISDIR);
}
END_TEST

START_TEST(a_long_name_is_no_obstacle)
{
	struct file_new f;
	char name[256];

	enter_folder();
	memset(name, 'x', 255);
	name[255] = '\0';
	ck_assert_int_eq(file_new(&f, name, 0644), 0);
	ck_assert_int_eq(file_new_commit(&f), 0);
	ck_assert_str_eq(get(name), "");
	ck_assert_uint_eq(names_here(), 1);
	leave_folder();
}
END_TEST

START_TEST(what_a_killed_process_left_is_no_obstacle)
{
	struct file_new f;
	char name[64];

	enter_folder();
	snprintf(name, sizeof name, ".f.tmp.%d", (int)getpid());
	put(name, "left");
	ck_assert_int_eq(file_new(&f, "f", 0644), 0);
	ck_assert_int_eq(file_new_commit(&f), 0);
	ck_assert_str_eq(get("f"), "");
	ck_assert_uint_eq(names_here(), 1);
	leave_folder();
}
END_TEST

START_TEST(closed_descriptors_are_filled_and_still_fail)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		char c = 'x';

		close(0);
		close(1);
		file_prepare_std();
		if (read(0, &c, 1) >= 0 || write(1, &c, 1) >= 0)
			_exit(1);
		_exit(open("/dev/null", O_RDONLY) > 2 ? 0 : 2);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

static const char *const sinks[] = { "/dev/null", "/dev/full" };

START_TEST(closing_stdout_finds_what_did_not_arrive)
{
	int status, full = _i;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (!freopen(sinks[full], "w", stdout))
			_exit(9);
		for (int i = 0; i < 100000; i++)
			putchar('x');
		_exit(file_close_stdout() == (full ? -1 : 0) ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(what_killed_writers_left_is_removed)
{
	static const char *const names[] = { ".x.tmp.7", ".x.tmp.8", ".xy.tmp.7",
		"x", ".x.tmp" };
	char folder[] = "/tmp/test_file.XXXXXX", path[64];
	int fd;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	for (size_t i = 0; i < 5; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		ck_assert_int_ge(fd, 0);
		close(fd);
	}
	snprintf(path, sizeof path, "%s/x", folder);
	errno = 77;
	file_new_tidy(path);
	ck_assert_int_eq(errno, 77);
	for (size_t i = 0; i < 5; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		ck_assert_int_eq(unlink(path), i < 2 ? -1 : 0);
	}
	ck_assert_int_eq(rmdir(folder), 0);
	errno = 77;
	file_new_tidy("/none/x");
	ck_assert_int_eq(errno, 77);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("file");
	TCase *t = tcase_create("file");

	tcase_add_test(t, whole_files_are_read_with_a_bound);
	tcase_add_test(t, pread_is_short_only_at_the_end);
	tcase_add_test(t, folders_are_made_with_those_above);
	tcase_add_test(t, a_new_file_appears_when_committed);
	tcase_add_test(t, an_aborted_one_leaves_nothing);
	tcase_add_test(t, a_link_stays_a_link);
	tcase_add_test(t, a_device_is_written_to_not_replaced);
	tcase_add_test(t, a_long_name_is_no_obstacle);
	tcase_add_test(t, what_a_killed_process_left_is_no_obstacle);
	tcase_add_test(t, closed_descriptors_are_filled_and_still_fail);
	tcase_add_loop_test(t, closing_stdout_finds_what_did_not_arrive, 0,
	    GP_COUNT(sinks));
	tcase_add_test(t, what_killed_writers_left_is_removed);
	suite_add_tcase(s, t);
	return s;
}
