#include "profile/flame.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/grow.h"
#include "stream/frame.h"
#include "stream/samestart.h"

/* A frame of the stack added last: where it ends in the text, what it is. */
struct flame_step {
	size_t end;
	uint32_t node;
	bool truncated; /* it, or one further out, is [truncated] */
	bool leaves;    /* a stack ended in it, or in one before it here */
};

/* Drop the steps that a new stack does not begin with; same: bytes at its start
 * that are those of the last one. */
static void
keep_shared(struct flame *f, const char *stack, size_t len, size_t same)
{
	while (f->steps && !samestart_has(stack, len, same,
	    f->step[f->steps - 1].end))
		f->steps--;
}

/*
 * Looking for a node takes most of the time, so it is done only where there may
 * be one. Of sorted stacks those that have a frame in common are side by side:
 * what the last one did not have is new. But for one case: in
 *
 *	a;read
 *	a;read-only;x
 *	a;read;y
 *
 * the frame "read" comes back after one that it is the beginning of. beside: the
 * step that the last stack had in this place, or NULL.
 */
static bool
may_be_there(const struct flame *f, const struct flame_step *beside, size_t end,
    size_t same)
{
	return f->unsorted || (beside && beside->leaves && same >= end &&
	    end < f->last.len && buf_str(&f->last)[end] != ';');
}

/* The node of a name below another, new unless look. In a chart all are: their
 * numbers are the order of the input. */
static uint32_t
push_node(struct flame *f, uint32_t parent, uint32_t name, bool look)
{
	uint32_t node = look && !f->chart ?
	    stacktab_push(&f->tab, parent, name) :
	    stacktab_append(&f->tab, parent, name);

	if (!f->diff && !f->chart)
		return node;
	if (node >= f->extra_cap) {
		uint32_t cap = f->tab.cap;
		uint64_t *p = reallocarray(f->extra, cap, sizeof *p);

		if (!p)
			die_nomem();
		memset(p + f->extra_cap, 0,
		    (cap - f->extra_cap) * sizeof *p);
		f->extra = p;
		f->extra_cap = cap;
	}
	if (f->chart)
		f->extra[node] = f->samples;
	return node;
}

static void
push_step(struct flame *f, const char *frame, size_t len, size_t end, bool look)
{
	const struct flame_step *up = f->steps ? &f->step[f->steps - 1] : NULL;
	struct flame_step s = { .end = end };

	if (len == 0) {
		frame = FRAME_UNKNOWN;
		len = strlen(FRAME_UNKNOWN);
	}
	s.node = push_node(f, up ? up->node : 0,
	    intern_add(&f->intern, frame, len), look);
	s.truncated = (up && up->truncated) ||
	    (len == strlen(FRAME_TRUNCATED) &&
	    memcmp(frame, FRAME_TRUNCATED, len) == 0);
	f->step = grow_for(f->step, f->steps, &f->steps_cap, sizeof *f->step);
	f->step[f->steps++] = s;
}

/* The stack with its innermost frame first. */
static void
reverse_into(struct buf *b, const char *stack, size_t len)
{
	buf_reset(b);
	for (size_t end = len; ; ) {
		const char *semi = end ? memrchr(stack, ';', end) : NULL;
		size_t from = semi ? (size_t)(semi + 1 - stack) : 0;

		buf_add(b, stack + from, end - from);
		if (!semi)
			return;
		buf_addc(b, ';');
		end = from - 1;
	}
}

static void
push_stack(struct flame *f, const char *stack, size_t len)
{
	size_t same = samestart_bytes(buf_str(&f->last), f->last.len, stack, len);
	size_t pos, had = f->steps, kept;
	bool look = false, leaves = false;

	/* Byte order: the shorter of two comes first. */
	if (same < f->last.len && (same == len || (unsigned char)stack[same] <
	    (unsigned char)buf_str(&f->last)[same]))
		f->unsorted = true;
	keep_shared(f, stack, len, same);
	kept = f->steps;
	pos = kept ? f->step[kept - 1].end + 1 : 0;
	while (pos <= len) {
		const char *semi = memchr(stack + pos, ';', len - pos);
		size_t end = semi ? (size_t)(semi - stack) : len;
		uint32_t before = f->tab.n;

		/* An empty frame is sorted as what it was. */
		if (end == pos)
			f->unsorted = true;
		if (f->steps == kept) {
			const struct flame_step *beside = had > kept ?
			    &f->step[kept] : NULL;

			look = may_be_there(f, beside, end, same);
			leaves = beside && beside->leaves;
		}
		push_step(f, stack + pos, end - pos, end, look || end == pos);
		f->step[f->steps - 1].leaves = leaves;
		leaves = false;
		/* Below a new node all are. */
		look = f->unsorted && f->tab.n == before;
		pos = end + 1;
	}
	f->step[f->steps - 1].leaves = true;
	buf_reset(&f->last);
	buf_add(&f->last, stack, len);
}

