/*
 * names.h - what container engines call their containers.
 *
 *	9f86d081884c…	web				registry.example/web:1.4
 *	1b4f0e985197…	nginx	web-5d4f	shop	nginx@sha256:…
 *	^id		^name	^pod		^space	^image
 *						its name space in Kubernetes
 *
 * The table that the readers of the engines' answers fill (docker.h, cri.h) and
 * gp-discover looks ids up in. Only what has the form that engines allow gets in:
 * ids of 64 hexadecimal digits; names of letters, digits, '.', '-' and '_'. What
 * has another form is left out, since a wrong name is worse than none. An image may
 * have '/', ':' and '@' too; one of another form costs no container its name.
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
	NAMES_IMAGE_MAX = 384, /* of an image: a reference with its digest */
	NAMES_MAX = 65536,    /* containers */
};

struct names_entry {
	const char *name;            /* never "" */
	const char *pod, *namespace; /* "" outside of Kubernetes */
	const char *image;           /* "" if it is not known */
};

struct names {
	struct intern ids, texts;
	struct names_entry *entry; /* by id in ids */
	size_t cap;
	uint64_t left_out;         /* entries that had another form, or no room */
};

/* A piece of somebody's answer. */
struct names_text {
	const char *s;
	size_t len;
};

/* A container in one: len is 0 where there is none. */
struct names_container {
	struct names_text id, name, pod, namespace, image;
};

/* Add it. What was known of the same id before stays. */
void names_add(struct names *n, const struct names_container *c);

/* NULL: it is not known. */
const struct names_entry *names_find(const struct names *n, const char *id,
    size_t len);

void names_free(struct names *n);

#endif
