#include "profile/nameattr.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/diag.h"
#include "base/file.h"

#define FILE_MAX ((size_t)64 << 20)

/* A link that runs nothing: of a scheme that is known, or without one. A browser
 * drops blanks and control characters before it looks for the scheme. */
static bool
is_harmless(const char *href)
{
	static const char *const good[] = { "http:", "https:", "mailto:" };

	for (const char *s = href; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f)
			return false;
	for (size_t i = 0; i < GP_COUNT(good); i++)
		if (strncasecmp(href, good[i], strlen(good[i])) == 0)
			return true;
	return strcspn(href, ":") >= strcspn(href, "/?#");
}

static struct nameattr_of *
make_room(struct nameattr *a, const char *name)
{
	uint32_t id = intern_add(&a->names, name, strlen(name));

	if (id >= a->cap) {
		size_t cap = a->cap ? a->cap * 2 : 64;
		struct nameattr_of *p = reallocarray(a->of, cap, sizeof *p);

		if (!p)
			die_nomem();
		memset(p + a->cap, 0, (cap - a->cap) * sizeof *p);
		a->of = p;
		a->cap = cap;
	}
	return &a->of[id];
}

/* "key=value" */
static bool
take(struct nameattr_of *of, char *attr)
{
	char *eq = strchr(attr, '=');

	if (!eq)
		return false;
	*eq++ = '\0';
	if (strcmp(attr, "title") == 0)
		of->title = eq;
	else if (strcmp(attr, "target") == 0)
		of->target = eq;
	else if (strcmp(attr, "href") == 0 && is_harmless(eq))
		of->href = eq;
	else
		return false;
	return true;
}

static void
take_line(struct nameattr *a, const char *path, uint64_t line, char *s)
{
	char *tab = strchr(s, '\t');
	struct nameattr_of *of;

	if (!tab) {
		diag(DIAG_FLAME_ATTR, path, line, "no tab");
		return;
	}
	*tab++ = '\0';
	of = make_room(a, s);
	while (tab) {
		char *attr = tab;

		tab = strchr(attr, '\t');
		if (tab)
			*tab++ = '\0';
		if (!take(of, attr))
			diag(DIAG_FLAME_ATTR, path, line, "%s", attr);
	}
}

void
nameattr_parse(struct nameattr *a, const char *name)
{
	uint64_t line = 0;

	for (char *s = a->text.s, *next; s && *s; s = next) {
		next = strchr(s, '\n');
		if (next)
			*next++ = '\0';
		line++;
		if (*s)
			take_line(a, name, line, s);
	}
}

int
nameattr_read(struct nameattr *a, const char *path)
{
	if (file_read_at(AT_FDCWD, path, &a->text, FILE_MAX) != 0)
		return -1;
	nameattr_parse(a, path);
	return 0;
}

const struct nameattr_of *
nameattr_get(const struct nameattr *a, const char *name, size_t len)
{
	static const struct nameattr_of none;
	uint32_t id = intern_find(&a->names, name, len);

	return id == INTERN_NONE ? &none : &a->of[id];
}

void
nameattr_free(struct nameattr *a)
{
	buf_free(&a->text);
	intern_free(&a->names);
	free(a->of);
	*a = (struct nameattr){ 0 };
}
