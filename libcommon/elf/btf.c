#include "elf/btf.h"

#include <linux/btf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

/* Of linux/btf.h, where that is older than the kernel. */
enum { KIND_FLOAT = 16, KIND_DECL_TAG, KIND_TYPE_TAG, KIND_ENUM64 };

struct reduction {
	const uint8_t *type; /* the types, one behind the other */
	size_t type_len;
	const char *str;     /* NUL-terminated as a whole */
	size_t str_len;
	const char *const *name;
	size_t names;
	uint32_t *at;    /* by id - 1: where its type is */
	size_t n, at_cap;
	uint32_t *kept;  /* by id - 1: its new id, or 0 */
	uint32_t *queue; /* by new id - 1: its id */
	size_t nqueue, queue_cap;
	struct buf types, strings; /* of the new one */
	bool bad; /* stays set once something made no sense */
};

/* The type of an id's; its size behind struct btf_type was checked. */
static struct btf_type
type_at(const struct reduction *r, uint32_t at)
{
	struct btf_type t;

	memcpy(&t, r->type + at, sizeof t);
	return t;
}

/* How many bytes follow a type; SIZE_MAX: its kind is not known. */
static size_t
bytes_behind(const struct btf_type *t)
{
	size_t n = BTF_INFO_VLEN(t->info);

	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case KIND_FLOAT:
	case KIND_TYPE_TAG:
		return 0;
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case KIND_DECL_TAG:
		return sizeof(uint32_t);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return n * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return n * sizeof(struct btf_enum);
	case BTF_KIND_FUNC_PROTO:
		return n * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return n * sizeof(struct btf_var_secinfo);
	case KIND_ENUM64:
		return n * 3 * sizeof(uint32_t);
	}
	return SIZE_MAX;
}

static const char *
string_at(const struct reduction *r, uint32_t off)
{
	return off < r->str_len ? r->str + off : "";
}

static bool
is_wanted(const struct reduction *r, const struct btf_type *t)
{
	const char *name = string_at(r, t->name_off);

	for (size_t i = 0; i < r->names; i++)
		if (strcmp(r->name[i], name) == 0)
			return true;
	return false;
}

static bool
is_struct(const struct btf_type *t)
{
	uint32_t kind = BTF_INFO_KIND(t->info);

	return kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION;
}

static void
enqueue(struct reduction *r, uint32_t id)
{
	r->queue = grow_for(r->queue, r->nqueue, &r->queue_cap,
	    sizeof *r->queue);
	r->queue[r->nqueue++] = id;
}

/* Find out where each type is, and which have the names. */
static void
scan(struct reduction *r)
{
	size_t off = 0, more;
	struct btf_type t;

	while (r->type_len - off >= sizeof t) {
		t = type_at(r, (uint32_t)off);
		more = bytes_behind(&t);
		if (more > r->type_len - off - sizeof t)
			break;
		r->at = grow_for(r->at, r->n, &r->at_cap, sizeof *r->at);
		r->at[r->n++] = (uint32_t)off;
		if (is_struct(&t) && is_wanted(r, &t))
			enqueue(r, (uint32_t)r->n);
		off += sizeof t + more;
	}
	r->bad = off != r->type_len;
	r->kept = grow_zeroed(r->n, sizeof *r->kept);
	for (size_t i = 0; i < r->nqueue; i++)
		r->kept[r->queue[i] - 1] = (uint32_t)i + 1;
}

/* The new id of a type, which is kept from now on. 0 is void. */
static uint32_t
keep(struct reduction *r, uint32_t id)
{
	if (id == 0)
		return 0;
	if (id > r->n) {
		r->bad = true;
		return 0;
	}
	if (!r->kept[id - 1]) {
		enqueue(r, id);
		r->kept[id - 1] = (uint32_t)r->nqueue;
	}
	return r->kept[id - 1];
}

static uint32_t
keep_string(struct reduction *r, uint32_t off)
{
	const char *s = string_at(r, off);
	size_t at = r->strings.len;

	if (!*s)
		return 0;
	buf_add(&r->strings, s, strlen(s) + 1);
	return (uint32_t)at;
}

