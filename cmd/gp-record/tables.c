#include "tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "unwind/rows.h"

static struct sampler_module *
slot(struct tables *t, uint32_t module)
{
	uint32_t n = t->n ? t->n : 64;

	while (n <= module)
		n *= 2;
	if (n > t->n) {
		t->module = reallocarray(t->module, n, sizeof *t->module);
		if (!t->module)
			die_nomem();
		memset(t->module + t->n, 0,
		    (n - t->n) * sizeof *t->module);
		t->n = n;
	}
	return &t->module[module];
}

/* From virtual addresses to file offsets; what is in no segment goes. Segments
 * may lie in the file in another order than in memory. */
static size_t
to_offsets(const struct elffile *f, uint64_t base, struct rows *rows)
{
	struct unwind_row *row = rows->row;
	uint64_t shift = 0, first = 1, end = 0, vaddr;
	size_t n = 0;

	for (size_t i = 0; i < rows->n; i++) {
		vaddr = base + row[i].pc;
		if (vaddr < first || vaddr > end) {
			first = end = 0;
			for (uint32_t s = 0; s < f->n; s++) {
				const struct elffile_segment *g =
				    &f->segment[s];

				if (!g->exec || vaddr < g->vaddr ||
				    vaddr - g->vaddr > g->filesz)
					continue;
				first = g->vaddr;
				end = g->vaddr + g->filesz;
				shift = g->offset - g->vaddr;
			}
		}
		if (end == 0 || vaddr + shift > UINT32_MAX)
			continue;
		row[n].pc = (uint32_t)(vaddr + shift);
		row[n++].rule = row[i].rule;
	}
	return n;
}

static int
by_pc(const void *a, const void *b)
{
	const struct unwind_row *x = a, *y = b;

	return (x->pc > y->pc) - (x->pc < y->pc);
}

static void
sort(struct unwind_row *row, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (row[i - 1].pc < row[i].pc)
			continue;
		qsort(row, n, sizeof *row, by_pc);
		return;
	}
}

/* The first and last offset that is code. */
static void
code_range(const struct elffile *f, uint32_t *first, uint32_t *end)
{
	*first = UINT32_MAX;
	*end = 0;
	for (uint32_t i = 0; i < f->n; i++) {
		const struct elffile_segment *g = &f->segment[i];
		uint64_t last = g->offset + g->filesz;

		if (!g->exec || last > UINT32_MAX)
			continue;
		if (g->offset < *first)
			*first = (uint32_t)g->offset;
		if (last > *end)
			*end = (uint32_t)last;
	}
}

/*
 * Code of a compiler that writes no rows has frame pointers. And where a program
 * starts, nothing called it: ld.so's start code has no row to say so.
 */
static void
fill_gaps(const struct elffile *f, struct rows *rows)
{
	struct unwind_row *row = rows->row;
	uint32_t first, end, next;
	uint64_t entry = 0;

	code_range(f, &first, &end);
	if (!elffile_offset(f, f->entry, &entry))
		entry = 0;
	for (size_t i = 0; i < rows->n; i++) {
		next = i + 1 < rows->n ? row[i + 1].pc : end;
		if (row[i].rule == UNWIND_RULE_GAP && entry >= row[i].pc &&
		    entry < next && next - row[i].pc < TABLES_FP_GAP)
			row[i].rule = UNWIND_RULE_BOTTOM;
		if (row[i].rule == UNWIND_RULE_GAP && next > row[i].pc &&
		    next - row[i].pc >= TABLES_FP_GAP)
			row[i].rule = UNWIND_RULE_FP;
	}
}

/* Make the rows of a file, in the form that the pool has. */
static void
make_rows(struct rowcache *cache, const struct elffile *f, struct rows *rows)
{
	if (rowcache_get(cache, f, rows) != ELFFILE_OK)
		return;
	rows->n = to_offsets(f, rows->base, rows);
	sort(rows->row, rows->n);
	fill_gaps(f, rows);
}

void
tables_init(struct tables *t, struct sampler *sampler, uint32_t pool_rows)
{
	*t = (struct tables){
		.sampler = sampler,
		.pool = sampler_pool(sampler),
		.pool_rows = pool_rows,
	};
	if (rowcache_open(&t->cache, NULL, ROWCACHE_MAX_BYTES) != 0)
		diag_verbose("no cache of unwind rows: %s", strerror(errno));
}

bool
tables_have(const struct tables *t, uint32_t module)
{
	return module < t->n && t->module[module].kind != SAMPLER_UNKNOWN;
}

void
tables_load(struct tables *t, uint32_t module, const struct elffile *f)
{
	struct sampler_module *m = slot(t, module);
	struct rows rows = { 0 };

	if (m->kind != SAMPLER_UNKNOWN)
		return;
	m->kind = SAMPLER_FP;
	if (f)
		make_rows(&t->cache, f, &rows);
	if (rows.n > t->pool_rows - t->used) {
		t->full++;
	} else if (rows.n) {
		memcpy(t->pool + t->used, rows.row,
		    rows.n * sizeof *rows.row);
		*m = (struct sampler_module){
			.first = t->used, .count = (uint32_t)rows.n,
			.kind = SAMPLER_ROWS,
		};
		t->used += (uint32_t)rows.n;
	}
	rows_free(&rows);
	if (module < SAMPLER_MODULES_MAX &&
	    sampler_set_module(t->sampler, module, m) != 0)
		m->kind = SAMPLER_FP;
}

uint32_t
tables_rule(const struct tables *t, uint32_t module, uint64_t off)
{
	const struct sampler_module *m = &t->module[module];

	if (m->kind != SAMPLER_ROWS)
		return UNWIND_RULE_FP;
	if (off > UINT32_MAX)
		return UNWIND_RULE_GAP;
	return rows_rule(t->pool + m->first, m->count, (uint32_t)off);
}

void
tables_free(struct tables *t)
{
	rowcache_done(&t->cache);
	free(t->module);
	*t = (struct tables){ 0 };
}
