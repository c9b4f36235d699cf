#include "journaltext.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/jsonw.h"
#include "journalplain.h"

/* -- reading ---------------------------------------------------------------- */

static bool
read_text(struct journal *j, const struct json_value *o, const char *key,
    size_t size, const char **dst)
{
	const char *s = json_str(json_get(o, key), NULL);

	if (!s)
		return json_kind(json_get(o, key)) == JSON_NOTHING;
	if (strlen(s) >= size)
		return false;
	*dst = journal_keep(j, s);
	return true;
}

static bool
read_id(const struct json_value *o, char dst[COMMAND_ID_MAX])
{
	const char *s = json_str(json_get(o, "id"), NULL);

	return s && *s &&
	    snprintf(dst, COMMAND_ID_MAX, "%s", s) < COMMAND_ID_MAX;
}

static bool
read_number(const struct json_value *o, const char *key, uint64_t *dst)
{
	const struct json_value *v = json_get(o, key);

	return json_kind(v) == JSON_NOTHING || json_u64(v, dst);
}

static bool
read_flag(const struct json_value *o, const char *key, bool *dst)
{
	const struct json_value *v = json_get(o, key);

	return json_kind(v) == JSON_NOTHING || json_bool(v, dst);
}

static bool
read_word(const struct json_value *o, const char *key,
    const char *const *word, size_t words, unsigned *dst)
{
	const char *s = json_str(json_get(o, key), NULL);

	for (size_t i = 0; s && i < words; i++) {
		if (strcmp(s, word[i]) == 0) {
			*dst = (unsigned)i;
			return true;
		}
	}
	return false;
}

static bool
read_command(struct journal *j, const struct json_value *o)
{
	struct command *c = journal_add(j, "", 0);
	unsigned kind, state;

	if (!read_word(o, "kind", journal_kinds, COMMAND_UNKNOWN + 1,
	    &kind) ||
	    !read_word(o, "state", journal_states, COMMAND_STATES, &state))
		return false;
	c->kind = (enum command_kind)kind;
	c->state = (enum command_state)state;
	return read_id(o, c->id) &&
	    read_text(j, o, "pids", COMMAND_PIDS_MAX, &c->pids) &&
	    read_text(j, o, "event", COMMAND_EVENT_MAX, &c->event) &&
	    read_text(j, o, "why", COMMAND_WHY_MAX, &c->why) &&
	    read_flag(o, "continuous", &c->continuous) &&
	    read_flag(o, "cancelled", &c->cancelled) &&
	    read_flag(o, "failed", &c->failed) &&
	    read_number(o, "duration", &c->duration_s) &&
	    read_number(o, "frequency", &c->frequency) &&
	    read_number(o, "processes_max", &c->processes_max) &&
	    read_number(o, "received", &c->received) &&
	    read_number(o, "began", &c->began) &&
	    read_number(o, "ended", &c->ended) &&
	    read_number(o, "runs", &c->runs);
}

/* True if objects that were taken from the document can only have been commands. */
static bool
is_plain(const struct json_value *root)
{
	for (void *i = json_first(root); i; i = json_next(root, i)) {
		enum json_kind kind = json_kind(json_member(i));

		if (kind == JSON_KIND_OBJECT || (kind == JSON_KIND_ARRAY &&
		    strcmp(json_key(i), "commands") != 0))
			return false;
	}
	return true;
}

/* What is left of the document when its commands have become zeros. */
static bool
read_rest(struct journal *j, const struct json_value *root)
{
	const struct json_value *list = json_get(root, "commands");
	uint64_t version = 0;

	if (!is_plain(root))
		return false;
	return json_u64(json_get(root, "version"), &version) &&
	    version == JOURNAL_VERSION && json_kind(list) == JSON_KIND_ARRAY &&
	    json_count(list) == j->n &&
	    read_number(root, "failures", &j->failures) &&
	    read_number(root, "not_before", &j->not_before);
}