static void
copy_members(struct reduction *r, uint32_t at, uint32_t n)
{
	struct btf_member m;

	for (uint32_t i = 0; i < n; i++, at += sizeof m) {
		memcpy(&m, r->type + at, sizeof m);
		m.name_off = keep_string(r, m.name_off);
		m.type = keep(r, m.type);
		buf_add(&r->types, &m, sizeof m);
	}
}

/* Add a type of the old one to the new one. */
static void
copy_type(struct reduction *r, uint32_t id)
{
	uint32_t at = r->at[id - 1], behind = at + sizeof(struct btf_type);
	struct btf_type t = type_at(r, at), was = t;
	struct btf_array array;
	bool whole = !t.name_off || is_wanted(r, &t);

	t.name_off = keep_string(r, t.name_off);
	switch (BTF_INFO_KIND(t.info)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		if (whole)
			break;
		/* fall through */
	case BTF_KIND_ENUM:
	case KIND_ENUM64:
		/* Its size only, which is what 0 members mean. */
		t.info &= ~0xffffu;
		break;
	case BTF_KIND_PTR:
		t.type = 0;
		break;
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case KIND_TYPE_TAG:
		t.type = keep(r, t.type);
		break;
	case BTF_KIND_INT:
	case BTF_KIND_ARRAY:
	case BTF_KIND_FWD:
	case KIND_FLOAT:
		break;
	default: /* no member is a function or a variable */
		r->bad = true;
	}
	buf_add(&r->types, &t, sizeof t);
	if (is_struct(&t)) {
		copy_members(r, behind, BTF_INFO_VLEN(t.info));
	} else if (BTF_INFO_KIND(t.info) == BTF_KIND_ARRAY) {
		memcpy(&array, r->type + behind, sizeof array);
		array.type = keep(r, array.type);
		array.index_type = keep(r, array.index_type);
		buf_add(&r->types, &array, sizeof array);
	} else if (BTF_INFO_KIND(t.info) == BTF_KIND_INT) {
		buf_add(&r->types, r->type + behind, bytes_behind(&was));
	}
}

/* Find the types and the strings; false if that is no BTF. */
static bool
open_parts(struct reduction *r, const uint8_t *data, size_t len)
{
	struct btf_header h;

	if (len < sizeof h)
		return false;
	memcpy(&h, data, sizeof h);
	if (h.magic != BTF_MAGIC || h.version != BTF_VERSION ||
	    h.hdr_len < sizeof h || h.hdr_len > len)
		return false;
	data += h.hdr_len;
	len -= h.hdr_len;
	if (h.type_off > len || h.type_len > len - h.type_off ||
	    h.str_off > len || h.str_len > len - h.str_off || !h.str_len ||
	    data[h.str_off + h.str_len - 1] != '\0')
		return false;
	r->type = data + h.type_off;
	r->type_len = h.type_len;
	r->str = (const char *)data + h.str_off;
	r->str_len = h.str_len;
	return true;
}

bool
btf_reduce(const void *data, size_t len, const char *const *name, size_t names,
    struct buf *out)
{
	struct reduction r = { .name = name, .names = names };
	struct btf_header h = { .magic = BTF_MAGIC, .version = BTF_VERSION,
		.hdr_len = sizeof h };

	if (!open_parts(&r, data, len))
		return false;
	scan(&r);
	buf_addc(&r.strings, '\0');
	/* The queue grows by what the types in it are made of. */
	for (size_t i = 0; i < r.nqueue && !r.bad; i++)
		copy_type(&r, r.queue[i]);
	if (!r.bad) {
		h.type_len = h.str_off = (uint32_t)r.types.len;
		h.str_len = (uint32_t)r.strings.len;
		buf_add(out, &h, sizeof h);
		buf_add(out, r.types.s, r.types.len);
		buf_add(out, r.strings.s, r.strings.len);
	}
	free(r.at);
	free(r.kept);
	free(r.queue);
	buf_free(&r.types);
	buf_free(&r.strings);
	return !r.bad;
}
