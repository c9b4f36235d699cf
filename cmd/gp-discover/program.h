/*
 * program.h - how a process's program was built and started; for --program.
 *
 * Read off the program's own file, once each, and by execfn.h. What is not known is
 * NULL or none; of files that gp does not read, 32-bit ones, only execfn is known.
 *
 * A zeroed struct programs is ready. Whoever declares it calls programs_free().
 */
#ifndef GP_PROGRAM_H
#define GP_PROGRAM_H

#include <stdint.h>

#include "base/arena.h"
#include "base/intern.h"
#include "elf/buildid.h"
#include "proc/proc.h"

struct program {
	const char *execfn; /* by what name it was executed */
	const char *arch;   /* "x86_64" */
	const char *link;   /* "dynamic" or "static" */
	const char *libc;   /* that a dynamic one is linked with: "glibc", "musl" */
	struct buildid build_id;
	enum { PROGRAM_MAYBE, PROGRAM_NO, PROGRAM_YES } stripped; /* of .symtab */
};

struct programs {
	struct intern files;  /* device, inode and change time */
	struct program *file; /* by id in files; without execfn */
	size_t cap;
};

/* Never fails. Texts are the arena's. */
void program_read(struct programs *ps, struct program *out, struct arena *a,
    const struct proc *p);

void programs_free(struct programs *ps);

#endif
