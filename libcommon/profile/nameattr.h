/*
 * nameattr.h - what a user says about functions: --nameattr, as flamegraph.pl has
 * it.
 *
 *	main<TAB>href=https://example.org/src/main.c<TAB>title=where it starts
 *
 * A function, then attributes, with tabs between. gp knows title, href and
 * target; a link leads to http, https, mailto or to a relative place, never to a
 * script. Others are reported and left out: flamegraph.pl would copy any markup
 * from there into the image.
 *
 * A zeroed struct nameattr is empty and ready; nameattr_free() it.
 */
#ifndef GP_NAMEATTR_H
#define GP_NAMEATTR_H

#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/intern.h"

struct nameattr_of {
	const char *title, *href, *target; /* NULL if not given */
};

struct nameattr {
	struct buf text;
	struct intern names;
	struct nameattr_of *of; /* by id of names */
	size_t cap;
};

/* Read a file; once. Lines and attributes that are not taken are reported.
 * Returns 0, or -1 with errno set. */
GP_MUSTUSE int nameattr_read(struct nameattr *a, const char *path);

/* The same of what is in a->text, which is cut into pieces; name is for
 * messages. */
void nameattr_parse(struct nameattr *a, const char *name);

/* What is known of a function; never NULL. */
const struct nameattr_of *nameattr_get(const struct nameattr *a,
    const char *name, size_t len);

void nameattr_free(struct nameattr *a);

#endif
