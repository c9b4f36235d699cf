/*
 * The names of CPython's code objects: "qualname (file.py:31)".
 *
 * The line is the function's first; a table of lines comes along if it is wanted.
 * Up to 3.10 the qualified name is the function's, found by its class
 * (python_class.h), else the plain one is shown.
 */
#include <string.h>

#include "base/hash.h"
#include "runtime/interp_lang.h"
#include "runtime/packages.h"
#include "runtime/python_class.h"
#include "runtime/python_lines.h"
#include "runtime/python_object.h"

/* Where a code object has its strings, first line and table of lines. */
struct code_layout {
	uint16_t first_line, file, name, lines, size;
};

static struct code_layout
code_layout(uint16_t minor)
{
	static const struct code_layout at27 = { 96, 80, 88, 104, 128 };
	static const struct code_layout at36 = { 36, 96, 104, 112, 144 };
	static const struct code_layout at38 = { 40, 104, 112, 120, 176 };
	static const struct code_layout at311 = { 72, 112, 128, 136, 144 };
	static const struct code_layout at312 = { 68, 112, 128, 136, 144 };

	if (minor == 0)
		return at27;
	if (minor < 8)
		return at36;
	if (minor < 11)
		return at38;
	return minor == 11 ? at311 : at312;
}

enum { CODE_BYTES = 176 };

/* What a code object's head says. */
struct code {
	uint64_t name, file, lines; /* addresses */
	uint32_t first_line;
	uint64_t check;
};

static int
read_code(const struct python_memory *m, uint64_t addr, struct code *c)
{
	struct code_layout l = code_layout(m->l->minor);
	uint8_t head[CODE_BYTES + UINT8_MAX], *rest = head + m->l->head;
	uint64_t key[5];

	if (!python_get(m, addr, head, (size_t)l.size + m->l->head))
		return INTERP_EREAD;
	if (!python_is_object(m, head, m->l->code_type))
		return INTERP_ESENSE;
	memcpy(&c->name, rest + l.name, 8);
	memcpy(&c->file, rest + l.file, 8);
	memcpy(&c->lines, rest + l.lines, 8);
	memcpy(&c->first_line, rest + l.first_line, 4);
	key[0] = addr;
	key[1] = c->name;
	key[2] = c->file;
	key[3] = c->lines;
	key[4] = c->first_line;
	c->check = hash_bytes(key, sizeof key) | 1;
	return INTERP_OK;
}

/* It was there all the while: what it said can be believed. */
static bool
is_still(const struct python_memory *m, uint64_t addr, const struct code *c)
{
	struct code now;

	return read_code(m, addr, &now) == INTERP_OK && now.check == c->check;
}

/* Behind the last "site-packages/" and the like; else behind "lib/python3.x/". */
static const char *
below_folders(const char *path)
{
	static const char *const folders[] = {
		"/site-packages/", "/dist-packages/",
	};
	const char *hit, *best = NULL, *lib;

	for (size_t i = 0; i < GP_COUNT(folders); i++)
		for (const char *s = path; (hit = strstr(s, folders[i]));
		    s = hit + 1)
			best = hit + strlen(folders[i]);
	if (best)
		return best;
	lib = strstr(path, "/lib/python");
	hit = lib ? strchr(lib + strlen("/lib/python"), '/') : NULL;
	return hit ? hit + 1 : NULL;
}

static const char *
shown_path(const char *path, enum interp_paths paths)
{
	const char *slash = strrchr(path, '/'), *below;

	switch (paths) {
	case INTERP_FULL:
		return path;
	case INTERP_MODULE:
		below = below_folders(path);
		if (below)
			return below;
		break;
	case INTERP_BASE:
		break;
	}
	return slash ? slash + 1 : path;
}

static void
put_file(const struct python_memory *m, const struct interp_wish *wish,
    const char *path, struct interp_code *c)
{
	buf_adds(&c->file, shown_path(path, wish->paths));
	if (!wish->packages)
		return;
	if (packages_put(wish->packages, m->p, path, &c->package))
		return;
	/* The language's own library. */
	if (below_folders(path) && !strstr(path, "-packages/")) {
		buf_addf(&c->package, "standard-library==%d.%d",
		    m->l->minor ? 3 : 2, m->l->minor ? m->l->minor : 7);
		if (m->l->micro)
			buf_addf(&c->package, ".%d", m->l->micro - 1);
	}
}

int
python_read(const struct interp *i, const struct interp_process *p,
    const struct interp_wish *wish, uint64_t addr, uint64_t clue,
    struct interp_code *c)
{
	struct python_memory m = { &i->u.python, p, NULL };
	struct buf path = { 0 };
	struct code code;
	bool good;
	int rc;

	rc = read_code(&m, addr, &code);
	if (rc != INTERP_OK)
		return rc;
	if (code.check == c->check)
		return INTERP_SAME;
	c->check = code.check;
	c->line = code.first_line;
	good = (python_put_qualified(&m, clue, addr, code.name, &c->name) ||
	    python_put_text(&m, code.name, &c->name)) &&
	    python_put_text(&m, code.file, &path) &&
	    is_still(&m, addr, &code);
	if (good)
		put_file(&m, wish, buf_str(&path), c);
	buf_free(&path);
	/* Without its table, the first line has to do. */
	if (good && wish->lines && !python_put_bytes(&m, code.lines,
	    INTERP_LINES_MAX, &c->lines))
		buf_free(&c->lines);
	return good ? INTERP_OK : INTERP_ESENSE;
}

uint32_t
python_line(const struct interp *i, const struct interp_code *c, uint32_t at)
{
	return python_line_at(i->u.python.minor, c->line,
	    (const uint8_t *)c->lines.s, c->lines.len, at);
}
