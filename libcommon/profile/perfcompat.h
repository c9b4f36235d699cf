/*
 * perfcompat.h - what FlameGraph's stackcollapse-perf.pl makes of perf script's
 * output, to the byte, for those who compare with files that it wrote.
 *
 * It is wrong in places: perfname.h lists them. Two more are that a comm of one
 * byte is taken together with what follows it, and that the last stack is gone if
 * no empty line follows. Each sample weighs its period. A stack of more lines than
 * READING_DEPTH_MAX, or of more bytes than LINES_MAX, is left out. What the script says on
 * standard error is not imitated.
 *
 * Source: its behaviour at commit 41fee1f; patterns are told in the words of
 * perlre(1) above the functions.
 */
#ifndef GP_PERFCOMPAT_H
#define GP_PERFCOMPAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "profile/reading.h"

struct perfcompat {
	struct reading *r; /* its fold takes names raw */
	bool pid, tid, kernel, jit; /* the script's options */
	/* private */
	bool open;          /* a sample began */
	struct buf pname;   /* its process frame */
	uint64_t period;
	struct buf stack;   /* ";frame;frame" of each line, the innermost first */
	size_t *line;       /* where each begins */
	size_t lines, line_cap;
	struct buf frames;  /* of one line */
};

/* Take a line without its newline. */
void perfcompat_line(struct perfcompat *p, const char *s, size_t len);

void perfcompat_free(struct perfcompat *p);

#endif
