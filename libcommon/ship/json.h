/*
 * json.h - writing JSON, one member after another.
 *
 *	struct json j = { .out = &b };
 *	json_object(&j, NULL);
 *	json_str(&j, "host", "web-7");
 *	json_u64(&j, "samples", 17);
 *	json_end(&j);			// {"host":"web-7","samples":17}
 *
 * Members come out in the order of the calls, so equal calls make equal bytes.
 * Whatever a string holds, the text is valid UTF-8: bytes that are not become
 * U+FFFD. Keys are the program's own and the caller's to keep distinct.
 *
 * Source: RFC 8259.
 */
#ifndef GP_JSON_H
#define GP_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct json {
	struct buf *out;
	bool comma; /* the next member needs one before it */
};

/* Begin an object: a member called key, or, with NULL, the outermost one. */
void json_object(struct json *j, const char *key);
void json_end(struct json *j);

void json_str(struct json *j, const char *key, const char *value);
void json_u64(struct json *j, const char *key, uint64_t value);
void json_bool(struct json *j, const char *key, bool value);

/* Add a string with its quotes: the part that the others are made of. */
void json_quote(struct buf *b, const char *s, size_t len);

#endif
