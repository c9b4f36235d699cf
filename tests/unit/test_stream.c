#include "stream/stream.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "suite.h"

/* A stream over some bytes; close_text() it. */
static struct stream
open_bytes(const char *p, size_t len)
{
	struct stream s;
	int fd = memfd_create("text", 0);

	ck_assert_int_ge(fd, 0);
	while (len) {
		ssize_t n = write(fd, p, len);

		ck_assert_int_gt(n, 0);
		p += n;
		len -= (size_t)n;
	}
	lseek(fd, 0, SEEK_SET);
	stream_init(&s, fd, "text");
	return s;
}

static struct stream
open_text(const char *text)
{
	return open_bytes(text, strlen(text));
}

static void
close_text(struct stream *s)
{
	close(s->in.source.fd);
	stream_free(s);
}

/* Read everything; what stream_check() says of it. */
static enum stream_err
check(const char *text)
{
	struct stream s = open_text(text);
	struct stream_line l;
	enum stream_err err;

	while (stream_read(&s, &l) != STREAM_END)
		;
	ck_assert_int_eq(stream_read(&s, &l), STREAM_END);
	err = stream_check(&s);
	close_text(&s);
	return err;
}

static const struct {
	const char *line;
	enum stream_type type;
	size_t stack_len;
	uint64_t count;
} lines[] = {
	{ "a;b 1", STREAM_SAMPLE, 3, 1 },
	{ "a;b 18446744073709551615", STREAM_SAMPLE, 3, UINT64_MAX },
	{ "a;b 18446744073709551616", STREAM_BAD, 0, 0 },
	{ "a;b 0", STREAM_SAMPLE, 3, 0 },
	{ "a;b\t1", STREAM_SAMPLE, 3, 1 },
	{ "a;b \t 1 \t", STREAM_SAMPLE, 3, 1 },
	{ "a;b 1\r", STREAM_SAMPLE, 3, 1 },
	{ "a b c 1", STREAM_SAMPLE, 5, 1 },
	{ "a 1 2", STREAM_SAMPLE, 3, 2 },
	{ "#gst;a 1", STREAM_SAMPLE, 6, 1 },
	{ "a", STREAM_BAD, 0, 0 },
	{ "1", STREAM_BAD, 0, 0 },
	{ " 1", STREAM_BAD, 0, 0 },
	{ "a -1", STREAM_BAD, 0, 0 },
	{ "a 1e3", STREAM_BAD, 0, 0 },
	{ "a 1.5", STREAM_BAD, 0, 0 },
	{ "a 1.", STREAM_BAD, 0, 0 },
	{ "a;b 1;", STREAM_BAD, 0, 0 },
	{ "#lost count=5 reason=x", STREAM_RECORD, 0, 0 },
	{ "#lost count=5 reason=x\r", STREAM_RECORD, 0, 0 },
	{ "#gp version=1 kind", STREAM_BAD, 0, 0 },
	{ "# austin: 3", STREAM_END, 0, 0 },
	{ "#", STREAM_END, 0, 0 },
	{ "#\t9", STREAM_END, 0, 0 },
	{ "#{\"json\": 1}", STREAM_END, 0, 0 },
	{ "#{\"json\": 1} 3", STREAM_SAMPLE, 12, 3 },
};

START_TEST(a_line_is_a_sample_a_record_bad_or_nothing)
{
	struct stream s = open_text(lines[_i].line);
	struct stream_line l;

	ck_assert_int_eq(stream_read(&s, &l), lines[_i].type);
	if (l.type == STREAM_SAMPLE) {
		ck_assert_uint_eq(l.stack_len, lines[_i].stack_len);
		ck_assert_uint_eq(l.count, lines[_i].count);
	}
	ck_assert_uint_eq(s.line, l.type != STREAM_END);
	ck_assert_int_eq(stream_read(&s, &l), STREAM_END);
	ck_assert_int_eq(stream_check(&s), STREAM_OK);
	close_text(&s);
}
END_TEST

START_TEST(in_a_stream_nothing_is_a_comment)
{
	struct stream s = open_text("#gp version=1\n# a comment\n#{}\n");
	struct stream_line l;

	ck_assert_int_eq(stream_read(&s, &l), STREAM_RECORD);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(stream_read(&s, &l), STREAM_BAD);
		ck_assert_int_eq(l.bad, DIAG_STREAM_RECORD);
	}
	ck_assert_int_eq(stream_read(&s, &l), STREAM_END);
	close_text(&s);
}
END_TEST

