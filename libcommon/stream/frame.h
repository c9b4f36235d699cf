/*
 * frame.h - the text of one frame, and of the process frame that starts a stack.
 *
 *	python3-4242;$5+1c2f0;main (app.py:31)_[p];$k+ffffffff81a0c0de 17
 *	^root        ^address ^name                ^kernel address     ^count
 *
 * Names and comms are chosen by strangers: whatever becomes a frame goes through
 * frame_put_name() or frame_put_comm(), which keep it one frame of one line.
 */
#ifndef GP_FRAME_H
#define GP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"

#define FRAME_UNKNOWN "[unknown]"
#define FRAME_TRUNCATED "[truncated]"

enum frame_kind {
	FRAME_NAME,   /* anything that is not an address */
	FRAME_MODULE, /* $ID+HEX: ELF virtual address in module ID */
	FRAME_KERNEL, /* $k+HEX */
	FRAME_JIT,    /* $jPID+HEX: code a JIT made in process PID */
};

struct frame {
	enum frame_kind kind;
	uint32_t id; /* module id, or pid of a JIT */
	uint64_t addr;
};

/* What a frame's text means. Anything malformed is a name. */
struct frame frame_parse(const char *s, size_t len);

/* Add an address frame (kind not FRAME_NAME). */
void frame_put(struct buf *b, const struct frame *f);

/*
 * Add a name, made safe: ';' becomes ':'; newline, CR and tab a blank; other
 * control bytes and DEL '?'; bytes that are not UTF-8, and the byte order mark,
 * which at the begin of a file is no text, U+FFFD; blanks at either end go; a final
 * blank and number ("worker 7", "GLIBC 2.36") gets '_' for that blank; what would
 * read as an address gets '_' for its '$'; nothing becomes [unknown]. What is safe
 * already stays as it is.
 */
void frame_put_name(struct buf *b, const char *s, size_t len);

/* Cut what a frame without a name calls its module by out of its path: what is behind
 * the last slash, "[vdso]" without its brackets. */
void frame_cut_module(const char **path, size_t *len);

/* Add a comm, safe as a name is, blanks as '_', and never starting with '#'. Without
 * the pid behind it, too, it is no address. */
void frame_put_comm(struct buf *b, const char *s, size_t len);

/* Add the process frame: comm-pid, or comm-pid/tid if tid is not 0. */
void frame_put_root(struct buf *b, const char *comm, uint32_t pid,
    uint32_t tid);

struct frame_root {
	size_t comm_len; /* the comm is this many first bytes */
	uint32_t pid;
	uint32_t tid; /* 0: none given */
};

/* Read the process frame; false if it has no "-pid". */
GP_MUSTUSE bool frame_parse_root(const char *s, size_t len,
    struct frame_root *out);

#endif
