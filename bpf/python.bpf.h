/*
 * python.bpf.h - CPython's frames, a part of sampler.bpf.c.
 *
 * The walk is runtime/python_step.h's, where it begins python_thread.h's; here is
 * what only BPF needs. Global functions without pointer arguments: each is verified
 * once, by itself, and finds its state in the map.
 */
#include "runtime/python_thread.h"

/* As python_search_step(). */
__attribute__((noinline)) int
python_look(void)
{
	struct state *st = this_state();

	return st ? python_search_step(&st->interp.u.python, &st->lang.python,
	    st->self, 0) : -1;
}

/* Loops in loops: the verifier goes through each turn of each one once. */
#define PYTHON_LOOKS_ONCE 16

__attribute__((noinline)) int
python_looks(void)
{
	int found = 0;

	for (int i = 0; i < PYTHON_LOOKS_ONCE && !found; i++)
		found = python_look();
	return found;
}

/* Look for the thread's next state; 0 if there is one, and the walk begun. */
__attribute__((noinline)) int
python_search(void)
{
	int found = 0;

	for (int i = 0; i < PYTHON_SEARCH_MAX / PYTHON_LOOKS_ONCE && !found; i++)
		found = python_looks();
	return found == 1 ? 0 : -1;
}

/* Remember the interpreter, for when nobody has the GIL. */
__attribute__((noinline)) int
python_remember(void)
{
	struct state *st = this_state();
	__u32 image;
	struct python_layout *l;
	struct interp *known;

	if (!st)
		return -1;
	l = &st->interp.u.python;
	l->seen = python_current_interp(l, 0);
	image = st->s.image;
	known = bpf_map_lookup_elem(&interps, &image);
	if (known && l->seen)
		known->u.python.seen = l->seen;
	return 0;
}

/* Whether there is one interpreter for sure. */
__attribute__((noinline)) int
python_single(void)
{
	struct state *st = this_state();

	return st ? python_is_single(&st->interp.u.python, 0) : 0;
}

/* The state that is bound to the thread, to bound. */
__attribute__((noinline)) int
python_find_bound(void)
{
	struct state *st = this_state();

	if (st)
		st->lang.python.bound = python_bound_thread(
		    &st->interp.u.python, st->self, 0);
	return 0;
}

/* Find the thread's first state; bound is 0 where it has to be searched for. */
__attribute__((noinline)) int
python_start(void)
{
	struct state *st = this_state();
	struct python_layout *l;
	struct python_state *s;
	int single;

	if (!st)
		return -1;
	l = &st->interp.u.python;
	s = &st->lang.python;
	s->begun = 1;
	s->more = PYTHON_UNTRIED;
	if (!l->interp && !l->seen)
		python_remember();
	single = python_single();
	if (single || !l->interp)
		python_find_bound();
	UNWIND_MEET();
	python_begin(l, s, s->bound, 0);
	if (s->bound && single)
		s->more = PYTHON_NO_MORE;
	return 0;
}

/* One frame further out in the run; an enum run. */
__attribute__((noinline)) int
python_frame(void)
{
	struct state *st = this_state();
	struct python_layout *l;
	struct python_state *s;
	int found;

	if (!st)
		return RUN_OVER;
	l = &st->interp.u.python;
	s = &st->lang.python;
	if (!s->begun) {
		python_start();
		if (!s->bound)
			python_search();
	}
	if (st->n == st->run_n) {
		s->first = 0;
		s->sp = st->eval_sp;
		s->cfa = st->eval_cfa;
		python_bind(l, s, st->n == st->s.nkernel + 1u, 0);
	}
	if (!s->next && s->more && s->doubt != PYTHON_LOST)
		python_search();
	found = python_step(l, s, 0);
	if (found == PYTHON_NOTHING)
		return RUN_NOTHING;
	st->run_mark = s->mark;
	if (found == PYTHON_NOT_HERE) {
		st->n = st->run_n;
		/* What calls something does not begin or end. */
		if (st->n > st->s.nkernel + 1u && s->more == PYTHON_NO_MORE &&
		    st->interp.exact == INTERP_STRICT)
			s->next = 0;
	}
	if (found == PYTHON_OVER || found == PYTHON_NOT_HERE)
		return RUN_OVER;
	if (push_interp(st, INTERP_PYTHON, s->code, s->at) && st->interp.clues)
		push(st, sampler_clue_word(python_clue(l, s, 0)));
	return found == PYTHON_LAST ? RUN_OVER : RUN_INSIDE;
}
