/*
 * conf.h - gp.conf(5): options of the commands, in one file.
 *
 *	# every minute
 *	[run]
 *	duration = 50s
 *	pass = record:--per-thread
 *
 *	[upload]
 *	url = https://profiles.example/in
 *
 * Bytes become entries, in the order of the file; what they mean is the business
 * of the command whose section it is (opt.h), since the keys are its options.
 * A line that cannot be understood is an entry too, with `wrong` saying why, so
 * that all mistakes of a file can be told at once.
 *
 *	line    = blank | comment | section | setting
 *	comment = blanks "#" anything
 *	section = blanks "[" name "]" blanks
 *	setting = blanks key blanks "=" blanks [ value blanks ]
 *
 * key: letters, digits and '-'. A value ends with its line; it has no quotes and
 * no comment behind it, and to make either up is a mistake rather than a value.
 *
 * A zeroed struct conf is empty. Whoever declares one frees it.
 */
#ifndef GP_CONF_H
#define GP_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"

/* Bytes of a file, of a line, and entries: what anybody writes is far smaller. */
enum {
	CONF_FILE_MAX = 1 << 20, CONF_LINE_MAX = 8192, CONF_ENTRIES_MAX = 10000
};

struct conf_entry {
	const char *section; /* "run"; "" before the first one */
	const char *key;     /* "duration" */
	const char *value;   /* "50s"; may be "" */
	const char *wrong;   /* not NULL: a mistake; key is what it is about */
	uint32_t line;       /* from 1 */
};

struct conf {
	struct conf_entry *entry;
	size_t n;
	size_t cap;
	size_t mistakes; /* entries that are wrong */
	struct arena mem;
};

/* Add the entries of a text. */
void conf_parse(struct conf *c, const char *text, size_t len);

/* The same for a file. Returns 0, or -1 with errno: EPERM for one that any user
 * may change. Mistakes in it are entries. */
GP_MUSTUSE int conf_read(struct conf *c, const char *path);

/* The value of a key, the last one; NULL if it is not there, or c is NULL. For
 * what another command's section says. */
const char *conf_get(const struct conf *c, const char *section,
    const char *key);

/* True if a section is there, with something in it. */
bool conf_has(const struct conf *c, const char *section);

void conf_free(struct conf *c);

#endif
