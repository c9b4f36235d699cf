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

size_t
profile_text_len(const char *name, size_t len)
{
	return len > 2 && name[len - 2] == '\0' &&
	    (name[len - 1] == 'H' || name[len - 1] == 'E') ? len - 2 : len;
}

static size_t
text_len(const struct intern *names, uint32_t name)
{
	return profile_text_len(intern_str(names, name),
	    intern_len(names, name));
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
	if (c == 0)
		c = (la > lb) - (la < lb);
	/* They read the same, and differ in their marks. */
	return c ? c : (a->item > b->item) - (a->item < b->item);
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
		k->len = (uint32_t)text_len(names, (uint32_t)(i >> 1));
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

/* The items below each node, in order: those of node i are item[first[i - 1]] to
 * item[first[i] - 1]. An item is node << 1 | ENDS or GOES_ON; node 0 has none of
 * its own. */
struct order {
	uint32_t *first;
	uint32_t *item;
	size_t n;
};

/* Items that are in memory before they are needed: tables of millions do not fit
 * into any cache, and their order is not that of the nodes. */
enum { AHEAD = 16 };

/* Nodes with samples further down. */
static bool *
find_inner(const struct stacktab *t)
{
	bool *inner = grow_zeroed(t->n, sizeof *inner);

	for (size_t i = t->n; i-- > 1;)
		if (t->node[i].count || inner[i])
			inner[t->node[i].parent] = true;
	return inner;
}

/* The n items that write something, which is half of them or less, by rank;
 * first: how many each node has. */
static uint32_t *
items_by_rank(const struct profile *p, uint32_t *first, size_t *n)
{
	const struct stacktab *t = &p->stacks;
	size_t nrank = 2 * (size_t)p->names.n, at = 0;
	bool *inner = find_inner(t);
	uint32_t *rank = rank_names(&p->names), *item;
	uint32_t *next = grow_zeroed(nrank, sizeof *next);

	for (size_t i = 1; i < t->n; i++) {
		const struct stacktab_node *node = &t->node[i];
		const uint32_t *r = &rank[node->frame << 1];
		bool ends = node->count != 0;

		next[r[ENDS]] += ends;
		next[r[GOES_ON]] += inner[i];
		first[node->parent] += ends + inner[i];
	}
	for (size_t r = 0; r < nrank; r++) {
		uint32_t these = next[r];

		next[r] = (uint32_t)at;
		at += these;
	}
	item = grow_zeroed(at, sizeof *item);
	for (size_t i = 1; i < t->n; i++) {
		const uint32_t *r = &rank[t->node[i].frame << 1];

		if (t->node[i].count)
			item[next[r[ENDS]]++] = (uint32_t)(i << 1 | ENDS);
		if (inner[i])
			item[next[r[GOES_ON]]++] = (uint32_t)(i << 1 | GOES_ON);
	}
	free(next);
	free(rank);
	free(inner);
	*n = at;
	return item;
}

static struct order
make_order(const struct profile *p)
{
	const struct stacktab_node *node = p->stacks.node;
	struct order o = {
		.first = grow_zeroed(p->stacks.n, sizeof *o.first)
	};
	uint32_t *item, at = 0;

	item = items_by_rank(p, o.first, &o.n);
	o.item = grow_zeroed(o.n, sizeof *o.item);
	for (size_t i = 0; i < p->stacks.n; i++) {
		uint32_t these = o.first[i];

		o.first[i] = at;
		at += these;
	}
	for (size_t k = 0; k < o.n; k++) {
		if (o.n - k > AHEAD)
			__builtin_prefetch(&node[item[k + AHEAD] >> 1]);
		o.item[o.first[node[item[k] >> 1].parent]++] = item[k];
	}
	free(item);
	return o;
}

void
profile_visit(const struct profile *p,
    void (*visit)(void *arg, const char *stack, size_t len, uint32_t node),
    void *arg)
{
	const struct stacktab *t = &p->stacks;
	struct buf path = { 0 };
	uint32_t *way = NULL, at = 0, in = 0; /* items of `in`, next is `at` */
	size_t depth = 0, cap = 0, len;
	struct order o;

	if (t->n == 0)
		return;
	o = make_order(p);
	/* No recursion: strangers choose the depth. */
	for (;;) {
		if (at == o.first[in]) {
			if (depth == 0)
				break;
			path.len -= text_len(&p->names,
			    (uint32_t)t->node[in].frame) + 1;
			in = t->node[in].parent;
			at = way[--depth];
			continue;
		}
		if (o.n - at > AHEAD)
			__builtin_prefetch(&t->node[o.item[at + AHEAD] >> 1]);
		uint32_t i = o.item[at++], node = i >> 1;
		uint32_t name = (uint32_t)t->node[node].frame;

		len = path.len;
		buf_add(&path, intern_str(&p->names, name),
		    text_len(&p->names, name));
		if ((i & 1) == ENDS) {
			visit(arg, path.s, path.len, node);
			path.len = len;
			continue;
		}
		buf_addc(&path, ';');
		way = grow_for(way, depth, &cap, sizeof *way);
		way[depth++] = at;
		in = node;
		at = o.first[in - 1];
	}
	free(o.first);
	free(o.item);
	free(way);
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
