/*
 * test_cfi.c - hand-made CIEs and FDEs, byte by byte.
 *
 * Every case is a function at 0x1000, 64 bytes long, whose program is run on
 * top of what GCC's CIE has: CFA = rsp + 8, return address at CFA - 8.
 */
#include <check.h>
#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "suite.h"
#include "unwind/cfi.h"

enum { VADDR = 0x40000, BASE = 0x1000, START = 0x1000, LEN = 64 };

#define RSP(off) (UNWIND_RSP | (uint32_t)(off) << 7)
#define RSP_RBP16(off) \
	(UNWIND_RSP | 1u << 5 | (uint32_t)(off) / 8 << 7 | 2u << 24)
#define RBP_RBP16 (UNWIND_RBP | 1u << 5 | 2u << 7 | 2u << 24)
#define GAP UNWIND_RULE_GAP

static void
put(struct buf *b, uint64_t v, size_t len)
{
	buf_add(b, &v, len);
}

/* Fill in the length of the entry that starts at. */
static void
end_entry(struct buf *b, size_t at)
{
	uint32_t len;

	while ((b->len - at) % 8 != 0)
		buf_addc(b, DW_CFA_nop);
	len = (uint32_t)(b->len - at - 4);
	memcpy(b->s + at, &len, 4);
}

static const char gcc_cie[] = "\x0c\x07\x08\x90\x01"; /* def_cfa, offset RA */

/* A CIE as GCC makes them, of pcs in an encoding. */
static void
add_cie(struct buf *b, uint8_t enc, const void *program, size_t len)
{
	size_t at = b->len;

	put(b, 0, 4);
	put(b, 0, 4);
	buf_add(b, "\1zR\0\1\x78\x10\1", 8);
	put(b, enc, 1);
	buf_add(b, program, len);
	end_entry(b, at);
}

static void
add_fde(struct buf *b, size_t cie, uint64_t start, uint64_t len,
    const void *program, size_t n)
{
	size_t at = b->len;

	put(b, 0, 4);
	put(b, b->len - cie, 4);
	put(b, start - (VADDR + b->len), 4);
	put(b, len, 4);
	put(b, 0, 1);
	buf_add(b, program, n);
	end_entry(b, at);
}

static void
make(struct cfi *c, struct rows *t, const struct buf *b, bool debug)
{
	struct cfi_section s = {
		.data = (const uint8_t *)b->s,
		.len = b->len,
		.vaddr = debug ? 0 : VADDR,
		.debug_frame = debug,
	};

	*t = (struct rows){ .base = BASE };
	cfi_init(c, &s, BASE);
	cfi_rows(c, 0, UINT32_MAX, t);
	ck_assert(rows_are_valid(t->row, t->n));
}

struct program {
	const char *name, *code;
	size_t len;
	struct unwind_row want[6]; /* to the first of pc 0 but the first's */
	bool bad;
	uint64_t unsupported;
};

#define CODE(s) s, sizeof s - 1

