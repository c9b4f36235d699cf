/*
 * reads.h - for the tests of readers: a profile that they fill, as folded text.
 *
 *	struct reads t;
 *	reads_begin(&t);
 *	reads_lines(austin_line, &t.r, "P1;T2;f:g:3 4\n");
 *	reads_expect(&t, "python;g (f:3)_[p] 4\n");
 */
#ifndef GP_READS_H
#define GP_READS_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "profile/reading.h"

struct reads {
	struct fold fold;
	struct reading r;
};

static inline void
reads_begin(struct reads *t)
{
	diag_init("test");
	diag_set_verbosity(-1);
	*t = (struct reads){ .r.name = "text" };
	t->r.fold = &t->fold;
	t->r.opt.lines = t->r.opt.addrs = true;
}

/* Give each line, without its newline, to one of
 * void take(x *, const char *s, size_t len). */
#define reads_lines(take, x, text) \
	do { \
		const char *s_ = (text); \
		for (size_t n_; *s_; s_ += n_ + (s_[n_] == '\n')) { \
			n_ = strcspn(s_, "\n"); \
			(take)((x), s_, n_); \
		} \
	} while (0)

/* Round, as input_done() does, compare, and free. */
static inline void
reads_expect(struct reads *t, const char *want)
{
	struct stream_writer w = { .f = NULL };
	char *text;
	size_t len;

	w.f = open_memstream(&text, &len);
	ck_assert_ptr_nonnull(w.f);
	(void)!fold_round(&t->fold);
	profile_write_folded(&t->fold.profile, &w);
	fclose(w.f);
	ck_assert_str_eq(text, want);
	free(text);
	reading_done(&t->r);
	fold_free(&t->fold);
}

#endif
