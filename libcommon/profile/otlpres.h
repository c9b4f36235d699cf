/*
 * otlpres.h - the resources of an OTLP profile: processes, and the containers that
 * they are in.
 *
 *	docker:web;sh-7/7;main 1	container.runtime.name docker
 *	docker:web;sh-7/8;main 2	container.name web, process.pid 7,
 *					process.executable.name sh
 *
 * Threads of a process have it in common. Resource 0 is of stacks whose process is
 * not known. Each has a profile for each event that it has samples of, or for
 * samples of none (events.h), from entry[].first on through profile[].next; and a
 * profile a list of its stacks: nodes of the fold's stacktab, which begins with
 * profile[].first and goes on through next[].
 *
 * A zeroed struct otlpres is ready for otlpres_find(); otlpres_free() it.
 * Source: OpenTelemetry's semantic conventions of resources.
 */
#ifndef GP_OTLPRES_H
#define GP_OTLPRES_H

#include <stddef.h>
#include <stdint.h>

#include "base/intern.h"
#include "base/pairmap.h"
#include "profile/events.h"
#include "profile/fold.h"
#include "profile/otlpput.h"

struct otlpres_entry {
	uint32_t parent;      /* what it is in; 0: nothing */
	uint32_t name;        /* of the first head that it was met as; 0: none */
	uint32_t first, last; /* its profiles; 0: none */
};

struct otlpres_profile {
	uint32_t event;       /* its number; 0: none */
	uint32_t next;        /* of the same resource; 0: none */
	uint32_t first, last; /* nodes that have samples of it */
};

struct otlpres {
	struct otlpres_entry *entry;
	uint32_t n;
	struct otlpres_profile *profile; /* from 1 */
	uint32_t *next; /* by node: the next of the same profile; 0: none */
	struct events events;
	/* private */
	const struct fold *f;
	size_t cap, profile_cap;
	uint32_t profiles;
	struct pairmap profile_at; /* (resource, event) -> profile */
	struct intern keys;
	uint32_t *of;   /* by node: its resource */
};

/* Find all of a fold that was made with heads.remember. */
void otlpres_find(struct otlpres *o, const struct fold *f);

/* Write one as a Resource, field 1 of what it is in. */
void otlpres_put(const struct otlpres *o, uint32_t id, struct otlpput *p);

void otlpres_free(struct otlpres *o);

#endif
