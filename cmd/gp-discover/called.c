#include "called.h"

#include <string.h>

#include "base/diag.h"

static void
report(const char *path, const char *why)
{
	diag(DIAG_DISCOVER_NAMES, path, 0, "%s", why);
}

static bool
has_containers(const struct scan *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->process[i].container[0])
			return true;
	return false;
}

static const char *
copy(struct scan *s, const char *text)
{
	return text[0] ? arena_strndup(&s->arena, text, strlen(text)) : "";
}

void
called_find(struct scan *s, const struct engine *list, size_t n)
{
	struct names names = { 0 };

	if (!has_containers(s))
		return;
	if (!engines_ask(&names, list, n, report))
		report("libcurl", "is not installed, or cannot be set up");
	for (size_t i = 0; i < s->n; i++) {
		struct scan_process *p = &s->process[i];
		const struct names_entry *e = names_find(&names, p->container,
		    strlen(p->container));

		if (!e)
			continue;
		p->container_name = copy(s, e->name);
		p->pod = copy(s, e->pod);
		p->namespace = copy(s, e->namespace);
		p->image = copy(s, e->image);
	}
	diag_verbose("names of %u containers; %llu left out", names.ids.n,
	    (unsigned long long)names.left_out);
	names_free(&names);
}
