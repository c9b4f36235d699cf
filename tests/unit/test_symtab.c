#include "elf/symtab.h"

#include <check.h>
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "elf/demangle.h"
#include "suite.h"

/* An ELF file as an array: .text is [0x1000, 0x2000), .data follows. */
enum { TEXT = 1, DATA, SYMTAB, STRTAB, DYNSYM, DYNSTR, SECTIONS };

struct image {
	Elf64_Ehdr eh;
	Elf64_Phdr ph[2];
	Elf64_Shdr sh[SECTIONS];
	Elf64_Sym sym[2][16];
	char str[2][512];
};

static struct image im;
static uint32_t syms[2], strs[2];

/* Add a symbol to .symtab (0) or .dynsym (1). */
static void
add(int table, const char *name, uint64_t value, uint64_t size, int info,
    uint16_t shndx)
{
	im.sym[table][syms[table]++] = (Elf64_Sym){
		.st_name = strs[table], .st_info = (unsigned char)info,
		.st_shndx = shndx, .st_value = value, .st_size = size,
	};
	strcpy(im.str[table] + strs[table], name);
	strs[table] += (uint32_t)strlen(name) + 1;
	im.sh[table ? DYNSYM : SYMTAB].sh_size =
	    syms[table] * sizeof(Elf64_Sym);
}

#define GLOBAL_FUNC ELF64_ST_INFO(STB_GLOBAL, STT_FUNC)
#define WEAK_FUNC ELF64_ST_INFO(STB_WEAK, STT_FUNC)
#define LOCAL_FUNC ELF64_ST_INFO(STB_LOCAL, STT_FUNC)
#define LOCAL_NOTYPE ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE)
#define GLOBAL_NOTYPE ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE)

static void
setup(void)
{
	memset(&im, 0, sizeof im);
	memcpy(im.eh.e_ident, ELFMAG, SELFMAG);
	im.eh.e_ident[EI_CLASS] = ELFCLASS64;
	im.eh.e_ident[EI_DATA] = ELFDATA2LSB;
	im.eh.e_type = ET_DYN;
	im.eh.e_machine = EM_X86_64;
	im.eh.e_phoff = offsetof(struct image, ph);
	im.eh.e_phentsize = sizeof im.ph[0];
	im.eh.e_phnum = 2;
	im.eh.e_shoff = offsetof(struct image, sh);
	im.eh.e_shentsize = sizeof im.sh[0];
	im.eh.e_shnum = SECTIONS;
	im.ph[0] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_X,
	    .p_offset = 0x1000, .p_vaddr = 0x1000, .p_filesz = 0x1000,
	    .p_memsz = 0x1000 };
	im.ph[1] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_W,
	    .p_offset = 0x2000, .p_vaddr = 0x2000, .p_filesz = 0x1000,
	    .p_memsz = 0x1000 };
	im.sh[TEXT] = (Elf64_Shdr){ .sh_type = SHT_PROGBITS,
	    .sh_flags = SHF_ALLOC | SHF_EXECINSTR, .sh_addr = 0x1000,
	    .sh_size = 0x800 };
	im.sh[DATA] = (Elf64_Shdr){ .sh_type = SHT_PROGBITS,
	    .sh_flags = SHF_ALLOC | SHF_WRITE, .sh_addr = 0x2000,
	    .sh_size = 0x800 };
	im.sh[SYMTAB] = (Elf64_Shdr){ .sh_type = SHT_SYMTAB, .sh_link = STRTAB,
	    .sh_offset = offsetof(struct image, sym[0]) };
	im.sh[STRTAB] = (Elf64_Shdr){ .sh_type = SHT_STRTAB,
	    .sh_offset = offsetof(struct image, str[0]),
	    .sh_size = sizeof im.str[0] };
	im.sh[DYNSYM] = (Elf64_Shdr){ .sh_type = SHT_DYNSYM, .sh_link = DYNSTR,
	    .sh_offset = offsetof(struct image, sym[1]) };
	im.sh[DYNSTR] = (Elf64_Shdr){ .sh_type = SHT_STRTAB,
	    .sh_offset = offsetof(struct image, str[1]),
	    .sh_size = sizeof im.str[1] };
	syms[0] = syms[1] = 0;
	strs[0] = strs[1] = 0;
	add(0, "", 0, 0, 0, 0);
	add(1, "", 0, 0, 0, 0);
}

static enum elffile_err
try_read(struct elffile *f, struct symtab *t)
{
	ck_assert_int_eq(elffile_init_mem(f, &im, sizeof im), ELFFILE_OK);
	return symtab_read(t, f);
}

