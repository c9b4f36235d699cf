#include "elf/dwread.h"

#include <dwarf.h>
#include <string.h>

uint64_t
dwread_uint(struct dwread *d, size_t len)
{
	uint64_t v = 0;

	if ((size_t)(d->end - d->p) < len) {
		d->bad = true;
		d->p = d->end;
		return 0;
	}
	memcpy(&v, d->p, len);
	d->p += len;
	return v;
}

void
dwread_skip(struct dwread *d, uint64_t len)
{
	if ((uint64_t)(d->end - d->p) < len) {
		d->bad = true;
		d->p = d->end;
	} else {
		d->p += len;
	}
}

uint64_t
dwread_uleb(struct dwread *d)
{
	uint64_t v = 0;

	for (unsigned int shift = 0; shift < 70; shift += 7) {
		uint8_t b = dwread_byte(d);

		/* Bits above 63 must be 0, or the number is another one. */
		if (shift == 63 && (b & 0x7e))
			break;
		v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return v;
	}
	d->bad = true;
	return 0;
}

int64_t
dwread_sleb(struct dwread *d)
{
	uint64_t v = 0;

	for (unsigned int shift = 0; shift < 70; shift += 7) {
		uint8_t b = dwread_byte(d);

		if (shift == 63 && (b & 0x7f) != 0 && (b & 0x7f) != 0x7f)
			break;
		v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80)) {
			if ((b & 0x40) && shift < 57)
				v |= ~0ull << (shift + 7);
			return (int64_t)v;
		}
	}
	d->bad = true;
	return 0;
}

uint64_t
dwread_encoded(struct dwread *d, uint8_t enc)
{
	switch (enc & 0x0f) {
	case DW_EH_PE_absptr:
	case DW_EH_PE_udata8:
	case DW_EH_PE_sdata8:
		return dwread_uint(d, 8);
	case DW_EH_PE_uleb128:
		return dwread_uleb(d);
	case DW_EH_PE_sleb128:
		return (uint64_t)dwread_sleb(d);
	case DW_EH_PE_udata2:
		return dwread_uint(d, 2);
	case DW_EH_PE_sdata2:
		return (uint64_t)(int64_t)(int16_t)dwread_uint(d, 2);
	case DW_EH_PE_udata4:
		return dwread_uint(d, 4);
	case DW_EH_PE_sdata4:
		return (uint64_t)(int64_t)(int32_t)dwread_uint(d, 4);
	}
	d->bad = true;
	return 0;
}

struct dwread
dwread_block(struct dwread *d)
{
	struct dwread e = *d;
	uint64_t len = dwread_uleb(d);

	e.p = d->p;
	dwread_skip(d, len);
	e.end = d->p;
	e.bad = d->bad;
	return e;
}
