/*
 * check_rows.c - compare gp's unwind rows with what libdw says.
 *
 * usage: check_rows [-gv] [-m files] file-or-folder ...
 *
 * For every x86-64 ELF file: for each function of .eh_frame, at the first,
 * middle and last address of each range in which libdw's answer is the same, the
 * row's rule must mean what dwarf_cfi_addrframe() says about the CFA, rbp and
 * the return address. Functions are those of gp's own list and those of
 * .eh_frame_hdr, which the linker made: one missing in gp's list is a mismatch
 * too. What rows cannot say must be a gap, or rbp lost, and is counted. So is where
 * rbp was popped, and the entry still says that it is in the frame, which is below
 * rsp by then: the row may say that it is in rbp. Where a function that aligned its
 * stack ends (realign.h), it must.
 *
 * Prints a line for each of the first mismatches of a file and, last, the
 * totals; the exit status is 1 if anything mismatched. -m: stop after so many
 * files. -g: compare the rows of Go's pclntab with the .debug_frame of Go programs
 * that have it, uncompressed; it says nothing of rbp, and the rows of functions
 * that end or change the stack say more (counted as rbp lost).
 */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "elf/elffile.h"
#include "unwind/ehframe.h"
#include "unwind/gorows.h"
#include "unwind/realign.h"

static struct {
	uint64_t files, fdes, rows, compared, mismatches, gaps, lost, bad;
	uint64_t no_dw, popped;
	double seconds;
} total;

static int verbose, go;
static uint64_t files_max = UINT64_MAX;

