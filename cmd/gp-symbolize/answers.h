/*
 * answers.h - what the DWARF of a file said of addresses, kept on disk.
 *
 *	addresses  8 bytes each, ascending
 *	ends       4 bytes each: where each answer ends
 *	answers    any bytes: inlines.h's own form
 *	trailer    magic, version, key, counts, age, sum
 *
 * To open a file's DWARF takes milliseconds, to read a unit of it tens; a profile
 * asks for the same addresses as the one before it. So what was answered is put
 * beside the tables of functions (tables.h), under the same key, and a later run
 * asks for what is new only.
 *
 * Nothing in the file is believed: it is checked as a whole when it is loaded, and
 * each answer is checked by its reader as if it came from the jail. It is written
 * as a whole, when there is something new; of two runs that do so at once the
 * later one's is kept. ANSWERS_MAX and ANSWERS_BYTES_MAX bound what one file has:
 * beyond that what is new is not kept.
 *
 * That there is no answer is believed for ANSWERS_NONE_S: the missing half of a
 * split unit, or a debug file, may be installed.
 *
 * Zeroed, it is empty and knows no place on disk. answers_free() it.
 */
#ifndef GP_SYMBOLIZE_ANSWERS_H
#define GP_SYMBOLIZE_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/cachedir.h"
#include "base/pairmap.h"

enum {
	ANSWERS_MAX = 1 << 16,       /* addresses of one file */
	ANSWERS_BYTES_MAX = 4 << 20, /* of their answers */
	ANSWERS_KEY_MAX = 256,
	ANSWERS_NONE_S = 3600,
};

/* Of the format, and of what is asked of DWARF. */
#define ANSWERS_VERSION 1u

struct answers {
	struct pairmap known; /* address -> number */
	uint64_t *addr;
	uint32_t *end;        /* in bytes */
	uint32_t n, cap;
	struct buf bytes;
	uint64_t since;       /* when the oldest of them was given, in seconds */
	bool changed;
};

/* Load what is kept under a key. now: in seconds. */
void answers_load(struct answers *a, struct cachedir *c, const char *key,
    uint64_t now);

/* The answer for an address; false if it is not known. Valid until the next
 * change. */
GP_MUSTUSE bool answers_find(const struct answers *a, uint64_t addr,
    const char **p, size_t *len);

/* Add one that is not known. */
void answers_add(struct answers *a, uint64_t addr, const void *p, size_t len);

/* Keep them, if there are new ones. */
void answers_store(struct answers *a, struct cachedir *c, const char *key);

/* Bytes of memory. */
size_t answers_memory(const struct answers *a);

void answers_free(struct answers *a);

#endif
