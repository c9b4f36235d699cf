/* The jail: what a job can do in it, and what becomes of one that misbehaves. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "cmd/gp-symbolize/confine.c"
#include "cmd/gp-symbolize/jail.c"
#include "cmd/gp-symbolize/message.c"
#include "cmd/gp-symbolize/worker.c"
#include "suite.h"

enum {
	ECHO, READ_FILE, READ_OTHER, MISUSE, CRASH, ABORT, SPIN, HANG, GROW,
	FLOOD, FLOOD_OPENS, NONSENSE, QUIT, PREPARED, WHOSE
};

static int prepared; /* in the worker */

static void
prepare(void)
{
	prepared++;
}

static int
echo(struct jail_call *c)
{
	jail_say(c, "%zu bytes", c->len);
	jail_put(c, c->data, c->len);
	return 7;
}

static int
put_file(struct jail_call *c, int fd)
{
	char b[4096];
	ssize_t n = pread(fd, b, sizeof b, 0);

	if (n > 0)
		jail_put(c, b, (size_t)n);
	return (int)n;
}

static int
read_file(struct jail_call *c)
{
	return put_file(c, c->fd);
}

static int
read_other(struct jail_call *c)
{
	int fd = jail_open(c, 1, "/etc/passwd"), n;

	if (fd < 0)
		return -1;
	n = put_file(c, fd);
	close(fd);
	return n;
}

/* What no job may do: the request's number says which. 0 if it is refused. */
static int
misuse(struct jail_call *c)
{
	struct stat st;
	char b[16];
	pid_t p;

	switch (*(const int *)c->data) {
	case 0:
		return open("/etc/passwd", O_RDONLY) >= 0;
	case 1:
		return stat("/etc/passwd", &st) == 0;
	case 2:
		return readlink("/proc/self/exe", b, sizeof b) > 0;
	case 3:
		return mkdir("/tmp/gp-jail", 0777) == 0;
	case 4:
		return socket(AF_INET, SOCK_DGRAM, 0) >= 0;
	case 5:
		p = fork();
		if (p == 0)
			_exit(0);
		return p > 0;
	case 6:
		return execl("/bin/true", "true", NULL) == 0;
	case 7:
		return kill(getppid(), 0) == 0;
	case 8:
		return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE |
		    MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
	case 9:
		return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED |
		    MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
	case 10:
		return write(STDERR_FILENO, "", 0) == 0 && !SANITIZED;
	case 11:
		return prctl(PR_SET_DUMPABLE, 1) == 0;
	default:
		return unshare(CLONE_NEWUSER) == 0;
	}
}
enum { MISUSES = 13 };

static int
crash(struct jail_call *c)
{
	(void)c;
	raise(SIGSEGV);
	*(volatile int *)(uintptr_t)c->len = 0; /* NOLINT */
	return 0;
}

static int
quit_by_abort(struct jail_call *c)
{
	(void)c;
	abort();
}

static int
spin(struct jail_call *c)
{
	for (volatile unsigned i = 0;; i++)
		if (c->failed)
			return 0;
}

static int
hang(struct jail_call *c)
{
	char b;

	return (int)read(c->fd, &b, 1);
}

static int
grow(struct jail_call *c)
{
	size_t sum = 0;

	/* More than is allowed, but not without end. */
	for (int i = 0; i < 600; i++) {
		char *p = malloc(1 << 20);

		if (!p)
			die_nomem();
		memset(p, i, 1 << 20);
		sum += (unsigned char)p[i];
	}
	jail_put(c, &sum, sizeof sum);
	return 0;
}

static int
flood(struct jail_call *c)
{
	char b[1000] = { 0 };

	while (!c->failed)
		jail_put(c, b, sizeof b);
	return 0;
}

static int
flood_opens(struct jail_call *c)
{
	for (int i = 0; i < JAIL_OPENS_MAX + 10; i++) {
		c->opens = 0;
		int fd = jail_open(c, 0, "/x");

		if (fd >= 0)
			close(fd);
	}
	return 0;
}

static int
nonsense(struct jail_call *c)
{
	(void)c;
	(void)!message_send(CONFINE_FD, 99, 0, "x", 1, -1, 0);
	return 0;
}

static int
leave(struct jail_call *c)
{
	(void)c;
	_exit(0);
}

static int
is_prepared(struct jail_call *c)
{
	(void)c;
	return prepared;
}

static int
whose(struct jail_call *c)
{
	(void)c;
	return getpid();
}

static const struct jail_job jobs[] = {
	[ECHO] = { "echo", NULL, echo },
	[READ_FILE] = { "file", NULL, read_file },
	[READ_OTHER] = { "other", NULL, read_other },
	[MISUSE] = { "misuse", NULL, misuse },
	[CRASH] = { "crash", NULL, crash },
	[ABORT] = { "abort", NULL, quit_by_abort },
	[SPIN] = { "spin", NULL, spin },
	[HANG] = { "hang", NULL, hang },
	[GROW] = { "grow", NULL, grow },
	[FLOOD] = { "flood", NULL, flood },
	[FLOOD_OPENS] = { "opens", NULL, flood_opens },
	[NONSENSE] = { "nonsense", NULL, nonsense },
	[QUIT] = { "quit", NULL, leave },
	[PREPARED] = { "prepared", prepare, is_prepared },
	[WHOSE] = { "whose", NULL, whose },
};

