/*
 * test_rowcache.c - a cache in a folder of its own, of this program's rows.
 */
#include <check.h>
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "suite.h"
#include "temp_dir.h"
#include "unwind/ehframe.h"
#include "unwind/filerows.h"
#include "unwind/rowcache.h"

static struct rowcache cache;
static struct elffile elf;
static struct rows made;

static void
setup(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	temp_dir_begin();
	ck_assert_int_eq(elffile_init(&elf, fd), ELFFILE_OK);
	/* Some toolchains write none: the key matters here, not its source. */
	if (buildid_is_none(&elf.build_id))
		ck_assert(buildid_parse(&elf.build_id, "0123456789abcdef"));
	ck_assert_int_eq(filerows_make(&elf, NULL, &made), ELFFILE_OK);
	ck_assert_uint_gt(made.n, 100);
	ck_assert_int_eq(rowcache_open(&cache, dir, ROWCACHE_MAX_BYTES), 0);
}

static void
teardown(void)
{
	rowcache_done(&cache);
	rows_free(&made);
	close(elf.fd);
	temp_dir_end();
}

static size_t
count_files(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	size_t n = 0;

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)))
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	closedir(d);
	return n;
}

static void
path_of(char path[256])
{
	char hex[2 * BUILDID_MAX + 1];

	buildid_format(&elf.build_id, hex);
	snprintf(path, 256, "%s/%s-%lx", dir, hex, (unsigned long)elf.size);
}

static void
check_same(const struct rows *t)
{
	ck_assert_uint_eq(t->n, made.n);
	ck_assert_uint_eq(t->base, made.base);
	ck_assert_mem_eq(t->row, made.row, made.n * sizeof *made.row);
}

START_TEST(what_was_stored_is_loaded)
{
	struct rows t;

	ck_assert(!rowcache_load(&cache, &elf, &t));
	ck_assert(rowcache_store(&cache, &elf, &made));
	ck_assert(rowcache_load(&cache, &elf, &t));
	check_same(&t);
	ck_assert_uint_eq(cache.files.hits, 1);
	ck_assert_uint_eq(cache.files.misses, 1);
	ck_assert_uint_eq(cache.files.bad, 0);
	rows_free(&t);
}
END_TEST

/* Every byte of the header, and some of the rows. */
START_TEST(one_changed_byte_makes_it_absent_and_it_is_written_anew)
{
	char path[256];
	struct buf good = { 0 };
	struct rows t;
	uint8_t b;
	int fd;

	path_of(path);
	ck_assert(rowcache_store(&cache, &elf, &made));
	ck_assert_int_eq(file_read_at(AT_FDCWD, path, &good, 1 << 30), 0);
	fd = open(path, O_RDWR | O_CLOEXEC);
	for (size_t i = 0; i < good.len; i += i < 200 ? 1 : 997) {
		b = (uint8_t)good.s[i] ^ 0x10;
		ck_assert_int_eq(pwrite(fd, &b, 1, (off_t)i), 1);
		ck_assert_msg(!rowcache_load(&cache, &elf, &t), "byte %zu", i);
		b ^= 0x10;
		ck_assert_int_eq(pwrite(fd, &b, 1, (off_t)i), 1);
	}
	ck_assert_uint_gt(cache.files.bad, 200);
	b = 0;
	ck_assert_int_eq(pwrite(fd, &b, 1, 0), 1);
	close(fd);
	ck_assert(rowcache_store(&cache, &elf, &made));
	ck_assert(rowcache_load(&cache, &elf, &t));
	check_same(&t);
	rows_free(&t);
	buf_free(&good);
}
END_TEST

START_TEST(a_file_of_another_length_is_absent)
{
	char path[256];
	struct rows t;
	struct stat st;

	path_of(path);
	ck_assert(rowcache_store(&cache, &elf, &made));
	ck_assert_int_eq(stat(path, &st), 0);
	for (off_t len = st.st_size - 1; len >= 0; len = len > 200 ? len / 2 :
	    len - 1) {
		ck_assert_int_eq(truncate(path, len), 0);
		ck_assert(!rowcache_load(&cache, &elf, &t));
	}
	ck_assert_int_eq(truncate(path, st.st_size), 0);
	ck_assert(!rowcache_load(&cache, &elf, &t));
	ck_assert(rowcache_store(&cache, &elf, &made));
	ck_assert_int_eq(truncate(path, st.st_size + 8), 0);
	ck_assert(!rowcache_load(&cache, &elf, &t));
}
END_TEST

