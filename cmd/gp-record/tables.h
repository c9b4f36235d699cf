/*
 * tables.h - the unwind rows that the sampler walks by.
 *
 * A pool of rows, shared with the BPF program, in which each module that a walk
 * came through has its piece:
 *
 *	| libc.so.6 ......... | ld.so .. | bash ...... | (free) |
 *	 first, count          first, count
 *
 * Rows come from the cache on disk or are made from the file. In the pool they
 * count in file offsets (see bpf/sampler.h). A stretch of code without rows, at
 * least TABLES_FP_GAP long, was made by a compiler that keeps frame pointers
 * instead (Go, V8's embedded builtins): it gets the frame-pointer rule. Files
 * without any rows, and memory that is no file, are walked by frame pointers too.
 */
#ifndef GP_RECORD_TABLES_H
#define GP_RECORD_TABLES_H

#include <stdint.h>

#include "elf/elffile.h"
#include "sampler.h"
#include "unwind/rowcache.h"
#include "unwind/step.h"

/* Hand-written assembler leaves gaps of a few hundred bytes at most. */
#define TABLES_FP_GAP (32 * 1024)

struct tables {
	struct sampler *sampler;
	struct unwind_row *pool;
	uint32_t pool_rows, used;
	struct rowcache cache;
	struct sampler_module *module; /* by module: what the sampler has */
	uint32_t n;
	uint64_t full; /* modules that found no room */
};

/* Start with an empty pool and the cache on disk, if it can be used. */
void tables_init(struct tables *t, struct sampler *sampler,
    uint32_t pool_rows);

/*
 * Load a module's rows, once.
 *
 * f: its file, open; NULL if there is none to read, and then it is walked by
 * frame pointers. Does nothing if the module was loaded already.
 */
void tables_load(struct tables *t, uint32_t module, const struct elffile *f);

/* Whether tables_load() was called for it. */
bool tables_have(const struct tables *t, uint32_t module);

/* The rule that covers a file offset of a loaded module. */
uint32_t tables_rule(const struct tables *t, uint32_t module, uint64_t off);

void tables_free(struct tables *t);

#endif
