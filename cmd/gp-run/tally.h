/*
 * tally.h - what is in a named stream, for the figures.
 *
 * Counts samples, what they lack, and which languages they hold. A sample is
 * covered in a language if a frame of it is in the stack; it is missed if the
 * function in which that language's interpreter runs is, and no frame of it:
 * gp-record hides that function where it could read the frames. So coverage is
 * told by evidence, whatever the process is called.
 *
 *	python3-7;_start;main;_PyEval_EvalFrameDefault	missed, python
 *	python3-7;_start;main;run (app.py:3)_[p]	covered, python
 */
#ifndef GP_TALLY_H
#define GP_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stream/record.h"

#define TALLY_LANGUAGES(X) \
	X(KERNEL, "kernel", "_[k]", NULL) \
	X(JIT, "jit", "_[j]", NULL) \
	X(JAVA, "java", "_[0]", NULL) \
	X(JAVA_C1, "java-c1", "_[1]", NULL) \
	X(PYTHON, "python", "_[p]", "_PyEval_EvalFrameDefault") \
	X(RUBY, "ruby", "_[rb]", "rb_vm_exec") \
	X(PHP, "php", "_[php]", "execute_ex") \
	X(DOTNET, "dotnet", "_[net]", NULL) \
	X(JAVASCRIPT, "javascript", "_[js]", NULL) \
	X(PERL, "perl", "_[pl]", "Perl_runops_standard")

enum tally_language {
#define X(id, name, suffix, loop) TALLY_##id,
	TALLY_LANGUAGES(X)
#undef X
	TALLY_NLANGUAGES
};

/* Why samples were lost; others are TALLY_OTHER. */
#define TALLY_REASONS(X) \
	X(RING_FULL, "ring-full") \
	X(BAD_LINE, "bad-line") \
	X(RUN_CUT, "run-cut") \
	X(RUN_DIED, "run-died") \
	X(RECORD_DIED, "record-died") \
	X(UNACCOUNTED, "unaccounted") \
	X(OTHER, "other")

enum tally_reason {
#define X(id, name) TALLY_##id,
	TALLY_REASONS(X)
#undef X
	TALLY_NREASONS
};

extern const char *const tally_language_names[TALLY_NLANGUAGES];
extern const char *const tally_reason_names[TALLY_NREASONS];

struct tally {
	uint64_t samples;
	uint64_t truncated; /* of these: cut, [truncated] */
	uint64_t native;    /* of these: with no frame of another language */
	uint64_t covered[TALLY_NLANGUAGES];
	uint64_t missed[TALLY_NLANGUAGES];
	uint64_t frames;  /* of all samples */
	uint64_t unnamed; /* of these: a module or nothing, in place of a name */
	uint64_t processes;
	uint64_t lost[TALLY_NREASONS];
};

/* Whether samples of a language can be missed: it has an interpreter that is
 * known. */
bool tally_is_told(size_t language);

/* Count a sample line. */
void tally_sample(struct tally *t, const char *stack, size_t len,
    uint64_t count);

/* Count a record. */
void tally_record(struct tally *t, const struct record *r);

/* Add another's counts. */
void tally_add(struct tally *t, const struct tally *other);

#endif
