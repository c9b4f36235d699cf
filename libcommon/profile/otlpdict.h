/*
 * otlpdict.h - the dictionary of an OTLP profile: what its samples refer to by
 * number.
 *
 *	stackTable      [[], [1,2]]          locations, innermost first
 *	locationTable   [{}, {functions…}, …] with mappings, lines (locations.h)
 *	attributeTable  [{}, {thread.id: 7}]  of locations, mappings and samples
 *	stringTable     ["", "main", …]
 *
 * Numbers are given out while samples are written; the dictionary follows them.
 * Entry 0 of each table is the zeroed one.
 *
 * A zeroed struct otlpdict is ready for otlpdict_init(); otlpdict_free() it.
 * Source: ProfilesDictionary of opentelemetry/proto/profiles/v1development.
 */
#ifndef GP_OTLPDICT_H
#define GP_OTLPDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pairmap.h"
#include "profile/fold.h"
#include "profile/locations.h"
#include "profile/otlpput.h"
#include "stream/stacktab.h"

struct otlpdict_attribute {
	uint32_t key;  /* a string */
	bool is_text;
	int64_t value; /* a number, or a string */
};

struct otlpdict {
	struct locations locations;
	/* private */
	struct stacktab stacks; /* of locations; counts hold numbers of stacks */
	uint32_t *stack;        /* by number: the node */
	uint32_t stack_n;
	size_t stack_cap;
	struct otlpdict_attribute *attribute;
	uint32_t attributes;
	size_t attribute_cap;
	struct pairmap attribute_at; /* (value, key << 1 | is_text) -> number */
	uint32_t *path;
	size_t path_cap;
};

void otlpdict_init(struct otlpdict *o, const struct fold *f);

/* Numbers of a text, an attribute (value: a number, or a text's), a stack of n
 * locations, innermost first. */
uint32_t otlpdict_text(struct otlpdict *o, const char *s);
uint32_t otlpdict_attribute(struct otlpdict *o, const char *key, bool is_text,
    int64_t value);
uint32_t otlpdict_stack(struct otlpdict *o, const uint32_t *location, size_t n);

/* Write all tables, as fields of what they are in. */
void otlpdict_put(struct otlpdict *o, struct otlpput *p);

void otlpdict_free(struct otlpdict *o);

#endif
