/*
 * interps.h - the interpreters of the processes that are sampled.
 *
 * Each file that a sampled process maps is looked at once for an interpreter
 * (runtime/interp.h). Where there is one, the sampler is told, and from the next
 * sample on the stack holds the interpreter's frames; what is sampled before comes
 * too early for that, shows the eval function as what it is, and is counted.
 *
 * A code object's name is read when it is first seen, while its process lives,
 * and again from time to time, ever more seldom, in case another one has come to
 * its address.
 * A child that is gone already has the names of its parent.
 *
 *	sample: … $3+5f20 │ eval │ code 7f01a0 at 12 │ code 7f0340 at 4 │ …
 *	stack:  … $3+5f20          price (shop.py:31)_[p]  main (shop.py:50)_[p]
 *
 * The eval function's frame is hidden where its run of interpreter's frames
 * stands, unless they are to be kept.
 */
#ifndef GP_RECORD_INTERPS_H
#define GP_RECORD_INTERPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/pairmap.h"
#include "module.h"
#include "runtime/interp.h"
#include "runtime/packages.h"
#include "sampler.h"
#include "space.h"

/* Names of code objects in all, and code objects of a process: a stranger can make
 * any number. Of tables of lines, bytes in all. */
enum {
	INTERPS_NAMES_MAX = 400000,
	INTERPS_CODES_MAX = 50000,
	INTERPS_LINES_MAX = 32 << 20,
};

/* What is known of a module, by its index. */
struct interps_file {
	struct interp interp; /* as linked; INTERP_NONE: none */
	uint64_t eval_off;    /* file offset of the eval function */
	bool switches;        /* interp_switches() */
	bool looked;
};

struct interps {
	struct sampler *sampler; /* that is told */
	struct interps_file *file;
	uint32_t n;
	struct interp_wish wish;
	struct packages packages;
	bool keep_evals;
	/* By language: native frames are left out where it has frames. */
	bool no_natives[INTERP_LANGUAGES];
	uint64_t lines;    /* bytes of tables of lines */
	uint32_t names;    /* interned so far */
	uint64_t unnamed;  /* frames of code objects that could not be read */
	uint64_t early;    /* samples without frames: interps_came_early() */
	struct buf text;   /* scratch */
};

/* A code object that was seen in a process. */
struct interps_code {
	uint64_t check;
	uint64_t until;    /* when it has to be read again, ns */
	uint64_t believed; /* how long that is from a reading on */
	struct interp_code *lines; /* with its table of lines; NULL: not wanted */
	uint32_t name;     /* of modules_name_frame() */
	bool clued;        /* read with the clue that the sampler has, if any */
};

/* What a process has of this. Zeroed: nothing. */
struct interps_process {
	struct interp interp; /* where it is mapped; INTERP_NONE: none */
	uint32_t image;       /* that the sampler knows it under */
	bool installed;
	uint32_t changes;     /* struct space's, when it was last looked at */
	struct pairmap index; /* code object to number of code */
	struct interps_code *code;
	uint32_t ncode;
	size_t cap;
	uint64_t budget_of;   /* the time that reads were counted in */
	uint32_t reads;
	struct pairmap lines; /* (check, place in the code) to a name */
};

/* Whether a module, or all that is mapped, has been looked at before. */
bool interps_know_file(struct interps *s, uint32_t module);
bool interps_know_files(struct interps *s, const struct space *space);

/* Whether there is an interpreter among the mappings. proc: the process, as far
 * as it lives and interps_know_files() is false. */
bool interps_are_in(struct interps *s, const struct modules *modules,
    const struct space *space, const struct proc *proc);

/*
 * Look for an interpreter among a process's mappings, and let the sampler know.
 *
 * proc: the process, as far as it lives. For each image, and whenever its
 * mappings have changed.
 */
void interps_look(struct interps *s, struct interps_process *p,
    const struct modules *modules, const struct space *space,
    const struct proc *proc, uint32_t image);

/*
 * Whether what is mapped there is a library that switches stacks (interp_switches()).
 *
 * proc: the process, as far as it lives and interps_know_file() is false.
 */
bool interps_switches(struct interps *s, const struct modules *modules,
    const struct mapping *m, const struct proc *proc);

/* Whether interps_look() should be called. */
bool interps_is_due(const struct interps_process *p,
    const struct space *space, uint32_t image);

/*
 * Whether the name of a word's code object is known for now; if not, its memory
 * is needed. clue: as below.
 */
bool interps_knows(const struct interps_process *p, uint64_t word,
    uint64_t clue, uint64_t now);

/*
 * The frame (of modules_name_frame()) for an interpreter's frame.
 *
 * asked: the process, or NULL if it cannot be asked (any more); parent: the one it
 * was forked from, or NULL; clue: the word that came behind this one, or 0. Where
 * one was to come and did not, with a sample that was lost or cut, the sampler is
 * asked for it.
 */
uint64_t interps_frame(struct interps *s, struct interps_process *p,
    struct interps_process *parent, const struct interp_process *asked,
    struct modules *modules, uint64_t word, uint64_t clue, uint64_t now);

/*
 * Put the runs that came with a sample behind the eval frames that user space
 * found, frame[from] and on, and behind frame[from - 1] if it is one: n frames so
 * far, sp their stack pointers (0: not known), later as in struct sample. Returns
 * how many there are then, cap at most.
 */
uint32_t interps_weave(const struct interps_process *p, uint64_t *frame,
    const uint64_t *sp, uint32_t from, uint32_t n, uint32_t cap,
    const uint64_t *later, uint32_t nlater);

/* Whether a native eval frame has no run. */
bool interps_lacks_run(const struct interps_process *p, const uint64_t *frame,
    uint32_t n);

/* Whether a sample was taken before the sampler was told of the interpreter that
 * was at work: the stack has eval frames, and their runs nobody walked. language: the
 * sample's; to be asked when the interpreter has been looked for. */
bool interps_came_early(const struct interps_process *p, uint32_t language,
    const uint64_t *frame, uint32_t n);

/*
 * Correct a whole stack that was caught while an eval function began or ended:
 * its frame is not in the interpreter's chain (yet, or any more), so that each eval
 * frame came to the next one's run, and the outermost to none. For what is not
 * strictly told: the count of frames is all there is to go by. Of INTERP_EXACT that is
 * so within the eval function only, between two of its instructions.
 */
void interps_align(const struct interps_process *p, uint64_t *frame,
    uint32_t n);

/* Whether a stack was caught so: its innermost eval frame, which is set, has no
 * run, and others have. */
bool interps_begins(const struct interps_process *p, const uint64_t *frame,
    uint32_t n, uint32_t *at);

/* Whether frame[i] of n is a native eval frame with its run behind it. */
static inline bool
interps_has_run(const uint64_t *frame, uint32_t n, uint32_t i)
{
	return !(frame[i] & SAMPLER_INTERP_BIT) && i + 1 < n &&
	    frame[i + 1] & SAMPLER_INTERP_BIT;
}

/* An interpreter's frame or what belongs to it, not an address. */
static inline bool
interps_is_word(uint64_t word)
{
	return word & SAMPLER_INTERP_BIT;
}

/* Whether native frames are left out of this stack. */
bool interps_hide_natives(const struct interps *s, const uint64_t *frame,
    uint32_t n);

void interps_forget(struct interps *s, struct interps_process *p);
void interps_free(struct interps *s);

#endif