static const struct program programs[] = {
	{ "nothing", CODE(""), { { 0, RSP(8) }, { LEN, GAP } }, 0, 0 },
	{ "push rbp; mov; pop", CODE("\x41\x0e\x10\x86\x02\x43\x0d\x06\x60\x0c\x07\x08"),
	    { { 0, RSP(8) }, { 1, RSP_RBP16(16) }, { 4, RBP_RBP16 },
		{ 36, RSP(8) }, { LEN, GAP } },
	    0, 0 },
	{ "restore", CODE("\x41\x0e\x10\x86\x02\x41\x0e\x08\xc6"),
	    { { 0, RSP(8) }, { 1, RSP_RBP16(16) }, { 2, RSP(8) }, { LEN, GAP } },
	    0, 0 },
	{ "remember, restore_state", CODE("\x41\x0e\x10\x0a\x41\x0e\x08\x41\x0b"),
	    { { 0, RSP(8) }, { 1, RSP(16) }, { 2, RSP(8) }, { 3, RSP(16) },
		{ LEN, GAP } }, 0, 0 },
	{ "restore without remember", CODE("\x41\x0b"),
	    { { 0, RSP(8) }, { 1, GAP } }, 1, 0 },
	{ "remembers too deep", CODE("\x41\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a"),
	    { { 0, RSP(8) }, { 1, GAP } }, 1, 0 },
	{ "advance_loc 1, 2, 4", CODE("\x02\x08\x0e\x10\x03\x08\0\x0e\x18\x04\x08\0\0\0\x0e\x20"),
	    { { 0, RSP(8) }, { 8, RSP(16) }, { 16, RSP(24) }, { 24, RSP(32) },
		{ LEN, GAP } }, 0, 0 },
	{ "advances beyond the end", CODE("\x02\xff\x0e\x10"),
	    { { 0, RSP(8) }, { LEN, GAP } }, 0, 0 },
	{ "two changes at one pc", CODE("\x41\x0e\x10\x0e\x18"),
	    { { 0, RSP(8) }, { 1, RSP(24) }, { LEN, GAP } }, 0, 0 },
	{ "changes nothing that matters", CODE("\x41\x83\x03\x41\x8c\x04\x2e\x10"),
	    { { 0, RSP(8) }, { LEN, GAP } }, 0, 0 },
	{ "offset_extended, def_cfa_sf", CODE("\x41\x05\x06\x02\x12\x07\x7e"),
	    { { 0, RSP(8) }, { 1, RSP_RBP16(16) }, { LEN, GAP } }, 0, 0 },
	{ "def_cfa_offset_sf", CODE("\x41\x13\x7d"),
	    { { 0, RSP(8) }, { 1, RSP(24) }, { LEN, GAP } }, 0, 0 },
	{ "odd offset", CODE("\x41\x0e\x0c"),
	    { { 0, RSP(8) }, { 1, RSP(12) }, { LEN, GAP } }, 0, 0 },
	{ "negative offset", CODE("\x41\x13\x01"),
	    { { 0, RSP(8) }, { 1, GAP } }, 0, 1 },
	{ "undefined return address", CODE("\x07\x10"),
	    { { 0, UNWIND_RULE_BOTTOM }, { LEN, GAP } }, 0, 0 },
	{ "return address in rdi", CODE("\x41\x0e\0\x09\x10\x05"),
	    { { 0, RSP(8) }, { 1, UNWIND_RA_REG | 5u << 7 }, { LEN, GAP } },
	    0, 0 },
	{ "return address elsewhere", CODE("\x41\x90\x02"),
	    { { 0, RSP(8) }, { 1, GAP } }, 0, 1 },
	{ "rbp in another register", CODE("\x41\x09\x06\x03"),
	    { { 0, RSP(8) }, { 1, RSP(8) | 3u << 5 }, { LEN, GAP } }, 0, 1 },
	{ "rbp undefined", CODE("\x41\x07\x06"),
	    { { 0, RSP(8) }, { 1, RSP(8) | 3u << 5 }, { LEN, GAP } }, 0, 0 },
	{ "same_value", CODE("\x41\x07\x06\x41\x08\x06"),
	    { { 0, RSP(8) }, { 1, RSP(8) | 3u << 5 }, { 2, RSP(8) },
		{ LEN, GAP } }, 0, 0 },
	{ "CFA in r10", CODE("\x41\x0c\x0a\0"),
	    { { 0, RSP(8) }, { 1, 10 }, { LEN, GAP } }, 0, 0 },
	{ "CFA in register 17", CODE("\x41\x0c\x11\0"),
	    { { 0, RSP(8) }, { 1, GAP } }, 0, 1 },
	{ "PLT", CODE("\x0f\x0b\x77\x08\x80\0\x3f\x1a\x3b\x2a\x33\x24\x22"),
	    { { 0, UNWIND_PLT | 11u << 7 }, { LEN, GAP } }, 0, 0 },
	{ "DRAP", CODE("\x41\x0f\x03\x76\x78\x06\x10\x06\x02\x76\0"),
	    { { 0, RSP(8) },
		{ 1, UNWIND_DEREF_RBP | 2u << 5 | 2047u << 7 }, { LEN, GAP } },
	    0, 0 },
	/* push %rbp; …; leave; ret; what comes behind it is in the frame again */
	{ "popped, and still said to be saved",
	    CODE("\x41\x0e\x10\x86\x02\x41\x0d\x06\x41\x0a\x0c\x07\x08"
		"\x41\x0b"),
	    { { 0, RSP(8) }, { 1, RSP_RBP16(16) }, { 2, RBP_RBP16 },
		{ 3, RSP(8) }, { 4, RBP_RBP16 }, { LEN, GAP } }, 0, 0 },
	{ "popped, without a state to restore",
	    CODE("\x41\x0e\x10\x86\x02\x41\x0d\x06\x41\x0c\x07\x08"
		"\x41\x0c\x06\x10"),
	    { { 0, RSP(8) }, { 1, RSP_RBP16(16) }, { 2, RBP_RBP16 },
		{ 3, RSP(8) }, { 4, RBP_RBP16 }, { LEN, GAP } }, 0, 0 },
	{ "saved in the red zone, which may be the only copy",
	    CODE("\x41\x86\x02\x41\x0e\x10"),
	    { { 0, RSP(8) }, { 1, RSP_RBP16(8) }, { 2, RSP_RBP16(16) },
		{ LEN, GAP } }, 0, 0 },
	{ "DRAP, and the frame is gone",
	    CODE("\x41\x10\x06\x02\x76\0\x0f\x03\x76\x78\x06"
		"\x41\x0c\x0a\0\x41\x0c\x07\x08"),
	    { { 0, RSP(8) }, { 1, UNWIND_DEREF_RBP | 2u << 5 | 2047u << 7 },
		{ 2, 10 | 2u << 5 }, { 3, RSP(8) }, { LEN, GAP } }, 0, 0 },
	{ "deref, plus_uconst", CODE("\x41\x0f\x05\x77\x10\x06\x23\x08\x86\x03"),
	    { { 0, RSP(8) },
		{ 1, UNWIND_DEREF_RSP | 1u << 5 | 2050u << 7 | 1u << 19 |
			3u << 24 }, { LEN, GAP } }, 0, 0 },
	{ "breg alone", CODE("\x41\x0f\x02\x77\x18"),
	    { { 0, RSP(8) }, { 1, RSP(24) }, { LEN, GAP } }, 0, 0 },
	{ "offset behind an expression", CODE("\x41\x0f\x03\x77\x10\x06\x0e\x20\x41\x0d\x07"),
	    { { 0, RSP(8) }, { 1, UNWIND_DEREF_RSP | 2050u << 7 },
		{ 2, RSP(32) }, { LEN, GAP } }, 0, 0 },
	{ "another expression", CODE("\x41\x0f\x02\x30\x06\x41\x0c\x07\x10"),
	    { { 0, RSP(8) }, { 1, GAP }, { 2, RSP(16) }, { LEN, GAP } }, 0, 1 },
	{ "signal frame", CODE("\x0f\x04\x77\xa0\x01\x06\x10\x06\x03\x77\xf8\0"
	    "\x10\x10\x03\x77\xa8\x01"),
	    { { 0, UNWIND_RULE_SIGNAL }, { LEN, GAP } }, 0, 0 },
	{ "val_offset of rbp", CODE("\x41\x14\x06\x02"),
	    { { 0, RSP(8) }, { 1, RSP(8) | 3u << 5 }, { LEN, GAP } }, 0, 1 },
	{ "val_expression of rbx", CODE("\x41\x16\x03\x02\x77\x08"),
	    { { 0, RSP(8) }, { LEN, GAP } }, 0, 0 },
	{ "unknown opcode", CODE("\x41\x0e\x10\x42\x3f"),
	    { { 0, RSP(8) }, { 1, RSP(16) }, { 3, GAP } }, 1, 0 },
	{ "cut short", CODE("\x44\x0f\xff\x01"),
	    { { 0, RSP(8) }, { 4, GAP } }, 1, 0 },
	{ "number without end", CODE("\x44\x0e\xff\xff\xff\xff\xff\xff\xff\xff"
	    "\xff\xff\xff\xff\x01"), { { 0, RSP(8) }, { 4, GAP } }, 1, 0 },
	{ "set_loc", CODE("\x44\x01\0\0\0\0"), { { 0, RSP(8) }, { 4, GAP } },
	    1, 0 },
};

