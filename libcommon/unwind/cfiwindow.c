#include "unwind/cfiwindow.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/diag.h"

enum { PAGE = 4096 };

/* Read anew, to begin with the page of off and hold len bytes at least: as much as
 * there is room for where the window moves on, a page elsewhere. */
static bool
move(struct cfiwindow *w, size_t off, size_t len)
{
	bool near = off >= w->at && off - w->at <= w->n + CFIWINDOW_BYTES;
	size_t at = off & ~(size_t)(PAGE - 1);
	size_t want = near ? CFIWINDOW_BYTES : PAGE;

	if (want < off - at + len)
		want = off - at + len;
	if (want > w->len - at)
		want = w->len - at;
	if (want > w->cap) {
		free(w->b);
		w->cap = want > CFIWINDOW_BYTES ? want : CFIWINDOW_BYTES;
		w->b = malloc(w->cap);
		if (!w->b)
			die_nomem();
	}
	w->at = at;
	w->n = 0;
	if (elffile_read(w->f, w->offset + at, w->b, want) != ELFFILE_OK)
		return false;
	w->n = want;
	return true;
}

const uint8_t *
cfiwindow_bytes(struct cfiwindow *w, size_t off, size_t len)
{
	if (off > w->len || len > w->len - off)
		return NULL;
	if (w->data)
		return w->data + off;
	if ((off < w->at || off - w->at > w->n ||
	    len > w->n - (off - w->at)) && !move(w, off, len))
		return NULL;
	return w->b + (off - w->at);
}

void
cfiwindow_free(struct cfiwindow *w)
{
	free(w->b);
	*w = (struct cfiwindow){ 0 };
}
