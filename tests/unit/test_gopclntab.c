/*
 * test_gopclntab.c - Go's tables as each version of Go lays them out, made by
 * hand and put into an ELF image.
 */
#include <check.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "suite.h"
#include "unwind/gorows.h"

enum { TEXT = 0x401000, BASE = 0x400000, OFF = TEXT - BASE };

struct func {
	const char *name, *pcsp; /* pcsp: "" for none */
	size_t pcsp_len;
	uint32_t size;
	uint8_t flags;
};

#define CODE(s) s, sizeof s - 1
#define RSP(delta) \
	((delta) ? UNWIND_RSP | 1u << 5 | ((delta) + 8u) / 8 << 7 | 2u << 24 : \
		   UNWIND_RULE_ENTRY)
#define GAP UNWIND_RULE_GAP
#define SWITCH UNWIND_RULE_FP_SWITCH

/* 0 for 1 byte, 8 for 9, 32 for 14, 0 for 8: as zigzag changes from -1. */
#define PLAIN_PCSP "\x02\x01\x10\x09\x30\x0e\x3f\x08\0"

static const struct func funcs[] = {
	{ "main.main", CODE(PLAIN_PCSP), 32, 0 },
	{ "main.leaf", CODE("\x02\x20\0"), 32, 0 },
	{ "runtime.goexit", CODE("\x02\x10\0"), 16, 5 },
	{ "runtime.sigtramp", CODE(PLAIN_PCSP), 32, 5 },
	{ "runtime.sigreturn__sigaction", CODE("\x02\x10\0"), 16, 4 },
	{ "runtime.systemstack", CODE("\x02\x01\x10\x17\x0f\x08\0"), 32, 6 },
	{ "runtime.gogo", CODE("\x02\x10\0"), 16, 6 },
	{ "crypto.aligned", CODE("\x02\x01\x10\x0f\0"), 16, 6 },
	{ "main.last", CODE("\x02\x01\x10\x0f\0"), 16, 0 },
};

/* What asmcgocall is in Go 1.19, the parts that matter. */
static const char cgo_code[] =
    "\x48\x89\xe2"                         /* mov %rsp,%rdx */
    "\x48\x8b\x66\x38"                     /* mov 0x38(%rsi),%rsp */
    "\x48\x83\xec\x40"                     /* sub $0x40,%rsp */
    "\x48\x89\x7c\x24\x30"                 /* mov %rdi,0x30(%rsp) */
    "\x48\x8b\x7f\x08\x48\x29\xd7"         /* mov 8(%rdi),%rdi; sub … */
    "\x48\x89\x7c\x24\x28"                 /* mov %rdi,0x28(%rsp) */
    "\xff\xd0\x48\x89\xf4\xc3"             /* call; mov %rsi,%rsp; ret */
    "\x48\x83\xec\x40"                     /* sub $0x40,%rsp */
    "\x48\xc7\x44\x24\x30\x00\x00\x00\x00" /* movq $0,0x30(%rsp) */
    "\x48\x89\x54\x24\x28"                 /* mov %rdx,0x28(%rsp) */
    "\xff\xd0\x48\x89\xf4\xc3";

static const struct func cgo_funcs[] = {
	{ "runtime.asmcgocall.abi0", CODE("\x02\x3b\0"), sizeof cgo_code - 1, 6 },
	{ "main.leaf", CODE("\x02\x20\0"), 32, 0 },
};

static const struct unwind_row cgo_want[] = {
	{ 0, UNWIND_RULE_ENTRY }, { 7, UNWIND_RULE_GAP },
	{ 28, UNWIND_CGO | 5u << 7 }, { 33, UNWIND_RULE_ENTRY },
	{ 38, UNWIND_RULE_GAP }, { 52, UNWIND_CGO | 5u << 7 },
	{ 57, UNWIND_RULE_ENTRY },
};

/* What systemstack is in Go 1.19, the parts that matter; in a program for one
 * place, and in one for any. */
#define GO_OVER \
    "\x48\x8b\x58\x30\x48\x8b\x13"         /* mov 48(%rax),%rbx; mov (%rbx),… */ \
    "\xe8\x00\x00\x00\x00\x48\x8b\x5a\x38" /* call; mov 56(%rdx),%rbx */ \
    "\x48\x89\xdc\xff\xd7"                 /* mov %rbx,%rsp; call */ \
    "\x48\x8b\x83\xc0\x00\x00\x00"         /* mov 192(%rbx),%rax */ \
    "\x48\x8b\x60\x38\xc3"                 /* mov 56(%rax),%rsp; ret */
