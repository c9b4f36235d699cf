#include "tally.h"

#include <string.h>

#include "base/text.h"

const char *const tally_language_names[TALLY_NLANGUAGES] = {
#define X(id, name, suffix, loop) name,
	TALLY_LANGUAGES(X)
#undef X
};

const char *const tally_reason_names[TALLY_NREASONS] = {
#define X(id, name) name,
	TALLY_REASONS(X)
#undef X
};

static const struct {
	const char *suffix; /* of its frames' names */
	const char *loop;   /* the interpreter's; NULL: it has none */
} languages[TALLY_NLANGUAGES] = {
#define X(id, name, suffix, loop) { suffix, loop },
	TALLY_LANGUAGES(X)
#undef X
};

bool
tally_is_told(size_t language)
{
	return languages[language].loop != NULL;
}

/* A clone is "name.part.0" or "name.cold". */
static bool
is_function(const char *s, size_t len, const char *name)
{
	size_t n = strlen(name);

	return len >= n && memcmp(s, name, n) == 0 && (len == n || s[n] == '.');
}

/* "[libfoo.so]", "[libfoo.so+0x10]", "[unknown]", "$3+10"; with "_[k]" too. */
static bool
is_unnamed(const char *s, size_t len)
{
	return len && (s[0] == '$' ||
	    (s[0] == '[' && (s[len - 1] == ']')));
}

/* One frame: sets a bit for each language that it is of, or whose loop it is. */
static void
look_at(const char *s, size_t len, unsigned *of, unsigned *loops)
{
	for (unsigned i = 0; i < TALLY_NLANGUAGES; i++) {
		if (s[len - 1] == ']' && text_ends(s, len, languages[i].suffix))
			*of |= 1u << i;
		else if (languages[i].loop &&
		    is_function(s, len, languages[i].loop))
			*loops |= 1u << i;
	}
}

void
tally_sample(struct tally *t, const char *stack, size_t len, uint64_t count)
{
	const unsigned kernel = 1u << TALLY_KERNEL;
	const char *end = stack + len, *p = memchr(stack, ';', len);
	unsigned of = 0, loops = 0;

	t->samples += count;
	/* The first frame is the process. */
	while (p && p + 1 < end) {
		const char *s = p + 1;
		size_t n;

		p = memchr(s, ';', (size_t)(end - s));
		n = (size_t)((p ? p : end) - s);
		if (n == 0)
			continue;
		if (text_is(s, n, "[truncated]")) {
			t->truncated += count;
			continue;
		}
		t->frames += count;
		if (is_unnamed(s, n))
			t->unnamed += count;
		look_at(s, n, &of, &loops);
	}
	if ((of & ~kernel) == 0)
		t->native += count;
	for (unsigned i = 0; i < TALLY_NLANGUAGES; i++) {
		if (of & 1u << i)
			t->covered[i] += count;
		else if (loops & 1u << i)
			t->missed[i] += count;
	}
}

void
tally_record(struct tally *t, const struct record *r)
{
	const char *reason;
	size_t i = 0;
	uint64_t n;

	t->processes += record_is(r, "process");
	if (!record_is(r, "lost") || !record_get_u64(r, "count", &n))
		return;
	reason = record_get(r, "reason");
	while (i < TALLY_OTHER &&
	    (!reason || strcmp(reason, tally_reason_names[i]) != 0))
		i++;
	t->lost[i] += n;
}

void
tally_add(struct tally *t, const struct tally *other)
{
	t->samples += other->samples;
	t->truncated += other->truncated;
	t->native += other->native;
	for (size_t i = 0; i < TALLY_NLANGUAGES; i++) {
		t->covered[i] += other->covered[i];
		t->missed[i] += other->missed[i];
	}
	t->frames += other->frames;
	t->unnamed += other->unnamed;
	t->processes += other->processes;
	for (size_t i = 0; i < TALLY_NREASONS; i++)
		t->lost[i] += other->lost[i];
}