/* The name at an address, "-" if there is none. */
static const char *
name_at(uint64_t vaddr)
{
	static struct buf b;
	struct symtab t;
	struct elffile f;

	ck_assert_int_eq(try_read(&f, &t), ELFFILE_OK);
	buf_reset(&b);
	if (!symtab_find(&t, vaddr, &b))
		buf_adds(&b, "-");
	symtab_free(&t);
	return buf_str(&b);
}

START_TEST(functions_are_found_by_any_of_their_addresses)
{
	add(0, "one", 0x1100, 0x10, GLOBAL_FUNC, TEXT);
	add(0, "two", 0x1110, 0x20, LOCAL_FUNC, TEXT);
	ck_assert_str_eq(name_at(0x10ff), "-");
	ck_assert_str_eq(name_at(0x1100), "one");
	ck_assert_str_eq(name_at(0x110f), "one");
	ck_assert_str_eq(name_at(0x1110), "two");
	ck_assert_str_eq(name_at(0x112f), "two");
	ck_assert_str_eq(name_at(0x1130), "-");
}
END_TEST

START_TEST(functions_without_size_go_to_the_next_or_the_sections_end)
{
	add(0, "asm_a", 0x1100, 0, GLOBAL_NOTYPE, TEXT);
	add(0, "asm_b", 0x1200, 0, GLOBAL_FUNC, TEXT);
	ck_assert_str_eq(name_at(0x11ff), "asm_a");
	ck_assert_str_eq(name_at(0x1200), "asm_b");
	ck_assert_str_eq(name_at(0x17ff), "asm_b");
	ck_assert_str_eq(name_at(0x1800), "-");
}
END_TEST

START_TEST(labels_and_data_are_no_functions)
{
	add(0, "f", 0x1100, 0x100, GLOBAL_FUNC, TEXT);
	add(0, "again", 0x1140, 0, LOCAL_NOTYPE, TEXT);
	add(0, ".L7", 0x1300, 0, LOCAL_NOTYPE, TEXT);
	add(0, "$x", 0x1310, 0, LOCAL_NOTYPE, TEXT);
	add(0, "table", 0x1400, 0x10,
	    ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT), TEXT);
	add(0, "stray", 0x2100, 0x10, GLOBAL_FUNC, DATA);
	add(0, "absolute", 0x1500, 0x10, GLOBAL_FUNC, SHN_ABS);
	add(0, "import", 0x1600, 0x10, GLOBAL_FUNC, SHN_UNDEF);
	ck_assert_str_eq(name_at(0x1150), "f");
	ck_assert_str_eq(name_at(0x1200), "-");
	ck_assert_str_eq(name_at(0x1300), "-");
	ck_assert_str_eq(name_at(0x1310), "-");
	ck_assert_str_eq(name_at(0x1400), "-");
	ck_assert_str_eq(name_at(0x1500), "-");
	ck_assert_str_eq(name_at(0x1600), "-");
	ck_assert_str_eq(name_at(0x2100), "-");
}
END_TEST

START_TEST(the_best_of_several_names_is_taken)
{
	add(0, "local", 0x1100, 0x10, LOCAL_FUNC, TEXT);
	add(0, "global", 0x1100, 0x10, GLOBAL_FUNC, TEXT);
	add(0, "__write", 0x1200, 0x10, GLOBAL_FUNC, TEXT);
	add(0, "write", 0x1200, 0x10, WEAK_FUNC, TEXT);
	add(0, "untyped", 0x1300, 0x10, GLOBAL_NOTYPE, TEXT);
	add(0, "typed", 0x1300, 0x10, LOCAL_FUNC, TEXT);
	add(0, "first", 0x1400, 0x10, GLOBAL_FUNC, TEXT);
	add(0, "second", 0x1400, 0x10, GLOBAL_FUNC, TEXT);
	ck_assert_str_eq(name_at(0x1100), "global");
	ck_assert_str_eq(name_at(0x1200), "write");
	ck_assert_str_eq(name_at(0x1300), "typed");
	ck_assert_str_eq(name_at(0x1400), "first");
}
END_TEST

START_TEST(dynamic_symbols_fill_what_symtab_lacks)
{
	add(0, "from_symtab", 0x1100, 0x10, GLOBAL_FUNC, TEXT);
	add(1, "from_dynsym", 0x1100, 0x10, GLOBAL_FUNC, TEXT);
	add(1, "only_dynsym", 0x1200, 0x10, GLOBAL_FUNC, TEXT);
	ck_assert_str_eq(name_at(0x1100), "from_symtab");
	ck_assert_str_eq(name_at(0x1200), "only_dynsym");
}
END_TEST

