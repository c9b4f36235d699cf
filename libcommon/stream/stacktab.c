#include "stream/stacktab.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/hash.h"

static uint32_t
hash_node(uint32_t parent, uint64_t frame)
{
	return (uint32_t)hash_u64(frame, parent);
}

static void
grow_slots(struct stacktab *t)
{
	uint32_t cap = t->slot_cap ? t->slot_cap * 2 : 1024, mask = cap - 1;
	uint32_t *slot = cap ? calloc(cap, sizeof *slot) : NULL;

	if (!slot)
		die_nomem();
	for (uint32_t id = 1; id < t->n; id++) {
		uint32_t i = hash_node(t->node[id].parent, t->node[id].frame);

		for (i &= mask; slot[i]; i = (i + 1) & mask)
			;
		slot[i] = id;
	}
	free(t->slot);
	t->slot = slot;
	t->slot_cap = cap;
}

static void
grow_nodes(struct stacktab *t)
{
	uint32_t cap = t->cap ? t->cap * 2 : 512;
	struct stacktab_node *p;

	p = cap ? reallocarray(t->node, cap, sizeof *p) : NULL;
	if (!p)
		die_nomem();
	t->node = p;
	t->cap = cap;
}

uint32_t
stacktab_push(struct stacktab *t, uint32_t parent, uint64_t frame)
{
	uint32_t i;

	if (t->n + 1 >= t->cap)
		grow_nodes(t);
	if (t->n == 0) {
		t->node[0] = (struct stacktab_node){ 0 };
		t->n = 1;
	}
	/* At most half full: each step of a probe may miss the cache. */
	if (t->n >= t->slot_cap / 2)
		grow_slots(t);
	i = hash_node(parent, frame) & (t->slot_cap - 1);
	for (; t->slot[i]; i = (i + 1) & (t->slot_cap - 1)) {
		const struct stacktab_node *n = &t->node[t->slot[i]];

		if (n->frame == frame && n->parent == parent)
			return t->slot[i];
	}
	t->node[t->n] = (struct stacktab_node){
		.frame = frame, .parent = parent,
	};
	t->slot[i] = t->n;
	return t->n++;
}

uint32_t
stacktab_depth(const struct stacktab *t, uint32_t node)
{
	uint32_t depth = 0;

	for (; node; node = t->node[node].parent)
		depth++;
	return depth;
}

void
stacktab_reset(struct stacktab *t)
{
	t->n = 0;
	if (t->slot)
		memset(t->slot, 0, t->slot_cap * sizeof *t->slot);
}

void
stacktab_free(struct stacktab *t)
{
	free(t->node);
	free(t->slot);
	*t = (struct stacktab){ 0 };
}
