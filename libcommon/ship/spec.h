/*
 * spec.h - a target as people write it, on a command line or in gp.conf(5).
 *
 *	/var/lib/gp/profiles
 *	https://profiles.example/in token-file=/etc/gp/token
 *	studio+https://gprofiler.example service=web token-file=/etc/gp/token
 *	pyroscope+https://pyroscope.example service=web label=env=prod
 *	s3+https://bucket.s3.eu-west-1.amazonaws.com/gp region=eu-west-1
 *	^kind ^URL                                      ^settings
 *
 *	target  = folder | [ kind "+" ] URL *( blank setting )
 *	folder  = "/" anything
 *	kind    = "post" | "studio" | "pyroscope" | "s3"
 *	setting = key "=" value without blanks
 *
 * Which settings there are, and for which kinds, is in spec.c's table, and told
 * in gp-upload(1). Where a secret is may be said, the secret itself may not.
 *
 * Each target has a name, by which its queue in the spool is found again: that
 * of name=, or else kind, host and port ("s3-bucket.s3.amazonaws.com"). So a
 * path, a label or a token may change, and what waits is still its.
 */
#ifndef GP_SPEC_H
#define GP_SPEC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "ship/secret.h"
#include "ship/url.h"

enum { SPEC_NAME_MAX = 49, SPEC_LABELS_MAX = 24 }; /* a name with its NUL */

enum spec_kind {
	SPEC_DIR,
	SPEC_POST,
	SPEC_STUDIO,
	SPEC_PYROSCOPE,
	SPEC_S3,
};

/* Strings live in the arena; NULL: not given. */
struct spec {
	enum spec_kind kind;
	char name[SPEC_NAME_MAX]; /* not of a folder */
	const char *dir;     /* the folder, or NULL */
	const char *text;    /* the URL */
	struct url url;
	const char *shown;   /* the URL as messages may show it */
	struct secret token; /* not loaded; secret_free() it */
	const char *user;    /* with it the token is a password */
	const char *ca_file, *cert, *key, *proxy;
	const char *service; /* studio, pyroscope */
	const char *tenant;  /* pyroscope */
	bool pprof;          /* pyroscope: pprof, not folded text */
	const char *region, *credentials_file; /* s3 */
	struct {
		const char *key, *value;
	} label[SPEC_LABELS_MAX]; /* pyroscope */
	size_t labels;
};

/* Read a target. Returns 0, or -1 with what is wrong in why: words that repeat
 * nothing which may be a secret. */
GP_MUSTUSE int spec_parse(struct spec *s, struct arena *a, const char *text,
    struct buf *why);

/* Whether a name may be a target's: lower-case letters, digits, '.', '-', '_',
 * beginning with a letter or digit. */
GP_MUSTUSE bool spec_is_name(const char *name);

#endif
