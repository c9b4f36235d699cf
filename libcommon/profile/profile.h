/*
 * profile.h - a merged profile in memory, and its folded text.
 *
 *	bash;main;read 3        names:  0 bash, 1 main, 2 read, 3 write
 *	bash;main;write 4       stacks: bash ── main ┬─ read  3
 *	                                             └─ write 4
 *
 * Frames are numbers of names, stacks are nodes of a stacktab, so memory depends
 * on distinct stacks only. Whoever fills it pushes frames into stacks itself and
 * counts with profile_count(). Names must be safe frames (frame_put_name) and
 * the outermost must not start with '#'. A mark, which is a NUL and a letter, may
 * follow: it tells a name from another that reads the same, and is in no text.
 *
 * A zeroed struct profile is empty and ready; profile_free() it.
 */
#ifndef GP_PROFILE_H
#define GP_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/intern.h"
#include "stream/stacktab.h"
#include "stream/stream.h"

struct profile {
	struct intern names;
	struct stacktab stacks;
	uint64_t samples; /* sum of all counts; no single one can overflow */
};

/* Count samples of the stack that ends at node; false (and nothing counted) if
 * the sum of all would pass 2^64 - 1. */
GP_MUSTUSE bool profile_count(struct profile *p, uint32_t node,
    uint64_t count);

/* Bytes of a name without its mark. */
size_t profile_text_len(const char *name, size_t len);

/* Samples whose stack has the frame [truncated] anywhere. */
uint64_t profile_truncated(const struct profile *p);

/* Be given each stack that has samples, in the order of its bytes as in sort(1)
 * with LC_ALL=C. stack: its text, frames with ';' between, valid for the call. */
void profile_visit(const struct profile *p,
    void (*visit)(void *arg, const char *stack, size_t len, uint32_t node),
    void *arg);

/* Write "stack count" lines in that order. Errors stay in the writer's FILE. */
void profile_write_folded(const struct profile *p, struct stream_writer *w);

/* Self and total of one frame name over all stacks. */
struct profile_sum {
	uint32_t name;
	uint64_t self;  /* samples whose innermost frame it is */
	uint64_t total; /* samples that hold it, each once however often */
};

/*
 * Sums of every name that has samples: by self, then total, largest first, then
 * by the bytes of the name. Returns how many; *out is the caller's to free().
 */
size_t profile_sums(const struct profile *p, struct profile_sum **out);

void profile_free(struct profile *p);

#endif