struct file {
	const char *path;
	const struct elffile *elf;
	Dwarf_CFI *cfi;
	struct ehframe e;
	struct rows rows;
	uint64_t shown;
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* An expression of one register and an offset, as libdw writes it. */
static int
is_breg(const Dwarf_Op *op, uint64_t *reg, int64_t *off)
{
	if (op->atom == DW_OP_bregx) {
		*reg = op->number;
		*off = (int64_t)op->number2;
		return 1;
	}
	if (op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31) {
		*reg = op->atom - DW_OP_breg0;
		*off = (int64_t)op->number;
		return 1;
	}
	return 0;
}

/* Whether the operations are the linker's for lazy binding stubs. */
static int
is_plt(const Dwarf_Op *op, size_t n, uint32_t *threshold)
{
	static const uint8_t want[] = { DW_OP_breg7, DW_OP_breg16, DW_OP_lit15,
		DW_OP_and, 0, DW_OP_ge, DW_OP_lit3, DW_OP_shl, DW_OP_plus };

	if (n != sizeof want || op[0].number != 8 || op[1].number != 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (want[i] && op[i].atom != want[i])
			return 0;
	*threshold = (uint32_t)op[4].atom - DW_OP_lit0;
	return *threshold < 16;
}

/* The CFA as a rule; 0 if rows cannot say it. */
static int
want_cfa(const Dwarf_Op *op, size_t n, struct unwind_rule *w)
{
	uint64_t reg;
	int64_t off;

	if (is_plt(op, n, &w->arg)) {
		w->base = UNWIND_PLT;
		return 1;
	}
	if (n < 1 || n > 3 || !is_breg(&op[0], &reg, &off) || reg > 15)
		return 0;
	w->offset = off;
	w->base = (uint32_t)reg;
	if (n == 1)
		return off >= 0;
	if (op[1].atom != DW_OP_deref || (reg != 6 && reg != 7))
		return 0;
	w->base = reg == 6 ? UNWIND_DEREF_RBP : UNWIND_DEREF_RSP;
	if (n == 3) {
		if (op[2].atom != DW_OP_plus_uconst)
			return 0;
		w->add = (uint32_t)op[2].number;
	}
	return 1;
}

/* Saved at CFA + off? */
static int
is_at_cfa(const Dwarf_Op *op, size_t n, int64_t *off)
{
	*off = n == 2 ? (int64_t)op[1].number : 0;
	return (n == 1 || n == 2) && op[0].atom == DW_OP_call_frame_cfa &&
	    (n == 1 || op[1].atom == DW_OP_plus_uconst);
}

/* Saved at *(reg + off)? An expression finds the CFA on the stack already, and
 * libdw says so. */
static int
is_at_breg(const Dwarf_Op *op, size_t n, uint64_t *reg, int64_t *off)
{
	return n == 2 && op[0].atom == DW_OP_call_frame_cfa &&
	    is_breg(&op[1], reg, off);
}

/* rbp as a rule; 0 if rows cannot say it. */
static int
want_rbp(const Dwarf_Op *op, size_t n, struct unwind_rule *w)
{
	uint64_t reg;
	int64_t off;

	if (n == 0) {
		w->rbp = op ? UNWIND_RBP_LOST : UNWIND_RBP_KEPT;
		return 1;
	}
	if (is_at_cfa(op, n, &off)) {
		w->rbp = UNWIND_RBP_SAVED;
		w->rbp_off = (uint32_t)-off;
		return off <= 0;
	}
	w->rbp = UNWIND_RBP_AT_RBP;
	return is_at_breg(op, n, &reg, &off) && reg == 6 && off == 0;
}

enum { WANT_RULE, WANT_GAP, WANT_ANY };

/*
 * What libdw says as a rule.
 *
 * WANT_GAP: rows cannot say it. *rbp_lost: they cannot say where rbp is.
 */
static int
want_rule(Dwarf_Frame *fr, struct unwind_rule *w, int *rbp_lost)
{
	Dwarf_Op mem_rbp[3], mem_ra[3], *cfa, *rbp, *ra;
	size_t ncfa, nrbp, nra;
	uint64_t reg;
	int64_t off;

	*w = (struct unwind_rule){ 0 };
	*rbp_lost = 0;
	if (dwarf_frame_register(fr, 16, mem_ra, &ra, &nra))
		return WANT_ANY;
	if (nra == 0 && ra) {
		w->base = UNWIND_BOTTOM;
		return WANT_RULE;
	}
	if (dwarf_frame_cfa(fr, &cfa, &ncfa) ||
	    dwarf_frame_register(fr, 6, mem_rbp, &rbp, &nrbp))
		return WANT_ANY;
	if (is_at_breg(ra, nra, &reg, &off) && reg == 7 && off == 168 &&
	    ncfa == 2) {
		w->base = UNWIND_SIGNAL;
		return WANT_RULE;
	}
	if (!want_cfa(cfa, ncfa, w))
		return WANT_GAP;
	if (nra == 1 && ra[0].atom == DW_OP_regx && ra[0].number < 16 &&
	    w->base == 7) {
		w->base = UNWIND_RA_REG;
		w->arg = (uint32_t)ra[0].number;
	} else if (!is_at_cfa(ra, nra, &off) || off != -8) {
		return WANT_GAP;
	}
	if (!want_rbp(rbp, nrbp, w)) {
		w->rbp = UNWIND_RBP_LOST;
		w->rbp_off = 0;
		*rbp_lost = 1;
	}
	return WANT_RULE;
}

static void
mismatch(struct file *f, uint64_t addr, const struct unwind_rule *want,
    const struct unwind_rule *got, const char *what)
{
	total.mismatches++;
	if (f->shown++ >= 5)
		return;
	printf("%s: %" PRIx64 ": %s: want base %u rbp %u offset %lld add %u "
	       "rbp_off %u arg %u, got base %u rbp %u offset %lld add %u "
	       "rbp_off %u arg %u\n", f->path, addr, what, want->base, want->rbp,
	    (long long)want->offset, want->add, want->rbp_off, want->arg,
	    got->base, got->rbp, (long long)got->offset, got->add, got->rbp_off,
	    got->arg);
}

static int
same(const struct unwind_rule *a, const struct unwind_rule *b)
{
	return a->base == b->base && a->rbp == b->rbp &&
	    a->offset == b->offset && a->add == b->add &&
	    a->rbp_off == b->rbp_off && a->arg == b->arg;
}

/* Whether rows have rbp back, where libdw has it in a frame that is gone. */
static int
is_popped(const struct unwind_rule *want, const struct unwind_rule *got)
{
	struct unwind_rule kept = *want;
	int gone = want->rbp == UNWIND_RBP_AT_RBP ? want->offset == 8 :
	    want->rbp == UNWIND_RBP_SAVED && want->offset < want->rbp_off;

	kept.rbp = UNWIND_RBP_KEPT;
	kept.rbp_off = 0;
	return want->base == UNWIND_RSP && gone && same(got, &kept);
}

/* Whether addr is in the lea at the end of a function that aligned its stack, and
 * libdw has rbp at *rbp, and what the rows have to have instead. */
static int
is_realigned(const struct file *f, uint64_t addr,
    const struct unwind_rule *want, struct unwind_rule *instead)
{
	uint8_t b[REALIGN_CODE];
	uint64_t off;
	uint32_t rule;

	if (want->rbp != UNWIND_RBP_AT_RBP)
		return 0;
	for (uint64_t last = addr; last < addr + REALIGN_LEA; last++) {
		if (!elffile_offset(f->elf, last + 1 - sizeof b, &off) ||
		    elffile_read(f->elf, off, b, sizeof b) != ELFFILE_OK)
			continue;
		rule = realign_rule(b, unwind_rule_encode(want));
		if (rule == UNWIND_RULE_GAP)
			continue;
		*instead = unwind_rule_decode(rule);
		return 1;
	}
	return 0;
}

static void
compare_at(struct file *f, uint64_t addr, int verdict, int rbp_lost,
    const struct unwind_rule *want)
{
	struct unwind_rule got = unwind_rule_decode(rows_rule(f->rows.row,
	    f->rows.n, (uint32_t)(addr - f->e.base)));
	struct unwind_rule lost = *want, instead;

	total.compared++;
	if (go) {
		if (got.base >= UNWIND_GAP)
			total.lost++;
		else if (verdict != WANT_RULE || got.base != want->base ||
		    got.offset != want->offset)
			mismatch(f, addr, want, &got, "differs");
		return;
	}
	if (verbose && (verdict == WANT_GAP || rbp_lost))
		printf("%s: %" PRIx64 ": rows cannot say %s\n", f->path, addr,
		    verdict == WANT_GAP ? "this" : "where rbp is");
	if (verdict == WANT_GAP) {
		total.gaps++;
		if (got.base != UNWIND_GAP)
			mismatch(f, addr, want, &got, "not a gap");
		return;
	}
	total.lost += (uint64_t)rbp_lost;
	if (is_realigned(f, addr, want, &instead)) {
		total.popped++;
		if (!same(&got, &instead))
			mismatch(f, addr, &instead, &got, "rbp was popped");
		return;
	}
	if (same(&got, want))
		return;
	if (is_popped(want, &got)) {
		total.popped++;
		if (verbose)
			printf("%s: %" PRIx64 ": rbp is back\n", f->path, addr);
		return;
	}
	/* An offset too large for the row's fields loses rbp, then all. */
	lost.rbp = UNWIND_RBP_LOST;
	lost.rbp_off = 0;
	if (unwind_rule_encode(want) == UNWIND_RULE_GAP &&
	    same(&got, &lost)) {
		total.lost++;
		if (verbose)
			printf("%s: %" PRIx64 ": too far: CFA base %u + %lld, "
			       "rbp at CFA - %u\n", f->path, addr, want->base,
			    (long long)want->offset, want->rbp_off);
	}
	else if (unwind_rule_encode(&lost) == UNWIND_RULE_GAP &&
	    got.base == UNWIND_GAP)
		total.gaps++;
	else
		mismatch(f, addr, want, &got, "differs");
}

/* Compare a function from start to end, an exclusive address. */
static void
compare_fde(struct file *f, uint64_t start, uint64_t end)
{
	for (uint64_t a = start; a < end;) {
		Dwarf_Frame *fr = NULL;
		Dwarf_Addr lo, hi;
		struct unwind_rule want;
		int verdict, lost;

		if (dwarf_cfi_addrframe(f->cfi, a, &fr)) {
			/* It takes no "restore" in a CIE, which NVIDIA has. */
			total.no_dw++;
			if (verbose)
				printf("%s: %" PRIx64 ": libdw: %s\n", f->path,
				    a, dwarf_errmsg(-1));
			return;
		}
		dwarf_frame_info(fr, &lo, &hi, NULL);
		if (hi > end || hi <= a)
			hi = end;
		verdict = want_rule(fr, &want, &lost);
		if (verdict != WANT_ANY) {
			compare_at(f, a, verdict, lost, &want);
			if (hi - a > 2)
				compare_at(f, a + (hi - a) / 2, verdict, lost,
				    &want);
			if (hi - a > 1)
				compare_at(f, hi - 1, verdict, lost, &want);
		}
		free(fr);
		a = hi;
	}
}

/* Compare the functions that are listed. */
static void
compare_piece(struct file *f, const struct cfi *c)
{
	for (size_t i = 0; i < c->n; i++) {
		uint64_t start = c->fde[i].start, end = start + c->fde[i].len;
		uint64_t next = i + 1 < c->n ? c->fde[i + 1].start : c->limit;

		compare_fde(f, f->e.base + start,
		    f->e.base + (next < end ? next : end));
	}
}

/* The linker's own list, .eh_frame_hdr: pairs of s32, from its own address. */
static void
compare_header(struct file *f, Elf *elf)
{
	struct cfi *c = &f->e.eh;
	size_t strndx, i = 0, piece = 0;

	if (elf_getshdrstrndx(elf, &strndx))
		return;
	cfi_list(c, 0);
	for (Elf_Scn *s = NULL; (s = elf_nextscn(elf, s));) {
		Elf64_Shdr *sh = elf64_getshdr(s);
		const char *name = elf_strptr(elf, strndx, sh->sh_name);
		Elf_Data *d;
		uint32_t n;

		if (!name || strcmp(name, ".eh_frame_hdr") != 0 ||
		    !(d = elf_rawdata(s, NULL)) || !d->d_buf || d->d_size < 12)
			continue;
		if (memcmp(d->d_buf, "\1\x1b\3\x3b", 4) != 0)
			continue;
		memcpy(&n, (char *)d->d_buf + 8, 4);
		for (uint32_t k = 0; k < n && 12 + 8 * (k + 1ull) <= d->d_size;
		     k++) {
			int32_t delta;
			uint64_t want;

			memcpy(&delta, (char *)d->d_buf + 12 + 8ull * k, 4);
			want = sh->sh_addr + (uint64_t)(int64_t)delta -
			    f->e.base;
			while (want >= c->limit && piece + 1 < c->pieces) {
				cfi_list(c, ++piece);
				i = 0;
			}
			while (i < c->n && c->fde[i].start < want)
				i++;
			if (want <= UINT32_MAX && (i == c->n ||
			    c->fde[i].start != want)) {
				struct unwind_rule none = { 0 };

				mismatch(f, want + f->e.base, &none, &none,
				    "function not found");
			}
		}
	}
}

/* As gp makes them, without start-up code, of which libdw knows nothing. */
static void
make_rows(struct file *f, const struct elffile *ef)
{
	ehframe_rows(&f->e, 0, UINT32_MAX, &f->rows);
	realign_fix(ef, &f->rows);
}

static void
check_elf(struct file *f, int fd, const struct elffile *ef)
{
	struct cfi *c = go ? &f->e.debug : &f->e.eh;
	double t = now();
	Dwarf *dw = NULL;
	Elf *elf;

	f->elf = ef;
	if (ehframe_init(&f->e, ef) != ELFFILE_OK)
		return;
	ehframe_add_debug(&f->e, ef);
	if (!go)
		make_rows(f, ef);
	else if (!gorows_make(ef, f->e.base, &f->rows) || !c->n)
		return;
	total.seconds += now() - t;
	if (f->rows.n == 0)
		return;
	total.files++;
	total.rows += f->rows.n;
	total.bad += c->bad_entries + c->bad_programs;
	if (verbose || c->bad_entries || c->bad_programs)
		printf("%s: %zu rows, %" PRIu64 " bad, %" PRIu64
		       " unsupported\n", f->path, f->rows.n,
		    c->bad_entries + c->bad_programs, c->unsupported);
	if (!rows_are_valid(f->rows.row, f->rows.n)) {
		printf("%s: rows are not in order\n", f->path);
		total.mismatches++;
	}
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (go)
		dw = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
	f->cfi = go ? dwarf_getcfi(dw) : dwarf_getcfi_elf(elf);
	if (!f->cfi)
		fprintf(stderr, "%s: libdw: %s\n", f->path, dwarf_errmsg(-1));
	for (size_t piece = 0; f->cfi && piece < c->pieces; piece++) {
		cfi_list(c, piece);
		total.fdes += c->n;
		compare_piece(f, c);
	}
	if (f->cfi && !go) {
		compare_header(f, elf);
		dwarf_cfi_end(f->cfi);
	}
	dwarf_end(dw);
	elf_end(elf);
}

static int
check_path(const char *path, const struct stat *st, int type, struct FTW *w)
{
	struct file f = { .path = path };
	struct elffile ef;
	int fd;

	(void)w;
	if (type != FTW_F || !S_ISREG(st->st_mode) || st->st_size < 64 ||
	    total.files >= files_max)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return 0;
	if (elffile_init(&ef, fd) == ELFFILE_OK &&
	    (ef.type == 2 || ef.type == 3))
		check_elf(&f, fd, &ef);
	ehframe_free(&f.e);
	rows_free(&f.rows);
	close(fd);
	return 0;
}

int
main(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "gvm:")) != -1) {
		if (c == 'v')
			verbose = 1;
		else if (c == 'g')
			go = 1;
		else if (c == 'm')
			files_max = strtoull(optarg, NULL, 10);
		else
			return 64;
	}
	elf_version(EV_CURRENT);
	for (; optind < argc; optind++)
		if (nftw(argv[optind], check_path, 32, FTW_PHYS)) {
			fprintf(stderr, "check_rows: %s: %s\n", argv[optind],
			    strerror(errno));
			return 66;
		}
	printf("%" PRIu64 " files, %" PRIu64 " functions, %" PRIu64 " rows "
	       "(%.2f million a second), %" PRIu64 " comparisons: %" PRIu64
	       " mismatches; %" PRIu64 " unsupported gaps, %" PRIu64
	       " with rbp lost, %" PRIu64 " with rbp popped, %" PRIu64
	       " that libdw refuses, %" PRIu64 " bad entries\n", total.files, total.fdes, total.rows,
	    total.seconds > 0 ? (double)total.rows / total.seconds / 1e6 : 0,
	    total.compared, total.mismatches, total.gaps, total.lost,
	    total.popped, total.no_dw, total.bad);
	return total.mismatches != 0 || total.files == 0;
}
