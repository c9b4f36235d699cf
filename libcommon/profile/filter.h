/*
 * filter.h - which stacks and frames of a profile somebody wants to see.
 *
 *	--focus=RE       only stacks that have a frame that matches
 *	--ignore=RE      no stack that has one
 *	--hide=RE        stacks without the frames that match
 *	--show=RE        stacks of nothing but these
 *	--show-from=RE   only stacks that have one, from the outermost of them on
 *	--root=RE        the same, and no process before it
 *	--skip-after=RE  stacks that have one, from the innermost of them on;
 *	                 others as they are
 *	--prune-from=RE  stacks that have one, up to the innermost of them
 *
 * RE is a POSIX extended regular expression, matched anywhere in a frame's text,
 * suffix included, bytes as they are. Each may be given several times: one that
 * matches is enough. The process frame is a frame that may match, but none but
 * --root takes it away, so no other makes a stack empty.
 *
 * Which frames go is fold.c's work; here is what they match.
 *
 * A zeroed struct filter lets everything through; filter_free() it.
 */
#ifndef GP_FILTER_H
#define GP_FILTER_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

enum filter_flag {
	FILTER_FOCUS = 1, /* a bit each */
	FILTER_IGNORE = 2,
	FILTER_HIDE = 4,
	FILTER_SHOW = 8,
	FILTER_SHOW_FROM = 16,
	FILTER_PRUNE_FROM = 32,
	FILTER_SKIP_AFTER = 64,
	FILTER_ROOT = 128,
};

struct filter_rule {
	enum filter_flag flag;
	regex_t re;
};

struct filter {
	struct filter_rule *rule;
	size_t n;
	unsigned kinds; /* the flags of all rules */
};

/* Add a rule. NULL, or what is wrong with the expression (valid until the next
 * call). */
GP_MUSTUSE const char *filter_add(struct filter *f, enum filter_flag flag,
    const char *expression);

/* The flags of the rules that a frame matches. */
unsigned filter_frame(const struct filter *f, const char *frame);

/* Whether a stack stays, by the flags of all its frames together. */
bool filter_keeps(const struct filter *f, unsigned flags);

void filter_free(struct filter *f);

#endif
