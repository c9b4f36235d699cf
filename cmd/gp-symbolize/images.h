/*
 * images.h - the ELF files that modules are, each once, and their functions.
 *
 * A file is opened as soon as a #module names it, since the process, and with it
 * a deleted file, may soon be gone; but it is parsed only when an address in it
 * is to be named. So a file in which nothing was sampled costs a descriptor.
 *
 * Files are told apart by build id, or where they have none by device, inode,
 * size and time. Build ids can be forged, so that files of a stranger are images of
 * their own, by his uid, beside those of root and the caller, which are one. Numbers of
 * images count from 0.
 *
 * Files are parsed in the jail (jail.h), but for those that were identified before
 * (identities.h). One that brings its reader down is not
 * looked at again in this run.
 *
 * Tables of functions are kept on disk (tables.h), by build id, a stranger's likewise
 * by his uid too. A file without a build id (Go's linker writes none) is known there by
 * its inode and the time of its last change, which nobody can set.
 *
 * Bounded: tables of functions, those that wait to be written (pack.h) too, and what
 * DWARF answered (answers.h), by IMAGES_MEMORY_MAX, the least used go and are read
 * again if needed; descriptors by IMAGES_FDS_MAX or what the system allows, the least
 * used is closed, and its modules find the file anew.
 */
#ifndef GP_SYMBOLIZE_IMAGES_H
#define GP_SYMBOLIZE_IMAGES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/buf.h"
#include "base/cachedir.h"
#include "base/intern.h"
#include "elf/elffile.h"
#include "identities.h"
#include "inlines.h"
#include "opener.h"
#include "tables.h"

#define IMAGE_NONE UINT32_MAX

enum {
	IMAGES_MEMORY_MAX = 48 << 20,
	IMAGES_FDS_MAX = 4096,
};

struct image {
	int fd;          /* -1: closed */
	bool slow;       /* opener.h */
	bool bad;        /* no table: the file cannot be read */
	bool distrusted; /* what is kept of it was found to be damaged */
	bool no_dwarf;   /* it has none, or none that can be read */
	char *name;      /* path of the first module that it was found for */
	dev_t dev;       /* the file, open or to be found again */
	ino_t ino;
	struct timespec changed;
	struct buildid id;
	uint64_t size;
	uint32_t owner;  /* as in jail_request */
	char *key;       /* in the cache on disk; NULL: not to be kept */
	struct table *table; /* NULL until an address was looked up */
	uint32_t load;   /* which load of a table it is of */
	struct answers *answers; /* of its DWARF; NULL until it was asked */
	size_t answers_size; /* in memory */
	bool lines;      /* they have */
	uint64_t used;   /* when last */
};

struct images {
	struct tables tables;
	struct identities identities;
	struct intern toxic; /* files that cannot even be identified */
	struct image *v;
	uint32_t n, cap;
	struct intern keys; /* an image's number is its key's */
	uint32_t fds, fds_max;
	size_t memory; /* of tables and answers */
	uint32_t loads;
	uint64_t clock;
};

/* Raise the limit of open files as far as is allowed and useful. */
void images_init(struct images *im, struct cachedir *cache);

/* The image with a build id that no stranger made, or IMAGE_NONE. A stranger's must be
 * found by its file, which tells whose it is. */
uint32_t images_find(const struct images *im, const struct buildid *id);

/* Whose it is: a stranger's uid, or 0. */
uint32_t images_owner(const struct images *im, uint32_t image);

/* True if it is open. */
bool images_is_open(const struct images *im, uint32_t image);

enum images_err {
	IMAGES_OK = 0,
	IMAGES_EOTHER = -1, /* another build than wanted */
	IMAGES_EBAD = -2,   /* not an ELF file that gp can read */
	IMAGES_ECRASH = -3, /* its reader crashed, or did not end */
};

/*
 * Take an opened file as an image; its descriptor now belongs to images, also on
 * an error.
 *
 * want: the build id that it must have, or none. *why, on the last two errors: a
 * text, or NULL if it was given already.
 */
enum images_err images_add(struct images *im, const struct opened *o,
    const struct buildid *want, const char *name, uint32_t *image,
    const char **why);

/* Take this process's own vDSO as one. The kernel made it, so that it is identified
 * without the jail. IMAGES_EBAD: there is none. */
enum images_err images_add_vdso(struct images *im, const struct buildid *want,
    const char *name, uint32_t *image);

enum images_found {
	IMAGES_NAMED,  /* the name was added */
	IMAGES_NAMELESS, /* there is no function */
	IMAGES_CLOSED, /* the file must be found and added again */
};

enum images_at {
	IMAGES_UNREAD,   /* its functions are not loaded */
	IMAGES_FUNCTION,
	IMAGES_NOTHING,  /* no function, or none that has a name */
};

/* What is at an address; of a function a number that stands for it in this run. */
enum images_at images_function(struct images *im, uint32_t image,
    uint64_t addr, uint64_t *function);

/* Where the first function at or above an address is; IMAGES_NAMED if there is
 * one. */
enum images_found images_first(struct images *im, uint32_t image, uint64_t from,
    const struct tables_roots *roots, uint64_t *addr);

/* Add the name of the function at an address, as the file has it. offset: the
 * address is a file offset. roots: where its debug file may be. */
enum images_found images_name(struct images *im, uint32_t image, uint64_t addr,
    bool offset, const struct tables_roots *roots, struct buf *b);

/*
 * Have take() called with the frames at n addresses, in ascending order, as
 * inlines.h has them; with none for what its DWARF does not tell. IMAGES_NAMELESS
 * if it has none.
 */
enum images_found images_inlines(struct images *im, uint32_t image,
    uint64_t *addr, size_t n, bool lines,
    const struct tables_roots *roots, inlines_take *take, void *arg);

void images_free(struct images *im);

#endif
