/*
 * The nodes of a thread are the rows of its stackTable, in their order. A name
 * becomes a frame of a thread when it is first met in it.
 */
#include "profile/firefoxthread.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/parse.h"
#include "profile/nameparts.h"

#define WEIGHT_MAX (UINT64_C(1) << 52)

/* What a name is in the thread that is being written. */
struct cell {
	uint32_t name;
	uint8_t inlined; /* depth */
};

static bool
is_inlined(const struct nameparts *p)
{
	return p->suffix_len == 4 && memcmp(p->suffix, "_[i]", 4) == 0;
}

static struct nameparts
parts_of(const struct firefox *x, uint32_t name, const char **s)
{
	size_t len;

	*s = frames_text(&x->f->frames, name, &len);
	return nameparts_of(*s, len);
}

void
firefoxthread_find_inlined(struct firefox *x)
{
	const struct stacktab *t = &x->f->profile.stacks;

	x->depth = grow_zeroed(t->n, sizeof *x->depth);
	for (uint32_t i = 1; i < t->n; i++) {
		const char *s;
		uint32_t parent = t->node[i].parent;
		struct nameparts p = parts_of(x, (uint32_t)t->node[i].frame,
		    &s);

		if (is_inlined(&p) && parent &&
		    x->threads.place[parent] != THREADS_NONE)
			x->depth[i] = x->depth[parent] < UINT8_MAX ?
			    (uint8_t)(x->depth[parent] + 1) : UINT8_MAX;
	}
}

/* -- tables of a thread ------------------------------------------------------- */

static uint64_t
string(struct firefox *x, const char *s, size_t len)
{
	return intern_add(&x->strings, s, len);
}

static uint32_t
add_number(struct intern *in, uint32_t v)
{
	return intern_add(in, (const char *)&v, sizeof v);
}

static uint32_t
number_at(const struct intern *in, uint32_t i)
{
	uint32_t v;

	memcpy(&v, intern_str(in, i), sizeof v);
	return v;
}

static struct cell
frame_at(const struct firefox *x, uint32_t i)
{
	struct cell f;

	memcpy(&f, intern_str(&x->frames, i), sizeof f);
	return f;
}

static uint32_t
module_of(const struct firefox *x, uint32_t name)
{
	uint32_t module;

	frames_module(&x->f->frames, name, &module);
	return module;
}

static void
find_frames(struct firefox *x, const struct thread *th)
{
	const struct stacktab_node *t = x->f->profile.stacks.node;

	for (size_t i = 0; i < th->n; i++) {
		uint32_t node = x->threads.node[th->start + i], module;
		struct cell f;

		memset(&f, 0, sizeof f);
		f.name = (uint32_t)t[node].frame;
		f.inlined = x->depth[node];
		x->frame_of[i] = intern_add(&x->frames, (const char *)&f,
		    sizeof f);
		module = module_of(x, f.name);
		if (module != FRAMES_NO_MODULE)
			add_number(&x->resources, add_number(&x->libs,
			    module));
	}
}

/* The category: its place in the list that put_categories() writes. */
static uint64_t
category(const struct nameparts *p)
{
	unsigned n = 0;

	if (is_inlined(p) || p->bit == 0)
		return 1;
	while (n < 32 && p->bit != UINT32_C(1) << n)
		n++;
	return n + 2;
}

/* The address at the end of "[libc.so.6+0x1c2f0]", or -1. */
static int64_t
address_of(const char *s, const struct nameparts *p)
{
	const char *plus = memrchr(s, '+', p->len);
	uint64_t v;
	size_t n = plus ? p->len - (size_t)(plus - s) : 0;

	return n > 4 && s[0] == '[' && s[p->len - 1] == ']' &&
	    memcmp(plus, "+0x", 3) == 0 && parse_hex(plus + 3, n - 4, &v) &&
	    v <= INT64_MAX ? (int64_t)v : -1;
}

enum column {
	ADDRESS, INLINE_DEPTH, CATEGORY, SUBCATEGORY, FUNC, NATIVE_SYMBOL,
	WINDOW, IMPLEMENTATION, LINE, COLUMN,
	NAME, IS_JS, RELEVANT, RESOURCE, FILE_NAME, FUNC_LINE, FUNC_COLUMN,
};

