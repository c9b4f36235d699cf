#include "ship/about.h"

#include <stdio.h>
#include <string.h>

#include "base/ascii.h"

static bool
is_key(const char *key)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_/";
	size_t n = strspn(key, good);

	return n > 0 && n <= ABOUT_KEY_MAX && key[n] == '\0';
}

static bool
is_value(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
			return false;
	return len <= ABOUT_VALUE_MAX;
}

void
about_add(struct about *a, struct about_list *l, const char *key,
    const char *value, size_t len)
{
	bool good = is_key(key) && is_value(value, len) &&
	    l->n < ABOUT_PAIRS_MAX;

	for (size_t i = 0; good && i < l->n; i++)
		good = strcmp(l->pair[i].key, key) != 0;
	if (!good) {
		a->left_out++;
		return;
	}
	l->pair[l->n++] = (struct col_pair){
		.key = arena_strndup(&a->mem, key, strlen(key)),
		.value = arena_strndup(&a->mem, value, len),
	};
}

static void
add_value(struct about *a, struct about_list *l, const char *key,
    const struct json_value *v)
{
	char number[32];
	const char *s;
	double d;
	int64_t i;
	size_t len;
	bool yes;

	s = json_str(v, &len);
	if (s) {
		about_add(a, l, key, s, len);
	} else if (json_bool(v, &yes)) {
		about_add(a, l, key, yes ? "true" : "false", yes ? 4 : 5);
	} else if (json_i64(v, &i)) {
		snprintf(number, sizeof number, "%lld", (long long)i);
		about_add(a, l, key, number, strlen(number));
	} else if (json_double(v, &d)) {
		snprintf(number, sizeof number, "%.17g", d);
		about_add(a, l, key, number, strlen(number));
	} else if (json_kind(v) != JSON_KIND_NULL) {
		a->left_out++;
	}
}

void
about_add_object(struct about *a, struct about_list *l,
    const struct json_value *object)
{
	for (void *i = json_first(object); i; i = json_next(object, i))
		add_value(a, l, json_key(i), json_member(i));
}

static bool
parse_json(struct about *a, const char *text, size_t len, struct buf *why)
{
	const struct json_limits limits = { .size = ABOUT_FILE_MAX,
		.memory = 4 << 20, .depth = 32 };
	const struct json_value *own;
	struct json_doc d;
	bool good;

	if (!json_parse(&d, text, len, &limits)) {
		buf_addf(why, "is no JSON: %s", d.error);
		return false;
	}
	good = json_kind(d.root) == JSON_KIND_OBJECT;
	own = json_get(d.root, "static");
	if (good)
		about_add_object(a, &a->own,
		    json_kind(own) == JSON_KIND_OBJECT ? own : d.root);
	else
		buf_adds(why, "is no JSON object");
	json_free(&d);
	return good;
}

/* A line without its blanks at both ends. */
static bool
parse_line(struct about *a, const char *s, size_t len)
{
	const char *eq = memchr(s, '=', len);
	char key[ABOUT_KEY_MAX + 2];
	size_t n, skip;

	if (len == 0 || *s == '#')
		return true;
	if (!eq)
		return false;
	n = (size_t)(eq - s);
	n = ascii_before_blanks(s, n);
	snprintf(key, sizeof key, "%.*s", (int)(n < sizeof key ? n :
	    sizeof key - 1), s);
	skip = (size_t)(eq + 1 - s);
	skip = ascii_skip_blanks(s, len, skip);
	about_add(a, &a->own, key, s + skip, len - skip);
	return true;
}

static bool
parse_lines(struct about *a, const char *text, size_t len, struct buf *why)
{
	for (unsigned line = 1; len; line++) {
		const char *end = memchr(text, '\n', len), *s = text;
		size_t n = end ? (size_t)(end - text) : len, m = n;

		while (m && (*s == ' ' || *s == '\t'))
			s++, m--;
		while (m && (s[m - 1] == ' ' || s[m - 1] == '\t' ||
		    s[m - 1] == '\r'))
			m--;
		if (!parse_line(a, s, m)) {
			buf_addf(why, "line %u is not KEY=VALUE", line);
			return false;
		}
		text += end ? n + 1 : n;
		len -= end ? n + 1 : n;
	}
	return true;
}

bool
about_parse(struct about *a, const char *text, size_t len, struct buf *why)
{
	size_t blank = 0;

	while (blank < len && strchr(" \t\r\n", text[blank]) && text[blank])
		blank++;
	if (blank < len && text[blank] == '{')
		return parse_json(a, text, len, why);
	return parse_lines(a, text, len, why);
}

static void
write_list(const struct about_list *l, const char *name, struct jsonw *w)
{
	if (l->n == 0)
		return;
	jsonw_object(w, name);
	for (size_t i = 0; i < l->n; i++)
		jsonw_str(w, l->pair[i].key, l->pair[i].value);
	jsonw_end(w);
}

void
about_write(const struct about *a, struct jsonw *w)
{
	write_list(&a->cloud, "cloud", w);
	write_list(&a->own, "metadata", w);
}

void
about_read(struct about *a, const struct json_value *meta)
{
	about_add_object(a, &a->cloud, json_get(meta, "cloud"));
	about_add_object(a, &a->own, json_get(meta, "metadata"));
}

void
about_free(struct about *a)
{
	arena_free(&a->mem);
	*a = (struct about){ 0 };
}
