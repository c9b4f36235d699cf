#include "profile/frames.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/diag.h"
#include "profile/profile.h"
#include "profile/suffix.h"
#include "stream/frame.h"

#define CUT "..."
#define HEAD_MARK "\0H"
#define EVENT_MARK "\0E"
enum { MARK_LEN = 2 };

/* The last part of a module's path, without the brackets of [vdso]. */
static void
put_module(struct frames *f, uint32_t module)
{
	const char *path = frames_module_path(f, module);
	const char *base = strrchr(path, '/');
	size_t len;

	base = base && base[1] ? base + 1 : path;
	len = strlen(base);
	if (len > 1 && base[0] == '[' && base[len - 1] == ']')
		buf_add(&f->text, base + 1, len - 2);
	else
		buf_add(&f->text, base, len);
	/* Where the file could not be read, addresses are offsets in it. */
	buf_addc(&f->text, *(path + intern_len(&f->modules, module) - 1));
}

/* Make f->text the readable form of an address. */
static unsigned
put_address(struct frames *f, const struct frame *a, uint32_t *module)
{
	buf_reset(&f->text);
	buf_addc(&f->text, '[');
	switch (a->kind) {
	case FRAME_NAME:
	case FRAME_MODULE:
		*module = pairmap_get(&f->module, a->id, 0);
		if (*module == PAIRMAP_NONE) {
			*module = FRAMES_NO_MODULE;
			buf_reset(&f->text);
			buf_adds(&f->text, FRAME_UNKNOWN);
			return FRAMES_UNKNOWN_MODULE;
		}
		put_module(f, *module);
		break;
	case FRAME_KERNEL:
		buf_adds(&f->text, "kernel+");
		break;
	case FRAME_JIT:
		buf_adds(&f->text, "jit-");
		buf_addu(&f->text, a->id);
		buf_addc(&f->text, '+');
		break;
	}
	buf_adds(&f->text, "0x");
	buf_addx(&f->text, a->addr);
	buf_addc(&f->text, ']');
	if (a->kind == FRAME_KERNEL)
		buf_adds(&f->text, "_[k]");
	if (a->kind == FRAME_JIT)
		buf_adds(&f->text, "_[j]");
	return 0;
}

/* Cut a name at a character's border; true if it was too long. */
static bool
cut_name(struct buf *b)
{
	size_t n = FRAMES_NAME_MAX - (sizeof CUT - 1);

	if (b->len <= FRAMES_NAME_MAX)
		return false;
	while (n && ((unsigned char)b->s[n] & 0xc0) == 0x80)
		n--;
	b->len = n;
	buf_adds(b, CUT);
	return true;
}

/* "0x1f2a" becomes "0x...", everywhere. */
static void
strip_hex(struct frames *f)
{
	struct buf *b = &f->clean;
	size_t i = 0, end;

	buf_reset(&f->text);
	while (i < b->len) {
		end = i + 2;
		if (b->s[i] == '0' && b->s[i + 1] == 'x')
			while (end < b->len && ascii_is_hex(b->s[end]))
				end++;
		if (end > i + 2) {
			buf_adds(&f->text, "0x" CUT);
			i = end;
		} else {
			buf_addc(&f->text, b->s[i++]);
		}
	}
	buf_reset(b);
	buf_add(b, f->text.s, f->text.len);
}

/* Fill in an entry from its text, which is NUL-terminated. */
static void
make_entry(struct frames *f, struct frames_entry *e, const char *s, size_t len,
    uint32_t module)
{
	uint32_t bit = 0;
	size_t suffix;

	e->known = true;
	e->flags = f->opt.filter ? filter_frame(f->opt.filter, s) : 0;
	if (f->opt.raw) {
		e->name = intern_add(f->names, s, len);
		return;
	}
	suffix = suffix_of_frame(s, len, &bit);
	if (suffix && (f->opt.drop & bit))
		len -= suffix;
	buf_reset(&f->clean);
	frame_put_name(&f->clean, s, len);
	if (f->opt.strip_hex)
		strip_hex(f);
	if (cut_name(&f->clean))
		e->notes |= FRAMES_LONG_NAME;
	if (f->opt.modules && module != FRAMES_NO_MODULE) {
		buf_addc(&f->clean, '\0');
		buf_add(&f->clean, &module, sizeof module);
	}
	e->name = intern_add(f->names, f->clean.s, f->clean.len);
}

/* The entry of a text's number. */
static struct frames_entry *
entry_of(struct frames *f, uint32_t id)
{
	uint32_t old = f->cap;

	if (id >= f->cap) {
		f->cap = id < 512 ? 1024 : id * 2;
		f->entry = reallocarray(f->entry, f->cap, sizeof *f->entry);
		if (!f->entry)
			die_nomem();
		memset(f->entry + old, 0, (f->cap - old) * sizeof *f->entry);
	}
	return &f->entry[id];
}

