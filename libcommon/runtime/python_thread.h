/*
 * python_thread.h - the states that CPython keeps for a thread.
 *
 * Each leads to a chain of frames (python_step.h). Compiled twice, for the BPF program
 * and for user space, with the includer's UNWIND_READ() of unwind/step.h; without one
 * there are the numbers alone.
 *
 * One is bound to the thread by a key of pthread_setspecific() from 3.6 on, whose
 * values are
 *
 *	glibc   fs+784   {sequence, value} of keys 0 to 31
 *	        fs+1296  32 pointers to as many of them: of keys from 32k on
 *	musl    fs+128   a pointer to an array of values (1.2 on)
 *
 * Which C library it is, nobody has to say: a state whose thread_id is this
 * thread's is the right one. Before 3.6, and where there is no such state, all
 * of the interpreter's are looked through. The id is pthread_self(), which on
 * x86-64 is fs.
 *
 * A thread that enters a sub-interpreter has a state in each: the chain of the
 * inner one ends, and the outer one's goes on. Interpreters are listed newest
 * first; where there are several, that is taken to be the order from inside out.
 *
 * Everything read may be garbage; nothing here depends on it being sane.
 *
 * Source: pycore_pystate.h of CPython's branches; glibc's struct pthread (2.10 on),
 * musl's (1.2.0 on).
 */
#ifndef GP_PYTHON_THREAD_H
#define GP_PYTHON_THREAD_H

#include <linux/types.h>

#include "runtime/python_step.h"

#define PYTHON_SEARCH_MAX 128 /* interpreters and threads looked through */

/* In the thread's descriptor; see above. */
#define PYTHON_GLIBC_FIRST 784
#define PYTHON_GLIBC_BLOCKS 1296
#define PYTHON_GLIBC_BLOCK 32 /* keys in a block, and blocks */
#define PYTHON_GLIBC_KEYS (PYTHON_GLIBC_BLOCK * PYTHON_GLIBC_BLOCK)
#define PYTHON_MUSL_VALUES 128
#define PYTHON_MUSL_KEYS 128

#ifdef UNWIND_READ

/* Whether ts is the state of the thread whose fs is self. */
static inline __attribute__((always_inline)) int
python_is_thread(const struct python_layout *l, __u64 ts, __u64 self,
    void *mem)
{
	__u64 id = 0;

	(void)mem;
	return ts && self && !UNWIND_READ(mem, &id, sizeof id,
	    ts + l->thread_id) && id == self;
}

/* What glibc has for a key, or 0. */
static inline __attribute__((always_inline)) __u64
python_glibc_value(__u64 self, __u32 key, void *mem)
{
	__u64 block = self + PYTHON_GLIBC_FIRST, value = 0;

	(void)mem;
	if (key >= PYTHON_GLIBC_KEYS)
		return 0;
	if (key >= PYTHON_GLIBC_BLOCK && (UNWIND_READ(mem, &block,
	    sizeof block, self + PYTHON_GLIBC_BLOCKS +
	    8 * (__u64)(key / PYTHON_GLIBC_BLOCK)) || !block))
		return 0;
	return UNWIND_READ(mem, &value, sizeof value, block +
	    16 * (__u64)(key % PYTHON_GLIBC_BLOCK) + 8) ? 0 : value;
}

/* And musl. */
static inline __attribute__((always_inline)) __u64
python_musl_value(__u64 self, __u32 key, void *mem)
{
	__u64 values = 0, value = 0;

	(void)mem;
	if (key >= PYTHON_MUSL_KEYS || UNWIND_READ(mem, &values,
	    sizeof values, self + PYTHON_MUSL_VALUES) || !values)
		return 0;
	return UNWIND_READ(mem, &value, sizeof value,
	    values + 8 * (__u64)key) ? 0 : value;
}

/* The state that the GIL or the thread's key leads to, or 0. */
static inline __attribute__((always_inline)) __u64
python_bound_thread(const struct python_layout *l, __u64 self, void *mem)
{
	__u32 key[2] = { 0 };
	__u64 ts = 0;

	(void)mem;
	if (l->current && !UNWIND_READ(mem, &ts, sizeof ts, l->current) &&
	    python_is_thread(l, ts, self, mem))
		return ts;
	if (!l->key || UNWIND_READ(mem, key, sizeof key, l->key))
		return 0;
	if (l->bare_key) {
		key[1] = key[0];
		key[0] = 1;
	}
	if (!key[0])
		return 0;
	ts = python_glibc_value(self, key[1], mem);
	if (python_is_thread(l, ts, self, mem))
		return ts;
	ts = python_musl_value(self, key[1], mem);
	return python_is_thread(l, ts, self, mem) ? ts : 0;
}

/* The interpreter of the thread that has the GIL, or 0. */
static inline __attribute__((always_inline)) __u64
python_current_interp(const struct python_layout *l, void *mem)
{
	__u64 p = 0, ts = 0;

	(void)mem;
	if (!l->current || UNWIND_READ(mem, &ts, sizeof ts, l->current) || !ts ||
	    UNWIND_READ(mem, &p, sizeof p, ts + l->thread_interp))
		return 0;
	return p;
}

/* The interpreter to begin looking with, or 0. */
static inline __attribute__((always_inline)) __u64
python_first_interp(const struct python_layout *l, void *mem)
{
	__u64 p = 0;

	(void)mem;
	if (l->interp)
		return UNWIND_READ(mem, &p, sizeof p, l->interp) ? 0 : p;
	p = python_current_interp(l, mem);
	return p ? p : l->seen;
}

/* Whether there is one interpreter for sure. */
static inline __attribute__((always_inline)) int
python_is_single(const struct python_layout *l, void *mem)
{
	__u64 p, next = 0;

	(void)mem;
	if (!l->interp)
		return 0;
	p = python_first_interp(l, mem);
	return p && !UNWIND_READ(mem, &next, sizeof next,
	    p + l->interp_next) && !next;
}

/*
 * Look at one more interpreter or thread state for this thread's next one. 1: it
 * is found, and the walk begun; 0: again; -1: there is none.
 */
static inline __attribute__((always_inline)) int
python_search_step(const struct python_layout *l, struct python_state *s,
    __u64 self, void *mem)
{
	__u64 ts = s->thread, p = 0;

	(void)mem;
	if (!ts) {
		if (s->more == PYTHON_UNTRIED)
			p = python_first_interp(l, mem);
		else if (UNWIND_READ(mem, &p, sizeof p,
		    s->interp + l->interp_next))
			p = 0;
		s->interp = p;
		s->more = p ? PYTHON_SOME : PYTHON_NO_MORE;
		if (!p)
			return -1;
		if (UNWIND_READ(mem, &s->thread, sizeof s->thread,
		    p + l->interp_threads))
			s->thread = 0;
		return 0;
	}
	/* A thread has one in each interpreter. */
	s->thread = 0;
	if (!python_is_thread(l, ts, self, mem)) {
		if (UNWIND_READ(mem, &s->thread, sizeof s->thread,
		    ts + l->thread_next))
			s->thread = 0;
		return 0;
	}
	if (ts == s->bound)
		return 0;
	python_begin(l, s, ts, mem);
	return s->next != 0;
}

#endif
#endif
