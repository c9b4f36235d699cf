/*
 * secret.h - a token, from where it is kept to where it is needed.
 *
 * On a command line, or in a configuration that others read, stands where a
 * secret is, never the secret:
 *
 *	a file          /etc/gp/token, mode 0600
 *	the environment GP_TOKEN
 *	a credential    of systemd's LoadCredential=: $CREDENTIALS_DIRECTORY/NAME
 *
 * It is read anew for each attempt to use it, so one that is replaced is used at
 * once, and blanks and newlines around it go.
 */
#ifndef GP_SECRET_H
#define GP_SECRET_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"

enum { SECRET_MAX = 8192 }; /* bytes */

enum secret_from {
	SECRET_NONE,
	SECRET_FILE,
	SECRET_ENV,
	SECRET_CREDENTIAL,
};

/* Zeroed, it is none; secret_free() it. */
struct secret {
	enum secret_from from;
	const char *where; /* path or name; the caller's */
	struct buf value;  /* after secret_load(), "" if there is none */
	bool exposed;      /* the file can be read by other users */
};

/*
 * Read it. SECRET_NONE, and a variable that is not set, are fine and give "".
 *
 * Returns 0, or the exit status that says what is wrong: EX_NOINPUT (it cannot
 * be read) or EX_CONFIG (it is no token); why gets words, without the secret.
 */
GP_MUSTUSE int secret_load(struct secret *s, struct buf *why);

/* Wipe and free the value; where it is stays. */
void secret_free(struct secret *s);

/* Wipe and free any text. */
void secret_wipe(struct buf *b);

/* Trim blanks and newlines around a text, and check that it is one word of
 * visible ASCII: anything else could end the header it stands in. NULL if good,
 * else what is wrong. */
GP_MUSTUSE const char *secret_check(struct buf *b);

/* Overwrite every occurrence in b: a server may repeat what it was sent. */
void secret_blot(struct buf *b, const struct buf *secret);

#endif
