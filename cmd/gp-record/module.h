/*
 * module.h - the files and regions that code is mapped from.
 *
 * A mapping names a module by its index here. What the module is worth in the
 * stream is found out when the first sample hits it, while the process that maps
 * it probably lives: the file is opened, its build id and segments are read, and
 * a #module record goes out, so that gp-symbolize can open it too. Modules that
 * no sample hits cost their path and nothing else.
 *
 *	mapping of /usr/lib/libc.so.6, build id 9c61 ──┐
 *	mapping of /usr/lib/libc.so.6, fe:01 inode 7 ──┴─► #module id=3
 *
 * A frame is one 64-bit word, the form in which stacks are counted:
 *
 *	1 aaa…                 63 bits: kernel address (its top bit is set)
 *	0 1 aaa…               62 bits: address in code that a JIT made
 *	0 0 mmmmmm… aaaaaa…    18 bits stream id of a module, 44 bits address
 *	0 0 000000… nnnnnn…    id 0: a name, by its number
 */
#ifndef GP_RECORD_MODULE_H
#define GP_RECORD_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/intern.h"
#include "elf/elffile.h"
#include "proc/proc.h"

/* Frames that are names; more are interned as they come up. */
enum { MODULE_NAME_TRUNCATED, MODULE_NAME_UNKNOWN };

enum module_state {
	MODULE_NEW,     /* no sample hit it yet */
	MODULE_ELF,     /* addresses are ELF virtual addresses */
	MODULE_OFFSETS, /* could not be opened: addresses are file offsets */
	MODULE_JIT,     /* not a file, or not an ELF file */
	MODULE_NAMED,   /* [vsyscall] and the like: one name for all of it */
};

/* How a mapping names its file. */
struct module_key {
	const char *path; /* "" for anonymous memory */
	struct buildid build_id;       /* none if not known yet */
	uint32_t dev_major, dev_minor; /* 0 if there is a build id */
	uint64_t ino;
	bool deleted;
};

struct module_segment {
	uint64_t offset, vaddr, size; /* of an executable segment, in pages */
};

/* A file that could not be opened, its process being gone, is looked for in so many
 * later ones that map it, too: short-lived processes of a container have files that
 * nothing else leads to. */
enum { MODULE_TRIES = 100 };

struct module {
	struct module_key key;
	enum module_state state;
	uint32_t missed; /* how often it could not be opened */
	uint32_t id;   /* in the stream; 0 before it is known */
	uint32_t name; /* MODULE_NAMED */
	struct module_segment *segment;
	uint32_t nsegment;
};

struct modules {
	struct arena arena;
	struct intern keys;    /* what a mapping says: index is the module's */
	struct intern ids;     /* path and build id: index + 1 is the stream id */
	struct intern names;   /* frames that are names */
	struct module *module;
	size_t cap;
};

/* The module that a mapping names, new or known. */
uint32_t modules_find(struct modules *m, const struct module_key *key);

/* Whether a file is mapped, and not memory that a program fills. */
bool modules_is_file(const struct modules *m, uint32_t module);

/* Whether modules that two mappings name, one of which is in the place of the other,
 * may be one file, which a side-band record and /proc have named each its own way. */
bool modules_may_be_one(const struct modules *m, uint32_t a, uint32_t b);

/*
 * The frame for an address in a module.
 *
 * p: the process, open as far as it still lives. start, end, pgoff: the mapping.
 * At the first call for a module its file is opened, and its #module record
 * added to out; again, with another id, when a file that was missing is found.
 */
uint64_t modules_frame(struct modules *m, uint32_t module,
    const struct proc *p, uint64_t start, uint64_t end, uint64_t pgoff,
    uint64_t addr, struct buf *out);

/*
 * Open the file of a module: as the process maps it, by path in the process's
 * root, or, when it is gone, by path in ours, if it has the build id that the
 * mapping had. The vDSO is found in our own memory.
 *
 * On ELFFILE_OK f is ready, and its fd (-1 for the vDSO) the caller's to close.
 */
GP_MUSTUSE enum elffile_err modules_open(const struct modules *m,
    uint32_t module, const struct proc *p, uint64_t start, uint64_t end,
    struct elffile *f);

/* Whether the next modules_frame() would open the file: p should be open then. */
bool modules_wants_file(const struct modules *m, uint32_t module);

/* Note that modules_open() failed with ELFFILE_EREAD; whether to try it again. */
bool modules_missed(struct modules *m, uint32_t module);

/* The frame of a kernel address, and of a name. */
uint64_t modules_kernel_frame(uint64_t addr);
uint64_t modules_name_frame(uint32_t name);

/* Whether a frame is code that a JIT made, or an address of the kernel, which then is
 * the frame itself. */
bool modules_is_jit_frame(uint64_t frame);
bool modules_is_kernel_frame(uint64_t frame);

/* Add the text of a frame. pid: whose JIT code it would be. */
void modules_put_frame(const struct modules *m, uint64_t frame, uint32_t pid,
    struct buf *b);

void modules_free(struct modules *m);

#endif
