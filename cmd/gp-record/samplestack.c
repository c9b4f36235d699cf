#include "samplestack.h"

#include <errno.h>
#include <string.h>

#include "rescue.h"
#include "unwind/unwind.h"

/* Read the names of code objects that are new, whether their frames find a place in
 * the stack or not: the sampler does not say twice what it takes to name them. */
static void
learn_codes(struct visit *v, const uint64_t *word, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
		if (sampler_is_clue(word[i]) && interps_is_word(word[i - 1]))
			visit_interp_frame(v, word[i - 1], word[i]);
}

/* The user part of a stack, innermost frame first. */
struct user_stack {
	uint64_t frame[SAMPLER_USER_MAX];
	uint64_t sp[SAMPLER_USER_MAX]; /* of those that were found here */
	uint32_t n;
	uint32_t end; /* enum unwind_end or enum sample_status */
};

/*
 * Where code was replaced after the sampler last heard of it, the walk used the
 * rows of what was there before: what it found beyond is not believed.
 */
static bool
cut_misled(struct visit *v, struct user_stack *u)
{
	const struct mapping *m;

	for (uint32_t i = 0; i < u->n; i++) {
		m = space_find(&v->p->space, u->frame[i]);
		if (!m || m->since <= v->time)
			continue;
		u->n = i + 1;
		u->end = UNWIND_NO_ROWS;
		return true;
	}
	return false;
}

/* The word that the stack begins with; false if it was not copied. */
static bool
read_at_rsp(const struct sample *s, const struct sample_rescue *r,
    uint64_t *word)
{
	const struct unwind_stack stack = {
		.bytes = r + 1, .len = s->nrescue, .at = r->from,
		.holes = r->holes,
	};

	return unwind_read(&stack, word, sizeof *word,
	    r->reg[UNWIND_RSP]) == 0;
}

/*
 * In exec, a task's memory is the new program's while its registers are still the
 * old one's: it is in a system call (which leaves its way back in rcx), and the
 * stack that it called from is not there. Or, where both programs are laid out at the
 * same addresses, it is the new one's, on which there is nothing yet: that the
 * function which makes the system call has no caller is what no stack of a living
 * program says.
 */
static bool
is_between_programs(const struct sample *s, const struct user_stack *u)
{
	enum { RCX = 2 }; /* DWARF's number */
	const struct sample_rescue *r = sample_rescue(s);
	uint64_t word;

	if (s->nuser != 1 || !s->nkernel || r->reg[RCX] != r->pc)
		return false;
	return !read_at_rsp(s, r, &word) || (u->end == UNWIND_END &&
	    r->reg[UNWIND_RAX] == (uint64_t)-ENOSYS && word == 0);
}

/*
 * A walk that came to an address where no code is did not come to a frame. If
 * it was the first one, the thread is in the kernel between two programs, in
 * exec or exit, and has no user stack.
 */
static void
drop_nonsense(struct visit *v, const struct sample *s, struct user_stack *u)
{
	bool between = u->n == 1 && is_between_programs(s, u);

	if (!between && (u->end != UNWIND_NO_MAP || !v->p->space.known))
		return;
	if (u->n > 1) {
		u->n--;
	} else if (s->nkernel) {
		u->n = 0;
		u->end = SAMPLE_NO_USER;
	}
}

static void
finish_walk(struct visit *v, const struct sample_rescue *r, size_t len,
    struct user_stack *u)
{
	size_t more = 0;

	v->t->rescued++;
	if (u->n)
		u->sp[u->n - 1] = r->reg[UNWIND_RSP];
	u->end = (uint32_t)rescue_walk(v, r, len, u->frame + u->n,
	    u->sp + u->n, SAMPLER_USER_MAX - u->n, &more);
	u->n += (uint32_t)more;
	v->t->curtailed += u->end == UNWIND_READ_FAILED && r->curtailed;
}

static void
take_user_stack(struct visit *v, const struct sample *s, struct user_stack *u)
{
	const struct sample_rescue *r = sample_rescue(s);
	const uint64_t *later;
	uint32_t from;

	u->n = s->nuser < SAMPLER_USER_MAX ? s->nuser : SAMPLER_USER_MAX;
	u->end = s->status;
	memcpy(u->frame, sample_frames(s) + s->nkernel,
	    u->n * sizeof *u->frame);
	if (cut_misled(v, u) || !r)
		return;
	from = u->n;
	finish_walk(v, r, s->nrescue, u);
	drop_nonsense(v, s, u);
	if (from > u->n)
		from = u->n;
	later = sample_frames(s) + s->nkernel + s->nuser;
	learn_codes(v, later, s->nlater);
	u->n = interps_weave(&v->p->interps, u->frame, u->sp, from, u->n,
	    SAMPLER_USER_MAX, later, s->nlater);
	space_settle(&v->p->space, v->t->sampler, v->time);
	/* Soon the sampler can do it. To tell it takes a hundred system calls, too
	 * many for a process that is sampled once in its life; and that has no
	 * interpreter, whose frames nobody else can walk. */
	if (s->image && v->p->missed == s->image)
		space_install(&v->p->space, v->t->sampler, s->image);
	v->p->missed = s->image;
}

