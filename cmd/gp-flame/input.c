#include "cmd/gp-flame/input.h"

#include <inttypes.h>
#include <string.h>

#include "base/diag.h"

#define DOT " \xc2\xb7 "

/* Add " · text" or "text". */
static void
add_part(struct buf *b, const char *before, const char *text, const char *after)
{
	if (!text || !*text)
		return;
	if (b->len)
		buf_adds(b, DOT);
	buf_adds(b, before);
	buf_adds(b, text);
	buf_adds(b, after);
}

void
input_source(const struct input *in, struct buf *b)
{
	const char *event = meta_get(&in->meta, "event");

	add_part(b, "", meta_get(&in->meta, "host"), "");
	add_part(b, "", event, "");
	if (event)
		add_part(b, "", meta_get(&in->meta, "freq"), " Hz");
	add_part(b, "", meta_get(&in->meta, "start"), "");
	add_part(b, "Linux ", meta_get(&in->meta, "kernel"), "");
	if (in->meta.streams > 1)
		buf_addf(b, "%s%" PRIu64 " streams", b->len ? DOT : "",
		    in->meta.streams);
}

static void
take_record(struct input *in, const struct record *r)
{
	const char *kind = record_get(r, "kind");

	if (record_is(r, "gp") && kind && strcmp(kind, "raw") == 0)
		in->raw = true;
	meta_add(&in->meta, r);
}

void
input_read(struct input *in, int fd, const char *name)
{
	struct stream s;
	struct stream_line l;
	enum stream_err err;

	stream_init(&s, fd, name);
	while (stream_read(&s, &l) != STREAM_END) {
		if (l.type == STREAM_BAD)
			diag(l.bad, name, s.line, NULL);
		else if (l.type == STREAM_RECORD)
			take_record(in, &s.record);
		else if (flame_add(&in->flame, l.text, l.stack_len, l.count) !=
		    FLAME_OK)
			diag(DIAG_FLAME_SUM, name, s.line, NULL);
	}
	err = stream_check(&s);
	if (err != STREAM_OK && in->err == STREAM_OK) {
		in->err = err;
		in->saved_errno = s.saved_errno;
		buf_addf(&in->wrong, "%s %s", name, stream_strerror(err));
	}
	stream_free(&s);
}

void
input_free(struct input *in)
{
	flame_free(&in->flame);
	buf_free(&in->wrong);
	meta_free(&in->meta);
}
