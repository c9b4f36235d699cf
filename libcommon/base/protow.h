/*
 * protow.h - writing messages, as protobuf's bytes or as its JSON.
 *
 *	struct protow w = { .json = false };
 *	protow_begin(&w, 0, NULL);
 *	protow_str(&w, 1, "name", "read", 4);
 *	protow_list(&w, 4, "lines");
 *	protow_begin(&w, 0, NULL);
 *	protow_u64(&w, 2, "line", 88);
 *	protow_end(&w);
 *	protow_end(&w);
 *	protow_end(&w);
 *
 *	0a 04 72 65 61 64		{"name":"read",
 *	22 02 10 58			"lines":[{"line":"88"}]}
 *
 * A field has the number that protobuf knows it by and the key that JSON does,
 * so that one walk over the data makes both. The outermost message has neither,
 * nor has what stands in a list. Fields come out in the order of the calls.
 *
 * As in proto3, a field that is 0 or "" is left out; those of protow_set_*() are
 * written always. Numbers of 64 bits are strings in JSON.
 *
 * The text is in w.b; who writes much takes it from there whenever no message is
 * open that protobuf must know the length of: protow_is_flat(). Zeroed but for
 * json, a struct protow is ready; protow_free() it.
 *
 * Source: "Encoding" and "ProtoJSON Format" of protobuf's documentation.
 */
#ifndef GP_PROTOW_H
#define GP_PROTOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/jsonw.h"

enum { PROTOW_DEPTH_MAX = 16 }; /* more messages in each other are our mistake */

struct protow {
	bool json;
	struct buf b;
	/* private */
	struct jsonw j;
	unsigned depth;
	struct protow_level {
		unsigned number; /* of the field whose list it is; 0: no list */
		size_t at;       /* where its length goes; 0: it has none */
	} level[PROTOW_DEPTH_MAX];
};

/* Begin a message: the outermost one, that of a field, or one in a list. */
void protow_begin(struct protow *w, unsigned number, const char *key);

/* Begin a field of several messages or strings. */
void protow_list(struct protow *w, unsigned number, const char *key);

/* End the innermost of both. */
void protow_end(struct protow *w);

/* A string, or in a list one of its strings: valid UTF-8. */
void protow_str(struct protow *w, unsigned number, const char *key,
    const char *s, size_t len);

void protow_u32(struct protow *w, unsigned number, const char *key,
    uint32_t v);
void protow_u64(struct protow *w, unsigned number, const char *key,
    uint64_t v);
void protow_bool(struct protow *w, unsigned number, const char *key, bool v);

/* int64, also if it is 0. */
void protow_set_i64(struct protow *w, unsigned number, const char *key,
    int64_t v);

/* fixed64: eight bytes. */
void protow_fixed64(struct protow *w, unsigned number, const char *key,
    uint64_t v);

/* Several numbers, packed. */
void protow_u32s(struct protow *w, unsigned number, const char *key,
    const uint32_t *v, size_t n);
void protow_u64s(struct protow *w, unsigned number, const char *key,
    const uint64_t *v, size_t n);
void protow_fixed64s(struct protow *w, unsigned number, const char *key,
    const uint64_t *v, size_t n);

/* Whether what is in w.b may be taken out of it. */
bool protow_is_flat(const struct protow *w);

void protow_free(struct protow *w);

#endif
