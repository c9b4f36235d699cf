/*
 * fuzz_stacktab.c - bytes as stacks.
 *
 * Each byte is a frame, a zero byte ends a stack. A node below a new one may be
 * appended unseen; which are is up to the frames. Property: walking up from the
 * node that came out gives the frames that went in; the same stack gives the
 * same node; parents have smaller numbers; the counts add up; a walk comes by every
 * node once, and by its parent last of all that are as high.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "stream/stacktab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
require(bool truth)
{
	if (!truth)
		abort();
}

static uint32_t
push(struct stacktab *t, const uint8_t *s, size_t len)
{
	uint32_t node = 0;

	for (size_t i = 0; i < len; i++) {
		uint32_t n = t->n;

		if (node && node + 1 == n && s[i] % 2)
			node = stacktab_append(t, node, s[i]);
		else
			node = stacktab_push(t, node, s[i]);
		require(node < t->n && t->n <= n + 1 + (n == 0));
	}
	return node;
}

static void
check_stack(struct stacktab *t, const uint8_t *s, size_t len)
{
	uint32_t node = push(t, s, len), n = t->n;

	stacktab_count(t, node, len + 1);
	require(push(t, s, len) == node && t->n == n);
	for (; len; len--) {
		require(t->node[node].frame == s[len - 1]);
		require(t->node[node].parent < node);
		node = t->node[node].parent;
	}
	require(node == 0);
}

struct walk {
	const struct stacktab *t;
	uint32_t *above; /* the last node of each depth */
	uint32_t depth, visited;
};

static void
visit(void *arg, uint32_t node, uint32_t depth)
{
	struct walk *w = arg;

	require(depth >= 1 && depth <= w->depth + 1 && node < w->t->n);
	require(w->t->node[node].parent == w->above[depth - 1]);
	/* Those of one parent in the order of their numbers: each once. */
	require(depth > w->depth || node > w->above[depth]);
	w->above[depth] = node;
	w->depth = depth;
	w->visited++;
}

static void
check_walk(const struct stacktab *t)
{
	struct walk w = { .t = t,
		.above = calloc((size_t)t->n + 1, sizeof *w.above) };

	require(w.above != NULL);
	stacktab_walk(t, visit, &w);
	require(w.visited == t->n - 1);
	free(w.above);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct stacktab t = { 0 };
	uint64_t sum = 0;
	size_t start = 0;

	stacktab_push(&t, 0, 0);
	for (size_t i = 0; i <= len; i++) {
		if (i < len && data[i] != 0)
			continue;
		check_stack(&t, data + start, i - start);
		sum += i - start + 1;
		start = i + 1;
	}
	for (uint32_t i = 0; i < t.n; i++)
		sum -= t.node[i].count;
	require(sum == 0);
	check_walk(&t);
	stacktab_free(&t);
	return 0;
}
