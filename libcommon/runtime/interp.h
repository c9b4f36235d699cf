/*
 * interp.h - interpreters whose frames the sampler walks: found in files, and
 * asked for names.
 *
 *	an ELF file ──interp_recognise──► struct interp, addresses as linked
 *	            ──interp_move───────► the same where a process has it
 *	a code object of that process ──interp_name──► "Shop.price (shop.py:31)"
 *
 * The sampler knows code objects by their addresses only (interp_step.h); names
 * are read from the process's memory, which is anybody's: every length in it is
 * compared with a limit, and what makes no sense has no name.
 *
 * A language is a row of the table in interp.c, a file that fills in that row, a
 * struct and a step in a header that BPF compiles too, and a header in bpf/.
 * See docs/adding-a-runtime.md.
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

/* How much of a source file's path a name shows. */
enum interp_paths {
	INTERP_BASE,   /* app.py */
	INTERP_MODULE, /* shop/app.py: what is below the language's own folders */
	INTERP_FULL,
};

/* A process's memory: copy exactly len bytes, or false. */
struct interp_memory {
	bool (*read)(void *arg, uint64_t addr, void *dst, size_t len);
	void *arg;
};

/* An ELF file that is looked at. */
struct interp_elf {
	const struct elffile *f;
	const struct elfhas *has;
	bool program; /* it need not export what it has */
};

struct interp_lang {
	const char *suffix; /* of its frames, "_[p]" */
	/* Whether the file has this interpreter, of a version that can be
	 * walked; all of out but language. */
	bool (*recognise)(const struct interp_elf *e, struct interp *out);
	/* Add bias to every address in i->u. */
	void (*move)(struct interp *i, uint64_t bias);
	/* See interp_name(). */
	int (*name)(const struct interp *i, const struct interp_memory *m,
	    uint64_t code, enum interp_paths paths, uint64_t *check,
	    struct buf *out);
};

/* Find the interpreter in a file; false if there is none. */
GP_MUSTUSE bool interp_recognise(const struct elffile *f, struct interp *out);

/* Move all addresses by what lies between where the file is linked to and where
 * it is mapped. */
void interp_move(struct interp *i, uint64_t bias);

enum interp_err {
	INTERP_OK = 0,
	INTERP_SAME = 1,   /* it is what it was: nothing was added */
	INTERP_EREAD = -1, /* the memory is not there */
	INTERP_ESENSE = -2 /* it is not a code object */
};

/*
 * Add the name of a code object to out, suffix included.
 *
 * check: what tells it from another one that comes to the same address; in: what
 * it was, or 0; out: what it is. Returns an enum interp_err; unless that is
 * INTERP_OK, out is unchanged.
 */
GP_MUSTUSE int interp_name(const struct interp *i,
    const struct interp_memory *m, uint64_t code, enum interp_paths paths,
    uint64_t *check, struct buf *out);

/* The suffix of a language's frames; "" for a number that is none. */
const char *interp_suffix(uint32_t language);

#endif
