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
#include "base/opt.h"

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

/*
 * The options, for the table of a command that has them: FILTER_OPTIONS those
 * that choose stacks and frames, FILTER_OPTIONS_CUT those that cut stacks. f is
 * the address of the filter that they add to.
 */
const char *filter_option_focus(void *f, const char *arg);
const char *filter_option_ignore(void *f, const char *arg);
const char *filter_option_hide(void *f, const char *arg);
const char *filter_option_show(void *f, const char *arg);
const char *filter_option_show_from(void *f, const char *arg);
const char *filter_option_root(void *f, const char *arg);
const char *filter_option_skip_after(void *f, const char *arg);
const char *filter_option_prune_from(void *f, const char *arg);

#define FILTER_OPTIONS(f) \
	{ 0, "focus", OPT_CALL, f, "REGEX", \
	    "only stacks with a frame that matches", filter_option_focus }, \
	{ 0, "ignore", OPT_CALL, f, "REGEX", \
	    "no stacks with a frame that matches", filter_option_ignore }, \
	{ 0, "hide", OPT_CALL, f, "REGEX", \
	    "leave out the frames that match", filter_option_hide }

#define FILTER_OPTIONS_CUT(f) \
	{ 0, "show", OPT_CALL, f, "REGEX", \
	    "leave out all others", filter_option_show }, \
	{ 0, "show-from", OPT_CALL, f, "REGEX", \
	    "only from the outermost frame that matches inwards", \
	    filter_option_show_from }, \
	{ 0, "root", OPT_CALL, f, "REGEX", \
	    "the same, without a process frame before it", \
	    filter_option_root }, \
	{ 0, "skip-after", OPT_CALL, f, "REGEX", \
	    "leave out what is between the process and a frame that matches", \
	    filter_option_skip_after }, \
	{ 0, "prune-from", OPT_CALL, f, "REGEX", \
	    "leave out what is called by a frame that matches", \
	    filter_option_prune_from }

#endif
