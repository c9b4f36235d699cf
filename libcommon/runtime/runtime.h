/*
 * runtime.h - what executes a process's code: python/3.11.2, jvm/17.0.15, go,
 * native …
 *
 *	struct runtime_finder rf = { 0 };
 *	struct runtime r;
 *
 *	if (runtime_find(&rf, &p, &r) == PROC_OK)
 *		puts(runtime_name(r.kind));
 *	runtime_finder_free(&rf);
 *
 * Evidence is what a mapped file defines, never what it is called: a JVM
 * exports gHotSpotVMStructs, a Python _PyRuntime, whether it is
 * /usr/bin/python3, uwsgi, a PyInstaller bundle or an unlinked file in a
 * container. The program's own file is asked first, then the mapped libraries.
 * A version comes from the file as well, as precise as it is told there; ""
 * where it is not.
 *
 * A program that has an interpreter linked into it counts as that runtime,
 * whether the interpreter is ever started or not: that could only be seen in
 * the process's memory. Code in C, C++, Rust and the like is native.
 *
 * Each file is looked at once in the life of a finder, however many processes
 * map it: answers are kept by device, inode, change time and size.
 *
 * A zeroed finder is empty and ready. Whoever declares one frees it.
 */
#ifndef GP_RUNTIME_H
#define GP_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "elf/buildid.h"
#include "proc/proc.h"

enum runtime_kind {
	RUNTIME_UNKNOWN = 0, /* could not be found out */
	RUNTIME_KERNEL,      /* a kernel thread */
	RUNTIME_NATIVE,      /* none of the others */
#define RUNTIME(kind, name) RUNTIME_##kind,
#include "runtime/runtime.def"
#undef RUNTIME
	RUNTIME_KINDS /* how many there are */
};

/* Longest version with its NUL. */
enum { RUNTIME_VERSION_MAX = 32 };

struct runtime {
	enum runtime_kind kind;
	char version[RUNTIME_VERSION_MAX]; /* letters, digits and ".+-_~" */
	struct buildid library; /* the library that it was found in; none: the
	                         * program itself, or not told */
};

struct runtime_known; /* a file and its answer */

struct runtime_finder {
	struct runtime_known *known; /* open addressing */
	size_t n, cap;               /* cap: a power of two, or 0 */
	struct buf maps;             /* text of the process being read */
	uint64_t files;              /* files that were opened */
};

/* Files whose answers are kept; more are looked at again each time. */
#define RUNTIME_FILES_MAX 65536u

/*
 * Find the runtime of an open process that is neither a zombie nor a kernel
 * thread.
 *
 * Returns PROC_OK and sets *out, or a proc_err: PROC_EGONE if the process ended
 * meanwhile, PROC_EDENIED if its files may not be seen.
 */
GP_MUSTUSE int runtime_find(struct runtime_finder *rf, const struct proc *p,
    struct runtime *out);

/*
 * Find the runtime that one file makes of a process that maps it.
 *
 * fd: open for reading. exe: it is the program itself, not a library. p and
 * path: where it was seen; NULL if unknown (some versions stand beside the
 * file). RUNTIME_NATIVE also for files that are not understood.
 */
void runtime_of_file(int fd, bool exe, const struct proc *p, const char *path,
    struct runtime *out);

void runtime_finder_free(struct runtime_finder *rf);

/* "python", "kernel", "native", "unknown" … */
const char *runtime_name(enum runtime_kind kind);

/* Add "python/3.11.2", or "python" without a version. */
void runtime_put(struct buf *b, const struct runtime *r);

/* Whether r is what a user asked for: "python", "python/3", "python/3.11"; a
 * version matches whole numbers from the left. */
bool runtime_matches(const struct runtime *r, const char *want);

/* Whether a name (without version) is one that runtime_name() can say. */
bool runtime_is_name(const char *name, size_t len);

#endif
