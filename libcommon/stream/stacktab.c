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

/* A free slot is where a node with this hash belongs. */
static void
fill_slot(struct stacktab *t, struct stacktab_slot s)
{
	uint32_t mask = t->slot_cap - 1, i = s.hash & mask;

	while (t->slot[i].node)
		i = (i + 1) & mask;
	t->slot[i] = s;
}

/* Put nodes into the index that are not in it yet. */
static void
index_nodes(struct stacktab *t)
{
	if (t->indexed == 0)
		t->indexed = 1; /* node 0 is never looked for */
	for (; t->indexed < t->n; t->indexed++) {
		const struct stacktab_node *n = &t->node[t->indexed];

		fill_slot(t, (struct stacktab_slot){
			hash_node(n->parent, n->frame), t->indexed });
	}
}

/* Nodes that a number of slots has room for: three quarters of them. Slots that
 * are tried one after another lie in one line of the cache. */
static uint32_t
room(uint32_t cap)
{
	return cap - cap / 4;
}

/*
 * Make room for one more node. What was in slot i belongs into i or, being twice
 * as many, i + cap: to go through them in their order writes two places that go
 * forward, where the order of the nodes would miss the cache at each.
 */
static void
grow_slots(struct stacktab *t)
{
	uint32_t cap = t->slot_cap ? t->slot_cap : 1024, old_cap = t->slot_cap;
	struct stacktab_slot *old = t->slot;

	while (cap && t->n >= room(cap))
		cap *= 2;
	if (cap != t->slot_cap) {
		t->slot = cap ? calloc(cap, sizeof *t->slot) : NULL;
		if (!t->slot)
			die_nomem();
		t->slot_cap = cap;
		for (uint32_t i = 0; i < old_cap; i++)
			if (old[i].node)
				fill_slot(t, old[i]);
		free(old);
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
	uint32_t hash = hash_node(parent, frame), mask, i;
	const struct stacktab_slot *s;

	if (t->n >= room(t->slot_cap) || t->indexed < t->n)
		grow_slots(t);
	mask = t->slot_cap - 1;
	for (i = hash & mask; (s = &t->slot[i])->node; i = (i + 1) & mask) {
		const struct stacktab_node *n = &t->node[s->node];

		if (s->hash == hash && n->frame == frame &&
		    n->parent == parent)
			return s->node;
	}
	t->slot[i] = (struct stacktab_slot){
		hash, stacktab_append(t, parent, frame)
	};
	t->indexed = t->n;
	return t->n - 1;
}

/* Of each node the first child, and the next one of the same parent; 0: none. */
struct kin {
	uint32_t child, next;
};

static struct kin *
find_kin(const struct stacktab *t)
{
	struct kin *kin = calloc((size_t)t->n + 1, sizeof *kin);

	if (!kin)
		die_nomem();
	for (uint32_t i = t->n; i-- > 1;) {
		struct kin *parent = &kin[t->node[i].parent];

		kin[i].next = parent->child;
		parent->child = i;
	}
	return kin;
}

void
stacktab_walk(const struct stacktab *t,
    void (*visit)(void *arg, uint32_t node, uint32_t depth), void *arg)
{
	struct kin *kin = find_kin(t);
	uint32_t node = kin[0].child, depth = 1;

	while (node) {
		visit(arg, node, depth);
		if (kin[node].child) {
			node = kin[node].child;
			depth++;
			continue;
		}
		while (node && !kin[node].next) {
			node = t->node[node].parent;
			depth--;
		}
		node = kin[node].next;
	}
	free(kin);
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
