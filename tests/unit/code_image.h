/*
 * code_image.h - for tests of what looks at code: an ELF file in memory, of one
 * executable segment of CODE_SIZE bytes at address 0.
 *
 *	struct elffile f = code_image("f30f1efa55");
 *
 * has these bytes at CODE_AT, and traps elsewhere. It is good until the next one.
 */
#ifndef GP_CODE_IMAGE_H
#define GP_CODE_IMAGE_H

#include <check.h>
#include <elf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "elf/elffile.h"

enum { CODE_AT = 0x200, CODE_SIZE = 0x1000 };

static inline struct elffile
code_image(const char *hex)
{
	Elf64_Ehdr eh = {
		.e_type = ET_DYN, .e_machine = EM_X86_64, .e_version = 1,
		.e_ehsize = sizeof eh, .e_phoff = sizeof eh, .e_phnum = 1,
		.e_phentsize = sizeof(Elf64_Phdr),
	};
	Elf64_Phdr ph = {
		.p_type = PT_LOAD, .p_flags = PF_R | PF_X,
		.p_filesz = CODE_SIZE, .p_memsz = CODE_SIZE, .p_align = 4096,
	};
	static uint8_t image[CODE_SIZE];
	char two[3] = { 0 };
	struct elffile f;

	memcpy(eh.e_ident, ELFMAG, SELFMAG);
	eh.e_ident[EI_CLASS] = ELFCLASS64;
	eh.e_ident[EI_DATA] = ELFDATA2LSB;
	eh.e_ident[EI_VERSION] = EV_CURRENT;
	memset(image, 0xcc, sizeof image);
	memcpy(image, &eh, sizeof eh);
	memcpy(image + sizeof eh, &ph, sizeof ph);
	for (size_t i = CODE_AT; *hex; hex += 2, i++) {
		memcpy(two, hex, 2);
		image[i] = (uint8_t)strtoul(two, NULL, 16);
	}
	ck_assert_int_eq(elffile_init_mem(&f, image, sizeof image), ELFFILE_OK);
	return f;
}

#endif
