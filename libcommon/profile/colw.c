#include "profile/colw.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/parse.h"
#include "profile/appmeta.h"
#include "profile/col.h"
#include "profile/place.h"
#include "stream/frame.h"

struct colw {
	const struct fold *f;
	FILE *out;
	struct buf line, name, stack;
	struct intern containers;
	struct appmeta programs;
};

enum { PLACES_MAX = 4 };

/* The heads of a stack as they stand in it, one after the other. */
struct places {
	const char *event, *container, *app, *program; /* NULL: it has none */
	size_t event_len, container_len, app_len, program_len;
	size_t len;   /* of all, each with its ';' */
	bool process; /* they are followed by the process */
};

static bool
is_process(const struct head *h)
{
	return h && !(h->event || h->container || h->app || h->program);
}

/* Take the head of a name into h; false if it is none, or the process. */
static bool
take_head(const struct colw *c, uint32_t name, struct places *h)
{
	const struct head *head = fold_head(c->f, name);
	const char *s;
	size_t len;

	if (!head || is_process(head))
		return false;
	s = frames_text(&c->f->frames, name, &len);
	if (head->event) {
		h->event = s;
		h->event_len = len;
	} else if (head->container) {
		h->container = s;
		h->container_len = len;
	} else if (head->app) {
		h->app = s;
		h->app_len = len;
	} else {
		h->program = s;
		h->program_len = len;
	}
	h->len += len + 1;
	return true;
}

/* The outermost frames of a stack, as far as they are heads: the innermost, which
 * may be a head that --root has left alone, stays. */
static void
find_heads(const struct colw *c, uint32_t node, struct places *h)
{
	const struct stacktab_node *n = c->f->profile.stacks.node;
	uint32_t outer[PLACES_MAX + 1] = { 0 };
	size_t i = 0;

	*h = (struct places){ .len = 0 };
	for (; node; node = n[node].parent) {
		memmove(outer + 1, outer, sizeof outer - sizeof *outer);
		outer[0] = node;
	}
	while (i < PLACES_MAX && outer[i + 1] &&
	    take_head(c, (uint32_t)n[outer[i]].frame, h))
		i++;
	h->process = is_process(fold_head(c->f, (uint32_t)n[outer[i]].frame));
}

/* Make c->name the container's, as gProfiler has it. */
static void
set_name(struct colw *c, const struct places *h)
{
	buf_reset(&c->name);
	if (h->container)
		place_put_gprofiler(&c->name, h->container, h->container_len);
}

static uint32_t
program_number(struct colw *c, const struct places *h)
{
	return h->program ? appmeta_number(&c->programs, h->program,
	    h->program_len) : 0;
}

/* The stack behind the places, s to end, with the event behind the process. */
static void
set_stack(struct colw *c, const struct places *h, const char *s,
    const char *end)
{
	const char *comm_end;

	buf_reset(&c->stack);
	if (h->event && h->process) {
		comm_end = memchr(s, ';', (size_t)(end - s));
		if (!comm_end)
			comm_end = end;
		buf_add(&c->stack, s, (size_t)(comm_end - s));
		buf_addc(&c->stack, ';');
		s = comm_end < end ? comm_end + 1 : end;
	}
	if (h->event) {
		buf_add(&c->stack, h->event, h->event_len);
		if (s < end)
			buf_addc(&c->stack, ';');
	}
	buf_add(&c->stack, s, (size_t)(end - s));
}

static void
put_line(void *arg, const char *stack, size_t len, uint32_t node)
{
	struct colw *c = arg;
	struct col_line l = { .count = c->f->profile.stacks.node[node].count };
	struct places h;

	find_heads(c, node, &h);
	set_name(c, &h);
	l.container = buf_str(&c->name);
	l.container_len = c->name.len;
	l.program = program_number(c, &h);
	if (h.app && h.app[0] != '[') {
		l.appid = h.app;
		l.appid_len = h.app_len;
	}
	set_stack(c, &h, stack + h.len, stack + len);
	l.stack = buf_str(&c->stack);
	l.len = c->stack.len;
	buf_reset(&c->line);
	col_put_line(&c->line, &l);
	(void)!fwrite(c->line.s, 1, c->line.len, c->out);
}

static void
note_heads(void *arg, const char *stack, size_t len, uint32_t node)
{
	struct colw *c = arg;
	struct places h;

	(void)stack, (void)len;
	find_heads(c, node, &h);
	set_name(c, &h);
	if (c->name.len)
		intern_add(&c->containers, c->name.s, c->name.len);
	program_number(c, &h);
}

static void
copy(char *out, size_t size, const char *s)
{
	if (s)
		snprintf(out, size, "%s", s);
}

static void
put_head(struct colw *c)
{
	const struct meta *m = &c->f->meta;
	const char *cpus = meta_get(m, "cpus");
	struct machine machine = {
		.hostname = "localhost", .system = "Linux",
		.mac = "00:00:00:00:00:00", .ip = "127.0.0.1",
		.processors = 1, .run_mode = "standalone_executable",
		.deployment = "instances",
	};
	struct col_head h = { .machine = &machine };
	const char **container;
	double cpu, memory;
	uint64_t n;

	copy(machine.hostname, sizeof machine.hostname, meta_get(m, "host"));
	copy(machine.hardware, sizeof machine.hardware, meta_get(m, "arch"));
	copy(machine.kernel_release, sizeof machine.kernel_release,
	    meta_get(m, "kernel"));
	if (cpus && parse_u64(cpus, &n) && n && n <= UINT32_MAX)
		machine.processors = (uint32_t)n;
	h.start = h.end = (time_t)meta_seconds(meta_get(m, "start"));
	if (meta_percent(m, "cpu_busy", &cpu))
		h.cpu_busy = &cpu;
	if (meta_percent(m, "memory_used", &memory))
		h.memory_used = &memory;
	h.containers = c->containers.n;
	container = calloc(h.containers + 1, sizeof *container);
	if (!container)
		die_nomem();
	for (uint32_t i = 0; i < c->containers.n; i++)
		container[i] = intern_str(&c->containers, i);
	h.container = container;
	h.programs = &c->programs;
	col_put_head(&c->line, &h);
	(void)!fwrite(c->line.s, 1, c->line.len, c->out);
	free(container);
}

void
colw_write(const struct fold *f, FILE *out)
{
	struct colw c = { .f = f, .out = out };

	profile_visit(&f->profile, note_heads, &c);
	put_head(&c);
	profile_visit(&f->profile, put_line, &c);
	buf_free(&c.line);
	buf_free(&c.name);
	buf_free(&c.stack);
	intern_free(&c.containers);
	appmeta_free(&c.programs);
}