static struct jail jail;
static struct buf answer;
static int opened;

static void
setup(void)
{
	jail_init(&jail, jobs, GP_COUNT(jobs));
	opened = 0;
}

static void
teardown(void)
{
	jail_end(&jail);
	buf_free(&answer);
}

static int
open_one(void *arg, unsigned root, const char *path)
{
	ck_assert_uint_eq(root, (uintptr_t)arg);
	opened++;
	return open(path, O_RDONLY | O_CLOEXEC);
}

static bool
take_all(void *arg, const void *p, size_t len)
{
	buf_add(arg, p, len);
	return true;
}

static enum jail_err
ask(unsigned job, const void *data, size_t len, int fd, int *status)
{
	const struct jail_request r = { .job = job, .data = data, .len = len,
		.fd = fd, .name = "file", .open = open_one,
		.open_arg = (void *)1, .roots = 2, .take = take_all,
		.take_arg = &answer, .answer_max = 1 << 20 };

	buf_reset(&answer);
	return jail_ask(&jail, &r, status);
}

/* The next request finds a worker, whatever became of the last one. */
static void
check_works(void)
{
	int status;

	ck_assert_int_eq(ask(ECHO, "abc", 3, -1, &status), JAIL_OK);
	ck_assert_int_eq(status, 7);
	ck_assert_str_eq(buf_str(&answer), "abc");
}

START_TEST(a_job_answers)
{
	check_works();
	check_works();
	ck_assert_uint_eq(jail.workers, 1);
}
END_TEST

START_TEST(a_long_request_has_a_long_answer)
{
	char *b = calloc(1, JAIL_REQUEST_MAX);
	int status;

	b[JAIL_REQUEST_MAX - 1] = 'x';
	ck_assert_int_eq(ask(ECHO, b, JAIL_REQUEST_MAX, -1, &status), JAIL_OK);
	ck_assert_uint_eq(answer.len, JAIL_REQUEST_MAX);
	ck_assert_mem_eq(answer.s, b, JAIL_REQUEST_MAX);
	free(b);
}
END_TEST

START_TEST(a_job_reads_the_file_it_is_given)
{
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC), status;

	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(ask(READ_FILE, "", 0, fd, &status), JAIL_OK);
		ck_assert_int_gt(status, 0);
		ck_assert(strncmp(buf_str(&answer), "root:", 5) == 0);
	}
	close(fd);
}
END_TEST

START_TEST(a_job_is_given_what_the_other_side_opens)
{
	int status;

	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(ask(READ_OTHER, "", 0, -1, &status), JAIL_OK);
		ck_assert_int_gt(status, 0);
		ck_assert(strncmp(buf_str(&answer), "root:", 5) == 0);
	}
	ck_assert_int_eq(opened, 100);
}
END_TEST

START_TEST(it_can_do_nothing_else)
{
	int status = 1;
	enum jail_err err = ask(MISUSE, &_i, sizeof _i, -1, &status);

	/* Refused, or killed for it. */
	if (err == JAIL_OK)
		ck_assert_int_eq(status, 0);
	else
		ck_assert_int_eq(err, JAIL_ECRASH);
	check_works();
}
END_TEST

START_TEST(a_crash_costs_one_answer)
{
	int status;

	check_works();
	ck_assert_int_eq(ask(CRASH, "", 0, -1, &status), JAIL_ECRASH);
	if (!SANITIZED)
		ck_assert_str_eq(jail_why(&jail),
		    "its reader was ended by SIGSEGV");
	check_works();
	ck_assert_int_eq(ask(ABORT, "", 0, -1, &status), JAIL_ECRASH);
	check_works();
	ck_assert_int_eq(ask(QUIT, "", 0, -1, &status), JAIL_ECRASH);
	ck_assert_str_eq(jail_why(&jail), "its reader ended");
	check_works();
	ck_assert_uint_eq(jail.workers, 4);
}
END_TEST

START_TEST(cpu_time_is_bounded)
{
	int status;

	jail.cpu_s = 0;
	ck_assert_int_eq(ask(SPIN, "", 0, -1, &status), JAIL_EHANG);
	ck_assert_str_eq(jail_why(&jail), "it took more than 0 s of CPU time");
	check_works();
}
END_TEST

START_TEST(time_is_bounded)
{
	int p[2], status;

	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	jail.wait_ms = 1200;
	ck_assert_int_eq(ask(HANG, "", 0, p[0], &status), JAIL_EHANG);
	/* The next one is not waited for as long. */
	ck_assert_int_eq(jail.wait_ms, 600);
	ck_assert_int_eq(ask(HANG, "", 0, p[0], &status), JAIL_EHANG);
	ck_assert_int_eq(jail.wait_ms, JAIL_WAIT_MIN_MS);
	jail.wait_ms = JAIL_WAIT_MS;
	check_works();
	close(p[0]);
	close(p[1]);
}
END_TEST

