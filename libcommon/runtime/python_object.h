/*
 * python_object.h - CPython's objects, read out of a process.
 *
 *	str, 3.x:  refcount | type | 16 length | 32 state | text at 40, 48, 56, 72
 *	str, 2.7:  refcount | type | 16 length | text at 36
 *	bytes:     refcount | type | 16 length | text at 32
 *
 * Without the GIL all but the head is 16 bytes further on:
 *
 *	thread | 8 lock | 12 refcount, its own | 16 others' | 24 type | 32 …
 *
 * The memory is anybody's, and may change while it is read. What is not plausible
 * is refused; what is too long is cut off.
 *
 * Source: unicodeobject.h, bytesobject.h, stringobject.h (2.7), object.h.
 */
#ifndef GP_PYTHON_OBJECT_H
#define GP_PYTHON_OBJECT_H

#include "runtime/interp.h"

/* A process, and where its CPython has what. */
struct python_memory {
	const struct python_layout *l;
	const struct interp_process *p;
	unsigned *left; /* reads that may still be made; NULL: any number */
};

GP_MUSTUSE bool python_get(const struct python_memory *m, uint64_t addr,
    void *dst, size_t len);

/* A pointer; 0 if it cannot be read. */
uint64_t python_pointer(const struct python_memory *m, uint64_t addr);

/*
 * Whether what begins with head (16 bytes, or 32 without the GIL) is an object of a
 * type (0: any): a count of references and the type. What was freed keeps its type
 * until something else comes there, but allocators put a pointer or 0 where the
 * count was, and counts are no pointers. (Without the GIL they put it elsewhere.)
 */
bool python_is_object(const struct python_memory *m, const uint8_t *head,
    uint64_t type);

/* Add the text of a str as UTF-8, or of a 2.7 str as it is; INTERP_TEXT_MAX bytes
 * of it at most. False, and nothing added, if it is none. */
GP_MUSTUSE bool python_put_text(const struct python_memory *m, uint64_t addr,
    struct buf *out);

/* Add the bytes of a bytes object, or of a 2.7 str; false, and nothing added, if it
 * is none or has more than max. */
GP_MUSTUSE bool python_put_bytes(const struct python_memory *m, uint64_t addr,
    size_t max, struct buf *out);

#endif
