/*
 * modules.h - the modules of the stream, and the files behind them.
 *
 *	#module id=3 build_id=9c61… path=/usr/lib/libc.so.6 pid=4242 map=7f12a000-7f13b000
 *
 * The file is looked for (finder.h) when the record comes, and once more when an
 * address in it is to be named. The build id decides: a file that has another one
 * is refused, and the next place is tried. Only a record without a build id is
 * believed by its path.
 *
 * [vdso] is this process's own, if the build id is the same.
 */
#ifndef GP_SYMBOLIZE_MODULES_H
#define GP_SYMBOLIZE_MODULES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/pairmap.h"
#include "elf/buildid.h"
#include "finder.h"
#include "images.h"
#include "stream/record.h"
#include "targets.h"

#define MODULE_NONE UINT32_MAX

struct module {
	const char *path;
	const char *label;   /* "[libc.so.6]": what a frame without name is */
	struct buildid build_id; /* may be none */
	uint32_t target;     /* TARGET_NONE: not told */
	uint32_t image;      /* IMAGE_NONE: not found */
	uint64_t map_start, map_end; /* 0: not told */
	bool offsets;        /* addresses are file offsets */
	uint8_t tries;
	bool bad;            /* found, but of no use */
};

struct modules {
	struct module *v;
	uint32_t n, cap;
	struct pairmap by_id; /* of the current stream */
	struct arena arena;   /* paths and labels */
	struct images images;
	struct finder finder;
};

/* Take a #module record, and open its file. False if it is malformed. */
GP_MUSTUSE bool modules_add(struct modules *m, const struct record *r);

/* The number of a module by the id of the stream, or MODULE_NONE. Numbers, other
 * than ids, are never used again. */
uint32_t modules_find(const struct modules *m, uint32_t id);

/* Add a module that no record announced, the kernel's own file, and look for it.
 * MODULE_NONE if there is none. */
uint32_t modules_add_kernel(struct modules *m, const char *path,
    const struct buildid *id);

/* Where the first function at or above an address of a module is; false if there
 * is none. */
GP_MUSTUSE bool modules_first(struct modules *m, uint32_t module,
    uint64_t from, uint64_t *addr);

/* What is at an address of a module: a function, and a number that stands for it in
 * this run; or nothing that has a name. IMAGES_UNREAD: it takes modules_name() to
 * know. */
enum images_at modules_function(struct modules *m, uint32_t module,
    uint64_t addr, uint64_t *function);

/* Add the name of the function at an address of a module, as the file has it;
 * false, and nothing added, if there is none. */
GP_MUSTUSE bool modules_name(struct modules *m, uint32_t module, uint64_t addr,
    struct buf *b);

/* Have take() called with the frames at n addresses of a module, in ascending
 * order (inlines.h); not at all if its DWARF cannot be had. */
void modules_inlines(struct modules *m, uint32_t module, uint64_t *addr,
    size_t n, bool lines, inlines_take *take, void *arg);

/* A new #gp: ids begin anew. */
void modules_reset(struct modules *m);
void modules_free(struct modules *m);

#endif