static const char *const g0_code[] = {
	"\x90\x64\x48\x8b\x04\x25\xf8\xff\xff\xff" GO_OVER,
	"\x90\x48\xc7\xc1\xf8\xff\xff\xff\x64\x48\x8b\x01" GO_OVER,
};
static const size_t g0_head[] = { 10, 12 };
enum { GO_OVER_SIZE = sizeof GO_OVER - 1 };

/* What the rows are, from the text's start; the ends are where the flags of
 * funcs have an effect. */
static const struct unwind_row want[] = {
	{ 0, RSP(0u) }, { 1, RSP(8u) }, { 10, RSP(32u) }, { 24, RSP(0u) },
	{ 64, UNWIND_RULE_BOTTOM }, { 80, RSP(0u) }, { 81, RSP(8u) },
	{ 90, RSP(32u) }, { 104, RSP(0u) }, { 111, UNWIND_RULE_SIGNAL },
	{ 128, RSP(0u) }, { 129, RSP(8u) }, { 132, SWITCH }, { 152, RSP(0u) },
	{ 160, GAP }, { 192, RSP(0u) }, { 193, RSP(8u) }, { 208, GAP },
};

static void
put(struct buf *b, uint64_t v, size_t len)
{
	buf_add(b, &v, len);
}

static void
patch(struct buf *b, size_t at, uint64_t v, size_t len)
{
	memcpy(b->s + at, &v, len);
}

/* One table of functions fn; magic as of a version. text: what the header
 * says. */
static void
make_table_of(struct buf *b, uint32_t magic, uint64_t text,
    const struct func *fn, size_t n)
{
	bool old = magic == 0xfffffffb, narrow = magic >= 0xfffffff0 &&
	    magic <= 0xfffffff1;
	size_t name[GP_COUNT(funcs)], pcsp[GP_COUNT(funcs)];
	size_t names = 0, pctab = 0, functab, w = narrow ? 4 : 8, head;
	uint64_t pc = narrow ? 0 : TEXT;

	put(b, magic, 4);
	put(b, 0x08010000, 4);
	put(b, n, 8);
	head = b->len;
	if (!old)
		put(b, 0, 8);
	if (narrow)
		put(b, text, 8);
	if (!old)
		for (int i = 0; i < 5; i++)
			put(b, 0, 8);
	functab = b->len;
	if (old)
		ck_assert_uint_eq(functab, 16);
	for (size_t i = 0; i < (2 * n + 1) * w; i++)
		put(b, 0, 1);
	if (!old)
		names = b->len;
	for (size_t i = 0; i < n; i++) {
		name[i] = b->len - names;
		buf_add(b, fn[i].name, strlen(fn[i].name) + 1);
	}
	if (!old)
		pctab = b->len;
	put(b, 0, 1);
	for (size_t i = 0; i < n; i++) {
		pcsp[i] = b->len - pctab;
		buf_add(b, fn[i].pcsp, fn[i].pcsp_len);
	}
	for (size_t i = 0; i < n; i++) {
		patch(b, functab + i * 2 * w, pc, w);
		patch(b, functab + i * 2 * w + w,
		    b->len - (old ? 0 : functab), w);
		put(b, pc, w);
		put(b, name[i], 4);
		put(b, 0, 8);
		put(b, pcsp[i], 4);
		put(b, 0, 8); /* pcfile, pcln */
		put(b, 0, 8); /* npcdata, cuOffset */
		if (magic == 0xfffffff1)
			put(b, 0, 4); /* startLine */
		put(b, 0, 1);
		put(b, fn[i].flags, 1);
		put(b, 0, 2);
		pc += fn[i].size;
	}
	patch(b, functab + n * 2 * w, pc, w);
	if (!old) {
		size_t at = head + (narrow ? 16 : 8);

		patch(b, at, names, 8);
		patch(b, at + 24, pctab, 8);
		patch(b, at + 32, functab, 8);
	}
}

static void
make_table(struct buf *b, uint32_t magic, uint64_t text)
{
	make_table_of(b, magic, text, funcs, GP_COUNT(funcs));
}

struct image {
	Elf64_Ehdr eh;
	Elf64_Phdr ph;
	Elf64_Shdr sh[4];
	Elf64_Rela rela[2];
	char names[64];
};

static const char names[] = "\0.gopclntab\0.shstrtab\0.rela.dyn";

