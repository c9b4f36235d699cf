/*
 * fold.h - lines of streams and of folded text, merged into one profile.
 *
 *	#process pid=4242 comm=python3 container=9f86d081884c… engine=docker
 *	#module id=3 path=/usr/lib/x86_64-linux-gnu/libc.so.6
 *	python3-4242;main (app.py:31)_[p];$3+1c2f0;$k+ffffffff81a0c0de 17
 * becomes, with the container asked for,
 *	docker:9f86d081884c;python3;main (app.py:31)_[p];
 *	    [libc.so.6+0x1c2f0];[kernel+0xffffffff81a0c0de]_[k] 17
 *
 * What is only true within one stream is replaced by what is true everywhere, so
 * that stacks of several streams merge: module numbers become file names,
 * the process frame loses its pid unless it is wanted. A module whose addresses
 * are file offsets has '@' for '+'. Lines that no #gp record came before are
 * folded text of others (or of gp-collapse): their process frame is taken as it
 * is, a '$' in it means nothing.
 *
 * Every frame of the result is safe (frame_put_name), no line of the result is
 * longer than FOLD_LINE_MAX: deeper stacks lose the frames next to the process
 * and have [truncated] there. Counts are kept, whatever happens to the frames.
 *
 * A struct fold is zeroed, then options may be set, then lines come. Whoever
 * declares it calls fold_free().
 */
#ifndef GP_FOLD_H
#define GP_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/intern.h"
#include "profile/filter.h"
#include "profile/meta.h"
#include "profile/profile.h"
#include "stream/record.h"

/* Bytes in a line with its newline; Pyroscope stops reading at a longer one. */
#define FOLD_LINE_MAX 65535u
/* Bytes in one frame; what is longer ends in "...". */
#define FOLD_FRAME_MAX 16384u

struct fold_options {
	bool pid;          /* comm-PID */
	bool tid;          /* comm-PID/TID */
	bool container;    /* a frame for the container before the process */
	uint32_t drop;     /* suffixes to take off, see suffix.h */
	const struct filter *filter; /* NULL: none */
};

/* Things that happened in a line and deserve a word. */
enum fold_note {
	FOLD_NO_MODULE = 1, /* an address in a module that is not known */
	FOLD_LONG_NAME = 2, /* a frame was cut */
	FOLD_DEEP = 4,      /* frames were cut */
};

enum fold_err {
	FOLD_ESUM = -1, /* counts add up to more than 2^64 - 1; not counted */
};

/* A table from small numbers that strangers chose to numbers. */
struct fold_map {
	struct intern keys;
	uint32_t *value;
	uint32_t cap;
};

struct fold {
	struct fold_options opt;
	struct profile profile; /* the result */
	struct meta meta;
	uint64_t filtered;      /* samples that the filter left out */
	unsigned notes;         /* of the last line */
	/* private */
	bool stream;            /* between #gp and #end */
	uint32_t generation;    /* of what '$' means; see struct fold_token */
	struct intern tokens;   /* frames as they came */
	struct fold_token *token;
	uint32_t token_cap;
	struct intern modules;  /* "libc.so.6+" */
	struct fold_map module; /* module id -> number in modules */
	struct fold_map process; /* pid -> token of its container's frame */
	struct buf prev;        /* the stack before, and where its frames end */
	struct fold_mark *mark;
	size_t marks, mark_cap;
	struct buf text, clean;
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

void fold_free(struct fold *f);

#endif
