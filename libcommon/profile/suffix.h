/*
 * suffix.h - the "_[k]" at the end of a frame: what kind of code it is.
 *
 *	main (app.py:31)_[p];read_[k]
 *	                ^python   ^kernel
 *
 * The tags are FlameGraph's, async-profiler's and gProfiler's where those have
 * one; a frame without is native. gp-stream(5) lists them.
 */
#ifndef GP_SUFFIX_H
#define GP_SUFFIX_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

#define SUFFIX_ALL UINT32_MAX

/* Length of the suffix with its "_[" and "]", and in *bit its bit in a set;
 * 0 if the frame has none that is known, or would be nothing without it. */
size_t suffix_of_frame(const char *s, size_t len, uint32_t *bit);

/* Read a list such as "kernel,j,python", "all" or "none" into a set; words and
 * tags both do. NULL, or what is wrong with it. */
GP_MUSTUSE const char *suffix_parse_set(const char *list, uint32_t *set);

/* The word for the kind whose bit is 1 << i, as "kernel"; NULL: there is none. */
const char *suffix_word(size_t i);

/*
 * Formats that know files rather than kinds have a mapping for each kind, called
 * like the kernel's: "_[k]" is [kernel.kallsyms], "_[p]" [python].
 *
 * The mapping's name for the kind of a suffix (its bit), or NULL: inlined code is
 * in the mapping of what it was inlined into.
 */
const char *suffix_mapping(uint32_t bit);

/* The suffix for a mapping's name, "" if it is that of a file. */
const char *suffix_of_mapping(const char *name, size_t len);

#endif
