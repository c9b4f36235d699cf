#include "profile/profile.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/grow.h"
#include "stream/frame.h"

bool
profile_count(struct profile *p, uint32_t node, uint64_t count)
{
	if (__builtin_add_overflow(p->samples, count, &p->samples)) {
		p->samples -= count;
		return false;
	}
	stacktab_count(&p->stacks, node, count);
	return true;
}

uint64_t
profile_truncated(const struct profile *p)
{
	const struct stacktab *t = &p->stacks;
	uint32_t name = intern_find(&p->names, FRAME_TRUNCATED,
	    sizeof FRAME_TRUNCATED - 1);
	uint64_t sum = 0;
	bool *inside;

	if (name == INTERN_NONE || t->n == 0)
		return 0;
	/* Parents come before children. */
	inside = grow_zeroed(t->n, sizeof *inside);
	for (uint32_t i = 1; i < t->n; i++) {
		inside[i] = inside[t->node[i].parent] ||
		    t->node[i].frame == name;
		if (inside[i])
			sum += t->node[i].count;
	}
	free(inside);
	return sum;
}

/*
 * The order of the output.
 *
 * Walking the tree with siblings sorted by name would be wrong: "a b" sorts
 * between "a" and "a;x", because ' ' is less than ';'. So every node stands twice
 * among its siblings, as what ends here ("a") and as what goes on ("a;"), and
 * these items are sorted. A name's two ranks are the same wherever it occurs: the
 * names are sorted once, and the items of all nodes follow by counting.
 */
enum { ENDS, GOES_ON };

struct key {
	uint64_t head; /* the first eight bytes, to spare most comparisons */
	const char *s;
	uint32_t len;
	uint32_t item; /* name << 1 | ENDS or GOES_ON */
};

/* The text of a key is s, then a ';' if it goes on. */
static unsigned char
key_byte(const struct key *k, size_t i)
{
	return i < k->len ? (unsigned char)k->s[i] : ';';
}

static size_t
key_len(const struct key *k)
{
	return k->len + (k->item & 1);
}

static int
compare_keys(const void *va, const void *vb)
{
	const struct key *a = va, *b = vb;
	size_t n = a->len < b->len ? a->len : b->len;
	size_t la = key_len(a), lb = key_len(b);
	int c;

	if (a->head != b->head)
		return a->head < b->head ? -1 : 1;
	c = memcmp(a->s, b->s, n);
	for (; c == 0 && n < la && n < lb; n++)
		c = key_byte(a, n) - key_byte(b, n);
	return c ? c : (la > lb) - (la < lb);
}

/* rank[item] of every name's two items. */
static uint32_t *
rank_names(const struct intern *names)
{
	size_t n = 2 * (size_t)names->n;
	struct key *key = grow_zeroed(n, sizeof *key);
	uint32_t *rank = grow_zeroed(n, sizeof *rank);

	for (size_t i = 0; i < n; i++) {
		struct key *k = &key[i];

		k->item = (uint32_t)i;
		k->s = intern_str(names, (uint32_t)(i >> 1));
		k->len = (uint32_t)intern_len(names, (uint32_t)(i >> 1));
		for (size_t j = 0; j < 8; j++)
			k->head = k->head << 8 |
			    (j < key_len(k) ? key_byte(k, j) : 0);
	}
	qsort(key, n, sizeof *key, compare_keys);
	for (size_t i = 0; i < n; i++)
		rank[key[i].item] = (uint32_t)i;
	free(key);
	return rank;
}

/* For each node the items below it, in order: lists through next, 0 ends. Item
 * numbers are node << 1 | ENDS or GOES_ON; node 0 has none of its own. */
struct order {
	uint32_t *first; /* by node */
	uint32_t *next;  /* by item */
};

static struct order
make_order(const struct profile *p)
{
	const struct stacktab *t = &p->stacks;
	size_t nrank = 2 * (size_t)p->names.n, n = 2 * (size_t)t->n;
	uint32_t *rank = rank_names(&p->names);
	uint32_t *bucket = grow_zeroed(nrank, sizeof *bucket);
	struct order o = {
		.first = grow_zeroed(t->n, sizeof *o.first),
		.next = grow_zeroed(n, sizeof *o.next),
	};

	/* Before it is built, first[] tells where samples are further down. */
	for (size_t i = t->n; i-- > 1;)
		if (t->node[i].count || o.first[i])
			o.first[t->node[i].parent] = 1;
	/* Items by rank, in lists whose links next[] does not need yet. Those
	 * that would write nothing are left out: half of them, or more. */
	for (size_t i = 2; i < n; i++) {
		const struct stacktab_node *node = &t->node[i >> 1];
		uint32_t r = rank[node->frame << 1 | (i & 1)];

		if ((i & 1) == ENDS ? !node->count : !o.first[i >> 1])
			continue;
		o.next[i] = bucket[r];
		bucket[r] = (uint32_t)i;
	}
	memset(o.first, 0, t->n * sizeof *o.first);
	/* From the last rank to the first, so that lists come out sorted. */
	for (size_t r = nrank; r-- > 0;) {
		uint32_t i = bucket[r], after;

		for (; i; i = after) {
			uint32_t parent = t->node[i >> 1].parent;

			after = o.next[i];
			o.next[i] = o.first[parent];
			o.first[parent] = i;
		}
	}
	free(bucket);
	free(rank);
	return o;
}

