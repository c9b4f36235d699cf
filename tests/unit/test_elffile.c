#include "elf/elffile.h"

#include <check.h>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suite.h"

/* An ELF file as an array: header, program headers, one note. */
struct image {
	Elf64_Ehdr eh;
	Elf64_Phdr ph[4];
	Elf64_Nhdr nh;
	char name[4];
	uint8_t desc[20];
	uint8_t rest[0x4000];
};

/* lld's layout: .text starts where .rodata ends, in the same page of the file,
 * a page further in memory. */
static struct image
image_lld(void)
{
	struct image im = {
		.eh = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
			    ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_DYN,
			.e_machine = EM_X86_64,
			.e_phoff = offsetof(struct image, ph),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 4,
		},
		.ph = {
			{ .p_type = PT_LOAD, .p_flags = PF_R, .p_offset = 0,
			    .p_vaddr = 0, .p_filesz = 0x1a40, .p_memsz = 0x1a40 },
			{ .p_type = PT_LOAD, .p_flags = PF_R | PF_X,
			    .p_offset = 0x1a40, .p_vaddr = 0x2a40,
			    .p_filesz = 0x1000, .p_memsz = 0x1000 },
			{ .p_type = PT_LOAD, .p_flags = PF_R | PF_W,
			    .p_offset = 0x2a40, .p_vaddr = 0x4a40,
			    .p_filesz = 0x100, .p_memsz = 0x900 },
			{ .p_type = PT_NOTE, .p_align = 4,
			    .p_offset = offsetof(struct image, nh),
			    .p_filesz = sizeof(Elf64_Nhdr) + 24 },
		},
		.nh = { 4, 20, NT_GNU_BUILD_ID },
		.name = "GNU",
	};

	memset(im.desc, 0xab, sizeof im.desc);
	return im;
}

static enum elffile_err
parse(struct elffile *f, const struct image *im)
{
	return elffile_init_mem(f, im, sizeof *im);
}

START_TEST(build_id_is_found_in_the_notes)
{
	struct image im = image_lld();
	char hex[2 * BUILDID_MAX + 1];
	struct elffile f;
	struct buildid id;

	ck_assert_int_eq(parse(&f, &im), ELFFILE_OK);
	buildid_format(&f.build_id, hex);
	ck_assert_str_eq(hex, "abababababababababababababababababababab");
	ck_assert(buildid_parse(&id, hex));
	ck_assert(buildid_equal(&id, &f.build_id));
}
END_TEST

START_TEST(a_note_that_overruns_is_no_build_id)
{
	struct image im = image_lld();
	struct elffile f;

	im.nh.n_descsz = 4096;
	ck_assert_int_eq(parse(&f, &im), ELFFILE_OK);
	ck_assert(buildid_is_none(&f.build_id));
	im.nh.n_namesz = UINT32_MAX;
	ck_assert_int_eq(parse(&f, &im), ELFFILE_OK);
	ck_assert(buildid_is_none(&f.build_id));
}
END_TEST

START_TEST(build_id_behind_another_note_is_found)
{
	/* As in /sys/kernel/notes: name "Xen", then "GNU". */
	static const uint32_t notes[] = {
		4, 5, 1, 0x006e6558, 0x11111111, 0x22,
		4, 8, 3, 0x00554e47, 0x04030201, 0x08070605,
	};
	char hex[2 * BUILDID_MAX + 1];
	struct buildid id;

	ck_assert(buildid_find(&id, notes, sizeof notes, 4));
	buildid_format(&id, hex);
	ck_assert_str_eq(hex, "0102030405060708");
	ck_assert(!buildid_find(&id, notes, sizeof notes - 1, 4));
	ck_assert(buildid_is_none(&id));
}
END_TEST

START_TEST(hex_that_is_no_build_id_is_refused)
{
	static const char *const bad[] = { "", "a", "abc", "zz", "ab cd", "0x12" };
	char hex[2 * BUILDID_MAX + 3];
	struct buildid id;

	for (size_t i = 0; i < GP_COUNT(bad); i++)
		ck_assert_msg(!buildid_parse(&id, bad[i]), "%s", bad[i]);
	memset(hex, 'a', sizeof hex);
	hex[2 * BUILDID_MAX] = '\0';
	ck_assert(buildid_parse(&id, hex));
	hex[2 * BUILDID_MAX] = 'a';
	hex[2 * BUILDID_MAX + 2] = '\0';
	ck_assert(!buildid_parse(&id, hex));
	ck_assert(!buildid_equal(&id, &id)); /* none equals nothing */
}
END_TEST

