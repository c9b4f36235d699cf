#include "unwind/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

static void
push(struct rows *t, uint32_t pc, uint32_t rule)
{
	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap + t->cap / 2 : 512;
		struct unwind_row *row;

		/* The last place stays for the gap that ends the table. */
		if (cap > ROWS_MAX)
			cap = ROWS_MAX;
		row = realloc(t->row, cap * sizeof *row);
		if (!row)
			die_nomem();
		t->row = row;
		t->cap = cap;
	}
	t->row[t->n++] = (struct unwind_row){ pc, rule };
}

void
rows_add(struct rows *t, uint32_t pc, uint32_t rule)
{
	struct unwind_row *last = t->n ? &t->row[t->n - 1] : NULL;

	if (!last) {
		if (rule != UNWIND_RULE_GAP)
			push(t, pc, rule);
		return;
	}
	if (pc < last->pc || t->full)
		return;
	if (last->rule == UNWIND_RULE_GAP && rule == UNWIND_RULE_ENTRY &&
	    pc - last->pc <= ROWS_BRIDGE_MAX)
		pc = last->pc;
	if (pc == last->pc) {
		t->n--;
		last = t->n ? &t->row[t->n - 1] : NULL;
	}
	if (last ? last->rule == rule : rule == UNWIND_RULE_GAP)
		return;
	if (t->n == ROWS_MAX - 1) {
		t->full = true;
		rule = UNWIND_RULE_GAP;
		if (last && last->rule == rule)
			return;
	}
	push(t, pc, rule);
}

void
rows_end(struct rows *t, uint32_t pc)
{
	rows_add(t, pc, UNWIND_RULE_GAP);
}

void
rows_cut(struct rows *t, uint32_t pc)
{
	if (t->full)
		return;
	while (t->n && t->row[t->n - 1].pc >= pc)
		t->n--;
}

void
rows_trim(struct rows *t)
{
	struct unwind_row *row;

	if (t->n == t->cap || !t->n)
		return;
	row = realloc(t->row, t->n * sizeof *row);
	if (row) {
		t->row = row;
		t->cap = t->n;
	}
}

/* Move the rows of t up by n places, for which there is room then. */
static const struct unwind_row *
move_up(struct rows *t, size_t n)
{
	t->row = reallocarray(t->row, t->n + n, sizeof *t->row);
	if (!t->row)
		die_nomem();
	t->cap = t->n + n;
	memmove(t->row + n, t->row, t->n * sizeof *t->row);
	return t->row + n;
}

/*
 * Merge two that have rows, into out.
 *
 * It grows in the place of the larger one, which is moved up by the length of
 * the other: no step adds more rows than it takes from the two, so that what was
 * not read yet is never overwritten.
 */
static void
merge(struct rows *a, struct rows *b, struct rows *out)
{
	bool in_a = a->n >= b->n;
	const struct unwind_row *pa = in_a ? move_up(a, b->n) : a->row;
	const struct unwind_row *pb = in_a ? b->row : move_up(b, a->n);
	const struct unwind_row *ea = pa + a->n, *eb = pb + b->n;
	uint32_t ra = UNWIND_RULE_GAP, rb = UNWIND_RULE_GAP;

	out->row = in_a ? a->row : b->row;
	out->cap = in_a ? a->cap : b->cap;
	/* There is room: nothing that is read here moves.
	 * NOLINTBEGIN(clang-analyzer-unix.Malloc) */
	while (pa < ea || pb < eb) {
		uint32_t pc = pa < ea && (pb == eb || pa->pc <= pb->pc) ?
		    pa->pc : pb->pc;

		if (pa < ea && pa->pc == pc)
			ra = (pa++)->rule;
		if (pb < eb && pb->pc == pc)
			rb = (pb++)->rule;
		rows_add(out, pc, ra != UNWIND_RULE_GAP ? ra : rb);
	}
	/* NOLINTEND(clang-analyzer-unix.Malloc) */
	if (in_a)
		a->row = NULL;
	else
		b->row = NULL;
}

void
rows_fill(struct rows *a, struct rows *b)
{
	struct rows out = { 0 };

	if (!a->n) {
		out = *b;
		b->row = NULL;
	} else if (!b->n) {
		out = *a;
		a->row = NULL;
	} else {
		merge(a, b, &out);
	}
	out.base = a->base;
	out.full |= a->full || b->full;
	rows_free(a);
	rows_free(b);
	*a = out;
}

bool
rows_are_valid(const struct unwind_row *row, size_t n)
{
	if (!n)
		return true;
	for (size_t i = 1; i < n; i++)
		if (row[i].pc <= row[i - 1].pc || row[i].rule == row[i - 1].rule)
			return false;
	return row[0].rule != UNWIND_RULE_GAP &&
	    row[n - 1].rule == UNWIND_RULE_GAP;
}

size_t
rows_find(const struct unwind_row *row, size_t n, uint32_t pc)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (row[mid].pc <= pc)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo - 1;
}

uint32_t
rows_rule(const struct unwind_row *row, size_t n, uint32_t pc)
{
	size_t i = rows_find(row, n, pc);

	return i == SIZE_MAX ? UNWIND_RULE_GAP : row[i].rule;
}

void
rows_free(struct rows *t)
{
	free(t->row);
	*t = (struct rows){ .base = t->base };
}
