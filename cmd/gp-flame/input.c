#include "cmd/gp-flame/input.h"

#include <string.h>

#include "base/diag.h"

/* Add " · text" or "text". */
static void
add_part(struct buf *b, const char *before, const char *text, const char *after)
{
	if (!text || !*text)
		return;
	if (b->len)
		buf_adds(b, " \xc2\xb7 ");
	buf_adds(b, before);
	buf_adds(b, text);
	buf_adds(b, after);
}

static void
close_stream(struct input *in)
{
	in->lost += in->stream_lost;
	in->stream_lost = 0;
}

static void
take_gp(struct input *in, const struct record *r)
{
	const char *kind = record_get(r, "kind");
	const char *event = record_get(r, "event");

	close_stream(in);
	if (kind && strcmp(kind, "raw") == 0)
		in->raw = true;
	if (in->streams++ > 0)
		return;
	add_part(&in->source, "", record_get(r, "host"), "");
	add_part(&in->source, "", event, "");
	if (event)
		add_part(&in->source, "", record_get(r, "freq"), " Hz");
	add_part(&in->source, "", record_get(r, "start"), "");
	add_part(&in->source, "Linux ", record_get(r, "kernel"), "");
}

static void
take_record(struct input *in, const struct record *r)
{
	uint64_t n;

	if (record_is(r, "gp")) {
		take_gp(in, r);
	} else if (record_is(r, "lost") && record_get_u64(r, "count", &n)) {
		if (__builtin_add_overflow(in->stream_lost, n, &in->stream_lost))
			in->stream_lost = UINT64_MAX;
	} else if (record_is(r, "end") && record_get_u64(r, "lost", &n)) {
		in->stream_lost = n;
		close_stream(in);
	}
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
	close_stream(in);
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
	buf_free(&in->source);
}
