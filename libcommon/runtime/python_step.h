/*
 * python_step.h - from one CPython frame to the next one out.
 *
 * Compiled twice, for the BPF program and for user space, with the includer's
 * UNWIND_READ() of unwind/step.h; without one there are the structs alone.
 *
 * CPython keeps its frames in a chain that begins at the thread's state:
 *
 *	thread state ─► [cframe ─►] frame ─► frame ─► frame ─► 0
 *	                             │ code object
 *	                             │ what it executes there
 *
 * On the native stack the same calls are frames of the eval function, and each of
 * those stands for a RUN of the chain:
 *
 *	to 3.10   one frame
 *	3.11      frames up to the first that says is_entry, that one included
 *	3.12 on   frames up to the first whose owner is the C stack: that one is
 *	          a shim, which no one wrote, and belongs to no run
 *
 * WHICH EVAL FRAME. While an eval function begins or ends, its frame is not in
 * the chain (any more), and the chain's first run is the next eval frame's. From
 * 3.10 on something in the chain lies on the C stack, in the eval function's own
 * native frame: the cframe to 3.12, from then on the shim. A run whose anchor
 * lies elsewhere is not this eval frame's. Greenlets have chains of their own,
 * which end before the stack does; then eval frames further out have no run. While
 * one greenlet gives way to another, the chain is still the one's and the stack the
 * other's already: an eval frame that calls something, and has no run, tells so.
 * Before 3.10 nothing does; nor in 3.10, where one that ends still calls
 * _Py_CheckFunctionResult(): there such a stack is cut, as soon as what switches is
 * seen in it (python_switches()).
 *
 * 3.10 sets the thread's cframe and its frame one after the other, at both ends. When
 * an eval function ends, the frame is still its own and the cframe its caller's
 * already: the frame says itself that it does not execute any more. When it begins, the
 * cframe is its own and the frame its caller's still: to tell that takes all of the
 * stack, in which the outermost eval frame has no run then (interps_align()).
 *
 * An eval function that begins makes its cframe the thread's before it has filled it
 * in: for some instructions the chain begins with what was there before. From 3.11 on
 * each cframe leads to the frames of its own eval frame, in all of which it is at the
 * same place. So the next eval frame's tells whether that was so, and where the chain
 * really goes on. What is left over may be a frame of a call that is over, which looks
 * like any other: it counts if its run leads to where the caller's cframe does, whose
 * address is written together with it, and if a generator says that it executes.
 *
 * Which states a thread has, python_thread.h finds out.
 *
 * Everything read may be garbage; nothing here depends on it being sane.
 *
 * Source: pycore_frame.h, pycore_pystate.h, ceval.c of CPython's branches.
 */
#ifndef GP_PYTHON_STEP_H
#define GP_PYTHON_STEP_H

#include <linux/types.h>

/* How the run of one eval frame ends. */
enum python_rule { PYTHON_ONE, PYTHON_ENTRY, PYTHON_SHIM };

/* What f_lasti is. */
enum python_at {
	PYTHON_AT_BYTES, /* u32, bytes into the code */
	PYTHON_AT_WORDS, /* u32, or bytes that are always even: units of two */
	PYTHON_AT_EVEN,
	PYTHON_AT_POINTER, /* the address of the instruction */
};

/* Addresses are in the process; 0 where there is no such thing. The rest are
 * offsets in CPython's structs. */
struct python_layout {
	__u64 key;          /* of the Py_tss_t {is made, key}; before 3.7 of the key */
	__u64 current;      /* of the pointer to the GIL holder's state */
	__u64 interp;       /* of the pointer to the first interpreter */
	__u64 instance_type; /* 2.7: of objects of classes of the old style */
	/* Types that names are checked with: of code objects, strings, 2.7's
	 * classes of the old style. */
	__u64 code_type, text_type, old_class_type;
	__u64 seen;         /* an interpreter that current led to once: before 3.7,
	                     * should interp not be known, and current is 0
	                     * while nobody has the GIL */
	__u16 interp_next;
	__u16 interp_threads; /* the first thread state */
	__u16 thread_next;
	__u16 thread_interp;
	__u16 thread_id;
	__u16 thread_frame; /* the innermost frame, or the cframe */
	__u16 thread_anchor; /* the cframe, where that does not lead to the frame */
	__u16 has_cframe;
	__u16 cframe_frame;
	__u16 frame_size;   /* bytes to read of one; 128 at most. Never more than
	                     * what is written before the frame is in the chain: the
	                     * next page may not be there yet */
	__u16 frame_back;
	__u16 frame_code;
	__u16 frame_at;
	__u16 frame_flag;   /* a byte: is_entry or owner; 3.10's f_state; 0: none */
	__u16 frame_locals; /* the first local variable; 0: no clue is wanted */
	__u16 code_start;   /* PYTHON_AT_POINTER: of the instructions in a code */
	__u16 minor;        /* 3.x; 2.7 is 0 */
	__u16 micro;        /* 3.x.y: y + 1; 0: not known */
	__u8 rule;          /* enum python_rule */
	__u8 at;            /* enum python_at */
	__u8 head;          /* bytes that objects begin with, beyond the usual 16:
	                     * without the GIL they count references twice */
	__u8 bare_key;      /* key has no flag before it */
};