void
profile_visit(const struct profile *p,
    void (*visit)(void *arg, const char *stack, size_t len, uint32_t node),
    void *arg)
{
	const struct stacktab *t = &p->stacks;
	struct buf path = { 0 };
	struct order o;
	uint32_t i;
	size_t len;

	if (t->n == 0)
		return;
	o = make_order(p);
	/* No recursion: strangers choose the depth. An item that goes on is
	 * left through its own next, which its node leads back to. */
	for (i = o.first[0]; i;) {
		const struct stacktab_node *node = &t->node[i >> 1];
		uint32_t name = (uint32_t)node->frame;

		if ((i & 1) == GOES_ON) {
			buf_add(&path, intern_str(&p->names, name),
			    intern_len(&p->names, name));
			buf_addc(&path, ';');
			i = o.first[i >> 1];
			continue;
		}
		len = path.len;
		buf_add(&path, intern_str(&p->names, name),
		    intern_len(&p->names, name));
		visit(arg, path.s, path.len, i >> 1);
		path.len = len;
		while (o.next[i] == 0 && node->parent) {
			i = node->parent << 1 | GOES_ON;
			node = &t->node[i >> 1];
			path.len -= intern_len(&p->names,
			    (uint32_t)node->frame) + 1;
		}
		i = o.next[i];
	}
	free(o.first);
	free(o.next);
	buf_free(&path);
}

struct folded {
	const struct profile *profile;
	struct stream_writer *w;
};

static void
write_stack(void *arg, const char *stack, size_t len, uint32_t node)
{
	const struct folded *f = arg;

	stream_write_sample(f->w, stack, len,
	    f->profile->stacks.node[node].count);
}

void
profile_write_folded(const struct profile *p, struct stream_writer *w)
{
	struct folded f = { p, w };

	profile_visit(p, write_stack, &f);
}

/* Samples at or below each node. */
static uint64_t *
sum_below(const struct stacktab *t)
{
	uint64_t *below = grow_zeroed(t->n, sizeof *below);

	for (uint32_t i = t->n; i-- > 1;) {
		below[i] += t->node[i].count;
		below[t->node[i].parent] += below[i];
	}
	return below;
}

/*
 * Add to each name's total what is below those of its nodes that have no node
 * of the same name above them. A walk that knows, for each name, how many times
 * it is on the way down; children are in lists, as in make_order().
 */
static void
add_totals(const struct profile *p, struct profile_sum *sum)
{
	const struct stacktab *t = &p->stacks;
	uint32_t *first = grow_zeroed(t->n, sizeof *first);
	uint32_t *next = grow_zeroed(t->n, sizeof *next);
	uint32_t *on_way = grow_zeroed(p->names.n, sizeof *on_way);
	uint64_t *below = sum_below(t);
	uint32_t i;

	for (i = t->n; i-- > 1;) {
		next[i] = first[t->node[i].parent];
		first[t->node[i].parent] = i;
	}
	for (i = first[0]; i;) {
		uint64_t name = t->node[i].frame;

		if (on_way[name]++ == 0)
			sum[name].total += below[i];
		if (first[i]) {
			i = first[i];
			continue;
		}
		on_way[name]--;
		while (next[i] == 0 && t->node[i].parent) {
			i = t->node[i].parent;
			on_way[t->node[i].frame]--;
		}
		i = next[i];
	}
	free(first);
	free(next);
	free(on_way);
	free(below);
}

/* The names, for the comparison only: qsort() has no argument for it. */
static const struct intern *sort_names;

static int
compare_sums(const void *va, const void *vb)
{
	const struct profile_sum *a = va, *b = vb;

	if (a->self != b->self)
		return a->self > b->self ? -1 : 1;
	if (a->total != b->total)
		return a->total > b->total ? -1 : 1;
	return strcmp(intern_str(sort_names, a->name),
	    intern_str(sort_names, b->name));
}

size_t
profile_sums(const struct profile *p, struct profile_sum **out)
{
	const struct stacktab *t = &p->stacks;
	struct profile_sum *sum = grow_zeroed(p->names.n, sizeof *sum);
	size_t n = 0;

	for (uint32_t i = 0; i < p->names.n; i++)
		sum[i].name = i;
	for (uint32_t i = 1; i < t->n; i++)
		sum[t->node[i].frame].self += t->node[i].count;
	if (t->n)
		add_totals(p, sum);
	for (uint32_t i = 0; i < p->names.n; i++)
		if (sum[i].total)
			sum[n++] = sum[i];
	sort_names = &p->names;
	qsort(sum, n, sizeof *sum, compare_sums);
	sort_names = NULL;
	*out = sum;
	return n;
}

void
profile_free(struct profile *p)
{
	intern_free(&p->names);
	stacktab_free(&p->stacks);
	p->samples = 0;
}
