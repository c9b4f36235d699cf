/*
 * fuzz_json.c - any bytes as a JSON document.
 *
 * Property: what can be read, written by jsonw.h, can be read again, and written
 * again is the same bytes; what cannot has an error; neither takes more memory
 * than the limit.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/jsonw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
write_number(struct jsonw *w, const char *key, const struct json_value *v)
{
	int64_t i;
	double d;

	if (json_i64(v, &i))
		jsonw_i64(w, key, i);
	else if (json_double(v, &d))
		jsonw_double(w, key, d);
	else
		abort();
}

static void
write_value(struct jsonw *w, const char *key, const struct json_value *v)
{
	const char *s;
	size_t len;
	bool b = false;

	switch (json_kind(v)) {
	case JSON_NOTHING:
		abort();
	case JSON_KIND_NULL:
		jsonw_null(w, key);
		break;
	case JSON_KIND_BOOL:
		assert(json_bool(v, &b));
		jsonw_bool(w, key, b);
		break;
	case JSON_KIND_NUMBER:
		write_number(w, key, v);
		break;
	case JSON_KIND_STRING:
		s = json_str(v, &len);
		jsonw_strn(w, key, s, len);
		break;
	case JSON_KIND_ARRAY:
		jsonw_array(w, key);
		for (size_t i = 0; i < json_count(v); i++)
			write_value(w, NULL, json_at(v, i));
		jsonw_end(w);
		break;
	case JSON_KIND_OBJECT:
		jsonw_object(w, key);
		for (void *i = json_first(v); i; i = json_next(v, i))
			write_value(w, json_key(i), json_member(i));
		jsonw_end(w);
		break;
	}
}

static bool
rewrite(struct buf *out, const char *s, size_t len)
{
	const struct json_limits limits = { .memory = 1 << 20, .depth = 60 };
	struct jsonw w = { .out = out };
	struct json_doc d;

	if (!json_parse(&d, s, len, &limits)) {
		assert(d.error[0] && !d.root);
		return false;
	}
	write_value(&w, NULL, d.root);
	jsonw_done(&w);
	json_free(&d);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf once = { 0 }, twice = { 0 };

	if (rewrite(&once, (const char *)data, len)) {
		assert(rewrite(&twice, once.s, once.len));
		assert(once.len == twice.len &&
		    memcmp(once.s, twice.s, once.len) == 0);
	}
	buf_free(&once);
	buf_free(&twice);
	return 0;
}
