#include "elf/elffile.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>

#include "base/file.h"

enum elffile_err
elffile_read(const struct elffile *f, uint64_t off, void *dst, size_t len)
{
	ssize_t n;

	if (off > f->size || len > f->size - off)
		return ELFFILE_ESHORT;
	if (f->fd < 0) {
		if (len)
			memcpy(dst, f->mem + off, len);
		return ELFFILE_OK;
	}
	n = file_pread(f->fd, dst, len, (off_t)off);
	if (n < 0)
		return ELFFILE_EREAD;
	/* It was longer when it was opened. */
	return (size_t)n == len ? ELFFILE_OK : ELFFILE_ESHORT;
}

/* The build id among one segment's notes, unless a segment before had one.
 * Notes that cannot be read are none: nothing else depends on them. */
static void
read_notes(struct elffile *f, const Elf64_Phdr *ph)
{
	uint8_t notes[ELFFILE_NOTES_MAX];
	size_t len = sizeof notes;

	if (!buildid_is_none(&f->build_id))
		return;
	if (ph->p_filesz < len)
		len = (size_t)ph->p_filesz;
	if (elffile_read(f, ph->p_offset, notes, len) == ELFFILE_OK &&
	    !buildid_find(&f->build_id, notes, len, (size_t)ph->p_align))
		f->build_id = (struct buildid){ 0 };
}

bool
elffile_segment_is_sane(const struct elffile_segment *s)
{
	uint64_t end;

	/* Page rounding must not overflow either. */
	return !__builtin_add_overflow(s->offset, s->filesz, &end) &&
	    end <= INT64_MAX - ELFFILE_PAGE &&
	    !__builtin_add_overflow(s->vaddr, s->memsz, &end) &&
	    end <= UINT64_MAX - ELFFILE_PAGE && s->filesz <= s->memsz;
}

static enum elffile_err
add_segment(struct elffile *f, const Elf64_Phdr *ph)
{
	const struct elffile_segment s = {
		.offset = ph->p_offset,
		.vaddr = ph->p_vaddr,
		.filesz = ph->p_filesz,
		.memsz = ph->p_memsz,
		.exec = (ph->p_flags & PF_X) != 0,
	};

	if (f->n == ELFFILE_SEGMENTS_MAX || !elffile_segment_is_sane(&s))
		return ELFFILE_ELIMIT;
	f->segment[f->n++] = s;
	return ELFFILE_OK;
}

static enum elffile_err
read_phdrs(struct elffile *f, const Elf64_Ehdr *eh)
{
	Elf64_Phdr ph[16] = { 0 };
	uint64_t off = eh->e_phoff;
	size_t left = eh->e_phnum, n;
	enum elffile_err err;

	if (left == 0)
		return ELFFILE_OK;
	if (eh->e_phentsize != sizeof ph[0] || left > ELFFILE_PHDRS_MAX)
		return ELFFILE_ELIMIT;
	for (; left; left -= n, off += n * sizeof ph[0]) {
		n = left < GP_COUNT(ph) ? left : GP_COUNT(ph);
		err = elffile_read(f, off, ph, n * sizeof ph[0]);
		for (size_t i = 0; err == ELFFILE_OK && i < n; i++) {
			if (ph[i].p_type == PT_LOAD)
				err = add_segment(f, &ph[i]);
			else if (ph[i].p_type == PT_NOTE)
				read_notes(f, &ph[i]);
		}
		if (err != ELFFILE_OK)
			return err;
	}
	return ELFFILE_OK;
}

static enum elffile_err
read_header(struct elffile *f)
{
	Elf64_Ehdr eh;
	enum elffile_err err;
	bool whole = true;

	err = elffile_read(f, 0, &eh, sizeof eh);
	/* A short script is "not ELF", not "too short". */
	if (err == ELFFILE_ESHORT) {
		whole = false;
		err = elffile_read(f, 0, &eh, EI_NIDENT);
	}
	if (err == ELFFILE_ESHORT ||
	    (err == ELFFILE_OK && memcmp(eh.e_ident, ELFMAG, SELFMAG) != 0))
		return ELFFILE_EMAGIC;
	if (err != ELFFILE_OK)
		return err;
	if (eh.e_ident[EI_CLASS] == ELFCLASS32)
		return ELFFILE_ECLASS;
	if (eh.e_ident[EI_CLASS] != ELFCLASS64)
		return ELFFILE_ELIMIT;
	if (eh.e_ident[EI_DATA] != ELFDATA2LSB)
		return ELFFILE_EMACHINE;
	if (!whole)
		return ELFFILE_ESHORT;
	if (eh.e_machine != EM_X86_64)
		return ELFFILE_EMACHINE;
	if (eh.e_type != ET_EXEC && eh.e_type != ET_DYN && eh.e_type != ET_REL)
		return ELFFILE_ELIMIT;
	f->type = eh.e_type;
	f->entry = eh.e_entry;
	f->shoff = eh.e_shoff;
	f->shentsize = eh.e_shentsize;
	f->shnum = eh.e_shnum;
	f->shstrndx = eh.e_shstrndx;
	return read_phdrs(f, &eh);
}