static const struct {
	uint64_t off, vaddr; /* vaddr UINT64_MAX: in no segment */
} lld[] = {
	{ 0x1a40, 0x2a40 },
	{ 0x1fff, 0x2fff },
	{ 0x2a3f, 0x3a3f },
	{ 0x1a3f, 0x2a3f }, /* .text's first page, as it is mapped */
	{ 0x1000, 0x2000 },
	{ 0x2a40, 0x3a40 }, /* .text's last page */
	{ 0x0fff, 0x0fff },
	{ 0x3000, UINT64_MAX },
	{ UINT64_MAX, UINT64_MAX },
};

START_TEST(offsets_become_addresses_by_segment_and_page)
{
	struct image im = image_lld();
	struct elffile f;
	uint64_t v, off;

	ck_assert_int_eq(parse(&f, &im), ELFFILE_OK);
	ck_assert_uint_eq(f.n, 3);
	if (lld[_i].vaddr == UINT64_MAX) {
		ck_assert(!elffile_vaddr(&f, lld[_i].off, &v));
		return;
	}
	ck_assert(elffile_vaddr(&f, lld[_i].off, &v));
	ck_assert_uint_eq(v, lld[_i].vaddr);
	ck_assert(elffile_offset(&f, v, &off));
	ck_assert_uint_eq(off, lld[_i].off);
	ck_assert(elffile_is_code(&f, v) == (lld[_i].off >= 0x1000));
}
END_TEST

START_TEST(bss_is_not_in_the_file)
{
	struct image im = image_lld();
	struct elffile f;
	uint64_t off;

	ck_assert_int_eq(parse(&f, &im), ELFFILE_OK);
	ck_assert(elffile_offset(&f, 0x4b3f, &off));
	ck_assert_uint_eq(off, 0x2b3f);
	ck_assert(!elffile_offset(&f, 0x4b40, &off));
	ck_assert(!elffile_is_code(&f, 0x4b00));
}
END_TEST

START_TEST(other_files_are_refused_each_by_its_error)
{
	struct image im = image_lld();
	struct elffile f;
	int fd;

	ck_assert_int_eq(elffile_init_mem(&f, "#!/bin/sh\n", 10),
	    ELFFILE_EMAGIC);
	ck_assert_int_eq(elffile_init_mem(&f, "", 0), ELFFILE_EMAGIC);
	ck_assert_int_eq(elffile_init_mem(&f, &im, 40), ELFFILE_ESHORT);
	ck_assert_int_eq(elffile_init_mem(&f, &im, 100), ELFFILE_ESHORT);
	im.eh.e_ident[EI_CLASS] = ELFCLASS32;
	ck_assert_int_eq(parse(&f, &im), ELFFILE_ECLASS);
	im = image_lld();
	im.eh.e_machine = EM_AARCH64;
	ck_assert_int_eq(parse(&f, &im), ELFFILE_EMACHINE);
	im = image_lld();
	im.eh.e_type = ET_CORE;
	ck_assert_int_eq(parse(&f, &im), ELFFILE_ELIMIT);
	im = image_lld();
	im.eh.e_phnum = UINT16_MAX;
	ck_assert_int_eq(parse(&f, &im), ELFFILE_ELIMIT);
	im = image_lld();
	im.eh.e_phoff = UINT64_MAX - 8;
	ck_assert_int_eq(parse(&f, &im), ELFFILE_ESHORT);
	im = image_lld();
	im.ph[0].p_filesz = im.ph[0].p_memsz = UINT64_MAX;
	ck_assert_int_eq(parse(&f, &im), ELFFILE_ELIMIT);
	fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(elffile_init(&f, fd), ELFFILE_EFILE);
	close(fd);
	ck_assert_int_eq(elffile_init(&f, -1), ELFFILE_EREAD);
}
END_TEST