int
flame_add(struct flame *f, const char *stack, size_t len, uint64_t count,
    uint64_t base)
{
	const struct flame_step *leaf;

	assert(!f->name && !(f->diff && f->chart));
	if (count > FLAME_SAMPLES_MAX - f->samples ||
	    base > FLAME_SAMPLES_MAX - f->base_samples)
		return FLAME_ESUM;
	if (count == 0 && base == 0)
		return FLAME_OK;
	if (f->reverse) {
		reverse_into(&f->reversed, stack, len);
		stack = buf_str(&f->reversed);
	}
	push_stack(f, stack, len);
	leaf = &f->step[f->steps - 1];
	stacktab_count(&f->tab, leaf->node, count);
	if (f->diff)
		f->extra[leaf->node] += base;
	f->samples += count;
	f->base_samples += base;
	if (leaf->truncated)
		f->truncated += count;
	return FLAME_OK;
}

uint32_t
flame_last(const struct flame *f)
{
	return f->step[f->steps - 1].node;
}

/* A name and how to sort it. */
struct ranked {
	const char *s;
	uint32_t len, id, nodes;
};

static int
by_bytes(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	int c = memcmp(x->s, y->s, x->len < y->len ? x->len : y->len);

	return c ? c : (x->len > y->len) - (x->len < y->len);
}

static int
by_nodes(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->nodes != y->nodes)
		return x->nodes < y->nodes ? 1 : -1;
	return by_bytes(a, b);
}

static uint32_t
name_in(const struct stacktab *t, uint32_t node)
{
	return (uint32_t)t->node[node].frame;
}

/* The nodes of the table but its root: in byte order of their names, or of a
 * chart as they came. */
static uint32_t *
sort_nodes(const struct flame *f, struct ranked *r)
{
	const struct stacktab *t = &f->tab;
	uint32_t *at, *sorted = grow_zeroed(t->n, sizeof *sorted), sum = 0;

	if (f->chart) {
		for (uint32_t i = 1; i < t->n; i++)
			sorted[i - 1] = i;
		return sorted;
	}
	at = grow_zeroed(f->names, sizeof *at);
	qsort(r, f->names, sizeof *r, by_bytes);
	for (uint32_t i = 0; i < f->names; i++) {
		at[r[i].id] = sum;
		sum += r[i].nodes;
	}
	for (uint32_t i = 1; i < t->n; i++)
		sorted[at[name_in(t, i)]++] = i;
	free(at);
	return sorted;
}

/*
 * Group nodes by parent, keeping their order: the children of i are
 * kids[end[i - 1]] to kids[end[i]].
 */
static uint32_t *
group_kids(const struct stacktab *t, const uint32_t *sorted, uint32_t *end)
{
	uint32_t *kids = grow_zeroed(t->n, sizeof *kids);

	for (uint32_t i = 1; i < t->n; i++)
		if (t->node[i].parent + 1 < t->n)
			end[t->node[i].parent + 1]++;
	for (uint32_t i = 1; i < t->n; i++)
		end[i] += end[i - 1];
	for (uint32_t i = 0; i + 1 < t->n; i++)
		kids[end[t->node[sorted[i]].parent]++] = sorted[i];
	return kids;
}

/* Samples in each node of the table and below, of counts that get() knows. */
static uint64_t *
sum_up(const struct flame *f, uint64_t (*get)(const struct flame *, uint32_t))
{
	uint64_t *total = grow_zeroed(f->n, sizeof *total);

	for (uint32_t i = f->n - 1; i; i--) {
		total[i] += get(f, i);
		total[f->tab.node[i].parent] += total[i];
	}
	return total;
}

static uint64_t
get_count(const struct flame *f, uint32_t node)
{
	return f->tab.node[node].count;
}

static uint64_t
get_base(const struct flame *f, uint32_t node)
{
	return f->extra[node];
}

struct wide {
	uint64_t total;
	uint32_t at, node;
};

