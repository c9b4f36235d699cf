/*
 * window.h - lines that wait for their addresses to be looked up at once.
 *
 * A zeroed struct window is empty and ready. window_free() it.
 */
#ifndef GP_SYMBOLIZE_WINDOW_H
#define GP_SYMBOLIZE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum {
	WINDOW_BYTES_MAX = 8 << 20, /* of lines that are held back */
	WINDOW_WAIT_MS = 200,       /* the first of them, for others */
};

struct window_line {
	size_t at, len; /* in text: the stack, or a record with its newline */
	uint64_t count; /* 0: a record */
};

struct window {
	struct buf text;
	struct window_line *line;
	size_t n, cap;
	uint64_t since; /* when the first came, in ns, if there is one */
};

/* Add a copy of a line. True if it is time to let them go. */
bool window_add(struct window *w, const char *text, size_t len,
    uint64_t count);

/* Milliseconds that they may still wait for others. */
int window_left_ms(const struct window *w);

void window_reset(struct window *w);
void window_free(struct window *w);

#endif
