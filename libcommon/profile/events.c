#include "profile/events.h"

#include <stdlib.h>

#include "base/grow.h"

static bool
is_event(const struct fold *f, uint32_t node)
{
	const struct stacktab_node *t = f->profile.stacks.node;
	const struct head *h;

	if (t[node].parent)
		return false;
	h = fold_head(f, (uint32_t)t[node].frame);
	return h && h->event;
}

/* Parents come before their children: first `of` is the node of the event, then
 * its number. An event is one node, since it is outermost. */
void
events_init(struct events *e, const struct fold *f)
{
	const struct stacktab *t = &f->profile.stacks;
	uint32_t *number = grow_zeroed(t->n, sizeof *number), at;
	size_t cap = 0;

	*e = (struct events){ .f = f };
	e->of = grow_zeroed(t->n, sizeof *e->of);
	for (uint32_t i = 1; i < t->n; i++) {
		at = is_event(f, i) ? i : e->of[t->node[i].parent];
		e->of[i] = at;
		if (t->node[i].count == 0)
			continue;
		e->none |= at == 0;
		if (at == 0 || number[at])
			continue;
		number[at] = ++e->n;
		e->node = grow_for(e->node, e->n, &cap, sizeof *e->node);
		e->node[e->n] = at;
	}
	for (uint32_t i = 1; i < t->n; i++)
		e->of[i] = number[e->of[i]];
	free(number);
}

/* The mark behind a name begins with a NUL. */
const char *
events_name(const struct events *e, uint32_t event)
{
	const struct profile *p = &e->f->profile;

	return intern_str(&p->names,
	    (uint32_t)p->stacks.node[e->node[event]].frame);
}

uint32_t
events_places(const struct events *e)
{
	return e->n + (e->none || e->n == 0);
}

uint32_t
events_place(const struct events *e, uint32_t node)
{
	return e->of[node] - (e->n && !e->none);
}

uint32_t
events_at(const struct events *e, uint32_t place)
{
	return place + (e->n && !e->none);
}

void
events_free(struct events *e)
{
	free(e->of);
	free(e->node);
	*e = (struct events){ .n = 0 };
}
