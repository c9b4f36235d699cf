/*
 * stream.h - reading and writing the text that flows between gp commands.
 *
 *	#gp version=1 kind=raw host=web-7 …          record
 *	python3-4242;$5+1c2f0;$k+ffffffff81a0c0de 17 sample line
 *	#end lines=1 samples=17 lost=0
 *
 * The reader takes one line at a time and tells which of the two it is. It also
 * reads folded text of other tools, which has no records: a line that starts
 * with '#' is a sample line if it ends in a blank and digits ("#gst;main 5"),
 * unless a blank follows the '#'; any other is a comment and is passed over.
 * Several streams may follow one another (cat a b).
 *
 * What is compressed or in UTF-16 is read as well (source.h).
 *
 * It watches #gp and #end itself: when the end of the file comes,
 * stream_check() says whether what was read can be believed. See gp-stream(5).
 */
#ifndef GP_STREAM_H
#define GP_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "stream/lines.h"
#include "stream/record.h"

/* What stream_check() says is wrong; see stream_strerror(). */
enum stream_err {
	STREAM_OK = 0,
	STREAM_EREAD = -1,  /* read(2) failed; errno is in stream.saved_errno */
	STREAM_EEMPTY = -2, /* not one line */
	STREAM_ETRUNC = -3, /* a #gp without its #end */
	STREAM_ESUM = -4,   /* #end counts other lines than arrived */
	STREAM_EVERSION = -5, /* #gp version is one that this gp cannot read */
	STREAM_EPACKED = -6,  /* compressed, and damaged or cut */
	STREAM_ELIB = -7,     /* compressed, and libarchive is not installed */
};

enum stream_type {
	STREAM_END,    /* end of file, or reading failed */
	STREAM_SAMPLE, /* stack, stack_len, count are set */
	STREAM_RECORD, /* stream.record is parsed; text is as it came */
	STREAM_BAD,    /* bad says why; skip it */
};

struct stream_line {
	enum stream_type type;
	const char *text; /* without newline (LF or CR LF); valid until the
	                   * next read */
	size_t len;
	size_t stack_len;    /* the stack is text[0 .. stack_len) */
	uint64_t count;
	uint32_t nano;       /* with decimals: billionths of one beside it */
	enum diag_code bad;
};

struct stream {
	const char *name;      /* for messages: path, or "<stdin>" */
	uint64_t line;         /* number of the line last returned */
	struct record record;  /* the record last returned */
	bool saw_gp;           /* a #gp came: this is a gp stream */
	bool decimals;         /* set it: counts outside of streams may have
	                        * them */
	int saved_errno;
	/* private */
	struct lines in;
	bool open;
	enum stream_err err;
	uint64_t lines, samples; /* since the last #gp */
};

/* Start reading an open descriptor; name is kept, not copied. The descriptor
 * stays the caller's. */
void stream_init(struct stream *s, int fd, const char *name);

/* The same with lines of which none was taken yet; they are the stream's from
 * then on. */
void stream_init_lines(struct stream *s, struct lines *l, const char *name);

/* Read the next line. After STREAM_END always STREAM_END again. */
enum stream_type stream_read(struct stream *s, struct stream_line *l);

/* True if a whole line is buffered: stream_read() will not wait. */
bool stream_has_line(const struct stream *s);

/*
 * Take a count from the end of a text, and the blanks around it: *len becomes that
 * of what is left. False, and nothing changed, if there is none in range, or
 * nothing before it. nano: NULL, or where decimals go, if it may have some.
 */
GP_MUSTUSE bool stream_split_count(const char *s, size_t *len,
    uint64_t *count, uint32_t *nano);

/* After STREAM_END: whether all was read and is complete. */
GP_MUSTUSE enum stream_err stream_check(const struct stream *s);
const char *stream_strerror(enum stream_err err);

/* The exit status that an error of stream_check() earns. */
int stream_exit_status(enum stream_err err);

void stream_free(struct stream *s);

/*
 * Writing. Errors stay in the FILE; the command finds them when it closes
 * (file_close_stdout).
 */
struct stream_writer {
	FILE *f;
	uint64_t lines;   /* sample lines since the last #gp */
	uint64_t samples; /* sum of their counts */
};

/* Write a record (or several) made by record_*(), and flush: the next command
 * may open the file that it names while its process still lives. Empties b. */
void stream_write_record(struct stream_writer *w, struct buf *b);

/* Write a sample line. A count of 0 writes nothing. */
void stream_write_sample(struct stream_writer *w, const char *stack,
    size_t len, uint64_t count);

/* The same of a stack in b, which is then the whole line. */
void stream_end_sample(struct stream_writer *w, struct buf *b, uint64_t count);

/* Write "#end lines= samples= lost=" and the fields of extra, if not NULL: text
 * made by record_put*() without begin and end. Starts new sums. */
void stream_write_end(struct stream_writer *w, uint64_t lost,
    const struct buf *extra);

#endif
