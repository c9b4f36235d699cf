/*
 * maps.h - the lines of /proc/PID/maps.
 *
 *	7f12a000-7f13b000 r-xp 00026000 fe:01 1183   /usr/lib/libc.so.6 (deleted)
 *	start    end      perms offset   dev   inode  path
 *
 *	struct maps m;
 *	struct maps_entry e;
 *
 *	maps_init(&m, text.s, text.len);
 *	while (maps_next(&m, &e))
 *		printf("%s\n", e.path);
 *
 * The parser works in the text itself: it puts NULs behind paths and undoes
 * \012, the one escape that the kernel makes (a newline in a name; a name that
 * holds those four characters cannot be told from it). Entries point into it.
 *
 * " (deleted)" behind a path says that the file was unlinked; a file whose name
 * ends so cannot be told from it either. Files that never had a name look
 * like it too ("/memfd:x (deleted)").
 *
 * dev is the device as the kernel sees it, which for btrfs and overlayfs is not
 * what stat(2) says of the same file.
 *
 * Lines that are not understood are skipped and counted in bad.
 */
#ifndef GP_MAPS_H
#define GP_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum maps_perm { MAPS_READ = 1, MAPS_WRITE = 2, MAPS_EXEC = 4, MAPS_SHARED = 8 };

struct maps_entry {
	uint64_t start, end; /* addresses, start < end */
	uint64_t offset;     /* in the file, in bytes */
	uint64_t inode;      /* 0: no file */
	uint32_t dev_major, dev_minor;
	unsigned perms;      /* enum maps_perm, ored */
	bool deleted;        /* the file has been unlinked */
	const char *path;    /* "", "/a/file" or "[heap]"; never NULL */
	size_t path_len;
};

struct maps {
	char *at, *end;
	uint64_t bad; /* lines skipped */
};

/* Start with the first line of len bytes; no NUL needs to follow. */
void maps_init(struct maps *m, char *text, size_t len);

/* The next entry; false at the end. */
bool maps_next(struct maps *m, struct maps_entry *e);

#endif
