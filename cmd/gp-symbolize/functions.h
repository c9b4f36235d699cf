/*
 * functions.h - the functions of one file, from every place that tells of them.
 *
 *	1. its own .symtab
 *	2. else that of its separate debug file (debugfile.h), looked for in the
 *	   process's own root, then here
 *	3. else that of .gnu_debugdata (minidebug.h)
 *	4. else Go's table of functions (gopclntab.h)
 *	5. else that of a debug file from a server (debuginfod.h)
 *	6. always .dynsym, and the slots of the PLT (plt.h)
 *
 * All fill one table, which comes out of the jail as a symfile. Debug files may be
 * installed any time: a table without 1 and 2 is not complete.
 *
 * Jobs (jobs.h), and what both sides of the jail know of them.
 */
#ifndef GP_SYMBOLIZE_FUNCTIONS_H
#define GP_SYMBOLIZE_FUNCTIONS_H

#include <stdint.h>

#include "elf/debugfile.h"
#include "jail.h"

/* The roots of jail_open() are finder.h's. */

/* The request: key and path, one behind the other, no NUL. */
struct functions_request {
	uint32_t key_len;  /* the symfile's, may be 0 */
	uint32_t path_len; /* of the file, as its process sees it */
	uint64_t now;      /* seconds; 0: there is no server to ask */
};

/* The note in the symfile. In the parent's hands any number may stand in it. */
struct functions_note {
	uint64_t size;      /* of the file */
	uint32_t complete;  /* it had 1 or 2, or 5 */
	uint32_t alone;     /* it is a debug file itself, without code */
	uint32_t others;    /* it had 3 or 4: no server need be asked */
	uint32_t functions;
	uint32_t left_out;  /* beyond a limit */
	uint32_t unused;
	uint64_t asked;     /* when a server was, or 0 */
	char link[DEBUGFILE_LINK_MAX]; /* of its debug file; "" */
};

/* Status of the jobs; else an elffile_err. */
enum {
	FUNCTIONS_NEED_XZ = 1, /* ask JOB_FUNCTIONS_XZ */
	FUNCTIONS_TOO_MANY = 2,
};

/* In the jail: find the debug file of f, whose process sees it at path: its
 * descriptor, and *debug; or -1. The second asks a server for it. */
int functions_find_debug(struct jail_call *c, const struct elffile *f,
    const char *path, struct elffile *debug);
int functions_ask_server(struct jail_call *c, const struct elffile *f,
    struct elffile *debug);

int functions_job(struct jail_call *c);
void functions_prepare_xz(void);
int functions_job_xz(struct jail_call *c);

/* JOB_DEBUGFILE: 1 if there is a debug file now, else 0. It puts nothing. */
int functions_job_debugfile(struct jail_call *c);

#endif
