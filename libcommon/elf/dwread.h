/*
 * dwread.h - a read position in bytes of DWARF, as strangers wrote them.
 *
 * Numbers are little endian, or LEB128. Reading beyond the end, or a number
 * that does not fit in 64 bits, gives 0, moves on and sets bad, which stays:
 * callers read a whole entry and ask once.
 *
 *	struct dwread d = { section, section + len, false };
 *
 * Source: DWARF 5, section 7.6; Linux Standard Base, "DWARF Extensions" for
 * DW_EH_PE_x.
 */
#ifndef GP_DWREAD_H
#define GP_DWREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dwread {
	const uint8_t *p, *end;
	bool bad;
};

/* A number of len bytes, 8 at most. */
uint64_t dwread_uint(struct dwread *d, size_t len);

static inline uint8_t
dwread_byte(struct dwread *d)
{
	if (d->p == d->end) {
		d->bad = true;
		return 0;
	}
	return *d->p++;
}

uint64_t dwread_uleb(struct dwread *d);
int64_t dwread_sleb(struct dwread *d);

/* A number in one of DW_EH_PE's formats, without what it is relative to. */
uint64_t dwread_encoded(struct dwread *d, uint8_t encoding);

void dwread_skip(struct dwread *d, uint64_t len);

/* A length and so many bytes, which are handed out; d is behind them. */
struct dwread dwread_block(struct dwread *d);

#endif
