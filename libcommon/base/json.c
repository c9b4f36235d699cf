#include "base/json.h"

#include <jansson.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/lazylib.h"

#define SIZE_DEFAULT ((size_t)16 << 20)
#define MEMORY_DEFAULT ((size_t)256 << 20)
enum { DEPTH_DEFAULT = 64, DEPTH_MAX = 1024 };

/* The functions of jansson that are used. */
static struct {
	void (*set_alloc)(json_malloc_t, json_free_t);
	json_t *(*load)(const char *, size_t, size_t, json_error_t *);
	void (*destroy)(json_t *);
	json_t *(*object_get)(const json_t *, const char *);
	size_t (*object_size)(const json_t *);
	void *(*iter)(json_t *);
	void *(*iter_next)(json_t *, void *);
	const char *(*iter_key)(void *);
	json_t *(*iter_value)(void *);
	size_t (*array_size)(const json_t *);
	json_t *(*array_get)(const json_t *, size_t);
	const char *(*string)(const json_t *);
	size_t (*string_len)(const json_t *);
	json_int_t (*integer)(const json_t *);
	double (*number)(const json_t *);
} fn;

static const struct lazylib_function functions[] = {
	{ "json_set_alloc_funcs", &fn.set_alloc },
	{ "json_loadb", &fn.load },
	{ "json_delete", &fn.destroy },
	{ "json_object_get", &fn.object_get },
	{ "json_object_size", &fn.object_size },
	{ "json_object_iter", &fn.iter },
	{ "json_object_iter_next", &fn.iter_next },
	{ "json_object_iter_key", &fn.iter_key },
	{ "json_object_iter_value", &fn.iter_value },
	{ "json_array_size", &fn.array_size },
	{ "json_array_get", &fn.array_get },
	{ "json_string_value", &fn.string },
	{ "json_string_length", &fn.string_len },
	{ "json_integer_value", &fn.integer },
	{ "json_number_value", &fn.number },
	{ NULL, NULL },
};

static struct lazylib lib = { "libjansson.so.4", functions, LAZYLIB_UNTRIED };

/* What jansson has taken since the parse began, and may. */
static size_t taken, allowed;
static bool refused;

static void *
bounded_malloc(size_t size)
{
	void *p;

	if (size > allowed || taken > allowed - size) {
		refused = true;
		return NULL;
	}
	p = malloc(size);
	if (!p)
		die_nomem();
	taken += malloc_usable_size(p);
	return p;
}

static void
bounded_free(void *p)
{
	taken -= p ? malloc_usable_size(p) : 0;
	free(p);
}

/* The deepest nesting of brackets that are not in strings. Text that is no JSON
 * has some number, too; it fails anyway. */
static unsigned
depth_of(const char *s, size_t len)
{
	unsigned depth = 0, max = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		if (quoted && s[i] == '\\')
			i++;
		else if (s[i] == '"')
			quoted = !quoted;
		else if (!quoted && (s[i] == '[' || s[i] == '{'))
			max = ++depth > max ? depth : max;
		else if (!quoted && (s[i] == ']' || s[i] == '}') && depth)
			depth--;
	}
	return max;
}

static bool
fail(struct json_doc *d, const char *why)
{
	snprintf(d->error, sizeof d->error, "%s", why);
	return false;
}

static bool
parse_bounded(struct json_doc *d, const char *text, size_t len)
{
	json_error_t e = { .line = 0 };
	json_t *root;

	taken = 0;
	refused = false;
	fn.set_alloc(bounded_malloc, bounded_free);
	root = fn.load(text, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &e);
	if (root) {
		d->root = (const struct json_value *)root;
		return true;
	}
	if (refused)
		return fail(d, "takes too much memory");
	if (e.line > 0)
		snprintf(d->error, sizeof d->error, "line %d, column %d: %s",
		    e.line, e.column, e.text);
	else
		fail(d, e.text);
	return false;
}

