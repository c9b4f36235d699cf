/*
 * otlpres.h - the resources of an OTLP profile: processes, and the containers that
 * they are in.
 *
 *	docker:web;sh-7/7;main 1	container.runtime.name docker
 *	docker:web;sh-7/8;main 2	container.name web, process.pid 7,
 *					process.executable.name sh
 *
 * Threads of a process have it in common. Resource 0 is of stacks whose process is
 * not known. Each has a list of its stacks: nodes of the fold's stacktab, which
 * begins with entry[].first and goes on through next[].
 *
 * A zeroed struct otlpres is ready for otlpres_find(); otlpres_free() it.
 * Source: OpenTelemetry's semantic conventions of resources.
 */
#ifndef GP_OTLPRES_H
#define GP_OTLPRES_H

#include <stddef.h>
#include <stdint.h>

#include "base/intern.h"
#include "profile/fold.h"
#include "profile/otlpput.h"

struct otlpres_entry {
	uint32_t parent;      /* what it is in; 0: nothing */
	uint32_t name;        /* of the first head that it was met as; 0: none */
	uint32_t first, last; /* nodes that have samples of it; 0: none */
};

struct otlpres {
	struct otlpres_entry *entry;
	uint32_t n;
	uint32_t *next; /* by node: the next of the same one; 0: none */
	/* private */
	const struct fold *f;
	size_t cap;
	struct intern keys;
	uint32_t *of;   /* by node: its resource */
};

/* Find all of a fold that was made with heads.remember. */
void otlpres_find(struct otlpres *o, const struct fold *f);

/* Write one as a Resource, field 1 of what it is in. */
void otlpres_put(const struct otlpres *o, uint32_t id, struct otlpput *p);

void otlpres_free(struct otlpres *o);

#endif
