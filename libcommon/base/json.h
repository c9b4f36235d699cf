/*
 * json.h - reading JSON that strangers wrote. (jsonw.h writes it.)
 *
 *	struct json_doc d;
 *	if (json_parse(&d, text, len, NULL)) {
 *		const char *host = json_str(json_get(d.root, "host"), NULL);
 *		...
 *		json_free(&d);
 *	} else
 *		diag_error("%s: %s", path, d.error);
 *
 * A whole document is parsed, then looked at. It cannot be larger, deeper or take
 * more memory than the limits say: eight bytes of text may make a hundred in
 * memory. It must be UTF-8, have no key twice in one object, and end where the
 * text does. A number that is whole is kept as one of 64 bits; one that does not
 * fit is an error.
 *
 * Looking forgives: every function takes NULL, or a value of another kind, and
 * says that there is nothing. So json_get(json_get(v, "a"), "b") needs one check.
 * Values and their strings live until json_free().
 *
 * Not for several threads. Source: RFC 8259; jansson does the parsing, and is
 * loaded when first needed (lazylib.h).
 */
#ifndef GP_JSON_H
#define GP_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct json_value;

struct json_doc {
	const struct json_value *root; /* an object or an array */
	/* If it could not be parsed: why, as in "line 3, column 7: ...". */
	char error[224];
};

/* In a field 0 means the value in brackets. */
struct json_limits {
	size_t size;    /* bytes of text (16 MiB) */
	size_t memory;  /* bytes of the parsed document (256 MiB) */
	unsigned depth; /* arrays and objects in each other (64), 1024 at most */
};

/* Parse len bytes. NULL for limits: those in brackets. False: error is set, and
 * there is nothing to free. */
GP_MUSTUSE bool json_parse(struct json_doc *d, const char *text, size_t len,
    const struct json_limits *limits);

void json_free(struct json_doc *d);

enum json_kind {
	JSON_NOTHING, /* NULL was asked: there is no such value */
	JSON_KIND_NULL,
	JSON_KIND_BOOL,
	JSON_KIND_NUMBER,
	JSON_KIND_STRING,
	JSON_KIND_ARRAY,
	JSON_KIND_OBJECT,
};

enum json_kind json_kind(const struct json_value *v);

/* The member of an object; NULL if it has none of that name. */
const struct json_value *json_get(const struct json_value *object,
    const char *key);

/* How many elements or members; 0 for anything but arrays and objects. */
size_t json_count(const struct json_value *v);

/* An element of an array, from 0; NULL behind the last. */
const struct json_value *json_at(const struct json_value *array, size_t i);

/*
 * The members of an object, in the order of the text:
 *
 *	for (void *i = json_first(v); i; i = json_next(v, i))
 *		use(json_key(i), json_member(i));
 */
void *json_first(const struct json_value *object);
void *json_next(const struct json_value *object, void *i);
const char *json_key(void *i);
const struct json_value *json_member(void *i);

/* A string, NUL-terminated; NULL if v is none. len may be NULL: then a string
 * that has a NUL in it is none either. */
const char *json_str(const struct json_value *v, size_t *len);

/* A number that is whole (2.0 is) and in range; false, and *out as it was, for
 * anything else. */
GP_MUSTUSE bool json_u64(const struct json_value *v, uint64_t *out);
GP_MUSTUSE bool json_i64(const struct json_value *v, int64_t *out);
GP_MUSTUSE bool json_double(const struct json_value *v, double *out);
GP_MUSTUSE bool json_bool(const struct json_value *v, bool *out);

#endif
