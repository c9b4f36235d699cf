#include "base/protor.h"

static bool
take_varint(const uint8_t **p, size_t *len, uint64_t *v)
{
	*v = 0;
	for (unsigned shift = 0; shift < 64 && *len; shift += 7) {
		uint8_t byte = *(*p)++;

		--*len;
		*v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return true;
	}
	return false;
}

/* The bytes that a field of a type has; false if there is no such type. */
static bool
take_size(const uint8_t **p, size_t *len, unsigned type, uint64_t *size)
{
	switch (type) {
	case PROTOR_FIXED64:
		*size = 8;
		return true;
	case PROTOR_BYTES:
		return take_varint(p, len, size);
	case PROTOR_FIXED32:
		*size = 4;
		return true;
	default:
		return false;
	}
}

bool
protor_next(const uint8_t **p, size_t *len, struct protor_field *f)
{
	uint64_t tag, size;

	*f = (struct protor_field){ .number = 0 };
	if (!take_varint(p, len, &tag) || tag >> 3 > UINT32_MAX)
		return false;
	f->number = (unsigned)(tag >> 3);
	f->type = (enum protor_type)(tag & 7);
	if (f->type == PROTOR_VARINT)
		return take_varint(p, len, &f->value);
	if (!take_size(p, len, tag & 7, &size) || size > *len)
		return false;
	f->data = *p;
	f->len = (size_t)size;
	*p += size;
	*len -= f->len;
	return true;
}