/* The C stack's value of owner, and what came above it. */
#define PYTHON_OWNER_CSTACK 3

/* f_state of a frame that calls something. All others are about to begin or end. */
#define PYTHON_EXECUTING 0
#define PYTHON_UNWINDING 2

#define PYTHON_TYPE 8 /* in an object */

#define PYTHON_FRAME_WORDS 16

struct python_state {
	/* The eval frame that the run is of: its native frame is [sp, cfa); cfa
	 * 0: not known. Set by whoever walks the native stack. */
	__u64 sp, cfa;
	__u64 frame;  /* that a step came to */
	__u64 next;   /* the next frame's address; 0: none */
	__u64 first;  /* of the run */
	__u64 anchor; /* the cframe, before the first run; else 0 */
	__u64 mark;   /* what of the run lies on the C stack; 0: that is not known */
	__u64 code;   /* of the frame that a step came to */
	__u64 expect; /* the caller's first frame, as long as the chain is in doubt */
	__u64 depth;  /* how far the cframe is below the end of its eval frame;
	               * 0: not known */
	__u64 bound;  /* the thread state that was walked first */
	__u64 interp; /* that is looked through for more of them; */
	__u64 thread; /* and the next one in it */
	__u32 at;     /* what it executes: bytes into the code, halved where all
	               * instructions are of two; ~0: unknown */
	__u16 begun;  /* the thread's state was looked for */
	__u16 more;   /* enum python_more */
	__u32 doubt;  /* enum python_doubt */
	__u64 word[PYTHON_FRAME_WORDS];
};

/* Whether the thread may have more states. */
enum python_more { PYTHON_NO_MORE, PYTHON_UNTRIED, PYTHON_SOME };

/* 3.11: owner, behind is_entry; and where a generator has its own state, from the frame
 * in it on. 0: it executes. */
#define PYTHON_ENTRY_OWNER 1
#define PYTHON_OWNER_GENERATOR 1
#define PYTHON_GENERATOR_STATE 5

/* Whether the chain is what the cframe of an eval function that may just begin leads
 * to, or nothing that can be followed. */
enum python_doubt { PYTHON_SURE, PYTHON_DOUBTED, PYTHON_LOST };

/* What a step found. */
enum python_found {
	PYTHON_NOTHING, /* the chain has ended, or cannot be followed */
	PYTHON_INNER,   /* a frame, and the run goes on */
	PYTHON_LAST,    /* a frame, the run's last */
	PYTHON_OVER,    /* the end of the run, and no frame */
	PYTHON_NOT_HERE, /* it is over, and its frames are not of this eval frame:
	                  * they will come again */
};

#ifdef UNWIND_READ

/* Begin with the innermost frame of a thread state. */
static inline __attribute__((always_inline)) void
python_begin(const struct python_layout *l, struct python_state *s, __u64 ts,
    void *mem)
{
	__u64 p = 0;

	(void)mem;
	s->next = s->anchor = 0;
	if (!ts || UNWIND_READ(mem, &p, sizeof p, ts + l->thread_frame))
		return;
	if (l->has_cframe) {
		s->anchor = p;
		if (!p || UNWIND_READ(mem, &p, sizeof p, p + l->cframe_frame))
			return;
	} else if (l->thread_anchor && UNWIND_READ(mem, &s->anchor,
	    sizeof s->anchor, ts + l->thread_anchor)) {
		s->anchor = 0;
	}
	s->next = p;
}

/* A u8 or u32 that does not straddle words. */
static inline __attribute__((always_inline)) __u32
python_field(const struct python_state *s, __u32 off)
{
	return (__u32)(s->word[off >> 3 & (PYTHON_FRAME_WORDS - 1)] >>
	    (off & 7) * 8);
}