/* Whether an address is in a library that switches stacks. */
static bool
is_in_switcher(struct visit *v, uint64_t addr)
{
	const struct mapping *m = space_find(&v->p->space, addr);

	if (!m || v->t->modules.module[m->module].key.path[0] != '/')
		return false;
	if (!interps_know_file(&v->t->interps, m->module))
		visit_open(v);
	return interps_switches(&v->t->interps, &v->t->modules, m, &v->proc);
}

/*
 * What switches stacks is at it: the interpreter's frames may be those of the stack
 * that was there before, and the stack what is just copied. Where the frames do not
 * tell whose they are, nothing further out is believed.
 */
static void
cut_switching(struct visit *v, struct user_stack *u)
{
	const struct interp *interp = &v->p->interps.interp;
	uint32_t n = 0;

	if (interp->language == INTERP_NONE || interp->exact == INTERP_STRICT)
		return;
	for (uint32_t i = 0; i < u->n && !interps_is_word(u->frame[i]) &&
	    !interp_is_eval(interp, u->frame[i]); i++)
		if (is_in_switcher(v, u->frame[i]))
			n = i + 1;
	if (n == 0)
		return;
	u->n = n;
	u->end = UNWIND_LOST;
}

/* A function that begins or ends. What switches stacks begins a chain of its own, which
 * is as whole as a stack is. */
static void
align_runs(struct visit *v, struct user_stack *u)
{
	const struct interps_process *ip = &v->p->interps;
	uint32_t n = 0;

	if (ip->interp.language == INTERP_NONE ||
	    ip->interp.exact == INTERP_STRICT ||
	    !interps_lacks_run(ip, u->frame, u->n))
		return;
	while (n < u->n && (interps_is_word(u->frame[n]) ||
	    !is_in_switcher(v, u->frame[n])))
		n++;
	if (n < u->n || u->end == UNWIND_END)
		interps_align(ip, u->frame, n);
}

/* Push the user part of a stack below node. */
static uint32_t
push_user(struct visit *v, struct user_stack *u, uint32_t node)
{
	const struct interps_process *ip = &v->p->interps;
	bool keep = v->t->interps.keep_evals, hide;
	uint32_t begins = UINT32_MAX;
	struct stacktab *tab = &v->p->stacks;
	uint64_t clue = 0;

	align_runs(v, u);
	if (!interps_begins(ip, u->frame, u->n, &begins))
		begins = UINT32_MAX;
	hide = interps_hide_natives(&v->t->interps, u->frame, u->n);
	for (uint32_t i = u->n; i-- > 0;) {
		uint64_t word = u->frame[i], frame;

		if (sampler_is_clue(word)) {
			clue = word;
			continue;
		}
		if (interps_is_word(word))
			frame = visit_interp_frame(v, word, clue);
		else if (hide || (!keep && (i == begins ||
		    interps_has_run(u->frame, u->n, i))))
			continue;
		else
			frame = visit_frame(v, word);
		clue = 0;
		node = stacktab_push(tab, node, frame);
	}
	return node;
}

/* Whether the sampler has the process's mappings, or wants them now: of one with an
 * interpreter, with its first sample. */
static bool
install_for_interps(struct visit *v, uint32_t image)
{
	struct process *p = v->p;

	if (p->space.installed)
		return true;
	if (!interps_know_files(&v->t->interps, &p->space))
		visit_open(v);
	if (!interps_are_in(&v->t->interps, &v->t->modules, &p->space,
	    &v->proc))
		return false;
	space_install(&p->space, v->t->sampler, image);
	return true;
}

/* The sampler can walk an interpreter's frames once it is told of it. */
static void
look_for_interps(struct visit *v, uint32_t image)
{
	struct process *p = v->p;

	if (!image || !sampler_walks_interps(v->t->sampler) ||
	    !install_for_interps(v, image) ||
	    !interps_is_due(&p->interps, &p->space, image))
		return;
	visit_open(v);
	interps_look(&v->t->interps, &p->interps, &v->t->modules, &p->space,
	    &v->proc, image);
}

uint32_t
samplestack_push(struct visit *v, const struct sample *s)
{
	const uint64_t *kernel = sample_frames(s);
	struct stacktab *tab = &v->p->stacks;
	static struct user_stack u;
	uint32_t node;

	v->image = s->image;
	v->layout = s->layout;
	take_user_stack(v, s, &u);
	cut_switching(v, &u);
	if (u.end < UNWIND_ENDS)
		v->t->ends[u.end]++;
	v->t->compat += u.end == SAMPLE_COMPAT;
	node = stacktab_push(tab, 0, v->t->per_thread ? s->tid : 0);
	if (u.end != UNWIND_END && u.end != SAMPLE_NO_USER) {
		v->t->truncated++;
		node = stacktab_push(tab, node,
		    modules_name_frame(MODULE_NAME_TRUNCATED));
	}
	/* A thread that exits has no memory any more that would tell its image. */
	if (u.end != SAMPLE_NO_USER) {
		look_for_interps(v, s->image);
		v->t->interps.early += interps_came_early(&v->p->interps,
		    s->language, u.frame, u.n);
	}
	node = push_user(v, &u, node);
	/* Return addresses: the call is the instruction before. */
	for (uint32_t i = s->nkernel; i-- > 0;)
		node = stacktab_push(tab, node,
		    modules_kernel_frame(kernel[i] - (i ? 1 : 0)));
	return node;
}
