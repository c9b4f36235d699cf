/*
 * execfn.h - by what name a process's program was executed.
 *
 *	/proc/PID/exe     /usr/bin/python3.11
 *	execfn            python3, ./app, /usr/local/bin/node …
 *
 * The kernel leaves it at the top of the first stack and says where, in the
 * auxiliary vector: AT_EXECFN. It is what execve(2) was given: a link, a relative
 * path; of a script, the script's. The process may have written over it since.
 *
 * Source: execve(2), getauxval(3), proc(5); create_elf_tables() in the kernel's
 * fs/binfmt_elf.c.
 */
#ifndef GP_EXECFN_H
#define GP_EXECFN_H

#include "base/attr.h"
#include "base/buf.h"
#include "proc/proc.h"

/* Bytes with the NUL; PATH_MAX. */
enum { EXECFN_MAX = 4096 };

/* Add the name to b: PROC_OK, or a proc_err and nothing added. Of 64-bit processes
 * only. It takes the permission to read the process's memory. */
GP_MUSTUSE int execfn_read(const struct proc *p, struct buf *b);

#endif
