/*
 * interp.h - interpreters whose frames the sampler walks: found in files, and
 * asked for names.
 *
 *	an ELF file ──interp_recognise──► struct interp, addresses as linked
 *	            ──interp_move───────► the same where a process has it
 *	a code object of that process ──interp_read──► struct interp_code
 *	            ──interp_put_name───► "Shop.price (shop.py:31)_[p]"
 *
 * The sampler knows code objects by their addresses only (interp_step.h); names
 * are read from the process's memory, which is anybody's: every length in it is
 * compared with a limit, and what makes no sense has no name.
 *
 * A language is a row of interp.def and the functions of interp_lang.h. See
 * docs/adding-a-runtime.md.
 */
#ifndef GP_INTERP_H
#define GP_INTERP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "elf/elfhas.h"
#include "runtime/interp_step.h"

/* Longest text of a name and of a path that is read, in bytes. */
enum { INTERP_TEXT_MAX = 1024 };

/* Longest table of lines, in bytes: of code that has fifty thousand. */
enum { INTERP_LINES_MAX = 128 * 1024 };

/* How much of a source file's path a name shows. */
enum interp_paths {
	INTERP_BASE,   /* app.py */
	INTERP_MODULE, /* shop/app.py: what is below the language's own folders */
	INTERP_FULL,
};

struct packages;

/* What names are to hold. */
struct interp_wish {
	enum interp_paths paths;
	bool lines;                /* read tables of lines too */
	struct packages *packages; /* where they are remembered; NULL: not asked */
};

/* A process that is asked. It may end, or be hostile, at any time. */
struct interp_process {
	/* Copy exactly len bytes of its memory, or false. */
	bool (*read)(void *arg, uint64_t addr, void *dst, size_t len);
	/* Open a regular file, or a folder, by its path in the process's root:
	 * a descriptor that the caller closes, or negative. */
	int (*open)(void *arg, const char *path, bool folder);
	void *arg;
};

/* A code object. A zeroed one is ready; interp_code_free() it. */
struct interp_code {
	uint64_t check; /* tells it from another one at the same address */
	uint32_t line;  /* its first */
	struct buf name;
	struct buf file;    /* as the wish has it */
	struct buf package; /* "flask==2.0.1", or empty */
	struct buf lines;   /* in the language's own form */
};

/* Find the interpreter in a file; false if there is none. */
GP_MUSTUSE bool interp_recognise(const struct elffile *f, struct interp *out);

/*
 * Whether a file is a library that puts one C stack in another one's place while the
 * interpreter runs on it, as greenlet does. As long as that takes, the interpreter's
 * frames are not those of the stack.
 */
GP_MUSTUSE bool interp_switches(const struct elffile *f);

/* Move all addresses by what lies between where the file is linked to and where
 * it is mapped. */
void interp_move(struct interp *i, uint64_t bias);

enum interp_err {
	INTERP_OK = 0,
	INTERP_SAME = 1,   /* it is what c->check says: nothing was changed */
	INTERP_EREAD = -1, /* the memory is not there */
	INTERP_ESENSE = -2 /* it is not a code object */
};

/*
 * Read a code object.
 *
 * clue: what the sampler sent along with it, or 0: what that is, is a matter of
 * the language. Returns an enum interp_err; unless that is INTERP_OK, c is unchanged.
 */
GP_MUSTUSE int interp_read(const struct interp *i,
    const struct interp_process *p, const struct interp_wish *wish,
    uint64_t addr, uint64_t clue, struct interp_code *c);

/* The line that is executed at a place in the code, as the sampler counts them;
 * c->line where that is not known. */
uint32_t interp_line(const struct interp *i, const struct interp_code *c,
    uint32_t at);

/* Add the name, with this line, and the suffix of the language. */
void interp_put_name(const struct interp *i, const struct interp_code *c,
    uint32_t line, struct buf *out);

void interp_code_free(struct interp_code *c);

#endif
