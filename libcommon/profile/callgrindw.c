#include "profile/callgrindw.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/diag.h"
#include "base/grow.h"
#include "base/pairmap.h"
#include "profile/events.h"
#include "profile/nameparts.h"
#include "stream/frame.h"

#define UNKNOWN "???"
#define ROOT "[root]"

/* A function, by numbers of texts. */
struct function {
	uint32_t name, file, object;
	uint32_t seen; /* in the sample of this number */
	bool called;
};

/* What a name becomes. */
struct place {
	uint32_t function, line;
};

/* A cost: of a function at a line, or of what it calls there. */
struct cost {
	uint32_t function, line;
	uint32_t callee; /* UINT32_MAX: its own */
	uint32_t callee_line;
	uint64_t calls;
	size_t samples; /* in callw.samples: one for each event */
};

struct callw {
	const struct fold *f;
	FILE *out;
	struct intern texts;
	uint8_t *said;         /* by text: as what its number is known already */
	struct intern keys;    /* of functions */
	struct function *function;
	size_t function_cap;
	struct events events;
	uint32_t columns;      /* of samples: a place for each event */
	uint64_t *outermost;   /* by function and event: samples in whose stack
	                        * it is that */
	size_t outermost_cap;
	struct place *place;   /* by name */
	struct cost *cost;
	size_t costs, cost_cap;
	uint64_t *samples;
	size_t samples_cap;
	struct pairmap cost_at; /* (function and line, callee + 1) */
	uint32_t *path;
	size_t path_cap;
};

/* Room for row n, of which each column is zeroed. */
static uint64_t *
grow_row(const struct callw *c, uint64_t *v, size_t n, size_t *cap)
{
	size_t at = n * c->columns;

	v = grow_for(v, at + c->columns - 1, cap, sizeof *v);
	memset(v + at, 0, c->columns * sizeof *v);
	return v;
}

static uint32_t
function_of(struct callw *c, const struct function *f)
{
	uint32_t n = c->keys.n, id;
	const uint32_t key[] = { f->name, f->file, f->object };

	id = intern_add(&c->keys, (const char *)key, sizeof key);
	if (id == n) {
		c->function = grow_for(c->function, n, &c->function_cap,
		    sizeof *c->function);
		c->function[id] = *f;
		c->outermost = grow_row(c, c->outermost, id, &c->outermost_cap);
	}
	return id;
}

static struct place
place_of(struct callw *c, uint32_t name)
{
	uint32_t module;
	size_t len;
	const char *s = frames_text(&c->f->frames, name, &len);
	struct nameparts p = nameparts_of(s, len);
	struct function f = { .seen = 0 };
	struct buf b = { 0 };

	frames_module(&c->f->frames, name, &module);
	buf_add(&b, s, p.len);
	buf_add(&b, p.suffix, p.suffix_len);
	f.name = intern_add(&c->texts, buf_str(&b), b.len);
	f.file = p.file ? intern_add(&c->texts, p.file, p.file_len) :
	    intern_add(&c->texts, UNKNOWN, sizeof UNKNOWN - 1);
	buf_reset(&b);
	if (module != FRAMES_NO_MODULE) {
		s = frames_module_path(&c->f->frames, module);
		frame_put_name(&b, s, strlen(s));
	} else {
		buf_adds(&b, UNKNOWN);
	}
	f.object = intern_add(&c->texts, b.s, b.len);
	buf_free(&b);
	return (struct place){ function_of(c, &f), (uint32_t)p.line };
}

static void
find_places(struct callw *c)
{
	const struct stacktab *t = &c->f->profile.stacks;
	uint32_t names = c->f->profile.names.n;

	c->place = grow_zeroed(names, sizeof *c->place);
	memset(c->place, 0xff, names * sizeof *c->place);
	for (uint32_t i = 1; i < t->n; i++) {
		struct place *p = &c->place[t->node[i].frame];

		if (p->function == UINT32_MAX)
			*p = place_of(c, (uint32_t)t->node[i].frame);
	}
}

/* Sums of samples are within 2^64 - 1; those of calls may be above. column: the
 * place of the samples' event. */
