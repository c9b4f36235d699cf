#include "profile/colw.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/parse.h"
#include "profile/col.h"
#include "profile/place.h"
#include "stream/frame.h"

struct colw {
	const struct fold *f;
	FILE *out;
	struct buf line, name;
	struct intern containers;
};

/* Make c->name the container's, as gProfiler has it. */
static void
set_name(struct colw *c, uint32_t name)
{
	size_t len;
	const char *s = frames_text(&c->f->frames, name, &len);

	buf_reset(&c->name);
	place_put_gprofiler(&c->name, s, len);
}

/* Whether the outermost frame of a stack is its container. */
static bool
find_container(const struct colw *c, uint32_t node, uint32_t *name)
{
	const struct stacktab_node *n = c->f->profile.stacks.node;
	const struct fold_head *h;

	/* A stack of one frame is that of a process. */
	if (n[node].parent == 0)
		return false;
	while (n[node].parent)
		node = n[node].parent;
	*name = (uint32_t)n[node].frame;
	h = fold_head(c->f, *name);
	return h && h->container;
}

static void
put_line(void *arg, const char *stack, size_t len, uint32_t node)
{
	struct colw *c = arg;
	struct col_line l = { .stack = stack, .len = len };
	size_t skip;
	uint32_t name;

	if (find_container(c, node, &name)) {
		skip = intern_len(&c->f->profile.names, name) + 1;
		l.stack += skip;
		l.len -= skip;
		set_name(c, name);
		l.container = buf_str(&c->name);
		l.container_len = c->name.len;
	}
	l.count = c->f->profile.stacks.node[node].count;
	buf_reset(&c->line);
	col_put_line(&c->line, &l);
	(void)!fwrite(c->line.s, 1, c->line.len, c->out);
}

static void
note_container(void *arg, const char *stack, size_t len, uint32_t node)
{
	struct colw *c = arg;
	uint32_t name;

	(void)stack, (void)len;
	if (!find_container(c, node, &name))
		return;
	set_name(c, name);
	if (c->name.len)
		intern_add(&c->containers, c->name.s, c->name.len);
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
	col_put_head(&c->line, &h);
	(void)!fwrite(c->line.s, 1, c->line.len, c->out);
	free(container);
}

void
colw_write(const struct fold *f, FILE *out)
{
	struct colw c = { .f = f, .out = out };

	profile_visit(&f->profile, note_container, &c);
	put_head(&c);
	profile_visit(&f->profile, put_line, &c);
	buf_free(&c.line);
	buf_free(&c.name);
	intern_free(&c.containers);
}