/* Its code, if it has any, is behind the headers: TEXT in memory. */
static void
make_image(struct buf *b, const struct buf *table, const char *code, size_t len)
{
	struct image im = {
		.eh = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
			    ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_EXEC, .e_machine = EM_X86_64,
			.e_phoff = offsetof(struct image, ph),
			.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1,
			.e_shoff = offsetof(struct image, sh),
			.e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 4,
			.e_shstrndx = 2,
		},
		.ph = { .p_type = PT_LOAD, .p_flags = PF_R | PF_X,
		    .p_vaddr = BASE, .p_filesz = 64, .p_memsz = 0x10000 },
		.sh = {
			[1] = { .sh_name = 1, .sh_type = SHT_PROGBITS,
			    .sh_addr = 0x500000,
			    .sh_offset = sizeof(struct image),
			    .sh_size = table->len },
			[2] = { .sh_name = 12, .sh_type = SHT_STRTAB,
			    .sh_offset = offsetof(struct image, names),
			    .sh_size = sizeof names },
			[3] = { .sh_name = 22, .sh_type = SHT_RELA,
			    .sh_offset = offsetof(struct image, rela),
			    .sh_size = sizeof im.rela },
		},
		.rela = {
			{ 0x500008, ELF64_R_INFO(0, R_X86_64_RELATIVE), 1 },
			{ 0x500018, ELF64_R_INFO(0, R_X86_64_RELATIVE), TEXT },
		},
	};

	memcpy(im.names, names, sizeof names);
	if (len) {
		im.ph.p_offset = sizeof im + table->len;
		im.ph.p_vaddr = TEXT;
		im.ph.p_filesz = im.ph.p_memsz = len;
	}
	buf_add(b, &im, sizeof im);
	buf_add(b, table->s, table->len);
	buf_add(b, code, len);
}

static bool
read_rows_of(const struct buf *table, const char *code, size_t len,
    struct rows *t)
{
	struct buf image = { 0 };
	struct elffile f;
	bool ok;

	make_image(&image, table, code, len);
	ck_assert_int_eq(elffile_init_mem(&f, image.s, image.len), ELFFILE_OK);
	ok = gorows_make(&f, BASE, t);
	ck_assert(rows_are_valid(t->row, t->n));
	buf_free(&image);
	return ok;
}

static bool
read_rows(const struct buf *table, struct rows *t)
{
	return read_rows_of(table, "", 0, t);
}

static void
check_rows(const struct rows *t)
{
	ck_assert_uint_eq(t->n, GP_COUNT(want));
	for (size_t i = 0; i < t->n; i++) {
		ck_assert_msg(t->row[i].pc == want[i].pc + OFF &&
		    t->row[i].rule == want[i].rule,
		    "row %zu: %x %x, want %x %x", i, t->row[i].pc - OFF,
		    t->row[i].rule, want[i].pc, want[i].rule);
	}
}

START_TEST(go_1_18_and_later_say_rsp_s_distance_exactly)
{
	struct buf b = { 0 };
	struct rows t;

	make_table(&b, _i ? 0xfffffff1 : 0xfffffff0, TEXT);
	ck_assert(read_rows(&b, &t));
	check_rows(&t);
	rows_free(&t);
	buf_free(&b);
}
END_TEST

START_TEST(asmcgocall_s_code_tells_where_the_way_back_is)
{
	char code[sizeof cgo_code];
	struct buf b = { 0 };
	struct rows t;

	make_table_of(&b, 0xfffffff1, TEXT, cgo_funcs, GP_COUNT(cgo_funcs));
	ck_assert(read_rows_of(&b, cgo_code, sizeof code - 1, &t));
	for (size_t i = 0; i < GP_COUNT(cgo_want); i++) {
		ck_assert_uint_eq(t.row[i].pc, cgo_want[i].pc + OFF);
		ck_assert_uint_eq(t.row[i].rule, cgo_want[i].rule);
	}
	rows_free(&t);
	/* Whatever is missing, there are no rows then. */
	for (size_t i = 0; i < sizeof code - 1; i++) {
		memcpy(code, cgo_code, sizeof code);
		code[i] = (char)0xcc;
		ck_assert(read_rows_of(&b, code, sizeof code - 1, &t));
		ck_assert(t.n <= GP_COUNT(cgo_want) + 2);
		rows_free(&t);
	}
	buf_free(&b);
}
END_TEST