static void
add_cost(struct callw *c, const struct place *p, const struct place *callee,
    uint32_t column, uint64_t samples, uint64_t calls)
{
	uint64_t key = (uint64_t)p->function << 32 | p->line;
	uint32_t to = callee ? callee->function + 1 : 0;
	uint32_t at = pairmap_get(&c->cost_at, key, to);
	struct cost *cost;

	if (at == PAIRMAP_NONE) {
		c->cost = grow_for(c->cost, c->costs, &c->cost_cap,
		    sizeof *c->cost);
		at = (uint32_t)c->costs++;
		c->samples = grow_row(c, c->samples, at, &c->samples_cap);
		pairmap_set(&c->cost_at, key, to, at);
		c->cost[at] = (struct cost){
			.function = p->function, .line = p->line,
			.callee = to - 1,
			.callee_line = callee ? callee->line : 0,
			.samples = (size_t)at * c->columns,
		};
	}
	if (!c->cost)
		return;
	cost = &c->cost[at];
	c->samples[cost->samples + column] += samples;
	if (__builtin_add_overflow(cost->calls, calls, &cost->calls))
		cost->calls = UINT64_MAX;
}

/* The names of a stack, innermost first. An event that it is below is none. */
static size_t
take_path(struct callw *c, uint32_t node)
{
	const struct stacktab_node *t = c->f->profile.stacks.node;
	bool event = c->events.of[node];
	size_t n = 0;

	for (; node; node = t[node].parent) {
		if (event && n && !t[node].parent)
			break;
		c->path = grow_for(c->path, n, &c->path_cap, sizeof *c->path);
		c->path[n++] = (uint32_t)t[node].frame;
	}
	return n;
}

static void
add_stack(struct callw *c, uint32_t node, uint64_t count)
{
	size_t n = take_path(c, node);
	const struct place *p = &c->place[c->path[0]], *callee;
	uint32_t column = events_place(&c->events, node);

	add_cost(c, p, NULL, column, count, 0);
	for (size_t i = n; c->function && i-- > 0; p = callee) {
		struct function *f;

		callee = &c->place[c->path[i]];
		f = &c->function[callee->function];
		if (i + 1 == n)
			c->outermost[callee->function * (size_t)c->columns +
			    column] += count;
		else
			add_cost(c, p, callee, column,
			    f->seen == node ? 0 : count, count);
		f->called |= i + 1 < n;
		f->seen = node;
	}
}

/*
 * The inclusive cost of what is called is the sum of its calls, to those who read
 * the format. So what is called here and outermost there is called there too.
 */
static void
add_roots(struct callw *c)
{
	const struct function all = {
		.name = intern_add(&c->texts, ROOT, sizeof ROOT - 1),
		.file = intern_add(&c->texts, UNKNOWN, sizeof UNKNOWN - 1),
		.object = intern_add(&c->texts, UNKNOWN, sizeof UNKNOWN - 1),
	};
	uint32_t n = c->keys.n;
	struct place root = { .line = 0 }, p = root;

	for (p.function = 0; p.function < n; p.function++) {
		if (!c->function[p.function].called)
			continue;
		for (uint32_t i = 0; i < c->columns; i++) {
			uint64_t outermost = c->outermost[p.function *
			    (size_t)c->columns + i];

			if (outermost == 0)
				continue;
			root.function = function_of(c, &all);
			add_cost(c, &root, &p, i, outermost, outermost);
		}
	}
}

static int
compare_costs(const void *a, const void *b)
{
	const struct cost *x = a, *y = b;

	if (x->function != y->function)
		return x->function < y->function ? -1 : 1;
	/* Its own first. */
	if (x->callee != y->callee)
		return x->callee + 1 < y->callee + 1 ? -1 : 1;
	return (x->line > y->line) - (x->line < y->line);
}

enum { OBJECT = 1, FILE_NAME = 2, FUNCTION = 4 };

/* "fn=(3) name", the name only the first time that it is one of a kind. */
static void
put_text(struct callw *c, const char *key, unsigned kind, uint32_t text)
{
	if (c->said[text] & kind) {
		fprintf(c->out, "%s=(%" PRIu32 ")\n", key, text + 1);
		return;
	}
	fprintf(c->out, "%s=(%" PRIu32 ") ", key, text + 1);
	(void)!fwrite(intern_str(&c->texts, text), 1,
	    intern_len(&c->texts, text), c->out);
	putc('\n', c->out);
	c->said[text] |= (uint8_t)kind;
}

static void
put_samples(const struct callw *c, const uint64_t *samples)
{
	for (uint32_t i = 0; i < c->columns; i++)
		fprintf(c->out, " %" PRIu64, samples[i]);
	putc('\n', c->out);
}

