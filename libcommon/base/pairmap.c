#include "base/pairmap.h"

#include <assert.h>
#include <stdlib.h>

#include "base/diag.h"
#include "base/hash.h"

/* The place of a pair: where it is, or where it belongs. */
static struct pairmap_entry *
place(const struct pairmap *m, uint64_t a, uint32_t b)
{
	uint32_t i = (uint32_t)hash_u64(a, b) & (m->cap - 1);

	while (m->entry[i].value != PAIRMAP_NONE &&
	    (m->entry[i].a != a || m->entry[i].b != b))
		i = (i + 1) & (m->cap - 1);
	return &m->entry[i];
}

uint32_t
pairmap_get(const struct pairmap *m, uint64_t a, uint32_t b)
{
	return m->n ? place(m, a, b)->value : PAIRMAP_NONE;
}

void
pairmap_reset(struct pairmap *m)
{
	for (uint32_t i = 0; i < m->cap; i++)
		m->entry[i].value = PAIRMAP_NONE;
	m->n = 0;
}

static void
grow(struct pairmap *m)
{
	struct pairmap old = *m;

	m->cap = old.cap ? old.cap * 2 : 64;
	m->entry = m->cap ? calloc(m->cap, sizeof *m->entry) : NULL;
	if (!m->entry)
		die_nomem();
	pairmap_reset(m);
	for (uint32_t i = 0; i < old.cap; i++) {
		const struct pairmap_entry *e = &old.entry[i];

		if (e->value == PAIRMAP_NONE)
			continue;
		*place(m, e->a, e->b) = *e;
		m->n++;
	}
	free(old.entry);
}

void
pairmap_set(struct pairmap *m, uint64_t a, uint32_t b, uint32_t value)
{
	struct pairmap_entry *e;

	assert(value != PAIRMAP_NONE);
	if (m->n >= m->cap / 3 * 2)
		grow(m);
	e = place(m, a, b);
	if (e->value == PAIRMAP_NONE)
		m->n++;
	*e = (struct pairmap_entry){ a, b, value };
}

void
pairmap_free(struct pairmap *m)
{
	free(m->entry);
	*m = (struct pairmap){ 0 };
}
