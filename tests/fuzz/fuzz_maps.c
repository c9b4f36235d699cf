/*
 * /proc/PID/maps: every line is an entry or is counted as bad, entries lie in
 * the text in its order, and one that is written out again is read the same.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "proc/maps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static size_t
count_lines(const uint8_t *data, size_t len)
{
	size_t n = len && data[len - 1] != '\n';

	for (size_t i = 0; i < len; i++)
		n += data[i] == '\n';
	return n;
}

static void
print(struct buf *b, const struct maps_entry *e)
{
	buf_addf(b, "%" PRIx64 "-%" PRIx64 " %c%c%c%c %" PRIx64 " %x:%x %" PRIu64
	    " ", e->start, e->end, e->perms & MAPS_READ ? 'r' : '-',
	    e->perms & MAPS_WRITE ? 'w' : '-', e->perms & MAPS_EXEC ? 'x' : '-',
	    e->perms & MAPS_SHARED ? 's' : 'p', e->offset, e->dev_major,
	    e->dev_minor, e->inode);
	for (size_t i = 0; i < e->path_len; i++)
		if (e->path[i] == '\n')
			buf_adds(b, "\\012");
		else
			buf_addc(b, e->path[i]);
	buf_adds(b, e->deleted ? " (deleted)\n" : "\n");
}

static void
check_again(const struct maps_entry *e)
{
	struct buf b = { 0 };
	struct maps_entry again;
	struct maps m;

	print(&b, e);
	maps_init(&m, b.s, b.len);
	if (!maps_next(&m, &again) || again.start != e->start ||
	    again.end != e->end || again.offset != e->offset ||
	    again.inode != e->inode || again.dev_major != e->dev_major ||
	    again.dev_minor != e->dev_minor || again.perms != e->perms ||
	    again.deleted != e->deleted || again.path_len != e->path_len ||
	    memcmp(again.path, e->path, e->path_len) != 0)
		abort();
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len ? len : 1);
	const char *last = text;
	struct maps_entry e;
	struct maps m;
	size_t n = 0;

	if (!text)
		abort();
	memcpy(text, data, len);
	maps_init(&m, text, len);
	while (maps_next(&m, &e)) {
		n++;
		if (e.start >= e.end || strlen(e.path) != e.path_len)
			abort();
		if (e.path[0]) {
			if (e.path < last || e.path + e.path_len >= text + len)
				abort();
			last = e.path + e.path_len;
		}
		/* An empty path, "deleted", is not written again as it was. */
		if (e.path[0] && e.path[0] != ' ')
			check_again(&e);
	}
	if (n + m.bad != count_lines(data, len))
		abort();
	free(text);
	return 0;
}
