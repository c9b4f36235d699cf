#include "base/source.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "suite.h"

static int
open_bytes(const void *p, size_t len)
{
	int fd = memfd_create("source", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, p, len), (ssize_t)len);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/* All that comes out, step bytes at a time. */
static enum source_err
read_all(int fd, struct buf *out, size_t step)
{
	struct source s;
	enum source_err err;
	size_t n;

	source_init(&s, fd);
	do {
		buf_grow(out, step);
		n = source_read(&s, out->s + out->len, step);
		out->len += n;
		out->s[out->len] = '\0';
	} while (n);
	err = s.err;
	source_free(&s);
	return err;
}

/* "gp\n", as each program packs it. */
static const char gz[] = "\x1f\x8b\x08\0\0\0\0\0\0\x03\x4b\x2f\xe0\x02\0\x5f\x94"
    "\x33\x7d\x03\0\0\0";
static const char zst[] = "\x28\xb5\x2f\xfd\x04\x58\x19\0\0gp\n\x80\x69\xfc\x7b";

static const struct {
	const char *in;
	size_t len;
	const char *out;
} cases[] = {
#define CASE(in, out) { in, sizeof in - 1, out }
	CASE("", ""),
	CASE("a;b 1\n", "a;b 1\n"),
	CASE("\xef\xbb\xbf" "a", "a"),
	CASE("\xef\xbb\xbf", ""),
	CASE("\xef\xbb", "\xef\xbb"),
	CASE("\xef\xbb\xbf\xef\xbb\xbf", "\xef\xbb\xbf"),
	CASE("\xff\xfe" "a\0;\0", "a;"),
	CASE("\xfe\xff" "\0a\0;", "a;"),
	CASE("\xff\xfe" "\xe4\0\xac\x20\x3d\xd8\x00\xde",
	    "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
	CASE("\xff\xfe" "a\0b", "a\xef\xbf\xbd"),
	CASE("\xff\xfe" "\x3d\xd8" "a\0", "\xef\xbf\xbd" "a"),
	CASE("\xff\xfe" "\x00\xde" "a\0", "\xef\xbf\xbd" "a"),
	CASE("\xff\xfe" "\x3d\xd8", "\xef\xbf\xbd"),
	CASE("\xff\xfe", ""),
	CASE("\x1f", "\x1f"),
	CASE("\x1f\x8b", "\x1f\x8b"),
	CASE("\x1f\x8b\x07", "\x1f\x8b\x07"),
	CASE("\xfd" "7zX;", "\xfd" "7zX;"),
};

START_TEST(bytes_come_out_as_utf8)
{
	static const size_t step[] = { SOURCE_READ_MIN, 100, 100000 };

	for (size_t i = 0; i < sizeof step / sizeof *step; i++) {
		struct buf b = { 0 };
		int fd = open_bytes(cases[_i].in, cases[_i].len);

		ck_assert_int_eq(read_all(fd, &b, step[i]), SOURCE_OK);
		ck_assert_str_eq(b.s, cases[_i].out);
		buf_free(&b);
		close(fd);
	}
}
END_TEST

/* A writer that gives one byte at a time. */
START_TEST(a_slow_pipe_is_understood)
{
	static const char text[] = "\xff\xfe" "a\0b\0";
	struct buf b = { 0 };
	int p[2];
	pid_t pid;

	ck_assert_int_eq(pipe(p), 0);
	pid = fork();
	if (pid == 0) {
		for (size_t i = 0; i < sizeof text - 1; i++) {
			if (write(p[1], text + i, 1) != 1)
				_exit(1);
			usleep(1000);
		}
		_exit(0);
	}
	close(p[1]);
	ck_assert_int_eq(read_all(p[0], &b, 100), SOURCE_OK);
	ck_assert_str_eq(b.s, "ab");
	buf_free(&b);
	close(p[0]);
}
END_TEST

START_TEST(packed_bytes_come_out_plain)
{
	struct buf b = { 0 };
	int fd = _i ? open_bytes(zst, sizeof zst - 1) :
	    open_bytes(gz, sizeof gz - 1);

	ck_assert_int_eq(read_all(fd, &b, 100), SOURCE_OK);
	ck_assert_str_eq(b.s, "gp\n");
	buf_free(&b);
	close(fd);
}
END_TEST

START_TEST(damage_is_told)
{
	struct buf b = { 0 };
	char bad[sizeof gz - 1];
	int fd = open_bytes(gz, sizeof gz - 1 - 9);

	ck_assert_int_eq(read_all(fd, &b, 100), SOURCE_EPACKED);
	close(fd);
	memcpy(bad, gz, sizeof bad);
	bad[10] = 7; /* a block of a type that there is not */
	fd = open_bytes(bad, sizeof bad);
	ck_assert_int_eq(read_all(fd, &b, 100), SOURCE_EPACKED);
	close(fd);
	ck_assert_int_eq(read_all(-1, &b, 100), SOURCE_EREAD);
	buf_free(&b);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("source");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, bytes_come_out_as_utf8, 0,
	    (int)(sizeof cases / sizeof *cases));
	tcase_add_test(t, a_slow_pipe_is_understood);
	tcase_add_loop_test(t, packed_bytes_come_out_plain, 0, 2);
	tcase_add_test(t, damage_is_told);
	suite_add_tcase(s, t);
	return s;
}