START_TEST(empty_lines_are_counted_and_skipped)
{
	struct stream s = open_text("\n\r\na 1\n\n\nb 2");
	struct stream_line l;

	ck_assert_int_eq(stream_read(&s, &l), STREAM_SAMPLE);
	ck_assert_uint_eq(s.line, 3);
	ck_assert_int_eq(stream_read(&s, &l), STREAM_SAMPLE);
	ck_assert_uint_eq(s.line, 6);
	ck_assert_int_eq(stream_read(&s, &l), STREAM_END);
	close_text(&s);
}
END_TEST

#define HEAD "#gp version=1 kind=raw\n"

static const struct {
	const char *text;
	enum stream_err err;
} ends[] = {
	{ "", STREAM_EEMPTY },
	{ "a 1\n", STREAM_OK },
	{ HEAD, STREAM_ETRUNC },
	{ HEAD "a 1\n", STREAM_ETRUNC },
	{ HEAD "#end lines=0 samples=0 lost=0\n", STREAM_OK },
	{ HEAD "a 1\nb 2\n#end lines=2 samples=3 lost=0\n", STREAM_OK },
	{ HEAD "a 1\nb 2\n#end lines=2 samples=4 lost=0\n", STREAM_ESUM },
	{ HEAD "a 1\nb 2\n#end lines=1 samples=3 lost=0\n", STREAM_ESUM },
	{ HEAD "a 1\nb x\n#end lines=2 samples=3 lost=0\n", STREAM_ESUM },
	{ HEAD "a 1\n#end lines=1\n", STREAM_ESUM },
	{ HEAD "a 1\n#end lines=1 samples=1 lost=1", STREAM_ETRUNC },
	{ HEAD "a 1\n#end lines=1 sam", STREAM_ETRUNC },
	{ "#end lines=0 samples=0 lost=0\n", STREAM_ESUM },
	{ HEAD "a 1\n#end lines=1 samples=1\n"
	    HEAD "b 2\n#end lines=1 samples=2\n", STREAM_OK },
	{ HEAD "a 1\n" HEAD "b 2\n#end lines=1 samples=2\n", STREAM_ETRUNC },
	{ HEAD "#end lines=0 samples=0\na 1\n", STREAM_OK },
	{ "#gp kind=raw\n#end lines=0 samples=0\n", STREAM_EVERSION },
	{ "#gp version=2\n#end lines=0 samples=0\n", STREAM_EVERSION },
};

START_TEST(half_a_stream_is_found_out)
{
	enum stream_err err = check(ends[_i].text);

	ck_assert_int_eq(err, ends[_i].err);
	ck_assert_ptr_nonnull(stream_strerror(err));
	ck_assert_int_eq(stream_exit_status(err) == 0, err == STREAM_OK);
}
END_TEST

START_TEST(cut_anywhere_a_stream_is_not_complete)
{
	char text[] = HEAD "a;b 12\n#lost count=5 reason=x\nc 3\n"
	    "#end lines=2 samples=15 lost=5\n";

	ck_assert_int_eq(check(text), STREAM_OK);
	/* Half a #gp is not known for one. */
	for (size_t n = sizeof text - 2; n >= sizeof HEAD - 2; n--) {
		text[n] = '\0';
		ck_assert_int_ne(check(text), STREAM_OK);
	}
}
END_TEST

START_TEST(a_nul_makes_a_line_bad)
{
	struct stream s = open_bytes("a\0b 1\nc 1\n", 10);
	struct stream_line l;

	ck_assert_int_eq(stream_read(&s, &l), STREAM_BAD);
	ck_assert_int_eq(l.bad, DIAG_STREAM_NUL);
	ck_assert_int_eq(stream_read(&s, &l), STREAM_SAMPLE);
	close_text(&s);
}
END_TEST

/* Bytes in the first line: around the limit, and around the buffer's sizes. */
static const size_t lengths[] = {
	262143, 262144, 262145, 524288, LINES_MAX - 1, LINES_MAX,
	LINES_MAX + 1, LINES_MAX + 300000,
	2 * LINES_MAX, 2 * LINES_MAX + 1,
};

