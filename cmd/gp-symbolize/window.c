#include "window.h"

#include <stdlib.h>

#include "base/diag.h"
#include "base/monotonic.h"

bool
window_add(struct window *w, const char *text, size_t len, uint64_t count)
{
	if (w->n == w->cap) {
		w->cap = w->cap ? w->cap * 2 : 256;
		w->line = reallocarray(w->line, w->cap, sizeof *w->line);
		if (!w->line)
			die_nomem();
	}
	if (w->n == 0)
		w->since = monotonic_ns();
	w->line[w->n++] = (struct window_line){ w->text.len, len, count };
	buf_add(&w->text, text, len);
	return w->text.len >= WINDOW_BYTES_MAX;
}

int
window_left_ms(const struct window *w)
{
	uint64_t waited = (monotonic_ns() - w->since) / 1000000;

	return waited < WINDOW_WAIT_MS ? WINDOW_WAIT_MS - (int)waited : 0;
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
