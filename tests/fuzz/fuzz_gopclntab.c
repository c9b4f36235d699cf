/*
 * fuzz_gopclntab.c - any bytes as the .gopclntab of an ELF image.
 *
 * Properties: the rows keep their invariants; every rule means the same when
 * written again; nothing beyond the section is read (ASan).
 */
#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "unwind/gorows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char names[] = "\0.gopclntab\0.shstrtab";

struct image {
	Elf64_Ehdr eh;
	Elf64_Phdr ph;
	Elf64_Shdr sh[3];
	char names[sizeof names];
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct image im = {
		.eh = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
			    ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_EXEC, .e_machine = EM_X86_64,
			.e_phoff = offsetof(struct image, ph),
			.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1,
			.e_shoff = offsetof(struct image, sh),
			.e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 3,
			.e_shstrndx = 2,
		},
		.ph = { .p_type = PT_LOAD, .p_flags = PF_R | PF_X,
		    .p_vaddr = 0x400000, .p_filesz = 64, .p_memsz = 0x10000 },
		.sh = {
			[1] = { .sh_name = 1, .sh_type = SHT_PROGBITS,
			    .sh_offset = sizeof im, .sh_size = len },
			[2] = { .sh_name = 12, .sh_type = SHT_STRTAB,
			    .sh_offset = offsetof(struct image, names),
			    .sh_size = sizeof names },
		},
	};
	uint8_t *file = malloc(sizeof im + len);
	struct elffile f;
	struct rows t;

	if (!file)
		return 0;
	memcpy(im.names, names, sizeof names);
	memcpy(file, &im, sizeof im);
	if (len)
		memcpy(file + sizeof im, data, len);
	if (elffile_init_mem(&f, file, sizeof im + len) != ELFFILE_OK)
		abort();
	(void)!gorows_make(&f, 0x400000, &t);
	if (!rows_are_valid(t.row, t.n))
		abort();
	for (size_t i = 0; i < t.n; i++) {
		struct unwind_rule r = unwind_rule_decode(t.row[i].rule);

		if (unwind_rule_encode(&r) != t.row[i].rule)
			abort();
	}
	rows_free(&t);
	free(file);
	return 0;
}
