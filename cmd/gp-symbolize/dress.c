#include "dress.h"

#include <string.h>

#include "elf/demangle.h"
#include "elf/simplify.h"
#include "stream/frame.h"

/* Cut what was added behind start to DRESS_NAME_MAX, between characters. */
static void
bound_name(struct buf *b, size_t start)
{
	static const char dots[] = "...";
	size_t end = start + DRESS_NAME_MAX - (sizeof dots - 1);

	if (b->len - start <= DRESS_NAME_MAX)
		return;
	while (end > start && ((unsigned char)b->s[end] & 0xc0) == 0x80)
		end--;
	b->len = end;
	buf_adds(b, dots);
}

/* Replace d->raw by what was made of it in d->text. */
static void
take_text(struct dress *d)
{
	struct buf b = d->raw;

	d->raw = d->text;
	d->text = b;
	buf_reset(&d->text);
}

/* The name in d->raw, as the linker sees it, becomes one for people. */
static void
make_readable(struct dress *d)
{
	bool demangled;

	if (d->no_clones)
		d->raw.len = simplify_cut_clone(d->raw.s, d->raw.len);
	demangled = !d->no_demangle && demangle_add(&d->text, d->raw.s,
	    d->raw.len, d->no_args ? DEMANGLE_NAME : DEMANGLE_FULL);
	if (demangled)
		take_text(d);
	if (demangled && d->no_templates) {
		simplify_add(&d->text, d->raw.s, d->raw.len);
		take_text(d);
	}
}

/* " (json.cpp:88)", or " (json.cpp)" for code that belongs to no line. */
static void
add_place(const struct dress *d, struct buf *out,
    const struct dress_place *place)
{
	const char *file = place->file, *slash = strrchr(file, '/');
	size_t len;

	if (!d->full_paths && slash)
		file = slash + 1;
	len = strlen(file);
	if (len == 0)
		return;
	if (len > DRESS_FILE_MAX) {
		file += len - DRESS_FILE_MAX;
		len = DRESS_FILE_MAX;
	}
	buf_adds(out, " (");
	frame_put_name(out, file, len);
	if (place->line) {
		buf_addc(out, ':');
		buf_addu(out, place->line);
	}
	buf_addc(out, ')');
}

/* The name in d->raw. */
static void
put_name(const struct dress *d, struct buf *out)
{
	size_t start = out->len;

	frame_put_name(out, d->raw.s, d->raw.len);
	bound_name(out, start);
}

void
dress_symbol(struct dress *d, struct buf *out, const char *name, size_t len,
    const struct dress_place *place, const char *suffix)
{
	buf_reset(&d->raw);
	buf_reset(&d->text);
	buf_add(&d->raw, name, len);
	make_readable(d);
	put_name(d, out);
	if (place && place->file)
		add_place(d, out, place);
	buf_adds(out, suffix);
}

void
dress_text(struct dress *d, struct buf *out, const char *name, size_t len,
    const struct dress_place *place, const char *suffix)
{
	buf_reset(&d->raw);
	buf_add(&d->raw, name, len);
	put_name(d, out);
	if (place && place->file)
		add_place(d, out, place);
	buf_adds(out, suffix);
}

void
dress_free(struct dress *d)
{
	buf_free(&d->raw);
	buf_free(&d->text);
}
