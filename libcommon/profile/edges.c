#include "profile/edges.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/pairmap.h"

struct table {
	struct pairmap index; /* (caller, callee) -> number */
	struct edge *edge;
	size_t n, cap;
};

static struct edge *
find_edge(struct table *t, uint32_t caller, uint32_t callee)
{
	uint32_t i = pairmap_get(&t->index, caller, callee);

	if (i != PAIRMAP_NONE)
		return &t->edge[i];
	t->edge = grow_for(t->edge, t->n, &t->cap, sizeof *t->edge);
	t->edge[t->n] = (struct edge){ .caller = caller, .callee = callee };
	pairmap_set(&t->index, caller, callee, (uint32_t)t->n);
	return &t->edge[t->n++];
}

/* The edge that leads to a node; NULL if nobody asked. */
static struct edge *
edge_to(struct table *t, const struct stacktab *s, const bool *chosen,
    uint32_t node)
{
	uint32_t parent = s->node[node].parent;
	uint32_t callee = (uint32_t)s->node[node].frame, caller;

	if (parent == 0)
		return NULL;
	caller = (uint32_t)s->node[parent].frame;
	return chosen[caller] || chosen[callee] ?
	    find_edge(t, caller, callee) : NULL;
}

static void
leave(struct table *t, const struct stacktab *s, const bool *chosen,
    uint32_t node)
{
	struct edge *e = edge_to(t, s, chosen, node);

	if (e)
		e->on_way--;
}

/* A walk that knows how many times each edge is on the way down. */
static void
walk(struct table *t, const struct stacktab *s, const bool *chosen)
{
	uint32_t *first = grow_zeroed(s->n, sizeof *first);
	uint32_t *next = grow_zeroed(s->n, sizeof *next);
	uint64_t *below = grow_zeroed(s->n, sizeof *below);
	struct edge *e;
	uint32_t i;

	for (i = s->n; i-- > 1;) {
		below[i] += s->node[i].count;
		below[s->node[i].parent] += below[i];
		next[i] = first[s->node[i].parent];
		first[s->node[i].parent] = i;
	}
	for (i = first[0]; i;) {
		e = edge_to(t, s, chosen, i);
		if (e && e->on_way++ == 0)
			e->samples += below[i];
		if (first[i]) {
			i = first[i];
			continue;
		}
		leave(t, s, chosen, i);
		while (next[i] == 0 && s->node[i].parent) {
			i = s->node[i].parent;
			leave(t, s, chosen, i);
		}
		i = next[i];
	}
	free(first);
	free(next);
	free(below);
}

/* The names, for the comparison only: qsort() has no argument for it. */
static const struct intern *sort_names;

static int
compare_names(uint32_t a, uint32_t b)
{
	return strcmp(intern_str(sort_names, a), intern_str(sort_names, b));
}

static int
compare_edges(const void *va, const void *vb)
{
	const struct edge *a = va, *b = vb;
	int c;

	if (a->samples != b->samples)
		return a->samples > b->samples ? -1 : 1;
	c = compare_names(a->caller, b->caller);
	return c ? c : compare_names(a->callee, b->callee);
}

size_t
edges_find(const struct profile *p, const bool *chosen, struct edge **out)
{
	struct table t = { .n = 0 };
	size_t n = 0;

	if (p->stacks.n)
		walk(&t, &p->stacks, chosen);
	/* Stacks without samples were left out by a filter. */
	for (size_t i = 0; i < t.n; i++)
		if (t.edge[i].samples)
			t.edge[n++] = t.edge[i];
	sort_names = &p->names;
	if (n)
		qsort(t.edge, n, sizeof *t.edge, compare_edges);
	sort_names = NULL;
	pairmap_free(&t.index);
	*out = t.edge;
	return n;
}