uint32_t
frames_add(struct frames *f, const char *s, size_t len, bool addresses)
{
	struct frame a = { .kind = FRAME_NAME };
	uint32_t id = intern_add(&f->texts, s, len), module = FRAMES_NO_MODULE;
	struct frames_entry *e = entry_of(f, id);

	if (e->known && (e->generation == 0 ||
	    e->generation == f->generation + 1))
		return id;
	*e = (struct frames_entry){ 0 };
	s = intern_str(&f->texts, id);
	if (len && s[0] == '$')
		a = frame_parse(s, len);
	if (a.kind != FRAME_NAME)
		e->generation = f->generation + 1;
	if (a.kind != FRAME_NAME && addresses) {
		e->notes = put_address(f, &a, &module);
		s = f->text.s;
		len = f->text.len;
	}
	make_entry(f, e, s, len, module);
	return id;
}

uint32_t
frames_add_in(struct frames *f, const char *s, size_t len, uint32_t module)
{
	struct frames_entry *e;
	uint32_t id;

	if (!f->opt.modules || module == FRAMES_NO_MODULE)
		return frames_add(f, s, len, false);
	buf_reset(&f->text);
	buf_add(&f->text, s, len);
	buf_addc(&f->text, '\0');
	buf_add(&f->text, &module, sizeof module);
	id = intern_add(&f->texts, f->text.s, f->text.len);
	e = entry_of(f, id);
	if (!e->known)
		make_entry(f, e, intern_str(&f->texts, id), len, module);
	return id;
}

uint32_t
frames_add_head(struct frames *f, const char *s, size_t len, bool event)
{
	const char *mark = event ? EVENT_MARK : HEAD_MARK;
	struct frames_entry *e;
	uint32_t id;

	buf_reset(&f->text);
	buf_add(&f->text, s, len);
	buf_add(&f->text, mark, MARK_LEN);
	id = intern_add(&f->texts, f->text.s, f->text.len);
	e = entry_of(f, id);
	if (e->known)
		return id;
	make_entry(f, e, intern_str(&f->texts, id), len, FRAMES_NO_MODULE);
	buf_add(&f->clean, mark, MARK_LEN);
	e->name = intern_add(f->names, f->clean.s, f->clean.len);
	return id;
}

static uint32_t
add_module(struct frames *f, const char *path, const char *build_id,
    char separator)
{
	struct buf b = { 0 };
	uint32_t module;

	buf_add(&b, path, strlen(path) + 1);
	buf_add(&b, build_id, strlen(build_id) + 1);
	buf_addc(&b, separator);
	module = intern_add(&f->modules, b.s, b.len);
	buf_free(&b);
	return module;
}

uint32_t
frames_add_module(struct frames *f, const char *path, const char *build_id)
{
	return add_module(f, path, build_id ? build_id : "", '+');
}

bool
frames_take_module(struct frames *f, const struct record *r)
{
	const char *path = record_get(r, "path");
	const char *build_id = record_get(r, "build_id");
	const char *offsets = record_get(r, "offsets");
	uint32_t now, old;
	uint64_t id;

	if (!record_get_u64(r, "id", &id) || id > UINT32_MAX || !path)
		return false;
	now = add_module(f, path, build_id ? build_id : "",
	    offsets && strcmp(offsets, "1") == 0 ? '@' : '+');
	old = pairmap_get(&f->module, id, 0);
	if (old == now)
		return false;
	pairmap_set(&f->module, id, 0, now);
	f->generation++;
	return true;
}

void
frames_forget(struct frames *f)
{
	pairmap_reset(&f->module);
	f->generation++;
}

size_t
frames_module(const struct frames *f, uint32_t name, uint32_t *module)
{
	const char *s = intern_str(f->names, name);
	size_t len = intern_len(f->names, name), tail = 1 + sizeof *module;

	*module = FRAMES_NO_MODULE;
	if (len < tail || s[len - tail] != '\0')
		return len;
	memcpy(module, s + len - sizeof *module, sizeof *module);
	return len - tail;
}

const char *
frames_text(const struct frames *f, uint32_t name, size_t *len)
{
	const char *s = intern_str(f->names, name);
	uint32_t module;

	*len = profile_text_len(s, frames_module(f, name, &module));
	return s;
}

const char *
frames_module_path(const struct frames *f, uint32_t module)
{
	return intern_str(&f->modules, module);
}

const char *
frames_module_build_id(const struct frames *f, uint32_t module)
{
	const char *path = intern_str(&f->modules, module);

	return path + strlen(path) + 1;
}

void
frames_free(struct frames *f)
{
	intern_free(&f->texts);
	free(f->entry);
	intern_free(&f->modules);
	pairmap_free(&f->module);
	buf_free(&f->text);
	buf_free(&f->clean);
	*f = (struct frames){ 0 };
}
