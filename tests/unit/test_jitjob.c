/* jitjob.h: a dump that grows while its reader is being started. */
#include "cmd/gp-symbolize/jitjob.c"

#include <check.h>
#include <elf.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/monotonic.h"
#include "suite.h"

static int dump; /* the file */
static bool compiles; /* while the reader is started */

/* -- the file, as a runtime writes it ------------------------------------- */

static void
put_header(void)
{
	const struct {
		uint32_t magic, version, size, machine, pad, pid;
		uint64_t time, flags;
	} h = { 0x4a695444, 1, sizeof h, EM_X86_64, 0, 4242, 1, 0 };

	ck_assert_int_eq(write(dump, &h, sizeof h), sizeof h);
}

static void
put_load(uint64_t time, uint64_t addr, const char *name)
{
	struct {
		uint32_t id, size;
		uint64_t time;
		uint32_t pid, tid;
		uint64_t vma, addr, code, index;
		char name[8];
	} r = { 0, sizeof r, time, 4242, 4242, addr, addr, 0x100, 1, "" };

	memcpy(r.name, name, strlen(name));
	ck_assert_int_eq(write(dump, &r, sizeof r), sizeof r);
}

/* -- a jail whose worker takes a while to come ---------------------------- */

void
jail_put(struct jail_call *c, const void *p, size_t len)
{
	(void)c->direct->take(c->direct->take_arg, p, len);
}

void
jail_say(struct jail_call *c, const char *fmt, ...)
{
	(void)c;
	(void)fmt;
}

const char *
jail_why(const struct jail *j)
{
	(void)j;
	return "why";
}

enum jail_err
jail_ask(struct jail *j, const struct jail_request *r, int *status)
{
	struct jail_call c = { .data = r->data, .len = r->len, .fd = r->fd,
		.give = -1, .direct = r };

	(void)j;
	if (compiles) {
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
		put_load(monotonic_ns(), 0x9000, "later");
	}
	*status = jitjob_dump(&c);
	return JAIL_OK;
}

/* -- what is true --------------------------------------------------------- */

static void
setup(void)
{
	compiles = false;
	dump = memfd_create("dump", MFD_CLOEXEC);
	ck_assert_int_ge(dump, 0);
	put_header();
	put_load(10, 0x1000, "old");
	put_load(20, 0x1000, "new");
}

static void
teardown(void)
{
	close(dump);
}

/* Read the dump, and what was at an address at a moment. */
static void
check_name(uint64_t addr, uint64_t time, const char *want)
{
	const struct jitjob_file f = { .form = JITJOB_DUMP, .fd = dump,
		.name = "dump" };
	struct jitcode code;
	struct jitcode_found found;

	ck_assert_ptr_null(jitjob_ask(NULL, &f, &code));
	ck_assert(jitcode_find(&code, addr, time, &found));
	ck_assert_uint_eq(found.name_len, strlen(want));
	ck_assert_mem_eq(found.name, want, found.name_len);
	jitcode_free(&code);
}

START_TEST(code_that_comes_before_the_reader_does_is_of_the_same_clock)
{
	compiles = true;
	check_name(0x1000, 15, "old");
	check_name(0x1000, 20, "new");
	check_name(0x9000, JITCODE_NOW, "later");
}
END_TEST

START_TEST(times_to_come_are_still_of_another_clock)
{
	put_load(monotonic_ns() + 3600000000000u, 0x2000, "hour");
	check_name(0x1000, 15, "new");
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("jitjob");
	TCase *t = tcase_create("jitjob");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t,
	    code_that_comes_before_the_reader_does_is_of_the_same_clock);
	tcase_add_test(t, times_to_come_are_still_of_another_clock);
	suite_add_tcase(s, t);
	return s;
}
