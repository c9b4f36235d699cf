/*
 * fold.h - stacks of whatever source, merged into one profile.
 *
 *	#process pid=4242 comm=python3 container=9f86d081884c… engine=docker
 *	#module id=3 path=/usr/lib/x86_64-linux-gnu/libc.so.6
 *	python3-4242;main (app.py:31)_[p];$3+1c2f0;$k+ffffffff81a0c0de 17
 * becomes, with the container asked for,
 *	docker:9f86d081884c;python3;main (app.py:31)_[p];
 *	    [libc.so.6+0x1c2f0];[kernel+0xffffffff81a0c0de]_[k] 17
 *
 * Stacks come as lines of text (fold_sample), with the records between them, or
 * as arrays of frames (fold_stack). What is only true within one stream is
 * replaced by what is true everywhere, so that stacks of several streams merge:
 * addresses become files' names (frames.h), the process frame loses its pid
 * unless it is wanted. Lines that no #gp record came before are folded text of
 * others (or of gp-collapse): their first frame is taken as it is, a '$' in it
 * means nothing.
 *
 * The heads of a stack are what stands before its functions: its places
 * (heads.h) or the event, if asked for, and the process. No filter takes them
 * away, but --root.
 *
 * Every frame of the result is safe (frame_put_name), no line of the result is
 * longer than FOLD_LINE_MAX: deeper stacks lose the frames next to the process
 * and have [truncated] there. Counts are kept, whatever happens to the frames.
 *
 * A struct fold is zeroed, then options may be set, then lines come. Whoever
 * declares it calls fold_free(). It must not be moved.
 */
#ifndef GP_FOLD_H
#define GP_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "profile/frames.h"
#include "profile/heads.h"
#include "profile/meta.h"
#include "profile/parts.h"
#include "profile/profile.h"
#include "profile/seen.h"
#include "stream/record.h"

/* Bytes in a line with its newline; Pyroscope stops reading at a longer one. */
#define FOLD_LINE_MAX 65535u

struct fold_options {
	struct heads_options heads;
	struct frames_options frames;
	bool merge_recursion; /* a;b;b;c becomes a;b;c */
};

/* Things that happened in a line and deserve a word; beside frames_note. */
enum { FOLD_DEEP = 4 }; /* frames were cut */

enum fold_err {
	FOLD_ESUM = -1,  /* counts add up to more than 2^64 - 1; not counted */
	FOLD_ENONE = -2, /* parts are all that there was, and round to 0 */
};

struct fold {
	struct fold_options opt;
	struct profile profile; /* the result */
	struct meta meta;
	uint64_t filtered;      /* samples that the filter left out */
	unsigned notes;         /* of the last line */
	uint32_t last;          /* the node that it was counted at; 0: none */
	struct frames frames;
	struct parts parts;     /* of node 0: of what the filter left out */
	/* private */
	bool stream;            /* between #gp and #end */
	struct heads heads;
	struct seen seen;       /* nodes of lines */
	struct buf prev;        /* the line before */
	uint32_t *prev_id;      /* or the frames of the stack before */
	size_t prev_n, prev_cap, prev_heads;
	struct fold_mark *mark; /* of either */
	size_t marks, mark_cap;
	struct buf text;
	uint32_t *path;
	size_t path_cap;
};

/* Take a record: #gp, #process, #module, #lost, #end; others mean nothing
 * here. */
void fold_record(struct fold *f, const struct record *r);

/* What is read next is another file: no stream is open. */
void fold_next_file(struct fold *f);

/* Add a sample line's stack. 0 or a fold_err; sets f->notes. */
GP_MUSTUSE int fold_sample(struct fold *f, const char *stack, size_t len,
    uint64_t count);

/* The same with nano billionths of a sample more, below one. */
GP_MUSTUSE int fold_sample_part(struct fold *f, const char *stack, size_t len,
    uint64_t count, uint32_t nano);

/* When all is added: round such parts. 0 or a fold_err. */
GP_MUSTUSE int fold_round(struct fold *f);

/* The number of a frame for fold_stack(), in a file or in FRAMES_NO_MODULE. Good
 * until fold_free(). */
uint32_t fold_frame(struct fold *f, const char *text, size_t len,
    uint32_t module);

/* The same for heads: see heads_event(), heads_process(), heads_container(),
 * heads_app(), heads_get(). */
uint32_t fold_event(struct fold *f, const char *name, size_t len);
uint32_t fold_process(struct fold *f, const char *comm, size_t len,
    int64_t pid, int64_t tid);
uint32_t fold_container(struct fold *f, const char *text, size_t len);
uint32_t fold_app(struct fold *f, const char *text, size_t len);
const struct head *fold_head(const struct fold *f, uint32_t name);

/* Add a stack: n frames, outermost first, heads of which are its heads. n is at
 * least 1. 0 or a fold_err; sets f->notes. */
GP_MUSTUSE int fold_stack(struct fold *f, const uint32_t *frame, size_t n,
    size_t heads, uint64_t count);

/* The same with nano billionths of a sample more, below one. */
GP_MUSTUSE int fold_stack_part(struct fold *f, const uint32_t *frame, size_t n,
    size_t heads, uint64_t count, uint32_t nano);

void fold_free(struct fold *f);

#endif
