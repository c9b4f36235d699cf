/*
 * fuzz_stream.c - any bytes as a stream.
 *
 * Property: the lines that the reader hands out, written again by the writer, are
 * read back as the same samples with the same counts, and that stream is
 * complete. It matters nothing in which pieces the bytes arrive.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/hash.h"
#include "stream/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
require(bool truth)
{
	if (!truth)
		abort();
}

struct seen {
	uint64_t samples, records, bad;
	uint64_t counts; /* modulo 2^64 */
	uint64_t stacks; /* hash of all stacks and counts, in order */
	uint64_t lines;
	enum stream_err err;
};

static void
see(struct seen *seen, const struct stream *s, const struct stream_line *l)
{
	require(!memchr(l->text, '\n', l->len));
	seen->records += l->type == STREAM_RECORD;
	seen->bad += l->type == STREAM_BAD;
	seen->lines = s->line;
	if (l->type != STREAM_SAMPLE || l->count == 0)
		return;
	require(l->stack_len > 0 && l->stack_len < l->len);
	seen->samples++;
	seen->counts += l->count;
	seen->stacks = hash_u64(seen->stacks ^ l->count,
	    hash_bytes(l->text, l->stack_len));
}

/* Read fd; what is a sample also goes to w, if there is one. */
static struct seen
read_all(int fd, struct stream_writer *w)
{
	struct seen seen = { 0 };
	struct stream s;
	struct stream_line l;

	stream_init(&s, fd, "fuzz");
	while (stream_read(&s, &l) != STREAM_END) {
		see(&seen, &s, &l);
		if (w && l.type == STREAM_SAMPLE)
			stream_write_sample(w, l.text, l.stack_len, l.count);
	}
	seen.err = stream_check(&s);
	require(stream_read(&s, &l) == STREAM_END);
	stream_free(&s);
	return seen;
}

static int
open_bytes(const void *p, size_t len)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	require(fd >= 0);
	require(write(fd, p, len) == (ssize_t)len);
	require(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* The same through a pipe in two pieces; at most what a pipe holds. */
static void
check_pieces(const uint8_t *data, size_t len, const struct seen *want)
{
	size_t cut = len / 3;
	struct seen seen;
	int p[2];

	if (len > 60000)
		return;
	require(pipe(p) == 0);
	require(write(p[1], data, cut) == (ssize_t)cut);
	require(write(p[1], data + cut, len - cut) == (ssize_t)(len - cut));
	close(p[1]);
	seen = read_all(p[0], NULL);
	close(p[0]);
	require(seen.samples == want->samples && seen.counts == want->counts);
	require(seen.records == want->records && seen.bad == want->bad);
	require(seen.stacks == want->stacks && seen.lines == want->lines);
	require(seen.err == want->err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct stream_writer w = { 0 };
	struct buf b = { 0 };
	struct seen first, again;
	char *text;
	size_t text_len;
	int fd = open_bytes(data, len);

	w.f = open_memstream(&text, &text_len);
	require(w.f != NULL);
	record_begin(&b, "gp");
	record_put_u64(&b, "version", 1);
	record_end(&b);
	stream_write_record(&w, &b);
	first = read_all(fd, &w);
	close(fd);
	require(w.lines == first.samples && w.samples == first.counts);
	stream_write_end(&w, 0, NULL);
	require(fclose(w.f) == 0);
	fd = open_bytes(text, text_len);
	again = read_all(fd, NULL);
	close(fd);
	require(again.err == STREAM_OK);
	require(again.samples == first.samples);
	require(again.stacks == first.stacks && again.records == 2);
	check_pieces(data, len, &first);
	free(text);
	buf_free(&b);
	return 0;
}