START_TEST(systemstack_without_a_frame_goes_by_g)
{
	const size_t size = g0_head[_i] + GO_OVER_SIZE;
	const struct func fn[] = {
		{ "runtime.systemstack.abi0", CODE("\x02\x3b\0"), (uint32_t)size, 6 },
		{ "main.leaf", CODE("\x02\x20\0"), 32, 0 },
	};
	const struct unwind_row g0_want[] = {
		{ 0, UNWIND_RULE_ENTRY },
		{ (uint32_t)g0_head[_i] + 19, UNWIND_GO_G0 | 1u << 7 },
		{ (uint32_t)g0_head[_i] + 32, UNWIND_RULE_ENTRY },
	};
	struct buf b = { 0 };
	char code[64];
	struct rows t;

	make_table_of(&b, 0xfffffff0, TEXT, fn, GP_COUNT(fn));
	ck_assert(read_rows_of(&b, g0_code[_i], size, &t));
	for (size_t i = 0; i < GP_COUNT(g0_want); i++) {
		ck_assert_uint_eq(t.row[i].pc, g0_want[i].pc + OFF);
		ck_assert_uint_eq(t.row[i].rule, g0_want[i].rule);
	}
	rows_free(&t);
	/* Whatever is missing, it is a gap, or what is there. */
	for (size_t i = 0; i < size; i++) {
		memcpy(code, g0_code[_i], size);
		code[i] = (char)0xcc;
		ck_assert(read_rows_of(&b, code, size, &t));
		ck_assert(t.n <= GP_COUNT(g0_want) + 2);
		rows_free(&t);
	}
	buf_free(&b);
}
END_TEST

START_TEST(a_text_start_of_0_is_that_of_the_relocation)
{
	struct buf b = { 0 };
	struct rows t;

	make_table(&b, 0xfffffff1, 0);
	ck_assert(read_rows(&b, &t));
	check_rows(&t);
	rows_free(&t);
	buf_free(&b);
}
END_TEST

/* Without flags, names alone tell what is special: gogo and crypto.aligned are
 * not. */
START_TEST(older_versions_are_read)
{
	struct buf b = { 0 };
	struct rows t;

	make_table(&b, _i ? 0xfffffffb : 0xfffffffa, 0);
	ck_assert(read_rows(&b, &t));
	for (size_t i = 0; i < GP_COUNT(want) && want[i].rule != GAP; i++)
		ck_assert_uint_eq(rows_rule(t.row, t.n, want[i].pc + OFF),
		    want[i].rule);
	ck_assert_uint_eq(rows_rule(t.row, t.n, 160 + OFF), RSP(0u));
	ck_assert_uint_eq(rows_rule(t.row, t.n, 177 + OFF), RSP(8u));
	rows_free(&t);
	buf_free(&b);
}
END_TEST

START_TEST(an_unknown_version_is_not_read)
{
	struct buf b = { 0 };
	struct rows t;

	make_table(&b, 0xfffffff1, TEXT);
	b.s[0] = (char)0xf2;
	ck_assert(!read_rows(&b, &t));
	ck_assert_uint_eq(t.n, 0);
	b.s[0] = (char)0xf1;
	b.s[7] = 4; /* size of a pointer */
	ck_assert(!read_rows(&b, &t));
	rows_free(&t);
	buf_free(&b);
}
END_TEST

START_TEST(a_damaged_function_is_a_gap_and_the_others_stay)
{
	struct buf b = { 0 };
	struct rows t;
	uint64_t functab;

	make_table(&b, 0xfffffff1, TEXT);
	memcpy(&functab, b.s + 64, 8);
	patch(&b, functab + 4, 0x7fffffff, 4); /* the first's record */
	ck_assert(read_rows(&b, &t));
	ck_assert_uint_eq(t.row[0].pc, 32 + OFF);
	ck_assert_uint_eq(rows_rule(t.row, t.n, 200 + OFF), RSP(8u));
	rows_free(&t);
	buf_free(&b);
}
END_TEST

START_TEST(every_prefix_and_every_changed_byte_is_survived)
{
	struct buf b = { 0 };
	struct rows t;
	size_t len;

	make_table(&b, _i ? 0xfffffff1 : 0xfffffffb, TEXT);
	len = b.len;
	for (b.len = 0; b.len < len; b.len++) {
		(void)!read_rows(&b, &t);
		rows_free(&t);
	}
	for (size_t i = 0; i < len; i++) {
		char was = b.s[i];

		b.s[i] = (char)0xff;
		(void)!read_rows(&b, &t);
		rows_free(&t);
		b.s[i] = was;
	}
	buf_free(&b);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("gopclntab");
	TCase *t = tcase_create("gopclntab");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 0);
	tcase_add_loop_test(t, go_1_18_and_later_say_rsp_s_distance_exactly, 0,
	    2);
	tcase_add_test(t, asmcgocall_s_code_tells_where_the_way_back_is);
	tcase_add_loop_test(t, systemstack_without_a_frame_goes_by_g, 0, 2);
	tcase_add_test(t, a_text_start_of_0_is_that_of_the_relocation);
	tcase_add_loop_test(t, older_versions_are_read, 0, 2);
	tcase_add_test(t, an_unknown_version_is_not_read);
	tcase_add_test(t, a_damaged_function_is_a_gap_and_the_others_stay);
	tcase_add_loop_test(t, every_prefix_and_every_changed_byte_is_survived,
	    0, 2);
	return s;
}
