#include "tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

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

/* Start-up code is no longer than that; musl's is among other functions without
 * rows, which have callers. */
#define START_GAP 256

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
		    entry < next && next - row[i].pc < START_GAP)
			row[i].rule = UNWIND_RULE_BOTTOM;
		if (row[i].rule == UNWIND_RULE_GAP && next > row[i].pc &&
		    next - row[i].pc >= TABLES_FP_GAP)
			row[i].rule = UNWIND_RULE_FP;
	}
}

/* Make the rows of a file, in the form that the pool has. */
static void
make_rows(struct rowcache *cache, const struct elffile *f,
    struct filerows_root *root, struct rows *rows)
{
	if (rowcache_get(cache, f, root, rows) != ELFFILE_OK)
		return;
	rows->n = to_offsets(f, rows->base, rows);
	sort(rows->row, rows->n);
	fill_gaps(f, rows);
}

void
tables_init(struct tables *t, struct sampler *sampler)
{
	*t = (struct tables){
		.sampler = sampler,
		.pool = sampler_pool(sampler),
		.free = SAMPLER_NO_SLOT,
		.resting = SAMPLER_NO_SLOT,
	};
	t->slot = calloc(t->pool.slots, sizeof *t->slot);
	if (!t->slot)
		die_nomem();
	for (uint32_t i = t->pool.slots; i-- > 0; t->nfree++) {
		t->slot[i] = (struct tables_slot){ SAMPLER_NO_SLOT, t->free };
		t->free = i;
	}
	if (rowcache_open(&t->cache, NULL, ROWCACHE_MAX_BYTES) != 0)
		diag_verbose("no cache of unwind rows: %s", strerror(errno));
}

/* -- blocks --------------------------------------------------------------- */

/* The number in the directory of the block that covers an offset, or
 * SAMPLER_NO_SLOT below the first. */