/* A cell of the tables of frames and functions; there are as many of both. */
static void
put_cell(struct firefox *x, enum column column, uint32_t i)
{
	struct cell f = frame_at(x, i);
	const char *s;
	struct nameparts p = parts_of(x, f.name, &s);
	uint32_t module = module_of(x, f.name);
	struct jsonw *w = &x->json;
	bool js = p.suffix_len == 5 && memcmp(p.suffix, "_[js]", 5) == 0;

	switch (column) {
	case ADDRESS:
		jsonw_i64(w, NULL, module == FRAMES_NO_MODULE ? -1 :
		    address_of(s, &p));
		break;
	case INLINE_DEPTH:
		jsonw_u64(w, NULL, f.inlined);
		break;
	case CATEGORY:
		jsonw_u64(w, NULL, category(&p));
		break;
	case SUBCATEGORY:
		jsonw_u64(w, NULL, 0);
		break;
	case FUNC:
		jsonw_u64(w, NULL, i);
		break;
	case LINE:
		if (p.file)
			jsonw_i64(w, NULL, p.line);
		else
			jsonw_null(w, NULL);
		break;
	case NAME:
		/* What is inlined into nothing keeps its suffix. */
		jsonw_u64(w, NULL, string(x, s, is_inlined(&p) && !f.inlined ?
		    (size_t)(p.suffix - s) + p.suffix_len : p.len));
		break;
	case IS_JS:
	case RELEVANT:
		jsonw_bool(w, NULL, js);
		break;
	case RESOURCE:
		if (module == FRAMES_NO_MODULE)
			jsonw_i64(w, NULL, -1);
		else
			jsonw_u64(w, NULL, add_number(&x->resources,
			    add_number(&x->libs, module)));
		break;
	case FILE_NAME:
		if (p.file)
			jsonw_u64(w, NULL, string(x, p.file, p.file_len));
		else
			jsonw_null(w, NULL);
		break;
	case NATIVE_SYMBOL:
	case WINDOW:
	case IMPLEMENTATION:
	case COLUMN:
	case FUNC_LINE:
	case FUNC_COLUMN:
		jsonw_null(w, NULL);
		break;
	}
}

static void
put_table(struct firefox *x, const char *name, enum column first,
    enum column last)
{
	static const char *const keys[] = {
		"address", "inlineDepth", "category", "subcategory", "func",
		"nativeSymbol", "innerWindowID", "implementation", "line",
		"column",
		"name", "isJS", "relevantForJS", "resource", "fileName",
		"lineNumber", "columnNumber",
	};

	jsonw_object(&x->json, name);
	jsonw_u64(&x->json, "length", x->frames.n);
	for (unsigned c = first; c <= last; c++) {
		jsonw_array(&x->json, keys[c]);
		for (uint32_t i = 0; i < x->frames.n; i++)
			put_cell(x, (enum column)c, i);
		jsonw_end(&x->json);
	}
	jsonw_end(&x->json);
}

static void
put_stacks(struct firefox *x, const struct thread *th)
{
	static const char *const keys[] = {
		"prefix", "frame", "category", "subcategory",
	};
	const struct stacktab_node *t = x->f->profile.stacks.node;

	jsonw_object(&x->json, "stackTable");
	jsonw_u64(&x->json, "length", th->n);
	for (size_t c = 0; c < GP_COUNT(keys); c++) {
		jsonw_array(&x->json, keys[c]);
		for (size_t i = 0; i < th->n; i++) {
			uint32_t node = x->threads.node[th->start + i];
			uint32_t parent = t[node].parent;
			const char *s;
			struct nameparts p = parts_of(x,
			    (uint32_t)t[node].frame, &s);

			if (c == 0 && (!parent ||
			    x->threads.place[parent] == THREADS_NONE))
				jsonw_null(&x->json, NULL);
			else
				jsonw_u64(&x->json, NULL,
				    c == 0 ? x->threads.place[parent] :
				    c == 1 ? x->frame_of[i] :
				    c == 2 ? category(&p) : 0);
		}
		jsonw_end(&x->json);
	}
	jsonw_end(&x->json);
}