START_TEST(versions_are_cut_off)
{
	add(1, "memcpy@@GLIBC_2.14", 0x1100, 0x10, GLOBAL_FUNC, TEXT);
	add(1, "memset@GLIBC_2.2.5", 0x1200, 0x10, GLOBAL_FUNC, TEXT);
	add(1, "a@b", 0x1300, 0x10, GLOBAL_FUNC, TEXT);
	add(1, "@@x", 0x1400, 0x10, GLOBAL_FUNC, TEXT);
	ck_assert_str_eq(name_at(0x1100), "memcpy");
	ck_assert_str_eq(name_at(0x1200), "memset");
	ck_assert_str_eq(name_at(0x1300), "a@b");
	ck_assert_str_eq(name_at(0x1400), "@@x");
}
END_TEST

START_TEST(sizes_beyond_the_section_are_cut)
{
	add(0, "huge", 0x1100, UINT64_MAX - 0x1100, GLOBAL_FUNC, TEXT);
	add(0, "overflow", 0x1200, UINT64_MAX, GLOBAL_FUNC, TEXT);
	ck_assert_str_eq(name_at(0x17ff), "huge");
	ck_assert_str_eq(name_at(0x1800), "-");
	ck_assert_str_eq(name_at(UINT64_MAX), "-");
}
END_TEST

START_TEST(a_name_without_end_goes_to_the_tables_end)
{
	add(0, "abc", 0x1100, 0x10, GLOBAL_FUNC, TEXT);
	im.sh[STRTAB].sh_size = 3; /* "\0ab" */
	ck_assert_str_eq(name_at(0x1100), "ab");
	im.sym[0][1].st_name = 4000;
	ck_assert_str_eq(name_at(0x1100), "-");
}
END_TEST

START_TEST(files_without_sections_or_symbols_have_no_functions)
{
	ck_assert_str_eq(name_at(0x1100), "-");
	im.eh.e_shnum = 0;
	im.eh.e_shoff = 0;
	ck_assert_str_eq(name_at(0x1100), "-");
}
END_TEST

START_TEST(tables_that_lie_about_their_place_are_errors)
{
	struct symtab t;
	struct elffile f;

	add(0, "f", 0x1100, 0x10, GLOBAL_FUNC, TEXT);
	im.sh[SYMTAB].sh_size = UINT64_MAX;
	ck_assert_int_eq(try_read(&f, &t), ELFFILE_ESHORT);
	im.sh[SYMTAB].sh_size = 48;
	im.sh[SYMTAB].sh_link = 77;
	ck_assert_int_eq(try_read(&f, &t), ELFFILE_ELIMIT);
	im.sh[SYMTAB].sh_link = DATA;
	ck_assert_int_eq(try_read(&f, &t), ELFFILE_ELIMIT);
	im.sh[SYMTAB].sh_link = STRTAB;
	im.sh[STRTAB].sh_offset = UINT64_MAX - 3;
	ck_assert_int_eq(try_read(&f, &t), ELFFILE_ESHORT);
	im.eh.e_shoff = UINT64_MAX - 100;
	ck_assert_int_eq(try_read(&f, &t), ELFFILE_ESHORT);
	im.eh.e_shoff = offsetof(struct image, sh);
	im.eh.e_shnum = 0; /* the first header says how many */
	im.sh[0].sh_size = UINT64_MAX;
	ck_assert_int_eq(try_read(&f, &t), ELFFILE_ELIMIT);
	im.eh.e_shnum = SECTIONS;
	im.eh.e_shentsize = 1;
	ck_assert_int_eq(try_read(&f, &t), ELFFILE_ELIMIT);
}
END_TEST

START_TEST(this_program_finds_itself)
{
	struct buf b = { 0 };
	struct elffile f;
	struct symtab t;
	uint32_t found = 0;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(elffile_init(&f, fd), ELFFILE_OK);
	ck_assert_int_eq(symtab_read(&t, &f), ELFFILE_OK);
	ck_assert(t.has_symtab);
	for (uint32_t i = 0; i < t.range.n; i++) {
		buf_reset(&b);
		if (symtab_find(&t, t.range.start[i], &b) &&
		    strcmp(b.s, "name_at") == 0)
			found++;
	}
	ck_assert_uint_eq(found, 1);
	symtab_free(&t);
	buf_free(&b);
	close(fd);
}
END_TEST

