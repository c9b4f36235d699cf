#include "profile/compare.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/grow.h"

/* "0x7f12" becomes "0x...", as difffolded.pl has it. */
static void
strip_hex(const char *s, size_t len, struct buf *b)
{
	for (size_t i = 0; i < len;) {
		size_t end = i + 2;

		if (i + 2 >= len || s[i] != '0' || s[i + 1] != 'x' ||
		    !ascii_is_hex(s[i + 2])) {
			buf_addc(b, s[i++]);
			continue;
		}
		while (end < len && ascii_is_hex(s[end]))
			end++;
		buf_adds(b, "0x...");
		i = end;
	}
}

static uint32_t
take_name(struct compare *c, const struct profile *p, uint32_t name,
    struct buf *b)
{
	const char *s = intern_str(&p->names, name);
	size_t len = intern_len(&p->names, name);

	if (!c->strip_hex || !memmem(s, len, "0x", 2))
		return intern_add(&c->all.names, s, len);
	buf_reset(b);
	strip_hex(s, len, b);
	return intern_add(&c->all.names, buf_str(b), b->len);
}

/* Make room for the counts of nodes that were pushed. */
static void
grow_counts(struct compare *c)
{
	uint32_t n = c->all.stacks.cap;

	if (n <= c->count_cap)
		return;
	c->count = reallocarray(c->count, n, sizeof *c->count);
	if (!c->count)
		die_nomem();
	memset(c->count + c->count_cap, 0,
	    (n - c->count_cap) * sizeof *c->count);
	c->count_cap = n;
}

/* Put the stacks of p, with its counts and no others, into the union. */
static void
take_stacks(struct compare *c, const struct profile *p,
    enum compare_side side)
{
	const struct stacktab *t = &p->stacks;
	uint32_t *name = grow_zeroed(p->names.n, sizeof *name);
	uint32_t *node = grow_zeroed(t->n, sizeof *node);
	struct buf b = { 0 };

	for (uint32_t i = 0; i < p->names.n; i++)
		name[i] = take_name(c, p, i, &b);
	for (uint32_t i = 1; i < t->n; i++)
		node[i] = stacktab_push(&c->all.stacks,
		    node[t->node[i].parent], name[t->node[i].frame]);
	grow_counts(c);
	for (uint32_t i = 1; i < t->n; i++) {
		c->count[node[i]][side] += t->node[i].count;
		c->all.stacks.node[node[i]].count += t->node[i].count;
	}
	buf_free(&b);
	free(node);
	free(name);
}

static uint64_t *
count_hits(const struct compare *c)
{
	uint64_t *hits = grow_zeroed(c->all.names.n, sizeof *hits);
	struct profile_sum *sum;
	size_t n = profile_sums(&c->all, &sum);

	for (size_t i = 0; i < n; i++)
		hits[sum[i].name] = c->self ? sum[i].self : sum[i].total;
	free(sum);
	return hits;
}

bool
compare_add(struct compare *c, const struct profile *p,
    enum compare_side side)
{
	struct stacktab *t = &c->all.stacks;
	struct compare_run *r;

	if (__builtin_add_overflow(c->all.samples, p->samples,
	    &c->all.samples)) {
		c->all.samples -= p->samples;
		return false;
	}
	c->run = reallocarray(c->run, c->runs + 1, sizeof *c->run);
	if (!c->run)
		die_nomem();
	/* The union's counts are this run's alone while it is summed up. */
	for (uint32_t i = 0; i < t->n; i++)
		t->node[i].count = 0;
	take_stacks(c, p, side);
	r = &c->run[c->runs++];
	*r = (struct compare_run){
		.side = side,
		.samples = p->samples,
		.hits = count_hits(c),
		.frames = c->all.names.n,
	};
	for (uint32_t i = 0; i < t->n; i++)
		t->node[i].count = c->count[i][COMPARE_BASE] +
		    c->count[i][COMPARE_NEW];
	return true;
}

/* A number without pattern (the finalizer of splitmix64). */
static uint64_t
mix(uint64_t z)
{
	z += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* A set is the sum of random numbers that stand for its stacks: the same walk
 * that sums up samples sums up these. */
uint64_t *
compare_sets(const struct compare *c)
{
	const struct stacktab *t = &c->all.stacks;
	struct stacktab_node *node = grow_zeroed(t->n, sizeof *node);
	struct profile p = c->all;
	uint64_t *set = grow_zeroed(p.names.n, sizeof *set);
	struct profile_sum *sum;
	size_t n;

	for (uint32_t i = 0; i < t->n; i++) {
		node[i] = t->node[i];
		node[i].count = node[i].count ? mix(i) : 0;
	}
	p.stacks.node = node;
	n = profile_sums(&p, &sum);
	for (size_t i = 0; i < n; i++)
		set[sum[i].name] = c->self ? sum[i].self : sum[i].total;
	free(sum);
	free(node);
	return set;
}

uint32_t *
compare_depths(const struct compare *c)
{
	const struct stacktab *t = &c->all.stacks;
	uint32_t *deepest = grow_zeroed(c->all.names.n, sizeof *deepest);
	uint32_t *depth = grow_zeroed(t->n, sizeof *depth);

	for (uint32_t i = 1; i < t->n; i++) {
		uint32_t *d = &deepest[t->node[i].frame];

		depth[i] = depth[t->node[i].parent] + 1;
		if (depth[i] > *d)
			*d = depth[i];
	}
	free(depth);
	return deepest;
}

uint64_t
compare_samples(const struct compare *c, enum compare_side side)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < c->runs; i++)
		sum += c->run[i].side == side ? c->run[i].samples : 0;
	return sum;
}

size_t
compare_runs(const struct compare *c, enum compare_side side)
{
	size_t n = 0;

	for (size_t i = 0; i < c->runs; i++)
		n += c->run[i].side == side;
	return n;
}

void
compare_free(struct compare *c)
{
	for (size_t i = 0; i < c->runs; i++)
		free(c->run[i].hits);
	free(c->run);
	free(c->count);
	profile_free(&c->all);
	*c = (struct compare){ .self = c->self, .strip_hex = c->strip_hex };
}