START_TEST(memory_is_bounded)
{
	int status;
	enum jail_err err = ask(GROW, "", 0, -1, &status);

	if (!SANITIZED)
		ck_assert_int_eq(err, JAIL_EMEMORY);
	check_works();
}
END_TEST

START_TEST(what_it_sends_is_bounded)
{
	int status;

	ck_assert_int_eq(ask(FLOOD, "", 0, -1, &status), JAIL_EPROTO);
	ck_assert_uint_le(answer.len, 1 << 20);
	ck_assert_int_eq(ask(NONSENSE, "", 0, -1, &status), JAIL_EPROTO);
	check_works();
}
END_TEST

START_TEST(what_it_opens_is_bounded)
{
	int status;

	jail.open = false;
	ck_assert_int_eq(jail_ask(&jail, &(struct jail_request){
	    .job = FLOOD_OPENS, .fd = -1, .name = "file" }, &status),
	    JAIL_EPROTO);
	check_works();
}
END_TEST

START_TEST(a_worker_that_is_killed_is_replaced)
{
	for (int i = 0; i < 10; i++) {
		int status;

		check_works();
		kill(jail.pid, SIGKILL);
		/* Until it is gone, or it would be this request's fault. */
		ck_assert_int_eq(waitid(P_PID, (id_t)jail.pid,
		    &(siginfo_t){ 0 }, WEXITED | WNOWAIT), 0);
		ck_assert_int_eq(ask(ECHO, "x", 1, -1, &status), JAIL_OK);
	}
}
END_TEST

START_TEST(a_worker_serves_one_owner)
{
	struct jail_request r = { .job = WHOSE, .fd = -1, .name = "file" };
	int first, again, other;

	ck_assert_int_eq(jail_ask(&jail, &r, &first), JAIL_OK);
	ck_assert_int_eq(jail_ask(&jail, &r, &again), JAIL_OK);
	r.owner = 1000;
	ck_assert_int_eq(jail_ask(&jail, &r, &other), JAIL_OK);
	ck_assert_int_eq(first, again);
	ck_assert_int_ne(first, other);
}
END_TEST

START_TEST(what_a_job_needs_is_loaded_before)
{
	int status;

	check_works();
	ck_assert_int_eq(ask(PREPARED, "", 0, -1, &status), JAIL_OK);
	ck_assert_int_eq(status, 1);
	check_works();
	ck_assert_int_eq(ask(PREPARED, "", 0, -1, &status), JAIL_OK);
	ck_assert_uint_eq(jail.workers, 2);
}
END_TEST

START_TEST(no_descriptor_is_left_behind)
{
	int before = open("/dev/null", O_RDONLY | O_CLOEXEC), after, status;

	close(before);
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(ask(CRASH, "", 0, -1, &status), JAIL_ECRASH);
		ck_assert_int_eq(ask(READ_OTHER, "", 0, -1, &status), JAIL_OK);
	}
	jail_end(&jail);
	after = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(before, after);
	close(after);
}
END_TEST

START_TEST(without_a_jail_the_same_comes_out)
{
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC), status;

	jail.open = true;
	check_works();
	ck_assert_int_eq(ask(READ_FILE, "", 0, fd, &status), JAIL_OK);
	ck_assert(strncmp(buf_str(&answer), "root:", 5) == 0);
	ck_assert_int_eq(ask(READ_OTHER, "", 0, -1, &status), JAIL_OK);
	ck_assert(strncmp(buf_str(&answer), "root:", 5) == 0);
	ck_assert_int_eq(ask(FLOOD, "", 0, -1, &status), JAIL_ETAKE);
	ck_assert_uint_eq(jail.workers, 0);
	close(fd);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("jail");
	TCase *t = tcase_create("jail");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 0);
	tcase_add_test(t, a_job_answers);
	tcase_add_test(t, a_long_request_has_a_long_answer);
	tcase_add_test(t, a_job_reads_the_file_it_is_given);
	tcase_add_test(t, a_job_is_given_what_the_other_side_opens);
	tcase_add_loop_test(t, it_can_do_nothing_else, 0, MISUSES);
	tcase_add_test(t, a_crash_costs_one_answer);
	tcase_add_test(t, cpu_time_is_bounded);
	tcase_add_test(t, time_is_bounded);
	tcase_add_test(t, memory_is_bounded);
	tcase_add_test(t, what_it_sends_is_bounded);
	tcase_add_test(t, what_it_opens_is_bounded);
	tcase_add_test(t, a_worker_that_is_killed_is_replaced);
	tcase_add_test(t, a_worker_serves_one_owner);
	tcase_add_test(t, what_a_job_needs_is_loaded_before);
	tcase_add_test(t, no_descriptor_is_left_behind);
	tcase_add_test(t, without_a_jail_the_same_comes_out);
	return s;
}
