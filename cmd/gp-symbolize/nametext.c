#include "nametext.h"

#include <string.h>

#include "elf/simplify.h"

/* "[libfoo.so]" or "[libfoo.so+0x1f2a]" */
static void
put_label(struct names *n, const char *label, uint64_t addr)
{
	size_t len = strlen(label);

	buf_add(&n->raw, label, n->addrs ? len - 1 : len);
	if (n->addrs) {
		buf_adds(&n->raw, "+0x");
		buf_addx(&n->raw, addr);
		buf_addc(&n->raw, ']');
	}
	dress_text(&n->dress, &n->text, n->raw.s, n->raw.len, NULL, "");
}

static const struct dress_place *
place_of(const struct names *n, const struct debuginfo_frame *f,
    struct dress_place *place)
{
	*place = (struct dress_place){ f->file, f->line };
	return n->lines ? place : NULL;
}

/* The function itself: by its symbol, or if there is none by its DWARF. */
static bool
put_function(struct names *n, uint32_t module, uint64_t addr,
    const struct debuginfo_frame *frame, size_t frames)
{
	struct dress_place place;
	bool found = modules_name(&n->modules, module, addr, &n->raw);

	if (!found && frames && frame[0].name) {
		buf_adds(&n->raw, frame[0].name);
		found = true;
	}
	if (found)
		dress_symbol(&n->dress, &n->text, n->raw.s, n->raw.len,
		    frames ? place_of(n, &frame[0], &place) : NULL, "");
	else if (!n->keep_raw)
		put_label(n, n->modules.v[module].label, addr);
	return found || !n->keep_raw;
}

bool
nametext_module(struct names *n, uint32_t module, uint64_t addr,
    const struct debuginfo_frame *frame, size_t frames)
{
	struct dress_place place;

	if (!put_function(n, module, addr, frame, frames))
		return false;
	for (size_t i = 1; n->inlines && i < frames; i++) {
		const char *name = frame[i].name ? frame[i].name :
		    FRAME_UNKNOWN;

		if (n->text.len > NAMES_TEXT_MAX - DRESS_NAME_MAX)
			break;
		buf_addc(&n->text, ';');
		dress_symbol(&n->dress, &n->text, name, strlen(name),
		    place_of(n, &frame[i], &place), "_[i]");
	}
	return true;
}

/* "tcp_ack.isra.0" or "nf_hook.part.1 [nf_tables]" */
static void
cut_kernel_clone(struct names *n)
{
	struct buf *b = &n->raw;
	const char *blank = memchr(b->s, ' ', b->len);
	size_t end = blank ? (size_t)(blank - b->s) : b->len;
	size_t cut = simplify_cut_clone(b->s, end);

	memmove(b->s + cut, b->s + end, b->len - end);
	b->len -= end - cut;
}

bool
nametext_kernel(struct names *n, uint64_t addr)
{
	if (kernel_find(&n->kernel, addr, &n->raw)) {
		if (n->dress.no_clones)
			cut_kernel_clone(n);
		dress_text(&n->dress, &n->text, n->raw.s, n->raw.len, NULL,
		    "_[k]");
		return true;
	}
	if (n->keep_raw)
		return false;
	buf_adds(&n->text, "[kernel]_[k]");
	return true;
}

bool
nametext_jit(struct names *n, uint32_t pid, uint64_t addr)
{
	uint32_t target = targets_find(&n->targets, pid);
	struct jitcode_found f;

	if (target != TARGET_NONE &&
	    compiled_find(&n->compiled, target, addr, &f)) {
		dress_text(&n->dress, &n->text, f.name, f.name_len,
		    &(struct dress_place){ n->lines ? f.file : NULL, f.line },
		    "_[j]");
		return true;
	}
	if (n->keep_raw)
		return false;
	buf_adds(&n->text, "[jit]");
	return true;
}
