/* Modules whose file cannot be opened at first: the process that mapped it is gone. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "cmd/gp-record/module.c"
#include "suite.h"

enum { START = 0x10000, END = 0x20000 };

static const struct proc gone = { .pid = 7, .dir = -1 };

/* Our own file, somewhere else: a path that is no file yet. */
static struct module_key
key_of_own_file(char *path, const char *dir)
{
	struct module_key key = { .path = path };
	struct elffile f;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(elffile_init(&f, fd), ELFFILE_OK);
	key.build_id = f.build_id;
	close(fd);
	sprintf(path, "%s/file", dir);
	return key;
}

static void
copy_own_file(const char *path)
{
	struct buf b = { 0 };
	FILE *f = fopen(path, "we");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(file_read_at(AT_FDCWD, "/proc/self/exe", &b, 1 << 26), 0);
	ck_assert_uint_eq(fwrite(b.s, 1, b.len, f), b.len);
	ck_assert_int_eq(fclose(f), 0);
	buf_free(&b);
}

static uint64_t
frame_of(struct modules *m, uint32_t module, const struct proc *p, struct buf *out)
{
	buf_reset(out);
	return modules_frame(m, module, p, START, END, 0x1000, START + 16, out);
}

START_TEST(a_file_is_looked_for_until_a_process_has_it)
{
	char dir[] = "/tmp/gp-module.XXXXXX", path[sizeof dir + 8];
	struct modules m = { 0 };
	struct buf out = { 0 };
	struct module_key key;
	struct proc self;
	uint64_t first, second;
	uint32_t module;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	key = key_of_own_file(path, dir);
	module = modules_find(&m, &key);
	ck_assert(modules_wants_file(&m, module));
	first = frame_of(&m, module, &gone, &out);
	ck_assert_uint_eq(m.module[module].state, MODULE_OFFSETS);
	ck_assert_ptr_nonnull(strstr(buf_str(&out), " offsets=1"));
	ck_assert(modules_wants_file(&m, module));

	/* It is of no use to ask for one that is gone, too. */
	copy_own_file(path);
	ck_assert_uint_eq(frame_of(&m, module, &gone, &out), first);
	ck_assert_uint_eq(out.len, 0);

	ck_assert_int_eq(proc_open(&self, NULL, (uint32_t)getpid()), PROC_OK);
	second = frame_of(&m, module, &self, &out);
	ck_assert_uint_eq(m.module[module].state, MODULE_ELF);
	ck_assert_ptr_null(strstr(buf_str(&out), "offsets=1"));
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "#module "));
	ck_assert_uint_ne(first >> ADDR_BITS, second >> ADDR_BITS);
	ck_assert(!modules_wants_file(&m, module));
	proc_done(&self);
	unlink(path);
	rmdir(dir);
	buf_free(&out);
	modules_free(&m);
}
END_TEST

START_TEST(a_file_that_nobody_has_is_given_up)
{
	struct module_key key = { .path = "/no/such/file", .ino = 1 };
	struct modules m = { 0 };
	struct buf out = { 0 };
	struct proc self;
	uint32_t module = modules_find(&m, &key);
	int n = 0;

	ck_assert_int_eq(proc_open(&self, NULL, (uint32_t)getpid()), PROC_OK);
	for (; n < 1000 && modules_wants_file(&m, module); n++)
		(void)frame_of(&m, module, &self, &out);
	ck_assert_int_eq(n, MODULE_TRIES);
	ck_assert_uint_eq(m.module[module].state, MODULE_OFFSETS);
	ck_assert(!modules_missed(&m, module));
	proc_done(&self);
	buf_free(&out);
	modules_free(&m);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("module");
	TCase *t = tcase_create("module");

	tcase_add_test(t, a_file_is_looked_for_until_a_process_has_it);
	tcase_add_test(t, a_file_that_nobody_has_is_given_up);
	suite_add_tcase(s, t);
	return s;
}