/* The widest first; of two as wide the one that was first. */
static int
by_width(const void *a, const void *b)
{
	const struct wide *x = a, *y = b;

	if (x->total != y->total)
		return x->total > y->total ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

/* Sort n siblings. */
static void
sort_by_width(uint32_t *kids, uint32_t n, const uint64_t *total)
{
	struct wide *w = grow_zeroed(n, sizeof *w);

	for (uint32_t i = 0; i < n; i++)
		w[i] = (struct wide){ total[kids[i]], i, kids[i] };
	qsort(w, n, sizeof *w, by_width);
	for (uint32_t i = 0; i < n; i++)
		kids[i] = w[i].node;
	free(w);
}

/* Walk the levels: order[i] is the table's number of node i. */
static void
place(struct flame *f, uint32_t *kids, const uint32_t *end, uint32_t *order)
{
	uint64_t *total = sum_up(f, get_count);
	uint32_t tail = 1, level_end = 1;

	f->levels = 1;
	for (uint32_t i = 0; i < f->n; i++) {
		uint32_t t = order[i], k = t ? end[t - 1] : 0;
		uint64_t x = f->x[i];

		if (i == level_end) {
			f->levels++;
			level_end = tail;
		}
		f->first[i] = tail;
		f->self[i] = f->tab.node[t].count;
		f->total[i] = total[t];
		f->name[i] = name_in(&f->tab, t);
		f->number[t] = i;
		if (f->by_width && end[t] - k > 1)
			sort_by_width(kids + k, end[t] - k, total);
		for (; k < end[t]; k++, tail++) {
			order[tail] = kids[k];
			f->x[tail] = f->chart ? f->extra[kids[k]] : x;
			x += total[kids[k]];
		}
	}
	f->first[f->n] = tail;
	free(total);
}

static void
place_base(struct flame *f)
{
	uint64_t *total = sum_up(f, get_base);

	f->base_self = grow_zeroed(f->n, sizeof *f->base_self);
	f->base_total = grow_zeroed(f->n, sizeof *f->base_total);
	for (uint32_t i = 0; i < f->n; i++) {
		f->base_self[f->number[i]] = i ? f->extra[i] : 0;
		f->base_total[f->number[i]] = total[i];
	}
	free(total);
}

/* Frequent names get small ids, which are short when written. */
static void
number_names(struct flame *f, struct ranked *r)
{
	uint32_t *id = grow_zeroed(f->names, sizeof *id);

	qsort(r, f->names, sizeof *r, by_nodes);
	f->name_of = grow_zeroed(f->names, sizeof *f->name_of);
	for (uint32_t i = 0; i < f->names; i++) {
		f->name_of[i] = r[i].id;
		id[r[i].id] = i;
	}
	for (uint32_t i = 1; i < f->n; i++)
		f->name[i] = id[f->name[i]];
	free(id);
}

static struct ranked *
list_names(const struct flame *f)
{
	struct ranked *r = grow_zeroed(f->intern.n, sizeof *r);

	for (uint32_t i = 0; i < f->intern.n; i++) {
		r[i].s = intern_str(&f->intern, i);
		r[i].len = (uint32_t)intern_len(&f->intern, i);
		r[i].id = i;
	}
	for (uint32_t i = 1; i < f->tab.n; i++)
		r[name_in(&f->tab, i)].nodes++;
	return r;
}

static void
make_room(struct flame *f)
{
	f->n = f->tab.n ? f->tab.n : 1;
	f->names = f->intern.n;
	f->levels = 1;
	f->name = grow_zeroed(f->n, sizeof *f->name);
	f->first = grow_zeroed((size_t)f->n + 1, sizeof *f->first);
	f->total = grow_zeroed(f->n, sizeof *f->total);
	f->self = grow_zeroed(f->n, sizeof *f->self);
	f->x = grow_zeroed(f->n, sizeof *f->x);
	f->number = grow_zeroed(f->n, sizeof *f->number);
	f->first[0] = f->first[1] = 1;
}

void
flame_layout(struct flame *f)
{
	uint32_t *sorted, *kids, *end, *order;
	struct ranked *r;

	assert(!f->name);
	make_room(f);
	if (f->tab.n == 0)
		return;
	r = list_names(f);
	end = grow_zeroed(f->n, sizeof *end);
	order = grow_zeroed(f->n, sizeof *order);
	sorted = sort_nodes(f, r);
	kids = group_kids(&f->tab, sorted, end);
	free(sorted);
	place(f, kids, end, order);
	free(kids);
	free(end);
	free(order);
	if (f->diff)
		place_base(f);
	stacktab_free(&f->tab);
	number_names(f, r);
	free(r);
}

const char *
flame_name(const struct flame *f, uint32_t id, size_t *len)
{
	*len = intern_len(&f->intern, f->name_of[id]);
	return intern_str(&f->intern, f->name_of[id]);
}

void
flame_free(struct flame *f)
{
	free(f->name);
	free(f->first);
	free(f->total);
	free(f->self);
	free(f->x);
	free(f->base_total);
	free(f->base_self);
	free(f->name_of);
	free(f->number);
	free(f->extra);
	free(f->step);
	intern_free(&f->intern);
	stacktab_free(&f->tab);
	buf_free(&f->last);
	buf_free(&f->reversed);
	*f = (struct flame){ 0 };
}
