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

/* Put nodes into the index that are not in it yet. */
static void
index_nodes(struct stacktab *t)
{
	uint32_t mask = t->slot_cap - 1;

	if (t->indexed == 0)
		t->indexed = 1; /* node 0 is never looked for */
	for (; t->indexed < t->n; t->indexed++) {
		const struct stacktab_node *n = &t->node[t->indexed];
		uint32_t i = hash_node(n->parent, n->frame);

		for (i &= mask; t->slot[i]; i = (i + 1) & mask)
			;
		t->slot[i] = t->indexed;
	}
}

/* At most half full, with one more: each step of a probe may miss the cache. */
static void
grow_slots(struct stacktab *t)
{
	uint32_t cap = t->slot_cap ? t->slot_cap : 1024;

	while (cap && t->n >= cap / 2)
		cap *= 2;
	if (cap != t->slot_cap) {
		free(t->slot);
		t->slot = cap ? calloc(cap, sizeof *t->slot) : NULL;
		if (!t->slot)
			die_nomem();
		t->slot_cap = cap;
		t->indexed = 0;
	}
	index_nodes(t);
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
stacktab_append(struct stacktab *t, uint32_t parent, uint64_t frame)
{
	if (t->n + 1 >= t->cap)
		grow_nodes(t);
	if (t->n == 0) {
		t->node[0] = (struct stacktab_node){ 0 };
		t->n = 1;
	}
	t->node[t->n] = (struct stacktab_node){
		.frame = frame, .parent = parent,
	};
	return t->n++;
}

uint32_t
stacktab_push(struct stacktab *t, uint32_t parent, uint64_t frame)
{
	uint32_t i, id;

	if (t->n >= t->slot_cap / 2 || t->indexed < t->n)
		grow_slots(t);
	i = hash_node(parent, frame) & (t->slot_cap - 1);
	for (; t->slot[i]; i = (i + 1) & (t->slot_cap - 1)) {
		const struct stacktab_node *n = &t->node[t->slot[i]];

		if (n->frame == frame && n->parent == parent)
			return t->slot[i];
	}
	id = stacktab_append(t, parent, frame);
	t->slot[i] = id;
	t->indexed = t->n;
	return id;
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
	t->n = t->indexed = 0;
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
