/*
 * names.h - what container engines call their containers.
 *
 *	9f86d081884c…	web
 *	1b4f0e985197…	nginx	web-5d4f	shop
 *	^id		^name	^pod		^its name space in Kubernetes
 *
 * The table that the readers of the engines' answers fill (docker.h, cri.h) and
 * gp-discover looks ids up in. Only what has the form that engines allow gets in:
 * ids of 64 hexadecimal digits; names of letters, digits, '.', '-' and '_'. What
 * has another form is left out, since a wrong name is worse than none.
 *
 * Zeroed, it is empty; names_free() it.
 */
#ifndef GP_NAMES_H
#define GP_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/intern.h"

enum {
	NAMES_ID = 64,        /* digits of an id */
	NAMES_TEXT_MAX = 253, /* bytes of a name: Kubernetes has no longer */
	NAMES_MAX = 65536,    /* containers */
};

struct names_entry {
	const char *name;            /* never "" */
	const char *pod, *namespace; /* "" outside of Kubernetes */
};

struct names {
	struct intern ids, texts;
	struct names_entry *entry; /* by id in ids */
	uint32_t cap;
	uint64_t left_out;         /* entries that had another form, or no room */
};

/* A piece of somebody's answer. */
struct names_text {
	const char *s;
	size_t len;
};

/* Add a container; pod and namespace have len 0 where there is none. What was known
 * of the same id before stays. */
void names_add(struct names *n, struct names_text id, struct names_text name,
    struct names_text pod, struct names_text namespace);

/* NULL: it is not known. */
const struct names_entry *names_find(const struct names *n, const char *id,
    size_t len);

void names_free(struct names *n);

#endif
