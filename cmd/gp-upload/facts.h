/*
 * facts.h - what meta.json says of this machine: its cloud, and its owner's words.
 *
 *	facts_begin(&f, u)	asks, in a process of its own
 *	…			the profile is read meanwhile
 *	facts_end(&f, &about)	waits for the rest of a second
 *
 * What a metadata server has said is kept for as long as the machine runs, in
 * /run/gp/cloud.json; that it said nothing, for ten minutes.
 */
#ifndef GP_FACTS_H
#define GP_FACTS_H

#include <stdint.h>
#include <sys/types.h>

#include "ship/about.h"
#include "upload.h"

struct facts {
	const struct upload *upload;
	enum cloud_kind cloud;
	pid_t child; /* 0: nobody is asked */
	int answer;  /* of the child, a pipe */
	uint64_t end; /* monotonic */
	bool known;  /* from the cache */
	struct about about;
};

void facts_begin(struct facts *f, const struct upload *u);

/* The result is the caller's to free. */
void facts_end(struct facts *f, struct about *about);

/* Whether the owner's file can be used; says why not. */
GP_MUSTUSE bool facts_check(const struct upload *u);

#endif