START_TEST(rows_of_another_file_under_this_name_are_absent)
{
	struct elffile other = elf;
	char path[256], wrong[256];
	struct rows t;

	ck_assert(rowcache_store(&cache, &elf, &made));
	path_of(path);
	elf.build_id.b[0] ^= 1;
	path_of(wrong);
	ck_assert_int_eq(rename(path, wrong), 0);
	ck_assert(!rowcache_load(&cache, &elf, &t));
	ck_assert_uint_eq(cache.files.bad, 1);
	ck_assert(!rowcache_load(&cache, &other, &t));
	ck_assert_uint_eq(cache.files.bad, 1);
}
END_TEST

START_TEST(unordered_rows_with_a_right_checksum_are_absent)
{
	struct rows t;
	struct unwind_row first = made.row[0];

	made.row[0] = made.row[1];
	made.row[1] = first;
	ck_assert(rowcache_store(&cache, &elf, &made));
	ck_assert(!rowcache_load(&cache, &elf, &t));
	ck_assert_uint_eq(cache.files.bad, 1);
}
END_TEST

START_TEST(a_link_or_pipe_in_its_place_is_absent)
{
	char path[256], real[256];
	struct rows t;

	ck_assert(rowcache_store(&cache, &elf, &made));
	path_of(path);
	snprintf(real, sizeof real, "%s/real", dir);
	ck_assert_int_eq(rename(path, real), 0);
	ck_assert_int_eq(symlink(real, path), 0);
	ck_assert(!rowcache_load(&cache, &elf, &t));
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert(!rowcache_load(&cache, &elf, &t));
	ck_assert(rowcache_store(&cache, &elf, &made));
	ck_assert(rowcache_load(&cache, &elf, &t));
	rows_free(&t);
}
END_TEST

START_TEST(a_folder_that_others_may_write_is_refused)
{
	struct rowcache c;
	struct rows t;

	ck_assert_int_eq(chmod(dir, 0777), 0);
	ck_assert_int_eq(rowcache_open(&c, dir, 1 << 20), -1);
	ck_assert_int_eq(errno, EPERM);
	/* And works, without a cache. */
	ck_assert_int_eq(rowcache_get(&c, &elf, NULL, &t), ELFFILE_OK);
	check_same(&t);
	rows_free(&t);
	rowcache_done(&c);
	ck_assert_uint_eq(count_files(), 0);
}
END_TEST

START_TEST(a_stranger_s_program_is_not_cached)
{
	char path[256];
	struct elffile f;
	struct rows t;
	int in, out;
	struct buf b = { 0 };

	if (geteuid() != 0)
		return; /* only root can make a stranger's file */
	snprintf(path, sizeof path, "%s/program", dir);
	in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	out = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0755);
	ck_assert_int_eq(file_read_fd(in, &b, 1 << 30), 0);
	ck_assert_int_eq(file_write_all(out, b.s, b.len), 0);
	ck_assert_int_eq(fchown(out, 12345, 12345), 0);
	ck_assert_int_eq(elffile_init(&f, out), ELFFILE_OK);
	ck_assert(!rowcache_store(&cache, &f, &made));
	ck_assert_int_eq(rowcache_get(&cache, &f, NULL, &t), ELFFILE_OK);
	ck_assert_uint_eq(count_files(), 1);
	rows_free(&t);
	buf_free(&b);
	close(in);
	close(out);
}
END_TEST