START_TEST(a_program_means_these_rows)
{
	const struct program *p = &programs[_i];
	struct buf b = { 0 };
	struct cfi c;
	struct rows t;
	size_t n = 1;

	add_cie(&b, 0x1b, gcc_cie, 5);
	add_fde(&b, 0, START, LEN, p->code, p->len);
	make(&c, &t, &b, false);
	while (n < GP_COUNT(p->want) && p->want[n].pc)
		n++;
	ck_assert_msg(t.n == n, "%s: %zu rows, want %zu", p->name, t.n, n);
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(t.row[i].pc == p->want[i].pc &&
		    t.row[i].rule == p->want[i].rule,
		    "%s: row %zu: %x %x, want %x %x", p->name, i, t.row[i].pc,
		    t.row[i].rule, p->want[i].pc, p->want[i].rule);
	ck_assert_msg(c.bad_programs == p->bad, "%s: bad", p->name);
	ck_assert_msg(c.unsupported == p->unsupported, "%s: unsupported %d",
	    p->name, (int)c.unsupported);
	ck_assert_uint_eq(c.bad_entries, 0);
	rows_free(&t);
	cfi_free(&c);
	buf_free(&b);
}
END_TEST

START_TEST(rbx_is_said_where_it_is_asked_for)
{
	/* advance 1; CFA rsp + 16, rbx at CFA - 16; advance 1; CFA in rbx. */
	static const char code[] = "\x41\x0e\x10\x83\x02\x41\x0d\x03";
	const struct unwind_rule want = { .base = UNWIND_RSP, .offset = 16,
		.rbx = 1, .rbx_off = 16 };
	struct buf b = { 0 };
	struct cfi c;
	struct rows t;

	add_cie(&b, 0x1b, gcc_cie, 5);
	add_fde(&b, 0, START, LEN, code, sizeof code - 1);
	make(&c, &t, &b, false);
	ck_assert(c.rbx_based);
	ck_assert_uint_eq(t.row[1].rule, RSP(16));
	t.n = 0;
	c.follow_rbx = true;
	cfi_rows(&c, 0, UINT32_MAX, &t);
	ck_assert_uint_eq(t.n, 4);
	ck_assert_uint_eq(t.row[0].rule, UNWIND_RULE_ENTRY);
	ck_assert_uint_eq(t.row[1].rule, unwind_rule_encode(&want));
	ck_assert_uint_eq(t.row[2].rule, UNWIND_RBX | 16u << 7);
	rows_free(&t);
	cfi_free(&c);
	buf_free(&b);
}
END_TEST