/* Take an object for a command, and leave a 0 in its place. It has a blank before it:
 * with a sign or a digit there it would be another number, and JSON. */
static bool
take_object(struct journal *j, char *s, size_t len, char *why, size_t size)
{
	struct json_doc d;
	bool good;

	if (!json_parse(&d, s, len, NULL)) {
		snprintf(why, size, "command %zu: %s", j->n + 1, d.error);
		return false;
	}
	good = read_command(j, d.root);
	json_free(&d);
	memset(s, ' ', len);
	s[1] = '0';
	return good;
}

/*
 * Take each object that is in an array in the document. Parsed as a whole, a
 * thousand commands would take more than a MB.
 */
static bool
take_objects(struct journal *j, char *s, size_t len, char *why, size_t size)
{
	size_t depth = 0, begin = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		if (quoted) {
			i += s[i] == '\\';
			quoted = s[i] != '"';
			continue;
		}
		switch (s[i]) {
		case '"':
			quoted = true;
			break;
		case '{':
		case '[':
			if (++depth == 3)
				begin = i;
			break;
		case '}':
		case ']':
			depth -= depth > 0;
			if (depth == 2 && s[i] == '}' &&
			    !take_object(j, s + begin, i + 1 - begin, why, size))
				return false;
			break;
		}
	}
	return true;
}

/* However it is laid out. */
static bool
read_any(struct journal *j, struct buf *text, char *why, size_t size)
{
	struct json_doc d;
	bool good;

	snprintf(why, size, "not a journal that this gp can read");
	if (text->len && !take_objects(j, text->s, text->len, why, size))
		return false;
	if (!json_parse(&d, buf_str(text), text->len, NULL)) {
		snprintf(why, size, "%s", d.error);
		return false;
	}
	good = read_rest(j, d.root);
	json_free(&d);
	return good;
}

bool
journaltext_read(struct journal *j, struct buf *text, char *why, size_t size)
{
	if (journalplain_read(j, buf_str(text), text->len))
		return true;
	j->n = 0;
	j->failures = j->not_before = 0;
	return read_any(j, text, why, size);
}

/* -- writing ---------------------------------------------------------------- */

static void
put_number(struct jsonw *w, const char *key, uint64_t v)
{
	if (v)
		jsonw_u64(w, key, v);
}

static void
put_text(struct jsonw *w, const char *key, const char *s)
{
	if (*s)
		jsonw_str(w, key, s);
}

static void
put_flag(struct jsonw *w, const char *key, bool v)
{
	if (v)
		jsonw_bool(w, key, v);
}

static void
put_command(struct jsonw *w, const struct command *c)
{
	jsonw_line(w);
	jsonw_object(w, NULL);
	jsonw_str(w, "id", c->id);
	jsonw_str(w, "kind", journal_kinds[c->kind]);
	jsonw_str(w, "state", journal_states[c->state]);
	put_flag(w, "continuous", c->continuous);
	put_flag(w, "cancelled", c->cancelled);
	put_flag(w, "failed", c->failed);
	put_number(w, "duration", c->duration_s);
	put_number(w, "frequency", c->frequency);
	put_number(w, "processes_max", c->processes_max);
	put_text(w, "pids", c->pids);
	put_text(w, "event", c->event);
	put_number(w, "received", c->received);
	put_number(w, "began", c->began);
	put_number(w, "ended", c->ended);
	put_number(w, "runs", c->runs);
	put_text(w, "why", c->why);
	jsonw_end(w);
}

void
journaltext_put(const struct journal *j, struct buf *text)
{
	struct jsonw w = { .out = text };

	jsonw_object(&w, NULL);
	jsonw_u64(&w, "version", JOURNAL_VERSION);
	put_number(&w, "failures", j->failures);
	put_number(&w, "not_before", j->not_before);
	jsonw_array(&w, "commands");
	for (size_t i = 0; i < j->n; i++)
		put_command(&w, &j->v[i]);
	jsonw_end(&w);
	jsonw_end(&w);
	jsonw_done(&w);
}