static const struct {
	const char *mangled, *text; /* NULL: not mangled */
} names[] = {
	{ "_ZN4json5parseERKNS_5tokenE", "json::parse(json::token const&)" },
	{ "_Z1fIiEvT_", "void f<int>(int)" },
	{ "_ZN4core3ptr13drop_in_place17h0123456789abcdefE",
	    "core::ptr::drop_in_place" },
	{ "_ZN71_$LT$Test$u20$$u2b$$u20$$u27$static$u20$as$u20$foo..Bar$LT$Test"
	    "$GT$$GT$3bar17h930b740aa94f1d3aE",
	    "<Test + 'static as foo::Bar<Test>>::bar" },
	{ "_RNvC6_123foo3bar", "123foo::bar" },
	{ "_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo::bar" },
	{ "_D3std5stdio7writelnFNfAyaZv",
	    "std.stdio.writeln(immutable(char)[])" },
	{ "_D8demangle4testFLC6ObjectLDFLiZiZi",
	    "demangle.test(lazy Object, lazy int(lazy int) delegate)" },
	{ "_Dmain", "D main" },
	{ "_DYNAMIC", NULL },
	{ "_D", NULL },
	{ "main", NULL },
	{ "_Z", NULL },
	{ "_ZN", NULL },
	{ "_R", NULL },
	{ "", NULL },
};

START_TEST(mangled_names_become_text)
{
	const char *m = names[_i].mangled;
	struct buf b = { 0 };

	buf_adds(&b, "x");
	ck_assert(demangle_add(&b, m, strlen(m), DEMANGLE_FULL) == (names[_i].text != NULL));
	ck_assert_str_eq(b.s + 1, names[_i].text ? names[_i].text : "");
	buf_free(&b);
}
END_TEST

/* Each level doubles the text: f<pair<pair<...>, pair<...>>>. */
START_TEST(names_that_explode_stay_as_they_are)
{
	struct buf m = { 0 }, b = { 0 };
	char ref[16];

	buf_adds(&m, "_Z1fI");
	buf_adds(&m, "1AIiiE"); /* S_ is A, S0_ is A<int, int> */
	for (int i = 0; i < 30; i++) {
		snprintf(ref, sizeof ref, "S%c_", i < 10 ? '0' + i :
		    'A' + i - 10);
		buf_addf(&m, "S_I%s%sE", ref, ref);
	}
	buf_adds(&m, "Evv");
	ck_assert(!demangle_add(&b, m.s, m.len, DEMANGLE_FULL));
	ck_assert_uint_eq(b.len, 0);
	/* The same in D: pairs of the pair before. */
	buf_reset(&m);
	buf_adds(&m, "_D4testFB2iiB2QeQg");
	for (int i = 0; i < 30; i++)
		buf_adds(&m, "B2QgQi");
	buf_adds(&m, "Zv");
	ck_assert(!demangle_add(&b, m.s, m.len, DEMANGLE_FULL));
	ck_assert_uint_eq(b.len, 0);
	buf_reset(&m);
	for (int i = 0; i < DEMANGLE_IN_MAX + 1; i++)
		buf_adds(&m, i ? "P" : "_Z1f");
	ck_assert(!demangle_add(&b, m.s, m.len, DEMANGLE_FULL));
	buf_free(&m);
	buf_free(&b);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("symtab");
	TCase *t = tcase_create("symtab");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, functions_are_found_by_any_of_their_addresses);
	tcase_add_test(t,
	    functions_without_size_go_to_the_next_or_the_sections_end);
	tcase_add_test(t, labels_and_data_are_no_functions);
	tcase_add_test(t, the_best_of_several_names_is_taken);
	tcase_add_test(t, dynamic_symbols_fill_what_symtab_lacks);
	tcase_add_test(t, versions_are_cut_off);
	tcase_add_test(t, sizes_beyond_the_section_are_cut);
	tcase_add_test(t, a_name_without_end_goes_to_the_tables_end);
	tcase_add_test(t, files_without_sections_or_symbols_have_no_functions);
	tcase_add_test(t, tables_that_lie_about_their_place_are_errors);
	tcase_add_test(t, this_program_finds_itself);
	tcase_add_loop_test(t, mangled_names_become_text, 0, GP_COUNT(names));
	tcase_add_test(t, names_that_explode_stay_as_they_are);
	suite_add_tcase(s, t);
	return s;
}
