/*
 * confine.h - give up everything that reading one open file does not need.
 *
 * For a process that was forked to look at a stranger's bytes, and may be taken
 * over by them. After confine_settle() and confine_self() it has
 *
 *	no descriptors    but those that are kept; 0 to 2 are /dev/null
 *	no capabilities   and no way to get any (no_new_privs)
 *	no network        a namespace of its own, with nothing in it
 *	few system calls  reading, memory, its socket; seccomp kills it at others
 *	little memory     CONFINE_DATA_MAX written, CONFINE_SPACE_MAX mapped
 *	no parent, no life; no core dump; nobody may trace it
 *
 * What libraries try without need (open, stat by path, ioctl) fails with EACCES
 * rather than kill. Nothing can be opened, executed, forked, signalled, or made
 * executable; memory cannot be shared.
 *
 * Where the kernel, a container or a service manager forbids one of these, the
 * others stand: the jail is weaker, and confine_self() says in what. None needs
 * privilege: without, the network namespace comes with a user namespace, if
 * those are allowed.
 *
 * AddressSanitizer maps terabytes, and opens files to report: built with it,
 * there are no bounds of memory, standard error is kept, and no call kills.
 * Under valgrind a process must not be confined at all.
 *
 * Source: capabilities(7), seccomp(2), unshare(2), setrlimit(2): RLIMIT_DATA
 * counts all private writable memory (since Linux 4.7).
 */
#ifndef GP_SYMBOLIZE_CONFINE_H
#define GP_SYMBOLIZE_CONFINE_H

#include <sys/types.h>

enum {
	CONFINE_FD = 3,       /* where the descriptor that is kept lies then */
	CONFINE_FILE = 4,     /* and the file, if there is one */
	CONFINE_FDS_MAX = 16, /* descriptors at once */
};

#define CONFINE_DATA_MAX (256ull << 20) /* bytes */
/* Files that are mapped for reading, too: those of DWARF may be large. */
#define CONFINE_SPACE_MAX (16ull << 30)

/* What could not be given up; a sum. */
enum confine_lack {
	CONFINE_NO_CAPABILITIES = 1,
	CONFINE_NO_NETWORK = 2,
	CONFINE_NO_SECCOMP = 4,
	CONFINE_NO_MEMORY = 8,
};

/*
 * Settle a new child of parent, which keeps its privileges: its descriptors, the
 * keyboard's signals, no life without the parent, no core dump.
 *
 * fd, file: what is kept, and becomes CONFINE_FD and CONFINE_FILE; file may be
 * -1. Ends the process where that cannot be.
 */
void confine_settle(int fd, int file, pid_t parent);

/* Give up the rest. The process has one thread. Returns what is lacking. */
unsigned confine_self(void);

/* What one lack means, for messages: "it keeps the network". */
const char *confine_text(enum confine_lack lack);

#endif
