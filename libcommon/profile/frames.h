/*
 * frames.h - frames as they came, and the names that they become.
 *
 *	#module id=3 path=/usr/lib/x86_64-linux-gnu/libc.so.6
 *	$3+1c2f0             [libc.so.6+0x1c2f0]
 *	$k+ffffffff81a0c0de  [kernel+0xffffffff81a0c0de]_[k]
 *	$j4242+7f3a10        [jit-4242+0x7f3a10]_[j]
 *	a;b	c            a:b c
 *
 * Every text is looked at once: suffixes that nobody wants are taken off, the
 * name is made safe (frame_put_name) and no longer than FRAMES_NAME_MAX, and
 * matched with the filter. After that it is a number, as long as it means the
 * same: what '$' means ends with its stream.
 *
 * With modules wanted, a name carries the module that its frame is in behind a
 * NUL: frames of two files are two, though they read the same. See
 * frames_module().
 *
 * A struct frames is zeroed, then names and options are set, then texts come.
 * Whoever declares it calls frames_free().
 */
#ifndef GP_FRAMES_H
#define GP_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/intern.h"
#include "base/pairmap.h"
#include "profile/filter.h"
#include "stream/record.h"

/* Bytes in a name; what is longer ends in "...". */
#define FRAMES_NAME_MAX 16384u
#define FRAMES_NO_MODULE UINT32_MAX

struct frames_options {
	uint32_t drop;   /* suffixes to take off, see suffix.h */
	bool strip_hex;  /* 0x1f2a becomes 0x... */
	bool modules;    /* names carry their module */
	bool raw;        /* names stay as they are, safe or not */
	const struct filter *filter; /* NULL: none */
};

/* Things that happened and deserve a word. */
enum frames_note {
	FRAMES_UNKNOWN_MODULE = 1, /* an address in a module never announced */
	FRAMES_LONG_NAME = 2,      /* a name was cut */
};

/* What a text became. */
struct frames_entry {
	uint32_t name;       /* in names */
	uint32_t generation; /* of what '$' means, plus 1; 0: for ever */
	unsigned flags;      /* of filter.h */
	unsigned notes;
	bool known;
};

struct frames {
	struct intern *names; /* the caller's */
	struct frames_options opt;
	/* private */
	uint32_t generation;
	struct intern texts;
	struct frames_entry *entry; /* by number of the text */
	uint32_t cap;
	struct intern modules;      /* path NUL build id NUL separator */
	struct pairmap module;      /* id in the stream -> number in modules */
	struct buf text, clean;
};

/*
 * The number of a text. addresses: whether '$' means something, that is, it is
 * of a gp stream. The number is good until the next frames_forget() or new
 * module; texts without addresses keep theirs.
 */
uint32_t frames_add(struct frames *f, const char *s, size_t len,
    bool addresses);

/* The same for a frame of which is known that it is in a file. */
uint32_t frames_add_in(struct frames *f, const char *s, size_t len,
    uint32_t module);

/* The same for a head, as one that no frame of the same text is, and no head of
 * the other kind: see frames_text(). Not with opt.raw. */
uint32_t frames_add_head(struct frames *f, const char *s, size_t len,
    bool event);

/* A file: its number. Each (path, build id) once; build_id may be NULL. */
uint32_t frames_add_module(struct frames *f, const char *path,
    const char *build_id);

/* Take a #module record. True if what '$' means is not as it was. */
bool frames_take_module(struct frames *f, const struct record *r);

/* What '$' means begins anew. */
void frames_forget(struct frames *f);

/* With opt.modules: the length of what is to be read of a name, and the number
 * of its module, or FRAMES_NO_MODULE. */
size_t frames_module(const struct frames *f, uint32_t name, uint32_t *module);

/* What is to be read of any name: without its module, or the mark of a head. */
const char *frames_text(const struct frames *f, uint32_t name, size_t *len);

/* Of a module's number. The build id may be "". */
const char *frames_module_path(const struct frames *f, uint32_t module);
const char *frames_module_build_id(const struct frames *f, uint32_t module);

void frames_free(struct frames *f);

#endif