/* The one row of the function at START in whatever section was made. */
static void
check_one(const struct buf *b, bool debug, uint64_t bad)
{
	struct cfi c;
	struct rows t;

	make(&c, &t, b, debug);
	ck_assert_uint_eq(c.bad_entries, bad);
	if (!bad) {
		ck_assert_uint_eq(t.n, 2);
		ck_assert_uint_eq(t.row[0].pc, 0);
		ck_assert_uint_eq(t.row[0].rule, RSP(8));
		ck_assert_uint_eq(t.row[1].pc, LEN);
	} else {
		ck_assert_uint_eq(t.n, 0);
	}
	rows_free(&t);
	cfi_free(&c);
}

static const struct {
	uint8_t enc;
	size_t size;
	bool pcrel, bad;
} encodings[] = {
	{ DW_EH_PE_absptr, 8, false, false },
	{ DW_EH_PE_udata2, 2, false, false },
	{ DW_EH_PE_udata4, 4, false, false },
	{ DW_EH_PE_udata8, 8, false, false },
	{ DW_EH_PE_sdata2, 2, false, false },
	{ DW_EH_PE_sdata4, 4, false, false },
	{ DW_EH_PE_sdata8, 8, false, false },
	{ DW_EH_PE_pcrel | DW_EH_PE_sdata4, 4, true, false },
	{ DW_EH_PE_pcrel | DW_EH_PE_sdata8, 8, true, false },
	{ DW_EH_PE_pcrel | DW_EH_PE_absptr, 8, true, false },
	{ DW_EH_PE_datarel | DW_EH_PE_sdata4, 4, false, true },
	{ DW_EH_PE_textrel | DW_EH_PE_sdata4, 4, false, true },
	{ DW_EH_PE_indirect | DW_EH_PE_udata8, 8, false, true },
	{ 0x05, 4, false, true },
	{ DW_EH_PE_omit, 4, false, true },
};

