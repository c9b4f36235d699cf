#include "early.h"

#include <stdlib.h>

#include "base/grow.h"
#include "process.h"
#include "procmaps.h"
#include "visit.h"

void
early_note(struct process_table *t, struct process *p)
{
	struct early *e = &t->early;

	/* A process maps its files one after the other. */
	if (p->early)
		return;
	e->pid = grow_for(e->pid, e->n, &e->cap, sizeof *e->pid);
	p->early = true;
	e->pid[e->n++] = p->pid;
}

/* Under which image the sampler would see it; false if it is gone, or only a sample
 * can tell. */
static bool
find_image(struct visit *v, uint32_t *image)
{
	if (v->p->space.installed) {
		*image = v->p->space.image;
		return true;
	}
	visit_open(v);
	if (v->proc.dir < 0 || !(v->st.flags & SAMPLER_RANDOMIZED))
		return false;
	*image = sampler_layout(v->p->pid, v->st.start_code, v->st.end_code,
	    v->st.start_stack);
	return true;
}

/* image: 0 if it is not known. */
static void
look_at(struct process_table *t, struct process *p, uint32_t image)
{
	struct visit v;

	p->early = false;
	if (!sampler_walks_interps(t->sampler) || p->ended ||
	    (t->only_wanted && !p->wanted))
		return;
	visit_begin(&v, t, p, 0);
	if (!p->space.known || !interps_know_files(&t->interps, &p->space))
		visit_open(&v);
	if (!p->space.known && v.proc.dir >= 0)
		procmaps_read(t, &p->space, p->pid, &v.proc);
	if (interps_are_in(&t->interps, &t->modules, &p->space, &v.proc) &&
	    (image || find_image(&v, &image))) {
		space_install(&p->space, t->sampler, image);
		interps_look(&t->interps, &p->interps, &t->modules,
		    &p->space, &v.proc, image);
	}
	visit_done(&v);
}

void
early_look(struct process_table *t, struct process *p, uint32_t image)
{
	if (p->early)
		look_at(t, p, image);
}

void
early_settle(struct process_table *t)
{
	struct early *e = &t->early;

	for (uint32_t i = 0; i < e->n; i++) {
		struct process *p = process_find(t, e->pid[i]);

		if (p && p->early)
			look_at(t, p, 0);
	}
	e->n = 0;
}

void
early_free(struct early *e)
{
	free(e->pid);
	*e = (struct early){ 0 };
}
