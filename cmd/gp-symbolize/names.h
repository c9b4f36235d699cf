/*
 * names.h - from an address frame to the text that stands in its place.
 *
 *	$3+1c2f0               parse_line
 *	$3+99                  [libfoo.so]          no function there
 *	                       [libfoo.so+0x99]     if addrs
 *	$k+ffffffff81a0c0de    vfs_read_[k]
 *	$k+ffffffffc0a01230    nf_conntrack_in [nf_conntrack]_[k]
 *	$k+…                   [kernel]_[k]         none known
 *	$j4242+7f3a5c0010c0    LazyCompile:~parse /srv/json.js:12_[j]
 *	$j4242+…               [jit]
 *
 * Texts are made once for each (module, address) and then looked up, so a stream
 * costs a hash lookup a frame. The cache is emptied when it has grown to
 * NAMES_CACHE_MAX texts.
 */
#ifndef GP_SYMBOLIZE_NAMES_H
#define GP_SYMBOLIZE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/intern.h"
#include "base/pairmap.h"
#include "modules.h"
#include "proc/kernsyms.h"
#include "stream/frame.h"
#include "stream/record.h"
#include "targets.h"

enum {
	NAMES_CACHE_MAX = 1 << 19,        /* addresses */
	NAMES_CACHE_BYTES_MAX = 24 << 20, /* of their texts */
	/* Longest text of one frame; the rest is cut off and "..." put there.
	 * 1,200 frames of it still fit into a line. */
	NAMES_TEXT_MAX = 8192,
};

#define NAMES_DISK_MAX (256ull << 20) /* bytes of tables kept on disk */

enum names_kernel {
	NAMES_KERNEL_UNREAD,
	NAMES_KERNEL_READ,
	NAMES_KERNEL_NONE, /* cannot be read */
};

/* Zeroed, then options set, it is ready. names_free() it. */
struct names {
	bool keep_raw;   /* leave what has no name as it came */
	bool no_demangle;
	bool addrs;      /* "[libfoo.so+0x1f2a]" where there is no name */
	bool no_jail;    /* read files in this process */
	bool offline;    /* ask no server */
	uint64_t server_ns; /* time to wait for servers, in all */
	uint64_t file_ns;   /* for one file */
	bool no_templates, no_args, no_clones; /* simplify.h, demangle.h */
	struct targets targets;
	struct modules modules;
	enum names_kernel kernel;
	struct kernsyms kernsyms;
	struct cachedir disk; /* tables of functions that were kept */
	struct pairmap cache; /* (address, what) -> text */
	struct intern texts;
	struct buf raw, text; /* in use while one is made */
	uint64_t frames, made; /* addresses seen; texts made */
};

void names_init(struct names *n);

/* Take records that say what addresses mean: #gp, #process, #module. False if
 * one of these is malformed. */
GP_MUSTUSE bool names_take_record(struct names *n, const struct record *r);

/* Add the text of an address frame. text, len: the frame as it came. */
void names_add(struct names *n, const struct frame *f, const char *text,
    size_t len, struct buf *out);

void names_free(struct names *n);

#endif