START_TEST(a_pc_is_read_in_every_encoding)
{
	struct buf b = { 0 };
	size_t at;

	add_cie(&b, encodings[_i].enc, gcc_cie, 5);
	at = b.len;
	put(&b, 0, 4);
	put(&b, b.len, 4);
	put(&b, START - (encodings[_i].pcrel ? VADDR + b.len : 0),
	    encodings[_i].size);
	put(&b, LEN, encodings[_i].size);
	put(&b, 0, 1);
	end_entry(&b, at);
	check_one(&b, false, encodings[_i].bad);
	buf_free(&b);
}
END_TEST

START_TEST(a_pc_is_read_as_leb128)
{
	struct buf b = { 0 };
	size_t at;

	add_cie(&b, DW_EH_PE_uleb128, gcc_cie, 5);
	at = b.len;
	put(&b, 0, 4);
	put(&b, b.len, 4);
	buf_add(&b, "\x80\x20\x40\0", 4); /* 0x1000, 64 */
	end_entry(&b, at);
	check_one(&b, false, 0);
	buf_free(&b);
}
END_TEST

START_TEST(debug_frame_is_read_in_both_formats)
{
	bool is64 = _i & 1, v4 = _i & 2;
	struct buf b = { 0 };
	uint32_t len32;
	uint64_t len;

	for (int fde = 0; fde < 2; fde++) {
		size_t at, head = is64 ? 12 : 4;

		at = b.len;
		put(&b, is64 ? UINT32_MAX : 0, 4);
		if (is64)
			put(&b, 0, 8);
		put(&b, fde ? 0 : UINT64_MAX, is64 ? 8 : 4);
		if (fde) {
			put(&b, START, 8);
			put(&b, LEN, 8);
		} else {
			put(&b, v4 ? 4 : 3, 1);
			put(&b, 0, 1);
			if (v4)
				put(&b, 8, 2);
			buf_add(&b, "\1\x78\x10", 3);
			buf_add(&b, gcc_cie, 5);
		}
		while (b.len % 8)
			put(&b, 0, 1);
		len = b.len - at - head;
		len32 = (uint32_t)len;
		if (is64)
			memcpy(b.s + at + 4, &len, 8);
		else
			memcpy(b.s + at, &len32, 4);
	}
	check_one(&b, true, 0);
	buf_free(&b);
}
END_TEST

static const struct {
	const char *name;
	const char *bytes; /* of the CIE behind its id */
	size_t len;
} bad_cies[] = {
	{ "version", CODE("\2zR\0\1\x78\x10\1\x1b") },
	{ "augmentation", CODE("\1zX\0\1\x78\x10\1\x1b") },
	{ "no z", CODE("\1R\0\1\x78\x10\x1b") },
	{ "augmentation without end", CODE("\1zRRRRRRRRRRRRR") },
	{ "return address register", CODE("\1zR\0\1\x78\x0f\1\x1b") },
	{ "augmentation data too long", CODE("\1zR\0\1\x78\x10\x7f\x1b") },
	{ "augmentation data too short", CODE("\1zPLR\0\1\x78\x10\3\x03\0\0") },
	{ "address size", CODE("\4zR\0\4\0\1\x78\x10\1\x1b") },
	{ "program", CODE("\1zR\0\1\x78\x10\1\x1b\x3f") },
	{ "advances", CODE("\1zR\0\1\x78\x10\1\x1b\x41") },
};