bool
json_parse(struct json_doc *d, const char *text, size_t len,
    const struct json_limits *limits)
{
	struct json_limits l = limits ? *limits : (struct json_limits){ 0 };
	unsigned depth = l.depth ? l.depth : DEPTH_DEFAULT;

	*d = (struct json_doc){ .root = NULL };
	allowed = l.memory ? l.memory : MEMORY_DEFAULT;
	if (len > (l.size ? l.size : SIZE_DEFAULT))
		return fail(d, "is too large");
	if (depth_of(text, len) > (depth < DEPTH_MAX ? depth : DEPTH_MAX))
		return fail(d, "arrays or objects are nested too deep");
	if (!lazylib_load(&lib))
		return fail(d, "reading JSON needs libjansson");
	return parse_bounded(d, text, len);
}

/* It has one reference, ours. */
void
json_free(struct json_doc *d)
{
	if (d->root)
		fn.destroy((json_t *)(uintptr_t)d->root);
	d->root = NULL;
}

static const json_t *
node(const struct json_value *v)
{
	return (const json_t *)v;
}

static const struct json_value *
value(const json_t *t)
{
	return (const struct json_value *)t;
}

enum json_kind
json_kind(const struct json_value *v)
{
	if (!v)
		return JSON_NOTHING;
	switch (json_typeof(node(v))) {
	case JSON_OBJECT:
		return JSON_KIND_OBJECT;
	case JSON_ARRAY:
		return JSON_KIND_ARRAY;
	case JSON_STRING:
		return JSON_KIND_STRING;
	case JSON_INTEGER:
	case JSON_REAL:
		return JSON_KIND_NUMBER;
	case JSON_TRUE:
	case JSON_FALSE:
		return JSON_KIND_BOOL;
	case JSON_NULL:
		return JSON_KIND_NULL;
	}
	return JSON_NOTHING;
}

const struct json_value *
json_get(const struct json_value *object, const char *key)
{
	return json_kind(object) == JSON_KIND_OBJECT ?
	    value(fn.object_get(node(object), key)) : NULL;
}

size_t
json_count(const struct json_value *v)
{
	if (json_kind(v) == JSON_KIND_ARRAY)
		return fn.array_size(node(v));
	return json_kind(v) == JSON_KIND_OBJECT ? fn.object_size(node(v)) : 0;
}

const struct json_value *
json_at(const struct json_value *array, size_t i)
{
	return json_kind(array) == JSON_KIND_ARRAY ?
	    value(fn.array_get(node(array), i)) : NULL;
}

/* Its iterators change nothing, though they ask for what could be changed. */
static json_t *
changeable(const struct json_value *v)
{
	return (json_t *)(uintptr_t)v;
}

void *
json_first(const struct json_value *object)
{
	return json_kind(object) == JSON_KIND_OBJECT ?
	    fn.iter(changeable(object)) : NULL;
}

void *
json_next(const struct json_value *object, void *i)
{
	return fn.iter_next(changeable(object), i);
}

const char *
json_key(void *i)
{
	return fn.iter_key(i);
}

const struct json_value *
json_member(void *i)
{
	return value(fn.iter_value(i));
}

const char *
json_str(const struct json_value *v, size_t *len)
{
	const char *s;
	size_t n;

	if (json_kind(v) != JSON_KIND_STRING)
		return NULL;
	s = fn.string(node(v));
	n = fn.string_len(node(v));
	if (!len)
		return strlen(s) == n ? s : NULL;
	*len = n;
	return s;
}

bool
json_i64(const struct json_value *v, int64_t *out)
{
	double d;

	if (v && json_is_integer(node(v))) {
		*out = fn.integer(node(v));
		return true;
	}
	/* -2^63 is a double, 2^63 - 1 is none. */
	if (!json_double(v, &d) || !(d >= -9223372036854775808.0 &&
	    d < 9223372036854775808.0) ||
	    d != (double)(int64_t)d)
		return false;
	*out = (int64_t)d;
	return true;
}

bool
json_u64(const struct json_value *v, uint64_t *out)
{
	int64_t n;

	if (!json_i64(v, &n) || n < 0)
		return false;
	*out = (uint64_t)n;
	return true;
}

bool
json_double(const struct json_value *v, double *out)
{
	if (json_kind(v) != JSON_KIND_NUMBER)
		return false;
	*out = fn.number(node(v));
	return true;
}

bool
json_bool(const struct json_value *v, bool *out)
{
	if (json_kind(v) != JSON_KIND_BOOL)
		return false;
	*out = json_is_true(node(v));
	return true;
}