START_TEST(a_long_line_is_read_or_skipped_as_one)
{
	size_t n = lengths[_i];
	char *p = malloc(n + 8);
	struct stream s;
	struct stream_line l;

	ck_assert_ptr_nonnull(p);
	memset(p, 'x', n);
	memcpy(p + n - 2, " 7\nb 1\n", 8);
	s = open_bytes(p, n + 5);
	stream_read(&s, &l);
	if (n <= LINES_MAX) {
		ck_assert_int_eq(l.type, STREAM_SAMPLE);
		ck_assert_uint_eq(l.stack_len, n - 2);
		ck_assert_uint_eq(l.count, 7);
	} else {
		ck_assert_int_eq(l.type, STREAM_BAD);
		ck_assert_int_eq(l.bad, DIAG_STREAM_LONG);
	}
	ck_assert_int_eq(stream_read(&s, &l), STREAM_SAMPLE);
	ck_assert_uint_eq(l.stack_len, 1);
	ck_assert_uint_eq(s.line, 2);
	ck_assert_int_eq(stream_read(&s, &l), STREAM_END);
	ck_assert_uint_le(s.in.cap, 4 * LINES_MAX);
	close_text(&s);
	free(p);
}
END_TEST

START_TEST(a_read_error_is_told)
{
	struct stream s;
	struct stream_line l;

	stream_init(&s, -1, "none");
	ck_assert_int_eq(stream_read(&s, &l), STREAM_END);
	ck_assert_int_eq(stream_check(&s), STREAM_EREAD);
	ck_assert_int_eq(stream_exit_status(STREAM_EREAD), EX_IOERR);
	stream_free(&s);
}
END_TEST

START_TEST(a_non_blocking_pipe_is_waited_for)
{
	struct stream s;
	struct stream_line l;
	int p[2];
	pid_t pid;

	ck_assert_int_eq(pipe2(p, O_NONBLOCK), 0);
	pid = fork();
	if (pid == 0) {
		usleep(20000);
		_exit(write(p[1], "a 1\n", 4) == 4 ? 0 : 1);
	}
	close(p[1]);
	stream_init(&s, p[0], "pipe");
	ck_assert_int_eq(stream_read(&s, &l), STREAM_SAMPLE);
	ck_assert_int_eq(stream_read(&s, &l), STREAM_END);
	ck_assert_int_eq(stream_check(&s), STREAM_OK);
	close(p[0]);
	stream_free(&s);
}
END_TEST

START_TEST(has_line_says_whether_reading_would_wait)
{
	struct stream s = open_text("a 1\nb 2\nc");
	struct stream_line l;

	ck_assert(!stream_has_line(&s));
	stream_read(&s, &l);
	ck_assert(stream_has_line(&s));
	stream_read(&s, &l);
	ck_assert(!stream_has_line(&s));
	close_text(&s);
}
END_TEST

/* Lines shorter and longer than what is read at once, the last without an end. */
START_TEST(has_line_is_true_wherever_a_line_is_cut)
{
	struct buf text = { 0 };
	struct stream_line l;
	struct stream s;
	unsigned n = 0, ready = 0;

	srand(1);
	for (unsigned i = 0; i < 200; i++) {
		unsigned len = (unsigned)rand() % 10 ? 100 : 400000;

		for (len = 1 + (unsigned)rand() % len; len; len--)
			buf_addc(&text, 'x');
		buf_adds(&text, " 1\n");
	}
	buf_adds(&text, "x 1");
	s = open_bytes(text.s, text.len);
	for (;; n++) {
		const struct lines *in = &s.in;
		bool has = in->end > in->start && memchr(in->buf + in->start,
		    '\n', in->end - in->start);

		ck_assert_int_eq(stream_has_line(&s), has);
		ready += has;
		if (stream_read(&s, &l) == STREAM_END)
			break;
		ck_assert_int_eq(l.type, STREAM_SAMPLE);
	}
	ck_assert_uint_eq(n, 201);
	ck_assert(ready > 100 && ready < 200);
	close_text(&s);
	buf_free(&text);
}
END_TEST

START_TEST(what_is_written_is_complete)
{
	struct stream_writer w = { 0 };
	struct buf b = { 0 };
	char *text;
	size_t len;

	w.f = open_memstream(&text, &len);
	record_begin(&b, "gp");
	record_put_u64(&b, "version", 1);
	record_end(&b);
	stream_write_record(&w, &b);
	ck_assert_uint_eq(b.len, 0);
	stream_write_sample(&w, "a;bXX", 3, UINT64_MAX / 2);
	stream_write_sample(&w, "none", 4, 0);
	stream_write_sample(&w, "c", 1, 10);
	buf_adds(&b, "d;e");
	stream_end_sample(&w, &b, 1);
	ck_assert_str_eq(b.s, "d;e 1\n");
	stream_end_sample(&w, &b, 0);
	buf_reset(&b);
	record_put_u64(&b, "truncated", 3);
	stream_write_end(&w, 5, &b);
	fclose(w.f);
	ck_assert_str_eq(text, "#gp version=1\na;b 9223372036854775807\nc 10\n"
	    "d;e 1\n#end lines=3 samples=9223372036854775818 lost=5 truncated=3\n");
	ck_assert_int_eq(check(text), STREAM_OK);
	free(text);
	buf_free(&b);
}
END_TEST

