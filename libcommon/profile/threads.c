#include "profile/threads.h"

#include <stdlib.h>

#include "base/grow.h"

static uint32_t
find_thread(struct threads *x, uint32_t event, uint32_t container,
    uint32_t process)
{
	uint64_t key = (uint64_t)event << 32 | container;
	uint32_t at = pairmap_get(&x->at, key, process);

	if (at != PAIRMAP_NONE)
		return at;
	x->thread = grow_for(x->thread, x->n, &x->cap, sizeof *x->thread);
	at = (uint32_t)x->n++;
	x->thread[at] = (struct thread){
		.event = event, .container = container, .process = process,
	};
	pairmap_set(&x->at, key, process, at);
	return at;
}

/* The name of the container that a node is; THREADS_NONE if it is none. */
static uint32_t
container_at(const struct fold *f, uint32_t node)
{
	uint32_t name = (uint32_t)f->profile.stacks.node[node].frame;
	const struct head *h = node ? fold_head(f, name) : NULL;

	return h && h->container ? name : THREADS_NONE;
}

/* The thread of each node, by the heads that it is below. */
static void
find_threads(struct threads *x, const struct fold *f)
{
	const struct stacktab *t = &f->profile.stacks;

	for (uint32_t i = 1; i < t->n; i++) {
		uint32_t parent = t->node[i].parent;
		uint32_t name = (uint32_t)t->node[i].frame;
		const struct head *h = fold_head(f, name);
		uint32_t event = x->events.of[i];

		x->of_node[i] = THREADS_NONE;
		if (h && !h->container && !h->event)
			x->of_node[i] = find_thread(x, event,
			    container_at(f, parent), name);
		else if (h && t->node[i].count)
			x->of_node[i] = find_thread(x, event,
			    container_at(f, i), THREADS_NONE);
		else if (!h && parent && x->of_node[parent] != THREADS_NONE)
			x->of_node[i] = x->of_node[parent];
		else if (!h)
			x->of_node[i] = find_thread(x, event,
			    container_at(f, parent), THREADS_NONE);
	}
}

/* Sort the nodes, by counting: first how many there are of each thread. */
static void
count_nodes(struct threads *x)
{
	size_t at = 0, head = 0;

	for (size_t i = 0; i < x->n; i++) {
		struct thread *th = &x->thread[i];

		th->start = at;
		th->head_start = head;
		at += th->n;
		head += th->heads;
		th->n = th->heads = 0;
	}
}

static void
sort_nodes(struct threads *x, const struct fold *f)
{
	const struct stacktab *t = &f->profile.stacks;
	struct thread *th;

	for (uint32_t i = 1; i < t->n; i++) {
		bool head = fold_head(f, (uint32_t)t->node[i].frame);

		x->place[i] = head ? THREADS_NONE : 0;
		if (x->of_node[i] == THREADS_NONE)
			continue;
		th = &x->thread[x->of_node[i]];
		th->n += !head;
		th->heads += head;
	}
	count_nodes(x);
	for (uint32_t i = 1; i < t->n; i++) {
		if (x->of_node[i] == THREADS_NONE)
			continue;
		th = &x->thread[x->of_node[i]];
		if (x->place[i] == THREADS_NONE) {
			x->head[th->head_start + th->heads++] = i;
		} else {
			x->place[i] = (uint32_t)th->n;
			x->node[th->start + th->n++] = i;
		}
	}
}

static void
sort_entries(struct threads *x, const struct timeline *t)
{
	size_t at = 0, n = t ? t->n : 0;
	struct thread *th;

	x->entry = grow_zeroed(n, sizeof *x->entry);
	for (size_t i = 0; i < n; i++)
		x->thread[x->of_node[t->entry[i].stack]].entries++;
	for (size_t i = 0; i < x->n; i++) {
		x->thread[i].entry_start = at;
		at += x->thread[i].entries;
		x->thread[i].entries = 0;
	}
	for (size_t i = 0; i < n; i++) {
		th = &x->thread[x->of_node[t->entry[i].stack]];
		x->entry[th->entry_start + th->entries++] = (uint32_t)i;
		x->rest[t->entry[i].stack] -= t->entry[i].count;
	}
}

void
threads_init(struct threads *x, const struct fold *f,
    const struct timeline *t)
{
	size_t n = f->profile.stacks.n;

	*x = (struct threads){
		.node = grow_zeroed(n, sizeof *x->node),
		.place = grow_zeroed(n, sizeof *x->place),
		.head = grow_zeroed(n, sizeof *x->head),
		.rest = grow_zeroed(n, sizeof *x->rest),
		.of_node = grow_zeroed(n, sizeof *x->of_node),
	};
	events_init(&x->events, f);
	find_threads(x, f);
	sort_nodes(x, f);
	for (size_t i = 1; i < n; i++)
		x->rest[i] = f->profile.stacks.node[i].count;
	sort_entries(x, t);
}

void
threads_free(struct threads *x)
{
	pairmap_free(&x->at);
	events_free(&x->events);
	free(x->thread);
	free(x->node);
	free(x->place);
	free(x->head);
	free(x->entry);
	free(x->rest);
	free(x->of_node);
	*x = (struct threads){ .n = 0 };
}
