/*
 * about.h - what is told of a machine beside its profile: which cloud it is in, and
 * what its owner says of it.
 *
 *	meta.json: {…,"cloud":{"provider":"aws","instance_id":"i-0a1b",…},
 *	              "metadata":{"team":"search","tier":"1"}}
 *
 * Both are lists of pairs, in the order in which they were found, each key once. A
 * key is of letters, digits, '.', '-', '_' and '/'; a value is text of one line.
 * What is another, or beyond the bounds, is left out and counted.
 *
 * Zeroed, it is empty; about_free() it.
 */
#ifndef GP_ABOUT_H
#define GP_ABOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "profile/col.h"

enum {
	ABOUT_PAIRS_MAX = 64,
	ABOUT_KEY_MAX = 64,     /* bytes */
	ABOUT_VALUE_MAX = 512,
	ABOUT_FILE_MAX = 65536,
};

struct about_list {
	struct col_pair pair[ABOUT_PAIRS_MAX];
	size_t n;
};

struct about {
	struct arena mem;
	struct about_list cloud; /* its provider first; none: not known */
	struct about_list own;
	uint64_t left_out;
};

/* Add a pair to one of its lists. */
void about_add(struct about *a, struct about_list *l, const char *key,
    const char *value, size_t len);

/* Add the members of a JSON object whose values are text, numbers or booleans. */
void about_add_object(struct about *a, struct about_list *l,
    const struct json_value *object);

/*
 * Read the owner's file: lines KEY=VALUE, with '#' before a comment; or a JSON
 * object. As gProfiler has it, pairs may stand in a member "static", and then those
 * of others, which are about single processes, are gp-discover's. False if it is
 * neither, with why.
 */
GP_MUSTUSE bool about_parse(struct about *a, const char *text, size_t len,
    struct buf *why);

/* Write both as members of the object that is open; none that is empty. */
void about_write(const struct about *a, struct jsonw *w);

/* Read them back from meta.json. */
void about_read(struct about *a, const struct json_value *meta);

void about_free(struct about *a);

#endif
