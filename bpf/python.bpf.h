/*
 * python.bpf.h - CPython's frames, a part of sampler.bpf.c.
 *
 * The walk is runtime/python_step.h's; here is what only BPF needs. Global
 * functions without pointer arguments: each is verified once, by itself, and
 * finds its state in the map.
 */

/* Look through all of an interpreter's threads for this one; 0 if it is there,
 * and the walk begun. */
__attribute__((noinline)) int
python_search(void)
{
	struct state *st = this_state();
	struct python_layout *l;
	__u64 ts;

	if (!st)
		return -1;
	l = &st->interp.u.python;
	ts = python_first_thread(l, 0);
	for (int i = 0; i < PYTHON_THREADS_MAX && ts; i++) {
		if (python_is_thread(l, ts, st->self, 0)) {
			python_begin(l, &st->lang.python, ts, 0);
			return 0;
		}
		if (bpf_probe_read_user(&ts, sizeof ts,
		    (void *)(ts + l->thread_next)))
			break;
	}
	return -1;
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

/* One frame further out in the run; an enum run. */
__attribute__((noinline)) int
python_frame(void)
{
	struct state *st = this_state();
	struct python_layout *l;
	__u64 clue;
	int found;

	if (!st)
		return RUN_OVER;
	l = &st->interp.u.python;
	if (!st->lang.python.begun) {
		if (!l->interp && !l->seen)
			python_remember();
		python_begin(l, &st->lang.python,
		    python_bound_thread(l, st->self, 0), 0);
		if (!st->lang.python.next)
			python_search();
	}
	found = python_step(l, &st->lang.python, 0);
	if (found == PYTHON_NOTHING)
		return RUN_NOTHING;
	if (found == PYTHON_OVER)
		return RUN_OVER;
	if (push_interp(st, INTERP_PYTHON, st->lang.python.code,
	    st->lang.python.at)) {
		clue = sampler_clue_word(python_clue(l, &st->lang.python, 0));
		if (clue)
			push(st, clue);
	}
	return found == PYTHON_LAST ? RUN_OVER : RUN_INSIDE;
}