static inline __attribute__((always_inline)) void
python_where(const struct python_layout *l, struct python_state *s)
{
	__u64 at;

	s->at = ~0u;
	if (l->at != PYTHON_AT_POINTER) {
		s->at = python_field(s, l->frame_at);
		/* -1: not begun. */
		if (l->at == PYTHON_AT_EVEN && s->at != ~0u)
			s->at >>= 1;
		return;
	}
	at = s->word[l->frame_at >> 3 & (PYTHON_FRAME_WORDS - 1)] - s->code -
	    l->code_start;
	if (at < 1u << 24)
		s->at = (__u32)at >> 1;
}

static inline __attribute__((always_inline)) int
python_is_elsewhere(const struct python_state *s, __u64 anchor)
{
	return s->cfa && anchor - s->sp >= s->cfa - s->sp;
}

/* What the caller of the function whose cframe is cf had for its first frame; -1 if
 * that cannot be read. */
static inline __attribute__((always_inline)) int
python_read_expected(const struct python_layout *l, struct python_state *s,
    __u64 cf, void *mem)
{
	__u64 before = 0;

	(void)mem;
	/* Next to the frame. */
	return UNWIND_READ(mem, &before, sizeof before,
	    cf + l->cframe_frame + 8) || UNWIND_READ(mem, &s->expect,
	    sizeof s->expect, before + l->cframe_frame) ? -1 : 0;
}

/*
 * The walk has come to an eval frame, [sp, cfa): compare the chain with its cframe.
 *
 * leaf: whether it calls nothing, so that it may just begin. If another one did, and
 * the chain is not what this one's cframe leads to, it is another stack's.
 */
static inline __attribute__((always_inline)) void
python_bind(const struct python_layout *l, struct python_state *s, int leaf,
    void *mem)
{
	__u64 p = 0;

	(void)mem;
	if (!l->has_cframe || !s->cfa)
		return;
	if (s->anchor) {
		if (python_is_elsewhere(s, s->anchor))
			return;
		s->depth = s->cfa - s->anchor;
		s->doubt = PYTHON_SURE;
		if (!leaf)
			return;
		if (python_read_expected(l, s, s->anchor, mem))
			s->next = 0;
		s->doubt = s->next ? PYTHON_DOUBTED : PYTHON_LOST;
		return;
	}
	if (s->depth && (s->next || s->doubt == PYTHON_LOST) &&
	    !UNWIND_READ(mem, &p, sizeof p,
	    s->cfa - s->depth + l->cframe_frame) && p != s->next)
		s->next = s->doubt ? p : 0;
	s->doubt = PYTHON_SURE;
}

/* The chain ends; or, as long as it is in doubt, this run, if anything tells to which
 * eval frame the next one belongs. */
static inline __attribute__((always_inline)) int
python_lose(struct python_state *s)
{
	s->next = 0;
	if (!s->doubt || !s->cfa)
		return PYTHON_NOTHING;
	s->doubt = PYTHON_LOST;
	s->anchor = 0;
	return PYTHON_NOT_HERE;
}

/* A frame cannot be read: it is garbage, or its page is not there just now, since the
 * kernel moves it. Where no doubt is whether there is one, it is of an unknown code
 * object, and the run's last; the caller's cframe may tell how the chain goes on. */
static inline __attribute__((always_inline)) int
python_break(const struct python_layout *l, struct python_state *s)
{
	if (s->doubt)
		return python_lose(s);
	if (!s->first)
		s->mark = s->anchor;
	s->next = s->frame = s->code = s->anchor = 0;
	s->at = ~0u;
	if (l->has_cframe && s->depth)
		s->doubt = PYTHON_LOST;
	return PYTHON_LAST;
}

/* Whether there is a code object at code, as far as its type is known. */
static inline __attribute__((always_inline)) int
python_is_code(const struct python_layout *l, __u64 code, void *mem)
{
	__u64 type = 0;

	(void)mem;
	return !l->code_type || (!UNWIND_READ(mem, &type, sizeof type,
	    code + PYTHON_TYPE) && type == l->code_type);
}

/* Whether the frame that was read is one that its eval function has not begun with
 * yet, or is done with; of frames that say so. */
static inline __attribute__((always_inline)) int
python_is_idle(const struct python_layout *l, const struct python_state *s)
{
	__u32 state = python_field(s, l->frame_flag) & 255;

	return l->rule == PYTHON_ONE && l->frame_flag &&
	    state != PYTHON_EXECUTING && state != PYTHON_UNWINDING;
}

