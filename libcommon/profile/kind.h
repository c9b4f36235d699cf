/*
 * kind.h - what kind of code a frame is, and which module it belongs to.
 *
 *	frame                        kind     module
 *	vfs_read_[k]                 kernel   [kernel]
 *	main (app/views.py:31)_[p]   Python   app/views.py
 *	java/util/HashMap.get_[j]    JIT      java/util
 *	net/http.(*conn).serve       native   net/http
 *	std::vector<int>::at         native   std
 *	[libz.so.1]                  unnamed  libz.so.1
 *
 * The kind is told by the suffix (see suffix.h), else by brackets around the
 * name, else by the extension of a file in it, else it is native. The outermost
 * frame of a stack stands for the process unless it says otherwise itself.
 *
 * The module is a guess from how the languages write their names: good enough
 * for a colour, and the same name always has the same one.
 */
#ifndef GP_KIND_H
#define GP_KIND_H

#include <stdbool.h>
#include <stddef.h>

enum kind {
	KIND_PROCESS,
	KIND_NATIVE,
	KIND_KERNEL,
	KIND_JIT,
	KIND_INLINED,
	KIND_INTERPRETED,
	KIND_PYTHON,
	KIND_RUBY,
	KIND_JS,
	KIND_PHP,
	KIND_NET,
	KIND_PERL,
	KIND_UNNAMED,
	KINDS /* how many there are */
};

/*
 * The kind of a frame. *sure, if not NULL: its suffix or its brackets say so, and
 * it holds for an outermost frame too.
 */
enum kind kind_of_frame(const char *s, size_t len, bool *sure);

/* What people call it: "JIT-compiled". */
const char *kind_word(enum kind k);

/* Bytes of the name without the suffix that its kind stands for. */
size_t kind_bare_len(const char *s, size_t len);

/* What kind_module() returns for kernel code, and where a name tells nothing. */
extern const char KIND_MODULE_KERNEL[], KIND_MODULE_NONE[];

/* The module: a part of s, or one of those two; *module_len is its length, at
 * least 1. */
const char *kind_module(const char *s, size_t len, size_t *module_len);

#endif
