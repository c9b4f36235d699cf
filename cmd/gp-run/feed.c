#include "feed.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "base/file.h"
#include "stream/record.h"

enum { CHUNK = 65536, TAIL_BYTES = 4096 };

void
feed_init(struct feed *f, int in, int out, int raw, uint64_t limit)
{
	*f = (struct feed){ .in = in, .out = out, .raw = raw, .limit = limit,
		.died = "record-died" };
	fcntl(in, F_SETFL, O_NONBLOCK);
	if (out >= 0)
		fcntl(out, F_SETFL, O_NONBLOCK);
}

int
feed_reopen(struct feed *f, int raw)
{
	char chunk[CHUNK], *nl;
	off_t end = lseek(raw, 0, SEEK_END), at = end;
	ssize_t n;

	*f = (struct feed){ .in = -1, .out = -1, .raw = raw,
		.died = "run-died" };
	if (end < 0)
		return -1;
	f->stored = (uint64_t)end;
	/* The last newline, from the end. */
	while (at > 0) {
		at = at > CHUNK ? at - CHUNK : 0;
		n = file_pread(raw, chunk, sizeof chunk, at);
		if (n < 0)
			return -1;
		nl = memrchr(chunk, '\n', (size_t)n);
		if (nl) {
			f->whole = (uint64_t)(at + (nl - chunk)) + 1;
			break;
		}
	}
	return 0;
}

static void
close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Keep the end of what is dropped. */
static void
drop(struct feed *f, const char *p, size_t len)
{
	size_t excess;

	if (len == 0)
		return;
	buf_add(&f->tail, p, len);
	if (f->tail.len <= TAIL_BYTES)
		return;
	excess = f->tail.len - TAIL_BYTES;
	memmove(f->tail.s, f->tail.s + excess, TAIL_BYTES);
	f->tail.len = TAIL_BYTES;
	f->tail.s[TAIL_BYTES] = '\0';
}

/* Put what the file may hold into it; returns how much that was. */
static size_t
store(struct feed *f, const char *p, size_t len)
{
	const char *nl;

	if (f->cut_errno)
		return 0;
	if (len > f->limit - f->stored) {
		f->cut_errno = EFBIG;
		len = (size_t)(f->limit - f->stored);
	}
	if (lseek(f->raw, (off_t)f->stored, SEEK_SET) < 0 ||
	    file_write_all(f->raw, p, len) < 0) {
		f->cut_errno = errno;
		return 0;
	}
	nl = memrchr(p, '\n', len);
	if (nl)
		f->whole = f->stored + (uint64_t)(nl - p) + 1;
	f->stored += len;
	return len;
}

bool
feed_read(struct feed *f)
{
	char chunk[CHUNK];
	ssize_t n;

	if (f->in < 0)
		return false;
	n = read(f->in, chunk, sizeof chunk);
	if (n > 0) {
		size_t kept = store(f, chunk, (size_t)n);

		drop(f, chunk + kept, (size_t)n - kept);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		close_end(&f->in);
	}
	return n > 0;
}

bool
feed_wants_write(const struct feed *f)
{
	return f->out >= 0 && f->fed < f->whole;
}

void
feed_write(struct feed *f)
{
	while (feed_wants_write(f)) {
		off_t at = (off_t)f->fed;
		ssize_t n;

		n = sendfile(f->out, f->raw, &at, f->whole - f->fed);
		if (n > 0)
			f->fed += (uint64_t)n;
		else if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		else
			close_end(&f->out); /* it stopped reading */
	}
	/* Not as soon as nothing more comes: an end may have to be made. */
	if (f->ended)
		close_end(&f->out);
}

/* How many samples gp-record had beyond those stored: from the #end among the
 * dropped bytes, else as far as its last #progress tells. */
static uint64_t
count_missing(const struct feed *f)
{
	struct record r = { 0 };
	const char *text = buf_str(&f->tail), *line;
	size_t len = f->tail.len;
	uint64_t samples, lost, had = f->sums.samples + f->sums.lost, n = 0;

	if (f->sums.progress > had)
		n = f->sums.progress - had;
	if (len == 0 || text[len - 1] != '\n')
		return n;
	line = memrchr(text, '\n', len - 1);
	line = line ? line + 1 : text;
	if (record_parse(&r, line, (size_t)(text + len - 1 - line)) &&
	    record_is(&r, "end") && record_get_u64(&r, "samples", &samples) &&
	    record_get_u64(&r, "lost", &lost) && samples + lost > had)
		n = samples + lost - had;
	record_free(&r);
	return n;
}

static int
repair(struct feed *f)
{
	struct buf b = { 0 };
	int r;

	f->repaired = true;
	f->missing = count_missing(f);
	record_begin(&b, "lost");
	record_put_u64(&b, "count", f->missing);
	record_put(&b, "reason", f->cut_errno ? "run-cut" : f->died);
	record_end(&b);
	record_begin(&b, "end");
	record_put_u64(&b, "lines", f->sums.lines);
	record_put_u64(&b, "samples", f->sums.samples);
	record_put_u64(&b, "lost", f->sums.lost + f->missing);
	record_end(&b);
	r = lseek(f->raw, (off_t)f->whole, SEEK_SET) < 0 ? -1 :
	    file_write_all(f->raw, b.s, b.len);
	if (r == 0) {
		f->stored = f->whole += b.len;
		f->sums.lost += f->missing;
		f->sums.err = STREAM_OK;
	}
	buf_free(&b);
	return r;
}

int
feed_end(struct feed *f)
{
	close_end(&f->in);
	f->ended = true;
	/* Half a line may be a sample line with half a count. */
	if (ftruncate(f->raw, (off_t)f->whole) < 0 ||
	    scan_file(f->raw, &f->sums, NULL) < 0)
		return -1;
	if (f->sums.is_stream && f->sums.err == STREAM_ETRUNC)
		return repair(f);
	return 0;
}

void
feed_free(struct feed *f)
{
	close_end(&f->in);
	close_end(&f->out);
	buf_free(&f->tail);
}
