#include "elf/section.h"

#include <elf.h>
#include <string.h>

/* Read one section header. The table's place is in the file's hands. */
static enum elffile_err
read_header(const struct elffile *f, uint64_t i, Elf64_Shdr *sh)
{
	uint64_t off;

	if (__builtin_add_overflow(f->shoff, i * sizeof *sh, &off))
		return ELFFILE_ELIMIT;
	return elffile_read(f, off, sh, sizeof *sh);
}

/* How many there are, and which holds the names; the header's fields are too
 * small for files of extreme size, which put both into section 0. */
static enum elffile_err
read_counts(const struct elffile *f, uint64_t *n, uint64_t *names)
{
	Elf64_Shdr first;
	enum elffile_err err;

	*n = f->shnum;
	*names = f->shstrndx;
	if (!f->shoff || f->shentsize != sizeof first) {
		*n = 0;
		return ELFFILE_OK;
	}
	if (*n == 0 || *names == SHN_XINDEX) {
		err = read_header(f, 0, &first);
		if (err)
			return err;
		if (*n == 0)
			*n = first.sh_size;
		if (*names == SHN_XINDEX)
			*names = first.sh_link;
	}
	return *n > SECTION_COUNT_MAX ? ELFFILE_ELIMIT : ELFFILE_OK;
}

/* The names of sections, or their table's header. */
struct names {
	const struct elffile *f;
	Elf64_Shdr table;
	bool read; /* all is in b */
	char b[4096];
};

static void
read_names(struct names *n)
{
	size_t size = (size_t)n->table.sh_size;

	n->read = n->table.sh_size < sizeof n->b && elffile_read(n->f,
	    n->table.sh_offset, n->b, size) == ELFFILE_OK;
	if (n->read)
		n->b[size] = '\0';
}

/* Copy a name; what is longer than have is cut, at the table's end too. "" if it
 * cannot be read. */
static void
get_name(const struct names *n, uint32_t at, char have[SECTION_NAME_MAX])
{
	size_t len = SECTION_NAME_MAX;

	have[0] = '\0';
	if (at >= n->table.sh_size)
		return;
	if (n->table.sh_size - at < len)
		len = (size_t)(n->table.sh_size - at);
	if (n->read)
		memcpy(have, n->b + at, len);
	else if (elffile_read(n->f, n->table.sh_offset + at, have, len) !=
	    ELFFILE_OK)
		len = 1;
	have[len - 1] = '\0';
}

static void
take(const struct elffile *f, const Elf64_Shdr *sh, struct section *s)
{
	if (sh->sh_type == SHT_NOBITS || s->size || sh->sh_offset > f->size ||
	    sh->sh_size > f->size - sh->sh_offset)
		return;
	*s = (struct section){
		.offset = sh->sh_offset,
		.size = sh->sh_size,
		.vaddr = sh->sh_addr,
		.compressed = (sh->sh_flags & SHF_COMPRESSED) != 0,
	};
}

int
section_find(const struct elffile *f, const char *const *name,
    struct section *found, int n)
{
	struct names names = { .f = f };
	Elf64_Shdr sh[64];
	uint64_t count, strndx, got;
	enum elffile_err err;
	int hits = 0;

	memset(found, 0, (size_t)n * sizeof *found);
	err = read_counts(f, &count, &strndx);
	if (err || !count)
		return (int)err;
	if (strndx >= count || (err = read_header(f, strndx, &names.table)))
		return err ? (int)err : ELFFILE_ELIMIT;
	if (names.table.sh_offset > f->size)
		return ELFFILE_ESHORT;
	read_names(&names);
	for (uint64_t i = 0; i < count; i += got) {
		got = count - i < GP_COUNT(sh) ? count - i : GP_COUNT(sh);
		err = elffile_read(f, f->shoff + i * sizeof *sh, sh,
		    (size_t)got * sizeof *sh);
		if (err)
			return (int)err;
		for (uint64_t k = 0; k < got; k++) {
			char have[SECTION_NAME_MAX];

			get_name(&names, sh[k].sh_name, have);
			for (int w = 0; w < n; w++)
				if (strcmp(have, name[w]) == 0)
					take(f, &sh[k], &found[w]);
		}
	}
	for (int w = 0; w < n; w++)
		hits += found[w].size > 0;
	return hits;
}