START_TEST(a_file_cut_while_open_is_short_not_fatal)
{
	struct image im = image_lld();
	char path[] = "/tmp/test_elffile.XXXXXX";
	int fd = mkstemp(path);
	struct elffile f;
	char c;

	ck_assert_int_ge(fd, 0);
	unlink(path);
	ck_assert_int_eq(write(fd, &im, sizeof im), (ssize_t)sizeof im);
	ck_assert_int_eq(elffile_init(&f, fd), ELFFILE_OK);
	ck_assert_int_eq(elffile_read(&f, 0x1a40, &c, 1), ELFFILE_OK);
	ck_assert_int_eq(ftruncate(fd, 100), 0);
	ck_assert_int_eq(elffile_read(&f, 0x1a40, &c, 1), ELFFILE_ESHORT);
	close(fd);
}
END_TEST

/* What the dynamic loader knows of the module that holds an address. */
struct truth {
	uintptr_t addr;
	uintptr_t base;
	uint32_t loads;
};

static int
find_module(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct truth *t = arg;
	uint32_t loads = 0;
	bool found = false;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const Elf64_Phdr *ph = &info->dlpi_phdr[i];

		if (ph->p_type != PT_LOAD)
			continue;
		loads++;
		found |= t->addr - info->dlpi_addr - ph->p_vaddr < ph->p_memsz;
	}
	if (!found)
		return 0;
	t->base = info->dlpi_addr;
	t->loads = loads;
	return 1;
}

static int
open_mapping(uintptr_t addr, uint64_t *off)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long from, to, pgoff;
	char line[4096], path[4096] = "";

	while (fgets(line, sizeof line, maps))
		if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %4095s", &from, &to,
		    &pgoff, path) == 4 && addr >= from && addr < to) {
			*off = addr - from + pgoff;
			break;
		}
	fclose(maps);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* This program, and libc: the loader's own arithmetic is the oracle. */
START_TEST(addresses_are_the_loaders)
{
	const uintptr_t code[] = { (uintptr_t)find_module, (uintptr_t)qsort };
	struct truth t = { .addr = code[_i] };
	struct elffile f;
	uint64_t off = 0, vaddr, back;
	int fd;

	ck_assert_int_eq(dl_iterate_phdr(find_module, &t), 1);
	fd = open_mapping(t.addr, &off);
	ck_assert_int_eq(elffile_init(&f, fd), ELFFILE_OK);
	ck_assert_uint_eq(f.n, t.loads);
	ck_assert(elffile_vaddr(&f, off, &vaddr));
	ck_assert_uint_eq(vaddr, t.addr - t.base);
	ck_assert(elffile_offset(&f, vaddr, &back));
	ck_assert_uint_eq(back, off);
	ck_assert(elffile_is_code(&f, vaddr));
	close(fd);
}
END_TEST

START_TEST(the_vdso_is_a_module_like_others)
{
	struct elffile f;

	if (!getauxval(AT_SYSINFO_EHDR))
		return;
	ck_assert_int_eq(elffile_init_vdso(&f), ELFFILE_OK);
	ck_assert_int_eq(f.type, ET_DYN);
	ck_assert(!buildid_is_none(&f.build_id));
	ck_assert_uint_ge(f.n, 1);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("elffile");
	TCase *t = tcase_create("elffile");

	tcase_add_test(t, build_id_is_found_in_the_notes);
	tcase_add_test(t, a_note_that_overruns_is_no_build_id);
	tcase_add_test(t, build_id_behind_another_note_is_found);
	tcase_add_test(t, hex_that_is_no_build_id_is_refused);
	tcase_add_loop_test(t, offsets_become_addresses_by_segment_and_page, 0,
	    GP_COUNT(lld));
	tcase_add_test(t, bss_is_not_in_the_file);
	tcase_add_test(t, other_files_are_refused_each_by_its_error);
	tcase_add_test(t, a_file_cut_while_open_is_short_not_fatal);
	tcase_add_loop_test(t, addresses_are_the_loaders, 0, 2);
	tcase_add_test(t, the_vdso_is_a_module_like_others);
	suite_add_tcase(s, t);
	return s;
}