START_TEST(a_count_may_have_20_digits)
{
	struct stream_writer w = { 0 };
	struct buf b = { 0 };
	char *text;
	size_t len;

	w.f = open_memstream(&text, &len);
	stream_write_sample(&w, "a", 1, UINT64_MAX);
	buf_adds(&b, "b");
	stream_end_sample(&w, &b, UINT64_MAX);
	fclose(w.f);
	ck_assert_str_eq(text, "a 18446744073709551615\n"
	    "b 18446744073709551615\n");
	free(text);
	buf_free(&b);
}
END_TEST

static const struct {
	const char *text;
	size_t len; /* of the stack; 0: it is no line with a count */
	uint64_t count;
	uint32_t nano;
} decimals[] = {
	{ "a;b 3", 3, 3, 0 },
	{ "a;b 3.", 3, 3, 0 },
	{ "a;b 3.25", 3, 3, 250000000 },
	{ "a;b\t0.0000000019 ", 3, 0, 1 },
	{ "a 1.5 2.5", 5, 2, 500000000 },
	{ "a;b .5", 0, 0, 0 },
	{ "a;b 1.5.5", 0, 0, 0 },
	{ "a;b 1e3", 0, 0, 0 },
	{ "a;b -1.5", 0, 0, 0 },
	{ "a;b 18446744073709551616.5", 0, 0, 0 },
	{ "1.5", 0, 0, 0 },
	{ " 1.5", 0, 0, 0 },
	{ "a;b.5", 0, 0, 0 },
};

START_TEST(decimals_are_read_if_wanted)
{
	struct stream s = open_text(decimals[_i].text);
	struct stream_line l;

	s.decimals = true;
	ck_assert_int_eq(stream_read(&s, &l), decimals[_i].len ?
	    STREAM_SAMPLE : STREAM_BAD);
	if (decimals[_i].len) {
		ck_assert_uint_eq(l.stack_len, decimals[_i].len);
		ck_assert_uint_eq(l.count, decimals[_i].count);
		ck_assert_uint_eq(l.nano, decimals[_i].nano);
	}
	close_text(&s);
}
END_TEST

/* gp writes none: there they are damage. */
START_TEST(a_stream_has_no_decimals)
{
	struct stream s = open_text("#gp version=1\na 1.5\n"
	    "#end lines=0 samples=0\na 1.5\n");
	struct stream_line l;

	s.decimals = true;
	ck_assert_int_eq(stream_read(&s, &l), STREAM_RECORD);
	ck_assert_int_eq(stream_read(&s, &l), STREAM_BAD);
	ck_assert_int_eq(stream_read(&s, &l), STREAM_RECORD);
	ck_assert_int_eq(stream_read(&s, &l), STREAM_SAMPLE);
	close_text(&s);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("stream");
	TCase *t = tcase_create("stream");

	tcase_add_loop_test(t, decimals_are_read_if_wanted, 0,
	    (int)(sizeof decimals / sizeof *decimals));
	tcase_add_test(t, a_stream_has_no_decimals);
	tcase_add_loop_test(t, a_line_is_a_sample_a_record_bad_or_nothing, 0,
	    GP_COUNT(lines));
	tcase_add_test(t, empty_lines_are_counted_and_skipped);
	tcase_add_test(t, in_a_stream_nothing_is_a_comment);
	tcase_add_loop_test(t, half_a_stream_is_found_out, 0,
	    GP_COUNT(ends));
	tcase_add_test(t, cut_anywhere_a_stream_is_not_complete);
	tcase_add_test(t, a_nul_makes_a_line_bad);
	tcase_add_loop_test(t, a_long_line_is_read_or_skipped_as_one, 0,
	    GP_COUNT(lengths));
	tcase_add_test(t, a_read_error_is_told);
	tcase_add_test(t, a_non_blocking_pipe_is_waited_for);
	tcase_add_test(t, has_line_says_whether_reading_would_wait);
	tcase_add_test(t, has_line_is_true_wherever_a_line_is_cut);
	tcase_add_test(t, what_is_written_is_complete);
	tcase_add_test(t, a_count_may_have_20_digits);
	suite_add_tcase(s, t);
	return s;
}
