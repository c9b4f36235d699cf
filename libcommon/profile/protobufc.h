/*
 * protobufc.h - libprotobuf-c, loaded when the first message is met.
 *
 * What protoc-c generates calls five functions of the library. protobufc.c has
 * functions of these names, which hand on the call; so nothing is linked that
 * most runs do not need (lazylib.h). Call protobufc_load() before any of them.
 *
 * Messages are unpacked into an arena of a bounded size: what a stranger's bytes
 * can make of it is known. What it could not hold counts as malformed.
 */
#ifndef GP_PROTOBUFC_H
#define GP_PROTOBUFC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"

struct ProtobufCAllocator;

/* False if the library is not installed. */
GP_MUSTUSE bool protobufc_load(void);

struct protobufc_arena {
	struct arena arena; /* reset it when the message is done with */
	size_t max;         /* bytes */
};

/* An allocator for unpacking into it; valid until the next call. Messages are
 * not freed one by one. */
struct ProtobufCAllocator *protobufc_allocator(struct protobufc_arena *a);

#endif
