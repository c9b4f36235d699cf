#include "runtime/python_class.h"

#include <stdlib.h>
#include <string.h>

/* How far is looked: all of it together, in each direction, would take tens of
 * thousands of reads, where a class of twenty bases takes two hundred. */
enum {
	CLASSES_MAX = 64, ENTRIES_MAX = 2048, WRAPPERS_MAX = 2, CELLS_MAX = 8,
	READS_MAX = 2000,
};

/* In a type; in a class of before new-style classes (2.7). */
enum { TYPE_NAME = 24, TYPE_DICT = 264, TYPE_MRO = 344 };
enum { CLASS_BASES = 16, CLASS_DICT = 24, CLASS_NAME = 32 };

/* In tuples and cells. */
enum { TUPLE_SIZE = 16, TUPLE_ITEMS = 24, CELL_REF = 16 };

/* A search for one function. */
struct search {
	const struct python_memory *m;
	uint64_t code, name;
	unsigned classes; /* looked at so far */
};

/* In a function: its words are read as far as the last of these. */
struct function_layout {
	uint16_t code, closure, qualname; /* qualname 0: has none */
};

static struct function_layout
function_layout(uint16_t minor)
{
	static const struct function_layout at27 = { 16, 40, 0 };
	static const struct function_layout at36 = { 16, 48, 104 };
	static const struct function_layout at310 = { 48, 72, 40 };

	return minor == 0 ? at27 : minor < 10 ? at36 : at310;
}

/* -- functions ------------------------------------------------------------ */

enum { FUNCTION_BYTES = 112, WORDS = FUNCTION_BYTES / 8 };

/* A function of the code object that value is, or leads to; 0: none. */
static uint64_t find_function(const struct search *s, uint64_t value,
    unsigned depth);

/* What a decorator wrapped is in the cells of the function that it made. */
static uint64_t
find_in_closure(const struct search *s, uint64_t closure, unsigned depth)
{
	uint64_t size = python_pointer(s->m, closure + TUPLE_SIZE), f, cell;

	if (closure == 0)
		return 0;
	for (uint64_t i = 0; i < size && i < CELLS_MAX; i++) {
		cell = python_pointer(s->m, closure + TUPLE_ITEMS + 8 * i);
		f = cell ? find_function(s, python_pointer(s->m,
		    cell + CELL_REF), depth) : 0;
		if (f)
			return f;
	}
	return 0;
}

static uint64_t
find_function(const struct search *s, uint64_t value, unsigned depth)
{
	struct function_layout l = function_layout(s->m->l->minor);
	uint64_t word[WORDS] = { 0 }, f;

	/* The object at the end of a page may be smaller than a function. */
	if (value == 0 || value & 7 ||
	    (!python_get(s->m, value, word, sizeof word) &&
	    !python_get(s->m, value, word, 40)))
		return 0;
	if (word[l.code / 8] == s->code)
		return value;
	if (depth == 0)
		return 0;
	/* classmethod and staticmethod have one function, property three. */
	for (size_t i = 2; i < 5; i++) {
		f = find_function(s, word[i], depth - 1);
		if (f)
			return f;
	}
	return find_in_closure(s, word[l.closure / 8], depth - 1);
}

/* -- dicts ---------------------------------------------------------------- */

struct entry {
	uint64_t hash, key, value;
};

/* Where the entries of a dict are, and how many; 0: nowhere. */
static uint64_t
dict_entries(const struct python_memory *m, uint64_t dict, uint64_t *n)
{
	uint64_t d[6], k[5], size;

	*n = 0;
	if (!python_get(m, dict, d, sizeof d))
		return 0;
	if (m->l->minor == 0) { /* fill, used, mask, table */
		*n = d[4] + 1;
		return d[5];
	}
	/* used, version, keys, values; refcount, size, lookup, usable, entries */
	if (d[5] != 0 || !python_get(m, d[4], k, sizeof k))
		return 0;
	size = k[1];
	*n = k[4];
	if (size > UINT32_MAX)
		return 0;
	return d[4] + sizeof k + size * (size <= 0xff ? 1 :
	    size <= 0xffff ? 2 : 4);
}