enum elffile_err
elffile_init(struct elffile *f, int fd)
{
	struct stat st;

	*f = (struct elffile){ .fd = fd };
	if (fstat(fd, &st) != 0)
		return ELFFILE_EREAD;
	if (!S_ISREG(st.st_mode))
		return ELFFILE_EFILE;
	f->size = (uint64_t)st.st_size;
	return read_header(f);
}

enum elffile_err
elffile_init_mem(struct elffile *f, const void *image, size_t size)
{
	*f = (struct elffile){ .fd = -1, .mem = image, .size = size };
	return read_header(f);
}

/* How far the mapping that starts at an address goes; 0 if none does. */
static size_t
mapping_size(unsigned long start)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long from, to;
	size_t size = 0;
	char line[512];

	while (maps && size == 0 && fgets(line, sizeof line, maps))
		if (sscanf(line, "%lx-%lx", &from, &to) == 2 && from == start)
			size = to - from;
	if (maps)
		fclose(maps);
	return size;
}

enum elffile_err
elffile_init_vdso(struct elffile *f)
{
	unsigned long base = getauxval(AT_SYSINFO_EHDR);
	size_t size = base ? mapping_size(base) : 0;

	*f = (struct elffile){ .fd = -1 };
	if (size == 0)
		return ELFFILE_EMAGIC;
	return elffile_init_mem(f, (const void *)base, size); /* NOLINT */
}

/*
 * True if x is within len bytes from start: a file offset or an address of
 * segment s. With pages, the edges are widened to pages as the kernel maps them;
 * it maps no segment whose offset and address differ within a page.
 */
static bool
holds(const struct elffile_segment *s, uint64_t start, uint64_t len, uint64_t x,
    bool pages)
{
	const uint64_t mask = ELFFILE_PAGE - 1;
	uint64_t end = start + len;

	if (pages && len && ((s->offset ^ s->vaddr) & mask) == 0) {
		start &= ~mask;
		end = (end + mask) & ~mask;
	}
	return x >= start && x < end;
}

bool
elffile_vaddr(const struct elffile *f, uint64_t off, uint64_t *vaddr)
{
	/* Code exactly, code by its pages, then data in the same way. */
	for (int pass = 0; pass < 4; pass++) {
		for (uint32_t i = 0; i < f->n; i++) {
			const struct elffile_segment *s = &f->segment[i];

			if (s->exec == (pass < 2) &&
			    holds(s, s->offset, s->filesz, off, pass % 2)) {
				*vaddr = off - s->offset + s->vaddr;
				return true;
			}
		}
	}
	return false;
}

bool
elffile_offset(const struct elffile *f, uint64_t vaddr, uint64_t *off)
{
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < f->n; i++) {
			const struct elffile_segment *s = &f->segment[i];

			if ((pass == 0 || s->exec) &&
			    holds(s, s->vaddr, s->filesz, vaddr, pass)) {
				*off = vaddr - s->vaddr + s->offset;
				return true;
			}
		}
	}
	return false;
}

bool
elffile_is_code(const struct elffile *f, uint64_t vaddr)
{
	for (uint32_t i = 0; i < f->n; i++) {
		const struct elffile_segment *s = &f->segment[i];

		if (s->exec && holds(s, s->vaddr, s->memsz, vaddr, true))
			return true;
	}
	return false;
}

const char *
elffile_strerror(enum elffile_err err)
{
	switch (err) {
	case ELFFILE_OK:
		return "no error";
	case ELFFILE_EREAD:
		return "cannot be read";
	case ELFFILE_EFILE:
		return "not a regular file";
	case ELFFILE_EMAGIC:
		return "not an ELF file";
	case ELFFILE_ECLASS:
		return "a 32-bit ELF file";
	case ELFFILE_EMACHINE:
		return "an ELF file for another machine";
	case ELFFILE_ESHORT:
		return "the ELF file is shorter than it says";
	case ELFFILE_ELIMIT:
		return "the ELF file's headers make no sense";
	}
	return "unknown error";
}
