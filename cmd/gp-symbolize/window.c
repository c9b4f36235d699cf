#include "window.h"

#include <stdlib.h>

#include "base/diag.h"

bool
window_add(struct window *w, const char *text, size_t len, uint64_t count)
{
	if (w->n == w->cap) {
		w->cap = w->cap ? w->cap * 2 : 256;
		w->line = reallocarray(w->line, w->cap, sizeof *w->line);
		if (!w->line)
			die_nomem();
	}
	w->line[w->n++] = (struct window_line){ w->text.len, len, count };
	buf_add(&w->text, text, len);
	return w->text.len >= WINDOW_BYTES_MAX;
}

void
window_reset(struct window *w)
{
	w->n = 0;
	buf_reset(&w->text);
}

void
window_free(struct window *w)
{
	free(w->line);
	buf_free(&w->text);
	*w = (struct window){ 0 };
}