static uint64_t
find_in_dict(const struct search *s, uint64_t dict)
{
	static struct entry e[ENTRIES_MAX];
	uint64_t n, at = dict_entries(s->m, dict, &n);

	if (at == 0 || n > ENTRIES_MAX || !python_get(s->m, at, e,
	    n * sizeof *e))
		return 0;
	/* Names are interned: the same text is the same object. */
	for (uint64_t i = 0; i < n; i++)
		if (e[i].key == s->name)
			return find_function(s, e[i].value, WRAPPERS_MAX);
	return 0;
}

/* -- classes -------------------------------------------------------------- */

static bool
put_qualname(const struct search *s, uint64_t function, struct buf *out)
{
	uint16_t at = function_layout(s->m->l->minor).qualname;

	return at && python_put_text(s->m, python_pointer(s->m,
	    function + at), out);
}

/* A C string. */
static void
put_cstring(const struct python_memory *m, uint64_t addr, struct buf *out)
{
	char c;

	for (size_t i = 0; i < INTERP_TEXT_MAX; i++) {
		if (!python_get(m, addr + i, &c, 1) || c == '\0')
			return;
		buf_addc(out, c);
	}
}

/* 2.7: the class's name, a dot, the function's. */
static bool
put_joined(const struct search *s, size_t before, struct buf *out)
{
	if (out->len == before)
		return false;
	buf_addc(out, '.');
	if (python_put_text(s->m, s->name, out))
		return true;
	out->len = before;
	return false;
}

/* Of before new-style classes: the class, or one of its bases. */
static bool
search_class(struct search *s, uint64_t class, struct buf *out)
{
	uint64_t bases, n;
	size_t before = out->len;

	if (class == 0 || s->classes++ >= CLASSES_MAX)
		return false;
	if (find_in_dict(s, python_pointer(s->m, class + CLASS_DICT)))
		return python_put_text(s->m, python_pointer(s->m,
		    class + CLASS_NAME), out) && put_joined(s, before, out);
	bases = python_pointer(s->m, class + CLASS_BASES);
	n = bases ? python_pointer(s->m, bases + TUPLE_SIZE) : 0;
	for (uint64_t i = 0; i < n && i < CLASSES_MAX; i++)
		if (search_class(s, python_pointer(s->m,
		    bases + TUPLE_ITEMS + 8 * i), out))
			return true;
	return false;
}

static bool
search_type(struct search *s, uint64_t type, struct buf *out)
{
	uint64_t mro = python_pointer(s->m, type + TYPE_MRO), n, class, f;
	size_t before = out->len;

	n = mro ? python_pointer(s->m, mro + TUPLE_SIZE) : 0;
	for (uint64_t i = 0; i < n && i < CLASSES_MAX; i++) {
		class = python_pointer(s->m, mro + TUPLE_ITEMS + 8 * i);
		f = class ? find_in_dict(s, python_pointer(s->m,
		    class + TYPE_DICT)) : 0;
		if (!f)
			continue;
		if (put_qualname(s, f, out))
			return true;
		put_cstring(s->m, python_pointer(s->m, class + TYPE_NAME),
		    out);
		return put_joined(s, before, out);
	}
	return false;
}

bool
python_put_qualified(const struct python_memory *m, uint64_t type,
    uint64_t code, uint64_t name, struct buf *out)
{
	unsigned left = READS_MAX;
	struct python_memory some = { m->l, m->p, &left };
	struct search s = { &some, code, name, 0 };

	if (type == 0 || name == 0)
		return false;
	if (m->l->old_class_type &&
	    python_pointer(m, type + 8) == m->l->old_class_type)
		return search_class(&s, type, out);
	return search_type(&s, type, out);
}
