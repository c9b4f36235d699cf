/*
 * protor.h - the fields of a protobuf message, one by one.
 *
 *	08 2a		number 1, a varint, 42
 *	12 02 68 69	number 2, two bytes, "hi"
 *
 * What the numbers mean is the caller's to know. Nothing is copied or allocated:
 * bytes of a field are those of the message. Any bytes may come.
 *
 * Source: "Encoding" of protobuf's documentation.
 */
#ifndef GP_PROTOR_H
#define GP_PROTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum protor_type {
	PROTOR_VARINT = 0,
	PROTOR_FIXED64 = 1,
	PROTOR_BYTES = 2,
	PROTOR_FIXED32 = 5,
};

struct protor_field {
	unsigned number;
	enum protor_type type;
	uint64_t value;      /* of a varint */
	const uint8_t *data; /* of all others */
	size_t len;
};

/* Take the next field of the len bytes at p, which go on behind it. False if there
 * is no whole one. */
GP_MUSTUSE bool protor_next(const uint8_t **p, size_t *len,
    struct protor_field *f);

#endif