/* Go's linker writes no build id. */
START_TEST(a_file_without_build_id_is_known_by_its_inode)
{
	struct elffile other = elf;
	char path[256];
	struct rows t;
	struct buf b = { 0 };
	int fd;

	elf.build_id = (struct buildid){ 0 };
	ck_assert(rowcache_store(&cache, &elf, &made));
	ck_assert(rowcache_load(&cache, &elf, &t));
	check_same(&t);
	rows_free(&t);
	ck_assert(!rowcache_load(&cache, &other, &t));
	/* A copy is another file. */
	snprintf(path, sizeof path, "%s/copy", dir);
	fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0755);
	ck_assert_int_eq(file_read_at(AT_FDCWD, "/proc/self/exe", &b, 1 << 30),
	    0);
	ck_assert_int_eq(file_write_all(fd, b.s, b.len), 0);
	ck_assert_int_eq(elffile_init(&other, fd), ELFFILE_OK);
	other.build_id = (struct buildid){ 0 };
	ck_assert(!rowcache_load(&cache, &other, &t));
	buf_free(&b);
	close(fd);
}
END_TEST

START_TEST(the_least_recently_used_go_first)
{
	struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	char path[256], left[256];
	struct stat st;
	struct rows t;
	int fd;

	for (uint8_t i = 0; i < 5; i++) {
		elf.build_id.b[0] = i;
		ck_assert(rowcache_store(&cache, &elf, &made));
		path_of(path);
		old[0].tv_sec = old[1].tv_sec = 1000 + i;
		ck_assert_int_eq(utimensat(AT_FDCWD, path, old, 0), 0);
	}
	snprintf(left, sizeof left, "%s/.x.tmp.7", dir);
	fd = open(left, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	ck_assert_int_eq(futimens(fd, old), 0);
	close(fd);
	/* Use the oldest: it is the newest then. */
	elf.build_id.b[0] = 0;
	ck_assert(rowcache_load(&cache, &elf, &t));
	rows_free(&t);
	path_of(path);
	ck_assert_int_eq(stat(path, &st), 0);
	cache.files.max_bytes = 2 * (uint64_t)st.st_blocks * 512;
	rowcache_done(&cache);
	ck_assert_uint_eq(count_files(), 2);
	ck_assert_int_eq(access(path, R_OK), 0);
	elf.build_id.b[0] = 4;
	path_of(path);
	ck_assert_int_eq(access(path, R_OK), 0);
}
END_TEST

/* Four processes store and load the same file; one of them is killed all the
 * time. Nobody ever reads anything but the right rows or none. */
START_TEST(several_processes_and_kills_leave_only_whole_files)
{
	pid_t pid[4];
	struct rows t;
	int status;

	ck_assert(rowcache_store(&cache, &elf, &made));
	for (int i = 0; i < 3; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		for (int k = 0; k < 60; k++) {
			if (rowcache_load(&cache, &elf, &t)) {
				if (t.n != made.n || memcmp(t.row, made.row,
					t.n * sizeof *t.row) != 0)
					_exit(1);
				rows_free(&t);
			}
			if (!rowcache_store(&cache, &elf, &made))
				_exit(2);
		}
		_exit(cache.files.bad ? 3 : 0);
	}
	for (int k = 0; k < 40; k++) {
		pid[3] = fork();
		if (!pid[3])
			for (;;)
				if (!rowcache_store(&cache, &elf, &made))
					_exit(1);
		usleep((unsigned int)k * 50);
		kill(pid[3], SIGKILL);
		ck_assert_int_eq(waitpid(pid[3], &status, 0), pid[3]);
		ck_assert(WIFSIGNALED(status));
		ck_assert(rowcache_load(&cache, &elf, &t));
		check_same(&t);
		rows_free(&t);
	}
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(waitpid(pid[i], &status, 0), pid[i]);
		ck_assert(WIFEXITED(status));
		ck_assert_int_eq(WEXITSTATUS(status), 0);
	}
	ck_assert_uint_eq(cache.files.bad, 0);
}
END_TEST

START_TEST(a_full_disk_is_counted_and_rows_come_all_the_same)
{
	struct rows t;

	/* A folder in the place of the file: it cannot be replaced. */
	char path[256];

	path_of(path);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	ck_assert(!rowcache_store(&cache, &elf, &made));
	ck_assert_uint_eq(cache.files.failed, 1);
	ck_assert_int_ne(cache.files.failed_errno, 0);
	ck_assert_int_eq(rowcache_get(&cache, &elf, NULL, &t), ELFFILE_OK);
	check_same(&t);
	rows_free(&t);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_uint_eq(count_files(), 0);
}
END_TEST

