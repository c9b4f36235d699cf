#include "base/jsoncopy.h"

static void
copy_number(struct jsonw *w, const char *key, const struct json_value *v)
{
	uint64_t u;
	int64_t i;
	double d;

	if (json_i64(v, &i))
		jsonw_i64(w, key, i);
	else if (json_u64(v, &u))
		jsonw_u64(w, key, u);
	else if (json_double(v, &d))
		jsonw_double(w, key, d);
}

static void
copy_members(struct jsonw *w, const char *key, const struct json_value *v)
{
	if (json_kind(v) == JSON_KIND_ARRAY) {
		jsonw_array(w, key);
		for (size_t i = 0; i < json_count(v); i++)
			json_copy(w, NULL, json_at(v, i));
	} else {
		jsonw_object(w, key);
		for (void *i = json_first(v); i; i = json_next(v, i))
			json_copy(w, json_key(i), json_member(i));
	}
	jsonw_end(w);
}

void
json_copy(struct jsonw *w, const char *key, const struct json_value *v)
{
	const char *s;
	size_t len;
	bool yes;

	switch (json_kind(v)) {
	case JSON_KIND_STRING:
		s = json_str(v, &len);
		jsonw_strn(w, key, s, len);
		break;
	case JSON_KIND_NUMBER:
		copy_number(w, key, v);
		break;
	case JSON_KIND_BOOL:
		jsonw_bool(w, key, json_bool(v, &yes) && yes);
		break;
	case JSON_KIND_ARRAY:
	case JSON_KIND_OBJECT:
		copy_members(w, key, v);
		break;
	case JSON_KIND_NULL:
	case JSON_NOTHING:
		jsonw_null(w, key);
		break;
	}
}
