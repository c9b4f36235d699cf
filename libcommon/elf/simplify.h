/*
 * simplify.h - names of functions made shorter.
 *
 *	std::map<int, std::less<int> >::find(int const&)
 *	    templates    std::map<...>::find(int const&)
 *	<alloc::vec::Vec<T> as core::ops::drop::Drop>::drop
 *	    templates    <alloc::vec::Vec<...> as core::ops::drop::Drop>::drop
 *	parse.isra.0.cold
 *	    clones       parse
 *
 * What is in the angle brackets behind a name goes; those in which a Rust path
 * starts stay, since they are the path. operator<, ->, and comparisons within
 * parentheses are not taken for brackets. A name whose brackets do not match
 * stays as it is.
 *
 * Clones are what a compiler made of a function that its author wrote once: GCC's
 * .isra, .part, .constprop, .cold, .lto_priv, .localalias, LLVM's .llvm,
 * .__uniq, .warm, .hot. Variants that the author asked for (.avx2, .resolver) and
 * a coroutine's parts are no clones.
 */
#ifndef GP_SIMPLIFY_H
#define GP_SIMPLIFY_H

#include <stddef.h>

#include "base/buf.h"

/* Brackets deeper than this: the name stays as it is. */
enum { SIMPLIFY_DEPTH_MAX = 256 };

/* Add a demangled name without its template arguments. */
void simplify_add(struct buf *b, const char *name, size_t len);

/* The length of a name, as the linker sees it, without what says that it is a
 * clone: at least 1, if len is. */
size_t simplify_cut_clone(const char *name, size_t len);

#endif
