/*
 * tables.h - the unwind rows that the sampler walks by.
 *
 * A pool of slots, shared with the BPF program (see bpf/sampler.h), which hold
 * blocks of the rows of the modules that walks came through:
 *
 *	module 3: libc.so.6    blocks 0 1 2 … 22      all in slots
 *	module 9: libLLVM.so   blocks 0 1 2 … 800     those in slots that a walk
 *	                                              asked for
 *
 * While there is room, a module is loaded whole. When there is not, block by
 * block, as walks ask; and the blocks that were not used for longest leave. A
 * slot that was emptied rests until the next poll, so that no walk that is under
 * way meets other rows in it.
 *
 * Rows come from the cache on disk or are made from the file. In the pool they
 * count in file offsets. A stretch of code without rows, at least TABLES_FP_GAP
 * long, was made by a compiler that keeps frame pointers instead (V8's embedded
 * builtins): it gets the frame-pointer rule. Files without any rows, and memory
 * that is no file, are walked by frame pointers too.
 */
#ifndef GP_RECORD_TABLES_H
#define GP_RECORD_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "elf/elffile.h"
#include "sampler.h"
#include "unwind/rowcache.h"
#include "unwind/rows.h"
#include "unwind/step.h"

/* Hand-written assembler leaves gaps of a few hundred bytes at most. */
#define TABLES_FP_GAP (32 * 1024)

struct tables_slot {
	uint32_t block; /* of the directory, or SAMPLER_NO_SLOT: free */
	uint32_t next;  /* in the free list, or in the resting one */
};

/* A module whose rows are at hand in our own memory: what is loaded in parts will
 * be asked for other parts soon. */
struct tables_open {
	struct rows rows; /* none: this place is free */
	uint32_t module;
	uint64_t used;    /* by tables.clock */
	uint64_t epoch;   /* CLOCK_MONOTONIC ns >> 30 of the last use */
};

enum {
	TABLES_OPEN_MAX = 4,
	TABLES_OPEN_ROWS = 256 * 1024, /* all together, when one more comes */
};

/* Slots that stay mapped, since the frames of a walk come back to them; 8 KiB of
 * this process's memory each. */
enum { TABLES_MAPPED = 32 };

struct tables_mapped {
	uint32_t slot;
	struct unwind_row *rows; /* NULL: none */
};

struct tables {
	struct sampler *sampler;
	struct sampler_pool pool;
	struct rowcache cache;
	struct sampler_module *module; /* by module: what the sampler has */
	uint32_t n;
	struct tables_slot *slot;
	uint32_t free, nfree;          /* list of slots */
	uint32_t resting;              /* list of slots, free at the next poll */
	uint32_t nblocks;              /* of the directory, in use */
	struct tables_open open[TABLES_OPEN_MAX];
	struct tables_mapped mapped[TABLES_MAPPED]; /* by slot, modulo */
	uint64_t clock;                /* orders the uses of open ones */
	uint64_t loads, evictions;     /* of blocks */
	bool fresh;                    /* some were loaded since the last poll */
	uint64_t epoch;                /* CLOCK_MONOTONIC ns >> 30 */
	uint64_t full;                 /* modules that the directory had no
					* room for */
};

/* Start with an empty pool and the cache on disk, if it can be used. */
void tables_init(struct tables *t, struct sampler *sampler);

/* Whether tables_rule() can tell the rule at a file offset; if not, it wants
 * tables_load() first. */
bool tables_have(struct tables *t, uint32_t module, uint64_t off);

/*
 * Load a module, or keep it open for what is missing of it.
 *
 * f: its file, open; NULL if there is none to read: then it is walked by frame
 * pointers if it was never loaded. root: where its debug file may be, or NULL.
 */
void tables_load(struct tables *t, uint32_t module, const struct elffile *f,
    struct filerows_root *root);

/* The rule that covers a file offset of a module, after tables_load(); none, if it
 * was never called. The sampler will know it too, if there is room. */
uint32_t tables_rule(struct tables *t, uint32_t module, uint64_t off);

/* Make room for what will be asked for next. now: CLOCK_MONOTONIC, ns. */
void tables_poll(struct tables *t, uint64_t now);

void tables_free(struct tables *t);

#endif