START_TEST(a_cie_that_is_not_understood_spoils_its_functions_only)
{
	struct buf b = { 0 };
	struct cfi c;
	struct rows t;
	size_t good;

	put(&b, 0, 8);
	buf_add(&b, bad_cies[_i].bytes, bad_cies[_i].len);
	if (_i == 3) /* padding would end it */
		b.s[0] = (char)(b.len - 4);
	else
		end_entry(&b, 0);
	add_fde(&b, 0, START, LEN, NULL, 0);
	good = b.len;
	add_cie(&b, 0x1b, gcc_cie, 5);
	add_fde(&b, good, START + 0x100, LEN, NULL, 0);
	make(&c, &t, &b, false);
	ck_assert_msg(c.bad_entries == 2, "%s", bad_cies[_i].name);
	ck_assert_uint_eq(t.n, 2);
	ck_assert_uint_eq(t.row[0].pc, 0x100);
	rows_free(&t);
	cfi_free(&c);
	buf_free(&b);
}
END_TEST

START_TEST(personality_and_lsda_are_skipped)
{
	struct buf b = { 0 };

	put(&b, 0, 8);
	buf_add(&b, CODE("\1zPLRS\0\1\x78\x10\7\x9b\0\0\0\0\x1b\x1b"));
	buf_add(&b, gcc_cie, 5);
	end_entry(&b, 0);
	add_fde(&b, 0, START, LEN, NULL, 0);
	check_one(&b, false, 0);
	buf_free(&b);
}
END_TEST

static void
expect(const struct buf *b, const struct unwind_row *want, size_t n)
{
	struct cfi c;
	struct rows t;

	make(&c, &t, b, false);
	ck_assert_uint_eq(t.n, n);
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(t.row[i].pc, want[i].pc);
		ck_assert_uint_eq(t.row[i].rule, want[i].rule);
	}
	rows_free(&t);
	cfi_free(&c);
}

START_TEST(functions_out_of_order_are_sorted)
{
	struct buf b = { 0 };

	add_cie(&b, 0x1b, gcc_cie, 5);
	add_fde(&b, 0, START + 0x100, LEN, "\x0e\x18", 2);
	add_fde(&b, 0, START, LEN, "\x0e\x10", 2);
	expect(&b, (struct unwind_row[]){ { 0, RSP(16) }, { LEN, GAP },
	    { 0x100, RSP(24) }, { 0x100 + LEN, GAP } }, 4);
	buf_free(&b);
}
END_TEST

START_TEST(padding_belongs_to_the_function_behind_it)
{
	struct buf b = { 0 };

	add_cie(&b, 0x1b, gcc_cie, 5);
	add_fde(&b, 0, START, 49, "\x0e\x18", 2); /* 15 bytes of padding */
	add_fde(&b, 0, START + 64, 48, NULL, 0);  /* 16: a gap */
	add_fde(&b, 0, START + 128, 60, NULL, 0); /* ends as the next begins */
	add_fde(&b, 0, START + 192, 60, NULL, 0);
	add_fde(&b, 0, START + 256, 8, "\x0e\x18", 2); /* not at its entry */
	expect(&b, (struct unwind_row[]){ { 0, RSP(24) }, { 49, RSP(8) },
	    { 112, GAP }, { 128, RSP(8) }, { 252, GAP }, { 256, RSP(24) },
	    { 264, GAP } }, 7);
	buf_free(&b);
}
END_TEST

START_TEST(where_functions_overlap_the_last_start_counts)
{
	struct buf b = { 0 };

	add_cie(&b, 0x1b, gcc_cie, 5);
	add_fde(&b, 0, START, 256, "\x0e\x10\x02\x80\x0e\x20", 6);
	add_fde(&b, 0, START + 64, 64, "\x0e\x18", 2);
	add_fde(&b, 0, START + 64, 99, "\x0e\x28", 2); /* the second of two */
	expect(&b, (struct unwind_row[]){ { 0, RSP(16) }, { 64, RSP(24) },
	    { 128, GAP } }, 3);
	buf_free(&b);
}
END_TEST