/* -- samples ---------------------------------------------------------------- */

enum what { STACK, TIME, WEIGHT, LENGTH };

struct cursor {
	struct firefox *x;
	enum what what;
	double at_ms;   /* of the next sample, without a timeline */
	uint64_t n;     /* samples so far */
};

static void
put_sample(struct cursor *c, uint32_t node, uint64_t count, double at_ms)
{
	struct firefox *x = c->x;
	uint64_t part;

	for (; count; count -= part) {
		part = count < WEIGHT_MAX ? count : WEIGHT_MAX;
		c->n++;
		if (c->what == TIME)
			jsonw_double(&x->json, NULL, at_ms);
		else if (c->what == WEIGHT)
			jsonw_u64(&x->json, NULL, part);
		else if (c->what == STACK &&
		    x->threads.place[node] == THREADS_NONE)
			jsonw_null(&x->json, NULL);
		else if (c->what == STACK)
			jsonw_u64(&x->json, NULL, x->threads.place[node]);
	}
}

/* What no time is known of comes first. */
static uint64_t
each_sample(struct firefox *x, uint32_t thread, enum what what)
{
	const struct thread *th = &x->threads.thread[thread];
	struct cursor c = { .x = x, .what = what };
	bool timed = x->t && x->t->n;

	/* Stacks of nothing but the heads. */
	for (size_t i = 0; i < th->heads; i++) {
		uint32_t node = x->threads.head[th->head_start + i];

		put_sample(&c, node, x->threads.rest[node], c.at_ms);
		c.at_ms += timed ? 0 : (double)x->threads.rest[node] *
		    x->interval_ms;
	}
	for (size_t i = 0; i < th->n; i++) {
		uint32_t node = x->threads.node[th->start + i];

		put_sample(&c, node, x->threads.rest[node], c.at_ms);
		c.at_ms += timed ? 0 : (double)x->threads.rest[node] *
		    x->interval_ms;
	}
	for (size_t i = 0; x->t && i < th->entries; i++) {
		const struct timeline_entry *e =
		    &x->t->entry[x->threads.entry[th->entry_start + i]];

		put_sample(&c, e->stack, e->count, (double)e->slot *
		    (double)x->t->slot_ns / 1e6);
	}
	return c.n;
}

static void
put_samples(struct firefox *x, uint32_t thread)
{
	static const char *const keys[] = { "stack", "time", "weight" };

	jsonw_object(&x->json, "samples");
	jsonw_u64(&x->json, "length", each_sample(x, thread, LENGTH));
	jsonw_str(&x->json, "weightType", "samples");
	for (unsigned c = STACK; c <= WEIGHT; c++) {
		jsonw_array(&x->json, keys[c]);
		each_sample(x, thread, (enum what)c);
		jsonw_end(&x->json);
	}
	jsonw_end(&x->json);
}

/* -- the rest of a thread ------------------------------------------------------ */

static void
put_empty(struct jsonw *w, const char *name, const char *const *keys)
{
	jsonw_object(w, name);
	jsonw_u64(w, "length", 0);
	for (; *keys; keys++) {
		jsonw_array(w, *keys);
		jsonw_end(w);
	}
	jsonw_end(w);
}

/* Files: type 1 is a library. */
static void
put_resources(struct firefox *x)
{
	static const char *const keys[] = { "lib", "name", "host", "type" };

	jsonw_object(&x->json, "resourceTable");
	jsonw_u64(&x->json, "length", x->resources.n);
	for (size_t c = 0; c < GP_COUNT(keys); c++) {
		jsonw_array(&x->json, keys[c]);
		for (uint32_t i = 0; i < x->resources.n; i++) {
			uint32_t lib = number_at(&x->resources, i);
			const char *path = frames_module_path(&x->f->frames,
			    number_at(&x->libs, lib)), *slash;

			slash = strrchr(path, '/');
			path = slash && slash[1] ? slash + 1 : path;
			if (c == 2)
				jsonw_null(&x->json, NULL);
			else
				jsonw_u64(&x->json, NULL, c == 0 ? lib :
				    c == 1 ? string(x, path, strlen(path)) : 1);
		}
		jsonw_end(&x->json);
	}
	jsonw_end(&x->json);
}

