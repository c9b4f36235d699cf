/*
 * A message in a message follows its length, which is known at its end: then the
 * message moves up by the few bytes that the length takes. Guessing them would
 * save that and write lengths longer than they need to be.
 */
#include "base/protow.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Wire types. */
enum { VARINT = 0, FIXED64 = 1, LENGTH = 2 };

enum { VARINT_MAX = 10 }; /* bytes */

static size_t
make_varint(char *s, uint64_t v)
{
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		s[n++] = (char)(v | 0x80);
	s[n++] = (char)v;
	return n;
}

static void
put_varint(struct protow *w, uint64_t v)
{
	char s[VARINT_MAX];

	buf_add(&w->b, s, make_varint(s, v));
}

static void
put_tag(struct protow *w, unsigned number, unsigned type)
{
	put_varint(w, (uint64_t)number << 3 | type);
}

static void
put_number(struct protow *w, unsigned number, uint64_t v)
{
	put_tag(w, number, VARINT);
	put_varint(w, v);
}

static void
put_fixed64(struct protow *w, uint64_t v)
{
	char s[8];

	for (size_t i = 0; i < sizeof s; i++)
		s[i] = (char)(v >> 8 * i);
	buf_add(&w->b, s, sizeof s);
}

static struct jsonw *
json(struct protow *w)
{
	w->j.out = &w->b;
	return &w->j;
}

/* A number that JSON has as a string: not all of them are doubles. */
static void
json_u64(struct protow *w, const char *key, uint64_t v)
{
	char s[24];
	int n = snprintf(s, sizeof s, "%" PRIu64, v);

	jsonw_strn(json(w), key, s, (size_t)n);
}

/* The number of a field, or of the list that it is in. */
static unsigned
number_of(const struct protow *w, unsigned number)
{
	return number || w->depth == 0 ? number :
	    w->level[w->depth - 1].number;
}

/* What comes before a length and so many bytes; returns where that goes. */
static size_t
begin_length(struct protow *w, unsigned number)
{
	put_tag(w, number, LENGTH);
	return w->b.len;
}

static void
push(struct protow *w, unsigned list, size_t at)
{
	assert(w->depth < PROTOW_DEPTH_MAX);
	w->level[w->depth++] = (struct protow_level){ list, at };
}

void
protow_begin(struct protow *w, unsigned number, const char *key)
{
	unsigned n = number_of(w, number);
	size_t at = 0;

	if (w->json) {
		if (!key && n)
			jsonw_line(json(w));
		jsonw_object(json(w), key);
	} else if (n) {
		at = begin_length(w, n);
	}
	push(w, 0, at);
}

void
protow_list(struct protow *w, unsigned number, const char *key)
{
	if (w->json)
		jsonw_array(json(w), key);
	push(w, number, 0);
}

/* Put the length before what was written since at. */
static void
insert_length(struct protow *w, size_t at)
{
	char s[VARINT_MAX];
	size_t len = w->b.len - at, n = make_varint(s, len);

	buf_add(&w->b, s, n);
	memmove(w->b.s + at + n, w->b.s + at, len);
	memcpy(w->b.s + at, s, n);
}

void
protow_end(struct protow *w)
{
	assert(w->depth > 0);
	w->depth--;
	if (w->json) {
		jsonw_end(json(w));
		if (w->depth == 0)
			jsonw_done(json(w));
	} else if (w->level[w->depth].at) {
		insert_length(w, w->level[w->depth].at);
	}
}

void
protow_str(struct protow *w, unsigned number, const char *key, const char *s,
    size_t len)
{
	unsigned n = number_of(w, number);

	if (len == 0 && number)
		return;
	if (w->json) {
		if (!key)
			jsonw_line(json(w));
		jsonw_strn(json(w), key, s, len);
		return;
	}
	put_tag(w, n, LENGTH);
	put_varint(w, len);
	buf_add(&w->b, s, len);
}

void
protow_u32(struct protow *w, unsigned number, const char *key, uint32_t v)
{
	if (v == 0)
		return;
	if (w->json) {
		jsonw_u64(json(w), key, v);
		return;
	}
	put_number(w, number, v);
}

void
protow_u64(struct protow *w, unsigned number, const char *key, uint64_t v)
{
	if (v == 0)
		return;
	if (w->json) {
		json_u64(w, key, v);
		return;
	}
	put_number(w, number, v);
}

void
protow_bool(struct protow *w, unsigned number, const char *key, bool v)
{
	if (!v)
		return;
	if (w->json) {
		jsonw_bool(json(w), key, v);
		return;
	}
	put_number(w, number, 1);
}

void
protow_set_i64(struct protow *w, unsigned number, const char *key, int64_t v)
{
	char s[24];
	int n;

	if (w->json) {
		n = snprintf(s, sizeof s, "%" PRId64, v);
		jsonw_strn(json(w), key, s, (size_t)n);
		return;
	}
	put_number(w, number, (uint64_t)v);
}

void
protow_fixed64(struct protow *w, unsigned number, const char *key, uint64_t v)
{
	if (v == 0)
		return;
	if (w->json) {
		json_u64(w, key, v);
		return;
	}
	put_tag(w, number, FIXED64);
	put_fixed64(w, v);
}

void
protow_u32s(struct protow *w, unsigned number, const char *key,
    const uint32_t *v, size_t n)
{
	size_t at;

	if (n == 0)
		return;
	if (w->json) {
		jsonw_array(json(w), key);
		for (size_t i = 0; i < n; i++)
			jsonw_u64(json(w), NULL, v[i]);
		jsonw_end(json(w));
		return;
	}
	at = begin_length(w, number);
	for (size_t i = 0; i < n; i++)
		put_varint(w, v[i]);
	insert_length(w, at);
}

static void
put_u64s(struct protow *w, unsigned number, const char *key,
    const uint64_t *v, size_t n, void (*put)(struct protow *, uint64_t))
{
	size_t at;

	if (n == 0)
		return;
	if (w->json) {
		jsonw_array(json(w), key);
		for (size_t i = 0; i < n; i++)
			json_u64(w, NULL, v[i]);
		jsonw_end(json(w));
		return;
	}
	at = begin_length(w, number);
	for (size_t i = 0; i < n; i++)
		put(w, v[i]);
	insert_length(w, at);
}

void
protow_u64s(struct protow *w, unsigned number, const char *key,
    const uint64_t *v, size_t n)
{
	put_u64s(w, number, key, v, n, put_varint);
}

void
protow_fixed64s(struct protow *w, unsigned number, const char *key,
    const uint64_t *v, size_t n)
{
	put_u64s(w, number, key, v, n, put_fixed64);
}

bool
protow_is_flat(const struct protow *w)
{
	for (unsigned i = 0; i < w->depth; i++)
		if (w->level[i].at)
			return false;
	return true;
}

void
protow_free(struct protow *w)
{
	buf_free(&w->b);
	*w = (struct protow){ .json = w->json };
}
