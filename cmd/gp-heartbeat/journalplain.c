#include "journalplain.h"

#include <string.h>

const char *const journal_states[COMMAND_STATES] = {
	"queued", "running", "ended", "reported",
};
const char *const journal_kinds[COMMAND_UNKNOWN + 1] = {
	"start", "stop", "unknown",
};

/* What is left of the text, which has a NUL at its end: no byte of what is looked
 * for is one, so that a comparison ends there. */
struct cursor {
	const char *s, *end;
};

/* Go over a text, if it is next. */
static bool
skip(struct cursor *c, const char *text)
{
	size_t len = strlen(text);

	if (strncmp(c->s, text, len) != 0)
		return false;
	c->s += len;
	return true;
}

/* A string up to its quote that is behind it, its bytes as they are. */
static bool
take_string(struct cursor *c, size_t size, const char **s, size_t *len)
{
	const char *p = c->s;

	while (*p >= 0x20 && *p < 0x7f && *p != '"' && *p != '\\')
		p++;
	*s = c->s;
	*len = (size_t)(p - c->s);
	if (*p != '"' || *len >= size)
		return false;
	c->s = p + 1;
	return true;
}

static bool
take_id(struct cursor *c, char id[COMMAND_ID_MAX])
{
	const char *s;
	size_t len;

	if (!skip(c, "{\"id\":\"") ||
	    !take_string(c, COMMAND_ID_MAX, &s, &len) || len == 0)
		return false;
	memcpy(id, s, len);
	id[len] = '\0';
	return true;
}

static bool
take_word(struct cursor *c, const char *key, const char *const *word,
    size_t words, unsigned *value)
{
	const char *s;
	size_t len;

	if (!skip(c, key) || !take_string(c, COMMAND_ID_MAX, &s, &len))
		return false;
	for (size_t i = 0; i < words; i++) {
		if (strlen(word[i]) == len && memcmp(word[i], s, len) == 0) {
			*value = (unsigned)i;
			return true;
		}
	}
	return false;
}

/* The members that follow may be absent. */

static bool
take_flag(struct cursor *c, const char *key, bool *value)
{
	*value = skip(c, key);
	return true;
}

/* Up to 18 digits, which is what any of them can need, and what fits. */
static bool
take_number(struct cursor *c, const char *key, uint64_t *value)
{
	const char *digits;

	if (!skip(c, key))
		return true;
	digits = c->s;
	*value = 0;
	while (*c->s >= '0' && *c->s <= '9' && c->s - digits <= 18)
		*value = *value * 10 + (uint64_t)(*c->s++ - '0');
	return c->s > digits && c->s - digits <= 18 &&
	    (*digits != '0' || c->s == digits + 1);
}

static bool
take_text(struct cursor *c, struct journal *j, const char *key, size_t size,
    const char **value)
{
	const char *s;
	size_t len;

	if (!skip(c, key))
		return true;
	if (!take_string(c, size, &s, &len))
		return false;
	*value = journal_keepn(j, s, len);
	return true;
}

static bool
take_line(struct cursor *c, struct journal *j)
{
	struct command *o = journal_add(j, "", 0);
	unsigned kind, state;

	if (!take_id(c, o->id) ||
	    !take_word(c, ",\"kind\":\"", journal_kinds,
	    COMMAND_UNKNOWN + 1, &kind) ||
	    !take_word(c, ",\"state\":\"", journal_states, COMMAND_STATES,
	    &state))
		return false;
	o->kind = (enum command_kind)kind;
	o->state = (enum command_state)state;
	return take_flag(c, ",\"continuous\":true", &o->continuous) &&
	    take_flag(c, ",\"cancelled\":true", &o->cancelled) &&
	    take_flag(c, ",\"failed\":true", &o->failed) &&
	    take_number(c, ",\"duration\":", &o->duration_s) &&
	    take_number(c, ",\"frequency\":", &o->frequency) &&
	    take_number(c, ",\"processes_max\":", &o->processes_max) &&
	    take_text(c, j, ",\"pids\":\"", COMMAND_PIDS_MAX, &o->pids) &&
	    take_text(c, j, ",\"event\":\"", COMMAND_EVENT_MAX, &o->event) &&
	    take_number(c, ",\"received\":", &o->received) &&
	    take_number(c, ",\"began\":", &o->began) &&
	    take_number(c, ",\"ended\":", &o->ended) &&
	    take_number(c, ",\"runs\":", &o->runs) &&
	    take_text(c, j, ",\"why\":\"", COMMAND_WHY_MAX, &o->why) &&
	    skip(c, "}");
}

bool
journalplain_read(struct journal *j, const char *text, size_t len)
{
	struct cursor c = { text, text + len };
	uint64_t version = 0;

	if (!take_number(&c, "{\"version\":", &version) ||
	    version != JOURNAL_VERSION ||
	    !take_number(&c, ",\"failures\":", &j->failures) ||
	    !take_number(&c, ",\"not_before\":", &j->not_before) ||
	    !skip(&c, ",\"commands\":["))
		return false;
	while (skip(&c, j->n ? ",\n" : "\n"))
		if (!take_line(&c, j))
			return false;
	if (!skip(&c, "]}"))
		return false;
	/* An editor, or a shell, leaves one more. */
	skip(&c, "\n");
	return c.s == c.end;
}