START_TEST(functions_that_are_nowhere_are_skipped)
{
	struct buf b = { 0 };
	struct cfi c;
	struct rows t;

	add_cie(&b, 0x1b, gcc_cie, 5);
	add_fde(&b, 0, 0, 16, NULL, 0);         /* discarded by the linker */
	add_fde(&b, 0, START, 0, NULL, 0);      /* empty */
	add_fde(&b, 0, START - 1, 16, NULL, 0); /* below the base */
	add_fde(&b, 4, START, 16, NULL, 0);     /* no such CIE */
	put(&b, 0, 4);                          /* a terminator in the middle */
	add_fde(&b, 0, START + 16, 16, NULL, 0);
	make(&c, &t, &b, false);
	ck_assert_uint_eq(c.bad_entries, 2);
	ck_assert_uint_eq(t.n, 2);
	ck_assert_uint_eq(t.row[0].pc, 16);
	rows_free(&t);
	cfi_free(&c);
	buf_free(&b);
}
END_TEST

START_TEST(a_piece_of_the_table_is_that_part_of_the_whole)
{
	struct buf b = { 0 };
	struct cfi c;
	struct rows all, part = { .base = BASE };

	add_cie(&b, 0x1b, gcc_cie, 5);
	for (unsigned int i = 0; i < 50; i++)
		add_fde(&b, 0, START + i * 100, 70, "\x44\x0e\x18", 3);
	make(&c, &all, &b, false);
	cfi_rows(&c, 1000, 1999, &part);
	ck_assert_uint_eq(part.row[0].pc, 1000);
	ck_assert_uint_eq(part.row[part.n - 1].pc, 1970);
	for (uint32_t pc = 1000; pc < 1970; pc++)
		ck_assert_uint_eq(rows_rule(part.row, part.n, pc),
		    rows_rule(all.row, all.n, pc));
	rows_free(&all);
	rows_free(&part);
	cfi_free(&c);
	buf_free(&b);
}
END_TEST

START_TEST(every_prefix_of_a_section_is_survived)
{
	struct buf b = { 0 };
	struct cfi c;
	struct rows t;

	add_cie(&b, 0x1b, gcc_cie, 5);
	add_fde(&b, 0, START, LEN, programs[1].code, programs[1].len);
	for (size_t len = 0; len < b.len; len++) {
		struct buf cut = { 0 };

		/* A buffer of its own, so that ASan sees its end. */
		cut.s = malloc(len ? len : 1);
		ck_assert_ptr_nonnull(cut.s);
		memcpy(cut.s, b.s, len);
		cut.len = len;
		make(&c, &t, &cut, false);
		ck_assert_uint_eq(t.n, 0);
		rows_free(&t);
		cfi_free(&c);
		free(cut.s);
	}
	buf_free(&b);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("cfi");
	TCase *t = tcase_create("cfi");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, a_program_means_these_rows, 0,
	    (int)GP_COUNT(programs));
	tcase_add_loop_test(t, a_pc_is_read_in_every_encoding, 0,
	    (int)GP_COUNT(encodings));
	tcase_add_test(t, rbx_is_said_where_it_is_asked_for);
	tcase_add_test(t, a_pc_is_read_as_leb128);
	tcase_add_loop_test(t, debug_frame_is_read_in_both_formats, 0, 4);
	tcase_add_loop_test(t,
	    a_cie_that_is_not_understood_spoils_its_functions_only, 0,
	    (int)GP_COUNT(bad_cies));
	tcase_add_test(t, personality_and_lsda_are_skipped);
	tcase_add_test(t, functions_out_of_order_are_sorted);
	tcase_add_test(t, padding_belongs_to_the_function_behind_it);
	tcase_add_test(t, where_functions_overlap_the_last_start_counts);
	tcase_add_test(t, functions_that_are_nowhere_are_skipped);
	tcase_add_test(t, a_piece_of_the_table_is_that_part_of_the_whole);
	tcase_add_test(t, every_prefix_of_a_section_is_survived);
	return s;
}