/* Whether the run that ends here is left over from a call before; see above. */
static inline __attribute__((always_inline)) int
python_is_left_over(const struct python_state *s)
{
	return s->doubt == PYTHON_DOUBTED && s->next != s->expect;
}

/* The same of the frame that was read, of a generator; it has no other in its run. */
static inline __attribute__((always_inline)) int
python_is_suspended(const struct python_layout *l,
    const struct python_state *s, void *mem)
{
	__u8 state = 0;

	(void)mem;
	return s->doubt && l->rule == PYTHON_ENTRY &&
	    (python_field(s, l->frame_flag + PYTHON_ENTRY_OWNER) & 255) ==
	    PYTHON_OWNER_GENERATOR && !UNWIND_READ(mem, &state, sizeof state,
	    s->frame - PYTHON_GENERATOR_STATE) && state != 0;
}

/* Go one frame out; enum python_found. At the begin of a run first is 0. */
static inline __attribute__((always_inline)) int
python_step(const struct python_layout *l, struct python_state *s, void *mem)
{
	__u32 size = l->frame_size;
	int elsewhere;

	(void)mem;
	if (!s->next)
		return python_lose(s);
	elsewhere = s->anchor && python_is_elsewhere(s, s->anchor);
	if (elsewhere && (l->rule != PYTHON_ONE || !l->frame_flag))
		return PYTHON_NOT_HERE;
	if (size > sizeof s->word)
		size = sizeof s->word;
	if (UNWIND_READ(mem, s->word, size, s->next))
		return python_break(l, s);
	/* Whatever the cframe says, it is the innermost eval frame's. */
	if (python_is_idle(l, s))
		s->anchor = 0;
	else if (elsewhere)
		return PYTHON_NOT_HERE;
	if (!s->first) {
		s->first = s->next;
		s->mark = s->anchor;
		s->anchor = 0;
	}
	s->frame = s->next;
	s->next = s->word[l->frame_back >> 3 & (PYTHON_FRAME_WORDS - 1)];
	/* From 3.14 on the low two bits are a tag. */
	s->code = s->word[l->frame_code >> 3 & (PYTHON_FRAME_WORDS - 1)] &
	    ~3ull;
	if (l->rule == PYTHON_SHIM && (python_field(s, l->frame_flag) &
	    255) >= PYTHON_OWNER_CSTACK) {
		s->mark = s->frame;
		if (python_is_left_over(s))
			return python_lose(s);
		if (!python_is_elsewhere(s, s->frame))
			return PYTHON_OVER;
		if (s->doubt)
			return python_lose(s);
		s->next = s->first;
		return PYTHON_NOT_HERE;
	}
	if (s->doubt && s->frame == s->first &&
	    (!python_is_code(l, s->code, mem) || python_is_suspended(l, s, mem)))
		return python_lose(s);
	python_where(l, s);
	if (l->rule != PYTHON_ONE && (l->rule != PYTHON_ENTRY ||
	    !(python_field(s, l->frame_flag) & 255)))
		return PYTHON_INNER;
	return python_is_left_over(s) ? python_lose(s) : PYTHON_LAST;
}

/* In objects and types. */
#define PYTHON_IN_CLASS 16
#define PYTHON_TYPE_FLAGS 168
#define PYTHON_IS_CLASS (1ull << 31) /* of a type whose objects are classes */

/*
 * The class of the frame's first local variable, or that variable where it is a
 * class: of a method, its class, if it is self or cls. 0: none.
 */
static inline __attribute__((always_inline)) __u64
python_clue(const struct python_layout *l, const struct python_state *s,
    void *mem)
{
	__u64 object = 0, type = 0, flags = 0;

	(void)mem;
	if (!l->frame_locals || UNWIND_READ(mem, &object, sizeof object,
	    s->frame + l->frame_locals) || !object ||
	    UNWIND_READ(mem, &type, sizeof type, object + PYTHON_TYPE))
		return 0;
	if (l->instance_type && type == l->instance_type)
		return UNWIND_READ(mem, &type, sizeof type,
		    object + PYTHON_IN_CLASS) ? 0 : type;
	if (UNWIND_READ(mem, &flags, sizeof flags, type + PYTHON_TYPE_FLAGS))
		return 0;
	return flags & PYTHON_IS_CLASS ? object : type;
}

#endif
#endif