/* -- ehframe: which part of a file is read ------------------------------- */

/* This program as an image, to be changed. */
static void
read_self(struct buf *b)
{
	ck_assert_int_eq(file_read_at(AT_FDCWD, "/proc/self/exe", b, 1 << 30), 0);
}

START_TEST(without_section_headers_the_segments_lead_to_the_same_rows)
{
	struct buf b = { 0 };
	struct elffile f;
	struct rows t;
	Elf64_Ehdr *eh;

	read_self(&b);
	eh = (void *)b.s;
	eh->e_shoff = 0;
	eh->e_shnum = eh->e_shstrndx = 0;
	ck_assert_int_eq(elffile_init_mem(&f, b.s, b.len), ELFFILE_OK);
	ck_assert_int_eq(filerows_make(&f, NULL, &t), ELFFILE_OK);
	check_same(&t);
	rows_free(&t);
	buf_free(&b);
}
END_TEST

START_TEST(damaged_section_headers_are_survived)
{
	struct buf b = { 0 };
	struct elffile f;
	struct rows t;
	Elf64_Ehdr *eh, good;
	Elf64_Shdr *sh;

	read_self(&b);
	eh = (void *)b.s;
	good = *eh;
	for (int i = 0; i < 64; i++) {
		*eh = good;
		eh->e_shoff = i & 1 ? good.e_shoff : (uint64_t)-(1 + i);
		eh->e_shnum = i & 2 ? 0xfeff : good.e_shnum;
		eh->e_shstrndx = i & 4 ? SHN_XINDEX : i & 8 ? 0xfefe :
						    good.e_shstrndx;
		eh->e_shentsize = i & 16 ? 1 : good.e_shentsize;
		if (i & 32)
			eh->e_shnum = 0;
		ck_assert_int_eq(elffile_init_mem(&f, b.s, b.len), ELFFILE_OK);
		if (filerows_make(&f, NULL, &t) == ELFFILE_OK)
			ck_assert(rows_are_valid(t.row, t.n));
		rows_free(&t);
	}
	*eh = good;
	sh = (void *)(b.s + good.e_shoff);
	for (unsigned int i = 0; i < good.e_shnum; i++) {
		sh[i].sh_size = UINT64_MAX - i;
		sh[i].sh_name += i * 1000;
		sh[i].sh_offset += i & 1 ? 0 : UINT64_MAX / 2;
		ck_assert_int_eq(elffile_init_mem(&f, b.s, b.len), ELFFILE_OK);
		if (filerows_make(&f, NULL, &t) == ELFFILE_OK)
			ck_assert(rows_are_valid(t.row, t.n));
		rows_free(&t);
	}
	buf_free(&b);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("rowcache");
	TCase *t = tcase_create("rowcache");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 0);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_was_stored_is_loaded);
	tcase_add_test(t,
	    one_changed_byte_makes_it_absent_and_it_is_written_anew);
	tcase_add_test(t, a_file_of_another_length_is_absent);
	tcase_add_test(t, rows_of_another_file_under_this_name_are_absent);
	tcase_add_test(t, unordered_rows_with_a_right_checksum_are_absent);
	tcase_add_test(t, a_link_or_pipe_in_its_place_is_absent);
	tcase_add_test(t, a_folder_that_others_may_write_is_refused);
	tcase_add_test(t, a_stranger_s_program_is_not_cached);
	tcase_add_test(t, a_file_without_build_id_is_known_by_its_inode);
	tcase_add_test(t, the_least_recently_used_go_first);
	tcase_add_test(t, several_processes_and_kills_leave_only_whole_files);
	tcase_add_test(t, a_full_disk_is_counted_and_rows_come_all_the_same);
	tcase_add_test(t,
	    without_section_headers_the_segments_lead_to_the_same_rows);
	tcase_add_test(t, damaged_section_headers_are_survived);
	return s;
}
