/*
 * framewire.h - the frames at an address, in bytes.
 *
 *	number of frames, 32 bits; for each of them
 *	line, length of the name, length of the path; the texts
 *
 * As they come out of the jail, and as they are kept (answers.h). What is read may
 * be any bytes.
 */
#ifndef GP_SYMBOLIZE_FRAMEWIRE_H
#define GP_SYMBOLIZE_FRAMEWIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "elf/debuginfo.h"

/* Bytes of one name, and of one path; what is longer is cut. */
enum { FRAMEWIRE_TEXT_MAX = 8192 };

/* Add n frames to b. */
void framewire_put(struct buf *b, const struct debuginfo_frame *frame,
    size_t n);

/* A position in bytes. */
struct framewire_reader {
	const char *p;
	size_t left;
};

/*
 * Take the frames of one address.
 *
 * frame: has room for DEBUGINFO_DEPTH_MAX. texts: where theirs are then, until it
 * changes. False if what is there makes no sense; the position is then anywhere.
 */
GP_MUSTUSE bool framewire_take(struct framewire_reader *r, struct buf *texts,
    struct debuginfo_frame *frame, uint32_t *n);

#endif
