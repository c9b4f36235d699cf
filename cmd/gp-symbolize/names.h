/*
 * names.h - from an address frame to the text that stands in its place.
 *
 *	$3+1c2f0               parse_line
 *	                       parse_line (json.c:88);skip_blanks (json.c:31)_[i]
 *	                                            if inlines, lines
 *	$3+99                  [libfoo.so]          no function there
 *	                       [libfoo.so+0x99]     if addrs
 *	$k+ffffffff81a0c0de    vfs_read_[k]
 *	$k+ffffffffc0a01230    nf_conntrack_in [nf_conntrack]_[k]
 *	$k+…                   [kernel]_[k]         none known
 *	$j4242+7f3a5c0010c0    LazyCompile:~parse /srv/json.js:12_[j]
 *	$j4242+…               [jit]
 *
 * Texts are made once for each function, or where more than its name is shown
 * for each (module, address), and then looked up, so a stream costs a hash
 * look a frame (framecache.h). The cache is emptied when it has grown to
 * NAMES_CACHE_MAX texts.
 *
 * What DWARF tells is best asked for many addresses at once (inlines.h). So where it
 * is wanted, names_wants_many(), the caller says which ones will come,
 * names_expect(), and then names_fetch().
 */
#ifndef GP_SYMBOLIZE_NAMES_H
#define GP_SYMBOLIZE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/intern.h"
#include "base/pairmap.h"
#include "compiled.h"
#include "dress.h"
#include "framecache.h"
#include "kernel.h"
#include "modules.h"
#include "stream/frame.h"
#include "stream/record.h"
#include "targets.h"

enum {
	NAMES_CACHE_MAX = 1 << 19,        /* addresses */
	NAMES_CACHE_BYTES_MAX = 24 << 20, /* of their texts */
	/* Longest text of one address; inlined functions beyond are left out. */
	NAMES_TEXT_MAX = 64 << 10,
	NAMES_WANTED_MAX = 1 << 16, /* addresses to fetch at once */
};

#define NAMES_DISK_MAX (256ull << 20) /* bytes of tables kept on disk */

struct names_wanted {
	uint64_t addr;
	uint32_t module;
};

/* Zeroed, then options set, it is ready. names_free() it. */
struct names {
	bool keep_raw;   /* leave what has no name as it came */
	bool addrs;      /* "[libfoo.so+0x1f2a]" where there is no name */
	bool no_jail;    /* read files in this process */
	bool offline;    /* ask no server */
	uint64_t server_ns; /* time to wait for servers, in all */
	uint64_t file_ns;   /* for one file */
	bool inlines;    /* inlined functions as frames of their own */
	bool lines;      /* source file and line */
	struct dress dress;
	struct targets targets;
	struct modules modules;
	struct compiled compiled;
	struct kernel kernel;
	struct cachedir disk; /* tables of functions that were kept */
	struct framecache frame; /* address of a module's or the kernel's -> text */
	struct pairmap cache; /* (address, what) -> text */
	struct pairmap functions; /* (function, 0), (module, 1) -> text */
	struct intern texts;
	struct names_wanted *wanted; /* to fetch */
	size_t nwanted, wanted_cap;
	struct pairmap is_wanted;
	struct buf raw, text; /* in use while one is made */
	uint64_t frames, made; /* addresses seen; texts made */
};

void names_init(struct names *n);

/* Take records that say what addresses mean: #gp, #process, #module, #jit,
 * #ksymbol, #kfunction, #time, #progress. False if one of these is malformed. */
GP_MUSTUSE bool names_take_record(struct names *n, const struct record *r);

/* True if a record makes nothing of what came before mean anything else: it tells
 * of a process or a module that is new, or of a function of the kernel. */
GP_MUSTUSE bool names_is_addition(const struct names *n,
    const struct record *r);

enum names_added {
	NAMES_TEXT,    /* the frame was a name already */
	NAMES_ADDRESS,
};

/* A frame as it came. */
struct names_frame {
	const char *s;
	size_t len;
	struct framecache_key key;
};

/* Read the frame at s, as framecache_read() does, and have what is known of it come
 * near. */
static inline struct names_frame
names_read(const struct names *n, const char *s)
{
	struct names_frame f = { .s = s };

	f.len = framecache_read(s, &f.key);
	framecache_prefetch(&n->frame, &f.key);
	return f;
}

/* Its text, if that is known and it is an address; NULL: names_add(). Valid until
 * then. */
static inline const struct framecache_entry *
names_known(const struct names *n, const struct names_frame *f)
{
	return framecache_get(&n->frame, &f->key);
}

/* Add the text of a frame; what was not fetched is looked for by itself. */
enum names_added names_add(struct names *n, const struct names_frame *f,
    struct buf *out);

/* True if every address must be expected and fetched. */
static inline bool
names_wants_many(const struct names *n)
{
	return n->inlines || n->lines;
}

/* Say that a frame will come. True if it is time to fetch. */
bool names_expect(struct names *n, const struct names_frame *f);

/* Get what is expected. */
void names_fetch(struct names *n);

void names_free(struct names *n);

#endif
