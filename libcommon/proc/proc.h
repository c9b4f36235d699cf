/*
 * proc.h - what the kernel tells of one process, in /proc/PID.
 *
 *	struct proc p;
 *	struct proc_stat st;
 *
 *	if (proc_open(&p, NULL, 4242) == PROC_OK &&
 *	    proc_read_stat(&p, &st) == PROC_OK)
 *		printf("%s\n", st.comm);
 *	proc_done(&p);
 *
 * A process can exit at any byte that is read, and its pid can be given to
 * another one. So a handle holds /proc/PID open: once the process is gone,
 * everything read through the handle fails with PROC_EGONE, and two processes
 * are never mixed. Being gone is ordinary and deserves no message.
 *
 * root: where proc is mounted, NULL for "/proc". Another one serves a container
 * that sees its host's /proc elsewhere, and tests with invented trees. It stays
 * the caller's.
 *
 * comm, exe and everything else that a process can choose may hold any byte but
 * NUL.
 *
 * Source: proc(5).
 */
#ifndef GP_PROC_H
#define GP_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/buf.h"

enum proc_err {
	PROC_OK = 0,
	PROC_EGONE = -1,   /* it has exited, or never was */
	PROC_EDENIED = -2, /* we may not */
	PROC_EPARSE = -3,  /* the answer is not understood */
	PROC_ESYS = -4,    /* errno says what: EMFILE, EIO, EFBIG ... */
};

/* Most bytes that are read of one file; 65,530 mappings (the kernel's default
 * limit) with paths of 100 bytes are 11 MB. */
#define PROC_FILE_MAX (64u << 20)

/* Longest comm with its NUL: 16 for a program, 64 for kernel workers. */
enum { PROC_COMM_MAX = 64 };

/* An open process. proc_done() it, also after a failed proc_open(). */
struct proc {
	int dir; /* /proc/PID, or -1; may be used with openat(2) */
	uint32_t pid;
};

/* From /proc/PID/stat, readable for everyone. */
struct proc_stat {
	uint32_t pid, ppid;
	uint32_t threads;
	char state;     /* 'R', 'S', 'Z' ... */
	uint64_t flags; /* PF_* of the kernel's sched.h */
	uint64_t start; /* ticks since boot; with the pid, names a process */
	/* Where its program is; no truth for those who may not know. */
	uint64_t start_code, end_code, start_stack;
	char comm[PROC_COMM_MAX];
};

/* From /proc/PID/status, readable for everyone. */
struct proc_status {
	uint32_t uid;    /* effective */
	uint32_t ns_pid; /* the pid that it has in its own pid namespace */
};

int proc_open(struct proc *p, const char *root, uint32_t pid);
void proc_done(struct proc *p);

GP_MUSTUSE int proc_read_stat(const struct proc *p, struct proc_stat *out);
GP_MUSTUSE int proc_read_status(const struct proc *p, struct proc_status *out);

/* A thread of the kernel: no program, no memory, no user stack. */
static inline bool
proc_is_kernel_thread(const struct proc_stat *st)
{
	return st->flags & 0x200000u; /* PF_KTHREAD */
}

/* Exited as a whole, and waits for its parent to notice. */
static inline bool
proc_is_zombie(const struct proc_stat *st)
{
	return (st->state == 'Z' || st->state == 'X' || st->state == 'x') &&
	    st->threads <= 1;
}

/* The first thread has exited, others run on. /proc/PID then has neither maps
 * nor exe nor root: proc_follow_thread() first. */
static inline bool
proc_has_lost_leader(const struct proc_stat *st)
{
	return (st->state == 'Z' || st->state == 'X') && st->threads > 1;
}

/* Let the handle look through a living thread, /proc/PID/task/TID. */
GP_MUSTUSE int proc_follow_thread(struct proc *p);

/* Add the whole of a file below /proc/PID ("cgroup", "maps") to b. */
GP_MUSTUSE int proc_read_file(const struct proc *p, const char *name,
    struct buf *b);

/* Add the path of the program to b, without the " (deleted)" that is said of an
 * unlinked one; *deleted may be NULL. A kernel thread or a zombie has no
 * program: PROC_EGONE. */
GP_MUSTUSE int proc_read_exe(const struct proc *p, struct buf *b,
    bool *deleted);

/* Open the program itself for reading, deleted or not: a descriptor that the
 * caller closes, or a proc_err. */
GP_MUSTUSE int proc_open_exe(const struct proc *p);

/*
 * Open for reading the file that is mapped from start to end, path being what
 * /proc/PID/maps said: through map_files, which also finds deleted and replaced
 * files, else by path below the process's own root. Other than regular files
 * are refused (PROC_EGONE): opening a device or a FIFO has effects.
 *
 * Returns a descriptor that the caller closes, or a proc_err. map_files needs
 * CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE; without them, the file that is found
 * by its path may be a newer one: compare the inode, or the build id.
 */
GP_MUSTUSE int proc_open_map(const struct proc *p, uint64_t start,
    uint64_t end, const char *path);

/* Open a regular file by its path below the process's own root: links, absolute
 * ones too, stay inside. A descriptor, or a proc_err. */
GP_MUSTUSE int proc_open_path(const struct proc *p, const char *path);

/* The same, but the last part of the path must not be a link: for files in
 * folders where anybody may put one. */
GP_MUSTUSE int proc_open_path_nofollow(const struct proc *p, const char *path);

/* The same for a folder: its descriptor is for listing it. What is in it should be
 * opened by path again, since links there lead out of the root. */
GP_MUSTUSE int proc_open_folder(const struct proc *p, const char *path);

/*
 * Find what these would open, by an O_PATH descriptor, whatever it is:
 * nothing happens to it. proc_reopen() turns that into one for reading, if it is
 * a regular file, and closes it; an error is passed on.
 */
GP_MUSTUSE int proc_find_map(const struct proc *p, uint64_t start,
    uint64_t end);
GP_MUSTUSE int proc_find_path(const struct proc *p, const char *path);
GP_MUSTUSE int proc_find_path_nofollow(const struct proc *p, const char *path);
GP_MUSTUSE int proc_reopen(int path_fd);

/* proc_find_path() in two steps: the root, a descriptor that is the caller's; and
 * a path below it, as far as the kernel knows the answer without asking a file
 * system, which cannot take long: else PROC_ESYS, with EAGAIN or, before Linux
 * 5.12, EINVAL. */
GP_MUSTUSE int proc_find_root(const struct proc *p);
GP_MUSTUSE int proc_find_known_path(int root, const char *path);

/* Ticks since boot, on the same clock as proc_stat.start. */
GP_MUSTUSE int proc_uptime(const char *root, uint64_t *ticks);

/* Ticks in a second (100 wherever Linux runs). */
uint64_t proc_ticks_per_second(void);

/*
 * All pids, in ascending order, as far as they are seen: processes come and go
 * meanwhile.
 *
 * Sets *pids to an array of *n that the caller frees. With hidepid, those of
 * others are missing.
 */
GP_MUSTUSE int proc_list(const char *root, uint32_t **pids, size_t *n);

/* The proc_err that errno stands for. */
int proc_err_from_errno(int err);
const char *proc_strerror(int err);

#endif
