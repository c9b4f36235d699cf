#include "cmd/gp-flame/input.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

#define DOT " \xc2\xb7 "

/* Add " · text" or "text". */
static void
put_part(struct buf *b, const char *before, const char *text, const char *after)
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

	put_part(b, "", meta_get(&in->meta, "host"), "");
	put_part(b, "", event, "");
	if (event)
		put_part(b, "", meta_get(&in->meta, "freq"), " Hz");
	put_part(b, "", meta_get(&in->meta, "start"), "");
	put_part(b, "Linux ", meta_get(&in->meta, "kernel"), "");
	if (in->meta.streams > 1)
		buf_addf(b, "%s%" PRIu64 " streams", b->len ? DOT : "",
		    in->meta.streams);
}

static void
take_record(struct input *in, const struct record *r)
{
	const char *kind = record_get(r, "kind");

	if (record_is(r, "gp"))
		in->raw |= kind && strcmp(kind, "raw") == 0;
	if (in->side == INPUT_NEW)
		clock_record(&in->clock, r);
	meta_add(in->side == INPUT_BASE ? &in->base_meta : &in->meta, r);
}

static void
add_stack(struct input *in, const char *file, uint64_t line,
    const char *stack, size_t len, const uint64_t count[2])
{
	if (flame_add(&in->flame, stack, len, count[INPUT_NEW],
	    count[INPUT_BASE]) != FLAME_OK)
		diag(DIAG_FLAME_SUM, file, line, NULL);
	else if (count[INPUT_NEW])
		timeline_add(&in->timeline, flame_last(&in->flame),
		    count[INPUT_NEW]);
}

/* What the decimals of a count make, together with those that the stack had
 * before, 1 or 0. What stays in the order of the input is rounded as it comes. */
static unsigned
add_part(struct input *in, enum input_side side, const char *stack, size_t len,
    uint32_t nano)
{
	if (nano == 0)
		return 0;
	if (in->flame.chart)
		return nano >= PARTS_ONE / 2;
	return parts_add(&in->parts[side], intern_add(&in->in_parts, stack, len),
	    nano);
}

static void
take_sample(struct input *in, const char *file, uint64_t line,
    const char *stack, size_t len, uint64_t count, uint32_t nano)
{
	uint64_t counts[2] = { 0 };
	uint32_t nanos[2] = { 0 };

	counts[in->side] = count;
	nanos[in->side] = nano;
	if (in->columns == 2 && !stream_split_count(stack, &len,
	    &counts[INPUT_BASE], &nanos[INPUT_BASE])) {
		diag(DIAG_FLAME_COLUMNS, file, line, NULL);
		return;
	}
	if ((nanos[0] || nanos[1]) && !in->rounded) {
		diag(DIAG_COLLAPSE_FRACTION, file, line, NULL);
		in->rounded = true;
	}
	/* What is too large already is told by add_stack(). */
	for (enum input_side s = INPUT_NEW; s <= INPUT_BASE; s++)
		if (counts[s] < UINT64_MAX)
			counts[s] += add_part(in, s, stack, len, nanos[s]);
	add_stack(in, file, line, stack, len, counts);
}

void
input_done(struct input *in)
{
	for (uint32_t i = 0; i < in->in_parts.n; i++) {
		const uint64_t counts[2] = {
			[INPUT_NEW] = parts_rounds_up(&in->parts[INPUT_NEW], i),
			[INPUT_BASE] = parts_rounds_up(&in->parts[INPUT_BASE], i),
		};

		add_stack(in, NULL, 0, intern_str(&in->in_parts, i),
		    intern_len(&in->in_parts, i), counts);
	}
}

/* Keep a line until it is clear how many columns there are. */
static void
hold(struct input *in, const struct stream *s, const struct stream_line *l)
{
	struct input_line *h;

	if (!in->held)
		in->held = calloc(INPUT_LINES_HELD, sizeof *in->held);
	if (!in->held)
		die_nomem();
	h = &in->held[in->held_n++];
	buf_reset(&h->text);
	buf_add(&h->text, l->text, l->stack_len);
	h->count = l->count;
	h->nano = l->nano;
	h->line = s->line;
}

/* Two columns if all lines so far have them; then take those lines. */
static void
decide(struct input *in, const char *file, bool one)
{
	in->columns = one || in->held_n == 0 ? 1 : 2;
	for (size_t i = 0; i < in->held_n && in->columns == 2; i++) {
		size_t len = in->held[i].text.len;
		uint64_t count;
		uint32_t nano;

		if (!stream_split_count(buf_str(&in->held[i].text), &len,
		    &count, &nano))
			in->columns = 1;
	}
	if (in->columns == 2)
		in->flame.diff = true;
	for (size_t i = 0; i < in->held_n; i++) {
		struct input_line *h = &in->held[i];

		take_sample(in, file, h->line, buf_str(&h->text), h->text.len,
		    h->count, h->nano);
	}
	in->held_n = 0;
}

static void
take_line(struct input *in, const struct stream *s,
    const struct stream_line *l)
{
	if (l->type == STREAM_BAD) {
		diag(l->bad, s->name, s->line, NULL);
	} else if (l->type == STREAM_RECORD) {
		if (in->columns == 0 && record_is(&s->record, "gp"))
			decide(in, s->name, true);
		take_record(in, &s->record);
	} else if (in->columns == 0) {
		hold(in, s, l);
		if (in->held_n == INPUT_LINES_HELD)
			decide(in, s->name, false);
	} else {
		take_sample(in, s->name, s->line, l->text, l->stack_len,
		    l->count, l->nano);
	}
}

void
input_read(struct input *in, enum input_side side, int fd, const char *name)
{
	struct stream s;
	struct stream_line l;
	enum stream_err err;

	in->side = side;
	in->clock.timeline = &in->timeline;
	clock_next_file(&in->clock);
	stream_init(&s, fd, name);
	s.decimals = true;
	while (stream_read(&s, &l) != STREAM_END)
		take_line(in, &s, &l);
	if (in->columns == 0 && in->held_n)
		decide(in, name, false);
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
	timeline_free(&in->timeline);
	buf_free(&in->wrong);
	meta_free(&in->meta);
	meta_free(&in->base_meta);
	intern_free(&in->in_parts);
	parts_free(&in->parts[INPUT_NEW]);
	parts_free(&in->parts[INPUT_BASE]);
	for (size_t i = 0; in->held && i < INPUT_LINES_HELD; i++)
		buf_free(&in->held[i].text);
	free(in->held);
}
