#include "stacklines.h"

#include <stdlib.h>

#include "base/diag.h"
#include "stream/frame.h"

struct writing {
	struct stacklines *l;
	const struct stacktab *stacks;
	const struct modules *m;
	const char *comm;
	uint32_t pid;
	struct stream_writer *out;
};

static void
set_end(struct stacklines *l, uint32_t depth)
{
	if (depth >= l->cap) {
		l->cap = l->cap ? l->cap * 2 : 256;
		l->end = reallocarray(l->end, l->cap, sizeof *l->end);
		if (!l->end)
			die_nomem();
	}
	l->end[depth] = l->text.len;
}

static void
visit(void *arg, uint32_t node, uint32_t depth)
{
	const struct writing *w = arg;
	const struct stacktab_node *n = &w->stacks->node[node];
	struct buf *b = &w->l->text;

	if (depth == 1) {
		buf_reset(b);
		frame_put_root(b, w->comm, w->pid, (uint32_t)n->frame);
	} else {
		b->len = w->l->end[depth - 1];
		buf_addc(b, ';');
		modules_put_frame(w->m, n->frame, w->pid, b);
	}
	set_end(w->l, depth);
	stream_write_sample(w->out, b->s, b->len, n->count);
}

void
stacklines_write(struct stacklines *l, const struct stacktab *stacks,
    const struct modules *m, const char *comm, uint32_t pid,
    struct stream_writer *out)
{
	stacktab_walk(stacks, visit,
	    &(struct writing){ l, stacks, m, comm, pid, out });
}

void
stacklines_free(struct stacklines *l)
{
	buf_free(&l->text);
	free(l->end);
	*l = (struct stacklines){ 0 };
}
