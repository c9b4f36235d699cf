#include "framewire.h"

#include <string.h>

struct wire_frame {
	uint32_t line;
	uint16_t name_len, file_len; /* 0: not told */
};

static uint16_t
text_len(const char *s)
{
	return s ? (uint16_t)strnlen(s, FRAMEWIRE_TEXT_MAX) : 0;
}

void
framewire_put(struct buf *b, const struct debuginfo_frame *frame, size_t n)
{
	uint32_t count = (uint32_t)n;

	buf_add(b, &count, sizeof count);
	for (size_t i = 0; i < n; i++) {
		const struct wire_frame w = { frame[i].line,
			text_len(frame[i].name), text_len(frame[i].file) };

		buf_add(b, &w, sizeof w);
		if (w.name_len)
			buf_add(b, frame[i].name, w.name_len);
		if (w.file_len)
			buf_add(b, frame[i].file, w.file_len);
	}
}

static bool
take(struct framewire_reader *r, void *to, size_t len)
{
	if (r->left < len)
		return false;
	memcpy(to, r->p, len);
	r->p += len;
	r->left -= len;
	return true;
}

/* Copy a text, with a NUL behind it, to *b; NULL if there is none. What holds a
 * NUL itself ends there. */
static bool
take_text(struct framewire_reader *r, struct buf *b, size_t len, size_t *at)
{
	*at = SIZE_MAX;
	if (len > r->left || len > FRAMEWIRE_TEXT_MAX)
		return false;
	if (len) {
		*at = b->len;
		buf_add(b, r->p, len);
		buf_addc(b, '\0');
	}
	r->p += len;
	r->left -= len;
	return true;
}

bool
framewire_take(struct framewire_reader *r, struct buf *texts,
    struct debuginfo_frame *frame, uint32_t *n)
{
	size_t at[2 * DEBUGINFO_DEPTH_MAX];
	struct wire_frame w;

	buf_reset(texts);
	if (!take(r, n, sizeof *n) || *n > DEBUGINFO_DEPTH_MAX)
		return false;
	for (uint32_t i = 0; i < *n; i++) {
		if (!take(r, &w, sizeof w) ||
		    !take_text(r, texts, w.name_len, &at[2 * i]) ||
		    !take_text(r, texts, w.file_len, &at[2 * i + 1]))
			return false;
		frame[i].line = w.line;
	}
	/* Only now does the buffer stay where it is. */
	for (uint32_t i = 0; i < *n; i++) {
		frame[i].name = at[2 * i] == SIZE_MAX ? NULL :
		    texts->s + at[2 * i];
		frame[i].file = at[2 * i + 1] == SIZE_MAX ? NULL :
		    texts->s + at[2 * i + 1];
	}
	return true;
}
