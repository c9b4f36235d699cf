/*
 * file.h - whole files: read with a bound, written so that a reader sees the old
 * or the new one and never half of one.
 *
 * Functions return 0 (or a length) or -1 with errno set, unless they say
 * otherwise.
 */
#ifndef GP_FILE_H
#define GP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/buf.h"

/*
 * Add the whole of a file to b; works for /proc, where st_size is 0.
 *
 * dirfd: as for openat(2), AT_FDCWD for ordinary paths. max: more bytes than
 * this is an error, EFBIG. Returns 0 or -1; b keeps what was read.
 */
GP_MUSTUSE int file_read_at(int dirfd, const char *path, struct buf *b,
    size_t max);

/* Add what is left to read from fd. */
GP_MUSTUSE int file_read_fd(int fd, struct buf *b, size_t max);

/* Write it all, whatever write(2) takes at a time. */
GP_MUSTUSE int file_write_all(int fd, const void *p, size_t len);

/* Read up to len bytes at an offset, whatever pread(2) gives at a time.
 * Returns how many, short only at the end of the file. */
GP_MUSTUSE ssize_t file_pread(int fd, void *p, size_t len, off_t off);

/* A nameless file in a folder, for reading and writing: a descriptor, or -1.
 * stem: how the name begins that it has for a moment where there are no nameless
 * files. */
GP_MUSTUSE int file_scratch(int dirfd, const char *stem);

/* Make a folder and those above it. One that exists is no error; something else
 * of that name is, ENOTDIR. */
GP_MUSTUSE int file_mkdirs(const char *path, mode_t mode);

/*
 * Replace path by what is written to file_new()'s descriptor.
 *
 *	struct file_new f;
 *	if (file_new(&f, path, 0644) == 0 &&
 *	    file_write_all(f.fd, p, n) == 0 && file_new_commit(&f) == 0)
 *		;	// path holds it now, also after a crash
 *	else
 *		file_new_abort(&f);	// nothing is left behind
 *
 * The new file is a nameless one (O_TMPFILE) or, where the file system has none,
 * ".NAME.tmp.PID" beside path, so a kill leaves at worst one such name. Behind a
 * symbolic link its file is replaced, not the link; what is no regular file
 * (/dev/null, a FIFO) is written to as it is. One process replaces one path at a
 * time. What was written can be read back, if path is to be a regular file.
 * file_new_commit() syncs the file and its folder. file_new_abort() after any
 * failure, also of file_new() itself, is right and keeps errno.
 */
struct file_new {
	int fd; /* -1 when closed */
	bool direct; /* path itself is open */
	char path[4096];
	char tmp[4096]; /* "" while nameless */
};

GP_MUSTUSE int file_new(struct file_new *f, const char *path, mode_t mode);
GP_MUSTUSE int file_new_commit(struct file_new *f);

/* The same without waiting for the disk: after a crash of the machine path may
 * hold anything. For caches, which are checked when they are read. */
GP_MUSTUSE int file_new_replace(struct file_new *f);

/* The same under a name chosen only now, in the same file system, that must be
 * new: EEXIST leaves f as it was, to be tried again under another. */
GP_MUSTUSE int file_new_commit_as(struct file_new *f, const char *path);
void file_new_abort(struct file_new *f);

/* Remove what killed processes left that were replacing path. For a path that one
 * process replaces at a time, by whoever may do so now. Keeps errno. */
void file_new_tidy(const char *path);

/* Give file descriptors 0 to 2 that are closed something to be, so that no file
 * opened later becomes one; reading and writing them still fail. opt_parse()
 * does it. */
void file_prepare_std(void);

/* Flush and close stdout; -1 if any byte written to it did not arrive. What
 * every command does last, so that a full disk is not an exit status 0. */
GP_MUSTUSE int file_close_stdout(void);

#endif
