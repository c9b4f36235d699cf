/*
 * startcode.h - rows for the code around programs and threads that no compiler
 * made, and whose tables are wrong or missing.
 *
 * All of it runs rarely, but in every process, so that short-lived ones are in it
 * often. It is recognised by its bytes:
 *
 *	.init, .fini        of crti.o and crtn.o:  sub $8,%rsp … add $8,%rsp; ret
 *	__do_global_dtors_aux, deregister_tm_clones …   of crtbegin.o: destructors
 *	                    of libraries are under it
 *	clone(), clone3()   of glibc: no entry covers the system call itself, which
 *	                    the thread that it makes comes out of, too
 *	__start_context     of glibc: where a coroutine of makecontext(3) returns
 *
 * The last one has a wrong entry. makecontext() puts its very address on the new
 * stack, a return address is looked up one byte before where it points (step.h),
 * and there is another function or none; and no thread has a caller there. It
 * and the byte before get the rule of the outermost frame.
 *
 *	48 89 dc     mov %rbx,%rsp
 *	48 8b 3c 24  mov (%rsp),%rdi     (uc_link)
 *	48 85 ff     test %rdi,%rdi
 *
 * Source: disassembly of what GCC 8 to 12 and glibc 2.28 to 2.36 install; glibc's
 * sysdeps/unix/sysv/linux/x86_64/{clone,clone3,__start_context}.S.
 */
#ifndef GP_STARTCODE_H
#define GP_STARTCODE_H

#include "elf/elffile.h"
#include "unwind/cfi.h"
#include "unwind/rows.h"

enum {
	STARTCODE_GAP_MAX = 1024, /* bytes: in longer gaps is other code */
	STARTCODE_GAPS_MAX = 512, /* how many are read */
};

/* Correct and complete the rows that were made of c, the .eh_frame of f. */
void startcode_fix(const struct elffile *f, struct cfi *c, struct rows *t);

#endif
