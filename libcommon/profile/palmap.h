/*
 * palmap.h - palette.map, in which --cp keeps the colours of names.
 *
 *	main->rgb(230,131,42)
 *
 * As flamegraph.pl has it, in the folder where it is run: a name that was once
 * drawn has the same colour in every later graph. A name may hold "->" itself.
 *
 * A zeroed struct palmap is empty and ready; palmap_free() it.
 */
#ifndef GP_PALMAP_H
#define GP_PALMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/intern.h"

#define PALMAP_FILE "palette.map"

struct palmap {
	struct intern names;
	uint32_t *colour; /* by id of names */
	uint32_t cap;
};

/* Read a file; one that does not exist is empty, and lines that are none are
 * reported. Returns 0, or -1 with errno set. */
GP_MUSTUSE int palmap_read(struct palmap *m, const char *path);

/* Write it. Returns 0, or -1 with errno set. */
GP_MUSTUSE int palmap_write(const struct palmap *m, const char *path);

/* The same from and to text; name is for messages. Lines are in byte order of the
 * names. */
void palmap_parse(struct palmap *m, const char *text, size_t len,
    const char *name);
void palmap_print(const struct palmap *m, struct buf *b);

/* The colour of a name; false if it has none. */
GP_MUSTUSE bool palmap_find(const struct palmap *m, const char *name,
    size_t len, uint32_t *colour);

/* Give a name a colour, in place of the one it had. */
void palmap_set(struct palmap *m, const char *name, size_t len,
    uint32_t colour);

void palmap_free(struct palmap *m);

#endif
