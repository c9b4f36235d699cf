#include "flight.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

struct flight_frame {
	struct names_frame frame;
	const char *text; /* if it is known */
	uint32_t text_len;
};

/* -- a line comes -------------------------------------------------------- */

/* A copy, with a pad that ends the last frame and may be read. */
static void
copy(struct flight_line *l, const char *s, size_t len)
{
	static const char pad[FRAMECACHE_PAD + 1] =
	    ";;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;";

	l->len = len;
	buf_reset(&l->in);
	buf_grow(&l->in, len + FRAMECACHE_PAD);
	memcpy(l->in.s, s, len);
	memcpy(l->in.s + len, pad, sizeof pad);
}

static void
add_frame(struct flight_line *l, const struct names_frame *frame)
{
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 64;
		l->frame = reallocarray(l->frame, l->cap, sizeof *l->frame);
		if (!l->frame)
			die_nomem();
	}
	l->frame[l->n++].frame = *frame;
}

/* Read the frames from at on, where one ends. */
static void
read_frames(struct flight *f, struct flight_line *l, size_t at)
{
	while (at < l->len) {
		struct names_frame frame = names_read(f->names,
		    l->in.s + at + 1);

		add_frame(l, &frame);
		at += 1 + frame.len;
		prefix_add(&f->prefix, at);
	}
}

static size_t
root_len(const char *stack, size_t len)
{
	const char *end = memchr(stack, ';', len);

	return end ? (size_t)(end - stack) : len;
}

static void
take(struct flight *f, struct flight_line *l, const char *stack, size_t len)
{
	copy(l, stack, len);
	l->n = 0;
	l->same = prefix_begin(&f->prefix, l->in.s, len);
	if (l->same == 0) {
		l->root = root_len(l->in.s, len);
		prefix_add(&f->prefix, l->root);
	}
	read_frames(f, l, f->prefix.end[f->prefix.n - 1]);
}

/* -- its texts ----------------------------------------------------------- */

static void
look_up(struct flight *f, struct flight_frame *x)
{
	const struct framecache_entry *e = names_known(f->names, &x->frame);

	x->text = e ? e->s : NULL;
	x->text_len = e ? e->len : 0;
}

static void
look_all_up(struct flight *f, struct flight_line *l)
{
	l->age = f->names->frame.age;
	for (size_t i = 0; i < l->n; i++) {
		look_up(f, &l->frame[i]);
		if (l->frame[i].text)
			__builtin_prefetch(l->frame[i].text);
	}
}

/* -- and it leaves ------------------------------------------------------- */

/* ";" and a text. */
static void
put_text(struct buf *b, const char *s, size_t len)
{
	if (b->cap - b->len < len + 2)
		buf_grow(b, len + 1);
	b->s[b->len] = ';';
	memcpy(b->s + b->len + 1, s, len);
	b->len += len + 1;
}

/* True if it is an address. */
static bool
put_frame(struct flight *f, struct flight_line *l, struct flight_frame *x)
{
	/* Since then it may have become known, or all may have been forgotten. */
	if (!x->text || l->age != f->names->frame.age)
		look_up(f, x);
	if (x->text) {
		f->names->frames++;
		put_text(&f->text, x->text, x->text_len);
		return true;
	}
	if (x->frame.len == 0 || *x->frame.s != '$') {
		put_text(&f->text, x->frame.s, x->frame.len);
		return false;
	}
	buf_addc(&f->text, ';');
	return names_add(f->names, &x->frame, &f->text) == NAMES_ADDRESS;
}

static void
set_end(struct flight *f, size_t frame, const struct flight_end *end)
{
	if (frame < PREFIX_FRAMES_MAX)
		f->end[frame] = *end;
}

static void
leave(struct flight *f, struct flight_line *l)
{
	struct flight_end end = { 0 };
	size_t frame = l->same;

	if (frame)
		end = f->end[frame - 1];
	f->names->frames += end.addresses;
	f->text.len = end.at;
	if (frame == 0) {
		buf_add(&f->text, l->in.s, l->root);
		end.at = f->text.len;
		set_end(f, frame++, &end);
	}
	for (size_t i = 0; i < l->n; i++) {
		end.addresses += put_frame(f, l, &l->frame[i]);
		end.at = f->text.len;
		set_end(f, frame++, &end);
	}
	stream_end_sample(f->out, &f->text, l->count);
}

/* The line that came that many lines before the next. */
static struct flight_line *
line_before(struct flight *f, unsigned back)
{
	return &f->line[(f->next + FLIGHT_LINES - back) % FLIGHT_LINES];
}

void
flight_add(struct flight *f, const char *stack, size_t len, uint64_t count)
{
	struct flight_line *l = &f->line[f->next];

	take(f, l, stack, len);
	l->count = count;
	f->next = (f->next + 1) % FLIGHT_LINES;
	f->n++;
	if (f->n >= 2)
		look_all_up(f, line_before(f, 2));
	if (f->n == FLIGHT_LINES) {
		leave(f, line_before(f, FLIGHT_LINES));
		f->n--;
	}
}

void
flight_land(struct flight *f)
{
	if (f->n)
		look_all_up(f, line_before(f, 1));
	for (; f->n; f->n--)
		leave(f, line_before(f, f->n));
}

void
flight_reset(struct flight *f)
{
	flight_land(f);
	prefix_reset(&f->prefix);
}

bool
flight_expect(struct flight *f, const char *stack, size_t len)
{
	struct flight_line *l = &f->line[f->next];
	bool full = false;
	size_t at = root_len(stack, len);

	copy(l, stack, len);
	while (at < len) {
		struct names_frame frame = names_read(f->names,
		    l->in.s + at + 1);

		at += 1 + frame.len;
		if (frame.len && *frame.s == '$')
			full |= names_expect(f->names, &frame);
	}
	return full;
}

void
flight_free(struct flight *f)
{
	for (unsigned i = 0; i < FLIGHT_LINES; i++) {
		buf_free(&f->line[i].in);
		free(f->line[i].frame);
	}
	buf_free(&f->text);
}
