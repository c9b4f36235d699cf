/*
 * space.h - where code is mapped in one process.
 *
 * An array by address, in which a new mapping hides what it covers. Once a
 * process was sampled, its mappings are also in the sampler's trie, under the
 * image that the samples name; from then on every change goes there too.
 *
 * The trie follows a change only when its side-band record has been read, up to
 * a tenth of a second late. Code that replaced other code meanwhile was walked
 * by the rows of the old one, so such a mapping remembers since when the sampler
 * knows it. And where that happened once it may again, as with plug-ins that come
 * and go: walks that come to such a file are to ask for it, for a while, which is
 * right whatever is there.
 *
 * /proc tells of now, and samples are of a while ago. What was mapped in between,
 * as side-band records say that were not applied yet, is marked by space_later().
 *
 * A zeroed struct space is empty and ready.
 */
#ifndef GP_RECORD_SPACE_H
#define GP_RECORD_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "module.h"
#include "sampler.h"

struct mapping {
	uint64_t start, end, pgoff;
	uint64_t since;  /* CLOCK_MONOTONIC, ns; 0: walks were never misled */
	uint64_t from;   /* the same: when it was made, if that is known to be
			  * later than what /proc was read for; or 0 */
	uint64_t held;   /* the same: until when walks are to ask; or 0 */
	uint32_t replaced; /* how often other code was replaced here */
	uint32_t module;
	bool is_file;
};

struct space {
	struct mapping *map; /* by address, none overlap */
	uint32_t n, cap;
	uint32_t changes;    /* made so far */
	uint32_t last;       /* index of what was found last */
	uint32_t image;      /* installed under, if installed */
	bool holds;          /* some mappings are held, or were */
	bool installed;
	bool known;          /* it is whole: missing addresses are not mapped */
	uint64_t read;       /* CLOCK_MONOTONIC, ns: when /proc was, or 0 */
};

/* The mapping that holds addr, or NULL. Valid until the next change. */
const struct mapping *space_find(struct space *s, uint64_t addr);

/* Add a mapping. True if the sampler has walked by what it replaces. */
bool space_add(struct space *s, struct sampler *sampler,
    const struct mapping *m);

/*
 * Whether a mapping of a file, made at some time, is one that /proc has told of
 * already: it was read later, and has the same there. To replace it would only mean
 * to distrust it.
 */
bool space_has(struct space *s, const struct modules *modules,
    const struct mapping *m, uint64_t time);

/*
 * Be what the text of a /proc/PID/maps says: all executable mappings. The text is
 * used up. read: CLOCK_MONOTONIC, ns, of before it was read.
 *
 * False, and nothing changes, if it has no code: so it is for a moment in exec,
 * before there is a record of that, and in exit.
 */
GP_MUSTUSE bool space_take(struct space *s, struct sampler *sampler,
    struct modules *modules, struct buf *text, uint64_t read);

/* Be what another one is. Not installed. */
void space_copy(struct space *s, struct sampler *sampler,
    const struct space *from);

/* What holds an address in [start, end) was mapped at some time: before, it was
 * something else, that nobody knows any more. */
void space_later(struct space *s, struct sampler *sampler, uint64_t start,
    uint64_t end, uint64_t time);

/* Let the sampler know all of it, under an image; not one that leaves walks to
 * user space. */
void space_install(struct space *s, struct sampler *sampler, uint32_t image);

/* Let walks no longer ask for what has been there for long, at some time. */
void space_settle(struct space *s, struct sampler *sampler, uint64_t time);

/* Empty it, memory kept, and take it from the sampler. */
void space_clear(struct space *s, struct sampler *sampler);

void space_free(struct space *s, struct sampler *sampler);

#endif
