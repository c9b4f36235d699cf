/*
 * entry.h - one entry of a spool: its marks, and its end. What spool.c and
 * queue.c share; the picture is in spool.h.
 *
 * A mark is a file "for-NAME". It is empty, or holds how far the target's server
 * has got with a bundle that goes in several pieces, as twenty digits and a
 * newline, written over in place.
 *
 * Functions return 0 or -1 with errno set, unless they say otherwise.
 */
#ifndef GP_ENTRY_H
#define GP_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "ship/bound.h"

/* The targets that have marks, by name; bound_names_free() the list. An entry
 * that is gone has none. */
GP_MUSTUSE int entry_marks(int spool, const char *entry,
    struct bound_names *out);

/* Whether a target's mark is there, and how far it has got (may be NULL). */
GP_MUSTUSE bool entry_has_mark(int spool, const char *entry,
    const char *target, uint64_t *progress);

/* Add a mark to the folder of an entry; one that is there stays. */
GP_MUSTUSE int entry_add_mark(int folder, const char *target);

/* Note how far it has got. */
GP_MUSTUSE int entry_set_progress(int spool, const char *entry,
    const char *target, uint64_t progress);

/* Remove a mark: true if it was there. */
bool entry_drop_mark(int spool, const char *entry, const char *target);

/* Remove an entry: it vanishes at once, then its files go. */
GP_MUSTUSE int entry_remove(int spool, const char *entry);

/* Remove a folder of any name with the files in it; errors stay in it. */
void entry_clear(int spool, const char *folder);

#endif
