/*
 * intern.h - one small number for each distinct string.
 *
 * Names repeat in every stack; as numbers they compare with == and cost four
 * bytes. Ids count from 0 in order of first sight, so output that follows them
 * is the same for the same input. Strings stay where they are until
 * intern_free(). They may hold any byte; a NUL follows each.
 *
 * A zeroed struct intern is empty and ready. Running out of memory, or of ids
 * (2^32 - 1), ends the program.
 */
#ifndef GP_INTERN_H
#define GP_INTERN_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define INTERN_NONE UINT32_MAX

struct intern_entry {
	const char *s;
	uint32_t len;
	uint32_t hash; /* low half */
};

struct intern_slot;

struct intern {
	struct arena arena;         /* the strings */
	struct intern_entry *entry; /* by id */
	struct intern_slot *slot;   /* open addressing */
	uint32_t n;                 /* ids given out */
	uint32_t entry_cap;
	uint32_t slot_cap;          /* a power of two, or 0 */
};

/* The id of s, new or known. len must be below 4 GiB. */
uint32_t intern_add(struct intern *in, const char *s, size_t len);

/* The id of s, or INTERN_NONE. */
uint32_t intern_find(const struct intern *in, const char *s, size_t len);

/* The string of an id below in->n. */
static inline const char *
intern_str(const struct intern *in, uint32_t id)
{
	return in->entry[id].s;
}

static inline size_t
intern_len(const struct intern *in, uint32_t id)
{
	return in->entry[id].len;
}

void intern_free(struct intern *in);

#endif
