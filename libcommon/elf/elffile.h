/*
 * elffile.h - what an ELF file says about itself: build id and segments.
 *
 *	file       0      1000           5000          8000
 *	           | R    | R E .text    | R .rodata   |
 *	memory     base   base+1000      base+5000 …   each a mapping of its own
 *	vaddr      0      1000           5000          what symbols count in
 *
 * A mapping ties memory to file offsets (/proc/PID/maps); a PT_LOAD segment
 * ties file offsets to the virtual addresses in which symbols and unwind tables
 * count. The two are the same number in most files and differ in the rest
 * (non-PIE, lld's layout, prelink), so gp always converts:
 *
 *	offset = address - mapping start + mapping offset
 *	elffile_vaddr(&f, offset, &vaddr)
 *
 * Reads with plain pread(2), or from a memory image (the vDSO). The file may be
 * anybody's, may lie, and may change while it is read: every number in it is
 * checked against the file's size and a named limit before it is used, nothing
 * is mapped (a file cut short would raise SIGBUS), and memory is this struct
 * alone.
 *
 * Only 64-bit little-endian x86-64 files are read; others have an error of
 * their own, so that a caller can say why.
 *
 * Source: the ELF gABI; elf.h; how load_elf_binary() maps segments.
 */
#ifndef GP_ELFFILE_H
#define GP_ELFFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "elf/buildid.h"

enum {
	ELFFILE_SEGMENTS_MAX = 64, /* PT_LOAD; linkers make 4 or so */
	/* The kernel runs no program with more than 64 KiB of program headers. */
	ELFFILE_PHDRS_MAX = 1170,
	/* Bytes read of one PT_NOTE: linkers put the build id among the first
	 * notes; kilobytes of SystemTap's or packages' may follow. */
	ELFFILE_NOTES_MAX = 4096,
	ELFFILE_PAGE = 4096,
};

enum elffile_err {
	ELFFILE_OK = 0,
	ELFFILE_EREAD = -1,     /* fstat or read failed: errno */
	ELFFILE_EFILE = -2,     /* not a regular file */
	ELFFILE_EMAGIC = -3,    /* not ELF */
	ELFFILE_ECLASS = -4,    /* 32-bit */
	ELFFILE_EMACHINE = -5,  /* another machine's, or big-endian */
	ELFFILE_ESHORT = -6,    /* something lies beyond the end of the file */
	ELFFILE_ELIMIT = -7,    /* a number beyond a limit or senseless */
};

struct elffile_segment {
	uint64_t offset; /* in the file */
	uint64_t vaddr;
	uint64_t filesz;
	uint64_t memsz;
	bool exec;
};

struct elffile {
	int fd;             /* the caller's; -1: memory image */
	const uint8_t *mem; /* the image, the caller's */
	uint64_t size;      /* of file or image */
	uint16_t type;      /* ET_EXEC, ET_DYN, ET_REL */
	uint64_t entry;     /* vaddr where a program, or ld.so, begins; or 0 */
	struct buildid build_id; /* may be none */
	uint32_t n;              /* segments */
	struct elffile_segment segment[ELFFILE_SEGMENTS_MAX];
	/* The section header table as the header gives it, unchecked. */
	uint64_t shoff;
	uint16_t shentsize, shnum, shstrndx;
};

/*
 * Read header, program headers and build id.
 *
 * fd stays the caller's, must stay open as long as f is used, and is best opened
 * with O_NONBLOCK|O_NOCTTY: a FIFO or device is refused here, but only after it
 * was opened. Its offset is not changed.
 */
GP_MUSTUSE enum elffile_err elffile_init(struct elffile *f, int fd);

/* The same from an image in memory of exactly size bytes, laid out as the file
 * was. */
GP_MUSTUSE enum elffile_err elffile_init_mem(struct elffile *f,
    const void *image, size_t size);

/* The same from this process's own vDSO, which is the one of every 64-bit
 * process until the next boot. ELFFILE_EMAGIC if there is none. */
GP_MUSTUSE enum elffile_err elffile_init_vdso(struct elffile *f);

/* Read exactly len bytes at an offset; ELFFILE_ESHORT where there are fewer. */
GP_MUSTUSE enum elffile_err elffile_read(const struct elffile *f, uint64_t off,
    void *dst, size_t len);

/*
 * Convert a file offset, as mapped code has it, to a virtual address.
 *
 * Executable segments are asked first; and since the kernel maps whole pages, an
 * offset in the page where a segment starts or ends belongs to that segment if
 * no other holds it exactly. False if none does.
 */
GP_MUSTUSE bool elffile_vaddr(const struct elffile *f, uint64_t off,
    uint64_t *vaddr);

/* The reverse: where in the file the byte of a virtual address is. False if
 * it is in no segment, or (.bss) not in the file. */
GP_MUSTUSE bool elffile_offset(const struct elffile *f, uint64_t vaddr,
    uint64_t *off);

/* True if vaddr is in an executable segment (pages at its edges included). */
bool elffile_is_code(const struct elffile *f, uint64_t vaddr);

/* True if the sums of its numbers, rounded to pages, do not overflow: so of all
 * segments of a file that could be read. For those who got them otherwise. */
bool elffile_segment_is_sane(const struct elffile_segment *s);

const char *elffile_strerror(enum elffile_err err);

#endif