/* The sums of all, by event. */
static void
put_sums(const struct callw *c, const char *key)
{
	const struct stacktab *t = &c->f->profile.stacks;
	uint64_t *sum = grow_zeroed(c->columns, sizeof *sum);

	for (uint32_t i = 1; i < t->n; i++)
		if (t->node[i].count)
			sum[events_place(&c->events, i)] += t->node[i].count;
	fputs(key, c->out);
	put_samples(c, sum);
	free(sum);
}

/* An event as the format has it: of letters, digits and '_'. */
static void
put_event(const struct callw *c, const char *name)
{
	if (!ascii_is_alnum(*name) || ascii_is_digit(*name))
		putc('e', c->out);
	for (; *name; name++)
		putc(ascii_is_alnum(*name) ? *name : '_', c->out);
}

/* What the columns are, and first what events are really called. */
static void
put_events(const struct callw *c)
{
	uint32_t event;

	for (uint32_t i = 1; i <= c->events.n; i++) {
		fputs("event: ", c->out);
		put_event(c, events_name(&c->events, i));
		fprintf(c->out, " : %s\n", events_name(&c->events, i));
	}
	fputs("events:", c->out);
	for (uint32_t i = 0; i < c->columns; i++) {
		event = events_at(&c->events, i);
		putc(' ', c->out);
		put_event(c, event ? events_name(&c->events, event) :
		    "Samples");
	}
	putc('\n', c->out);
}

static void
put_costs(struct callw *c)
{
	uint32_t last = UINT32_MAX;

	for (size_t i = 0; i < c->costs; i++) {
		const struct cost *k = &c->cost[i];
		const struct function *f = &c->function[k->function];

		if (k->function != last) {
			putc('\n', c->out);
			put_text(c, "ob", OBJECT, f->object);
			put_text(c, "fl", FILE_NAME, f->file);
			put_text(c, "fn", FUNCTION, f->name);
		}
		last = k->function;
		if (k->callee != UINT32_MAX) {
			f = &c->function[k->callee];
			put_text(c, "cob", OBJECT, f->object);
			put_text(c, "cfi", FILE_NAME, f->file);
			put_text(c, "cfn", FUNCTION, f->name);
			fprintf(c->out, "calls=%" PRIu64 " %" PRIu32 "\n",
			    k->calls, k->callee_line);
		}
		fprintf(c->out, "%" PRIu32, k->line);
		put_samples(c, c->samples + k->samples);
	}
}

/* What was measured; callgrind_annotate shows it above its table. */
static void
put_head(struct callw *c, const char *tool)
{
	static const char *const keys[] = { "host", "event", "freq", "start" };
	struct buf b = { 0 };

	for (size_t i = 0; i < GP_COUNT(keys); i++) {
		const char *value = meta_get(&c->f->meta, keys[i]);

		if (value)
			buf_addf(&b, " %s=%s", keys[i], value);
	}
	fprintf(c->out, "# callgrind format\nversion: 1\ncreator: %s\ncmd: ",
	    tool);
	if (b.len) {
		struct buf clean = { 0 };

		frame_put_name(&clean, b.s, b.len);
		(void)!fwrite(clean.s, 1, clean.len, c->out);
		buf_free(&clean);
	} else {
		fputs(UNKNOWN, c->out);
	}
	fputs("\npositions: line\n", c->out);
	put_events(c);
	put_sums(c, "summary:");
	buf_free(&b);
}

void
callgrindw_write(const struct fold *f, const char *tool, FILE *out)
{
	const struct stacktab *t = &f->profile.stacks;
	struct callw c = { .f = f, .out = out };

	events_init(&c.events, f);
	c.columns = events_places(&c.events);
	find_places(&c);
	for (uint32_t i = 1; i < t->n; i++)
		if (t->node[i].count)
			add_stack(&c, i, t->node[i].count);
	add_roots(&c);
	if (c.costs)
		qsort(c.cost, c.costs, sizeof *c.cost, compare_costs);
	c.said = calloc(c.texts.n + (size_t)1, sizeof *c.said);
	if (!c.said)
		die_nomem();
	put_head(&c, tool);
	put_costs(&c);
	putc('\n', out);
	put_sums(&c, "totals:");
	events_free(&c.events);
	intern_free(&c.texts);
	intern_free(&c.keys);
	pairmap_free(&c.cost_at);
	free(c.said);
	free(c.function);
	free(c.outermost);
	free(c.samples);
	free(c.place);
	free(c.cost);
	free(c.path);
}
