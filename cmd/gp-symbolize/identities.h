/*
 * identities.h - which files are known, and their build ids: kept on disk.
 *
 *	device, inode, size, times  ->  build id
 *
 * To learn a file's build id takes a request to the jail, and a first request
 * takes a jail; a run that names what the run before it named needs neither. A
 * file is the same if nothing that stat(2) tells of it has changed: nobody but
 * the machine's clock sets the time of the last change (ctime). What was changed
 * less than IDENTITIES_SETTLED_S ago may change again within one tick of it, and is
 * not kept; nor are files of strangers, and of file systems that are processes,
 * which could tell any time.
 *
 * Read when the first file is asked for, written as a whole if there is something
 * new, IDENTITIES_MAX at most. A zeroed struct identities with cache set is ready;
 * without, it knows none. identities_free() it.
 */
#ifndef GP_SYMBOLIZE_IDENTITIES_H
#define GP_SYMBOLIZE_IDENTITIES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/attr.h"
#include "base/cachedir.h"
#include "elf/buildid.h"

enum {
	IDENTITIES_MAX = 1024,
	IDENTITIES_SETTLED_S = 2,
};

#define IDENTITIES_VERSION 1u

/* As in the file. */
struct identities_entry {
	uint64_t dev, ino, size;
	uint64_t modified_s, changed_s;
	uint32_t modified_ns, changed_ns;
	uint8_t len; /* of its build id */
	uint8_t id[BUILDID_MAX];
	uint8_t pad[8 - (1 + BUILDID_MAX) % 8];
};

struct identities {
	struct cachedir *cache; /* the caller's */
	bool loaded, changed;
	struct identities_entry *v;
	uint32_t n, cap;
};

/* The build id of a file; false if it is not known. */
GP_MUSTUSE bool identities_find(struct identities *i, const struct stat *st,
    struct buildid *id);

/* Add a file that is not known. now: in seconds. */
void identities_add(struct identities *i, const struct stat *st,
    const struct buildid *id, uint64_t now);

/* Keep them, and forget them. */
void identities_free(struct identities *i);

#endif