static uint32_t
find_block(const struct tables *t, const struct sampler_module *m,
    uint32_t off)
{
	uint32_t lo = m->first, hi = m->first + m->count, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (t->pool.block[mid].pc <= off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo == m->first ? SAMPLER_NO_SLOT : lo - 1;
}

/* Copy a block of a module's rows into a slot. Does nothing if none is free, or if
 * the file changed under us and has no such block any more. */
static void
load_block(struct tables *t, const struct sampler_module *m, uint32_t block,
    const struct rows *rows)
{
	size_t at = (size_t)(block - m->first) << SAMPLER_BLOCK_BITS, n;
	uint32_t slot = t->free;
	struct unwind_row *to;

	if (slot == SAMPLER_NO_SLOT || at >= rows->n)
		return;
	to = sampler_map_slot(t->sampler, slot);
	if (!to)
		return;
	n = rows->n - at;
	if (n > SAMPLER_BLOCK_ROWS)
		n = SAMPLER_BLOCK_ROWS;
	memcpy(to, rows->row + at, n * sizeof *to);
	for (; n < SAMPLER_BLOCK_ROWS; n++)
		to[n] = (struct unwind_row){ UINT32_MAX, UNWIND_RULE_GAP };
	sampler_unmap_slot(t->sampler, to);
	t->free = t->slot[slot].next;
	t->nfree--;
	t->slot[slot].block = block;
	t->pool.used[slot] = UINT64_MAX; /* until a walk says when */
	t->fresh = true;
	__atomic_store_n(&t->pool.block[block].slot, slot, __ATOMIC_RELEASE);
	t->loads++;
}

/* Take the blocks of a module into the directory; load them if there is room.
 * True if they all are. */
static bool
list_blocks(struct tables *t, struct sampler_module *m,
    const struct rows *rows)
{
	size_t n = (rows->n + SAMPLER_BLOCK_ROWS - 1) >> SAMPLER_BLOCK_BITS;

	if (n == 0)
		return false;
	if (n > SAMPLER_BLOCKS_MAX - t->nblocks) {
		t->full++;
		return false;
	}
	*m = (struct sampler_module){
		.first = t->nblocks, .count = (uint32_t)n,
		.kind = SAMPLER_ROWS,
	};
	for (size_t i = 0; i < n; i++)
		t->pool.block[t->nblocks++] = (struct sampler_block){
			rows->row[i << SAMPLER_BLOCK_BITS].pc, SAMPLER_NO_SLOT,
		};
	/* Whole, if that leaves some room for others. */
	if (n + t->pool.slots / 8 > t->nfree)
		return false;
	for (uint32_t i = 0; i < n; i++)
		load_block(t, m, m->first + i, rows);
	return true;
}

/* -- modules -------------------------------------------------------------- */

static struct tables_open *
find_open(struct tables *t, uint32_t module)
{
	for (size_t i = 0; i < TABLES_OPEN_MAX; i++) {
		struct tables_open *o = &t->open[i];

		if (o->rows.n == 0 || o->module != module)
			continue;
		o->used = ++t->clock;
		o->epoch = t->epoch;
		return o;
	}
	return NULL;
}

/* A place for a module's rows: that of those not used for longest. The others are
 * closed too if they are many. */
static struct tables_open *
make_place(struct tables *t)
{
	struct tables_open *o = &t->open[0];
	size_t sum = 0;

	for (size_t i = 1; i < TABLES_OPEN_MAX; i++)
		if (t->open[i].used < o->used)
			o = &t->open[i];
	rows_free(&o->rows);
	for (size_t i = 0; i < TABLES_OPEN_MAX; i++) {
		sum += t->open[i].rows.n;
		if (sum > TABLES_OPEN_ROWS)
			rows_free(&t->open[i].rows);
	}
	return o;
}

/* Have a module's rows at hand. */
static struct tables_open *
open_rows(struct tables *t, uint32_t module, const struct elffile *f,
    struct filerows_root *root)
{
	struct tables_open *o = find_open(t, module);

	if (o)
		return o;
	o = make_place(t);
	make_rows(&t->cache, f, root, &o->rows);
	*o = (struct tables_open){ o->rows, module, ++t->clock, t->epoch };
	return o;
}

bool
tables_have(struct tables *t, uint32_t module, uint64_t off)
{
	const struct sampler_module *m;
	uint32_t block;

	if (module >= t->n || t->module[module].kind == SAMPLER_UNKNOWN)
		return false;
	m = &t->module[module];
	if (m->kind != SAMPLER_ROWS || off > UINT32_MAX)
		return true;
	block = find_block(t, m, (uint32_t)off);
	return block == SAMPLER_NO_SLOT ||
	    t->pool.block[block].slot != SAMPLER_NO_SLOT ||
	    find_open(t, module);
}

void
tables_load(struct tables *t, uint32_t module, const struct elffile *f,
    struct filerows_root *root)
{
	struct sampler_module *m = slot(t, module);
	struct tables_open *o = NULL;

	if (f)
		o = open_rows(t, module, f, root);
	if (m->kind != SAMPLER_UNKNOWN)
		return;
	m->kind = SAMPLER_FP;
	/* What is loaded as a whole will be found in the pool. */
	if (o && list_blocks(t, m, &o->rows))
		rows_free(&o->rows);
	if (module < SAMPLER_MODULES_MAX &&
	    sampler_set_module(t->sampler, module, m) != 0)
		m->kind = SAMPLER_FP;
}

/* The rule in a slot of the pool. What is mapped is the pool itself, so that it
 * is right whatever was loaded there meanwhile. */
static uint32_t
slot_rule(struct tables *t, uint32_t slot, uint32_t off)
{
	struct tables_mapped *m = &t->mapped[slot % TABLES_MAPPED];

	if (m->rows && m->slot != slot) {
		sampler_unmap_slot(t->sampler, m->rows);
		m->rows = NULL;
	}
	if (!m->rows)
		m->rows = sampler_map_slot(t->sampler, slot);
	m->slot = slot;
	return m->rows ? rows_rule(m->rows, SAMPLER_BLOCK_ROWS, off) :
	    UNWIND_RULE_GAP;
}

uint32_t
tables_rule(struct tables *t, uint32_t module, uint64_t off)
{
	const struct sampler_module *m = slot(t, module);
	struct tables_open *o = find_open(t, module);
	uint32_t block, slot;

	if (m->kind == SAMPLER_UNKNOWN)
		return UNWIND_RULE_GAP;
	if (m->kind != SAMPLER_ROWS)
		return UNWIND_RULE_FP;
	if (off > UINT32_MAX)
		return UNWIND_RULE_GAP;
	block = find_block(t, m, (uint32_t)off);
	if (block == SAMPLER_NO_SLOT)
		return UNWIND_RULE_GAP;
	slot = t->pool.block[block].slot;
	if (slot == SAMPLER_NO_SLOT && o)
		load_block(t, m, block, &o->rows);
	if (o)
		return rows_rule(o->rows.row, o->rows.n, (uint32_t)off);
	return slot == SAMPLER_NO_SLOT ? UNWIND_RULE_GAP :
	    slot_rule(t, slot, (uint32_t)off);
}

/* -- making room ---------------------------------------------------------- */

/* Empty the slots that were not used since a time, but no more than n. */
static uint32_t
evict(struct tables *t, uint64_t before, uint32_t n)
{
	uint32_t done = 0;

	for (uint32_t i = 0; i < t->pool.slots && done < n; i++) {
		struct tables_slot *s = &t->slot[i];

		if (s->block == SAMPLER_NO_SLOT || t->pool.used[i] >= before)
			continue;
		__atomic_store_n(&t->pool.block[s->block].slot,
		    SAMPLER_NO_SLOT, __ATOMIC_RELEASE);
		*s = (struct tables_slot){ SAMPLER_NO_SLOT, t->resting };
		t->resting = i;
		t->evictions++;
		done++;
	}
	return done;
}

void
tables_poll(struct tables *t, uint64_t now)
{
	uint32_t spare = t->pool.slots / 16, next;
	uint64_t epoch = now >> 30;

	t->epoch = epoch;
	for (size_t i = 0; i < TABLES_OPEN_MAX; i++)
		if (t->open[i].epoch + 1 < epoch)
			rows_free(&t->open[i].rows);
	for (uint32_t i = t->resting; i != SAMPLER_NO_SLOT; i = next) {
		next = t->slot[i].next;
		t->slot[i].next = t->free;
		t->free = i;
		t->nfree++;
	}
	t->resting = SAMPLER_NO_SLOT;
	/* What no walk used yet is as old as this poll. */
	for (uint32_t i = 0; t->fresh && i < t->pool.slots; i++)
		if (t->pool.used[i] == UINT64_MAX)
			t->pool.used[i] = epoch;
	t->fresh = false;
	for (uint32_t age = 64; t->nfree < spare && age; age /= 2)
		if (epoch > age && evict(t, epoch - age, spare - t->nfree))
			break;
}

void
tables_free(struct tables *t)
{
	for (size_t i = 0; i < TABLES_MAPPED; i++)
		if (t->mapped[i].rows)
			sampler_unmap_slot(t->sampler, t->mapped[i].rows);
	rowcache_done(&t->cache);
	for (size_t i = 0; i < TABLES_OPEN_MAX; i++)
		rows_free(&t->open[i].rows);
	free(t->module);
	free(t->slot);
	*t = (struct tables){ 0 };
}