static void
put_number_text(struct jsonw *w, const char *key, int64_t v)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRId64, v < 0 ? 0 : v);
	jsonw_str(w, key, text);
}

/* Whether it is the main thread of its process. Of several the reader shows the
 * last and hides the others, so there is one: of a process with several events, or
 * one that became another program. */
static bool
is_main(struct firefox *x, const struct head *h)
{
	uint64_t pid = h && h->pid > 0 ? (uint64_t)h->pid : 0;

	if ((h && h->tid >= 0 && h->tid != h->pid) ||
	    pairmap_get(&x->pids, pid, 0) != PAIRMAP_NONE)
		return false;
	pairmap_set(&x->pids, pid, 0, 1);
	return true;
}

static void
put_names(struct firefox *x, const struct thread *th)
{
	const struct head *h = th->process == THREADS_NONE ? NULL :
	    fold_head(x->f, th->process);
	size_t len = 0, container_len = 0;
	const char *s = h ? frames_text(&x->f->frames, th->process, &len) :
	    NULL, *container = NULL;
	struct jsonw *w = &x->json;
	struct buf b = { 0 }, name = { 0 };

	if (th->container != THREADS_NONE)
		container = frames_text(&x->f->frames, th->container,
		    &container_len);
	if (h && h->comm_len)
		buf_add(&b, s, h->comm_len < len ? h->comm_len : len);
	else
		buf_adds(&b, "samples");
	buf_add(&name, b.s, b.len);
	if (th->event)
		buf_addf(&name, " (%s)", events_name(&x->threads.events,
		    th->event));
	jsonw_strn(w, "name", name.s, name.len);
	if (container_len && container[0] != '[') {
		buf_adds(&b, " in ");
		buf_add(&b, container, container_len);
	}
	jsonw_strn(w, "processName", b.s, b.len);
	buf_free(&b);
	buf_free(&name);
	put_number_text(w, "pid", h ? h->pid : 0);
	jsonw_i64(w, "tid", !h ? 0 : h->tid >= 0 ? h->tid :
	    h->pid >= 0 ? h->pid : 0);
	jsonw_bool(w, "isMainThread", is_main(x, h));
}

void
firefoxthread_put(struct firefox *x, uint32_t i)
{
	static const char *const marker[] = { "data", "name", "startTime",
		"endTime", "phase", "category", NULL };
	static const char *const symbol[] = { "libIndex", "address", "name",
		"functionSize", NULL };
	const struct thread *th = &x->threads.thread[i];
	struct jsonw *w = &x->json;

	x->frame_of = grow_zeroed(th->n, sizeof *x->frame_of);
	find_frames(x, th);
	jsonw_line(w);
	jsonw_object(w, NULL);
	put_names(x, th);
	jsonw_str(w, "processType", "default");
	jsonw_u64(w, "processStartupTime", 0);
	jsonw_null(w, "processShutdownTime");
	jsonw_u64(w, "registerTime", 0);
	jsonw_null(w, "unregisterTime");
	jsonw_array(w, "pausedRanges");
	jsonw_end(w);
	put_samples(x, i);
	put_stacks(x, th);
	put_table(x, "frameTable", ADDRESS, COLUMN);
	put_table(x, "funcTable", NAME, FUNC_COLUMN);
	put_resources(x);
	put_empty(w, "markers", marker);
	put_empty(w, "nativeSymbols", symbol);
	/* Last, since all tables add to it. */
	jsonw_array(w, "stringArray");
	for (uint32_t s = 0; s < x->strings.n; s++)
		jsonw_strn(w, NULL, intern_str(&x->strings, s),
		    intern_len(&x->strings, s));
	jsonw_end(w);
	jsonw_end(w);
	intern_free(&x->strings);
	intern_free(&x->frames);
	intern_free(&x->resources);
	free(x->frame_of);
}

uint32_t
firefoxthread_lib(const struct firefox *x, uint32_t i)
{
	return number_at(&x->libs, i);
}
