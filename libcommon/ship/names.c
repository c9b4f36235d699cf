#include "ship/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/grow.h"

static bool
is_id(struct names_text t)
{
	size_t n = 0;

	while (n < t.len && t.s[n] && strchr("0123456789abcdef", t.s[n]))
		n++;
	return n == NAMES_ID && n == t.len;
}

static bool
is_word(struct names_text t, size_t max, const char *others)
{
	if (t.len == 0 || t.len > max || !ascii_is_alnum(t.s[0]))
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (!ascii_is_alnum(t.s[i]) && (!t.s[i] ||
		    !strchr(others, t.s[i])))
			return false;
	return true;
}

static bool
is_name(struct names_text t)
{
	return is_word(t, NAMES_TEXT_MAX, ".-_");
}

static bool
is_image(struct names_text t)
{
	return is_word(t, NAMES_IMAGE_MAX, ".-_/:@");
}

static const char *
keep(struct names *n, struct names_text t)
{
	return t.len ? intern_str(&n->texts,
	    intern_add(&n->texts, t.s, t.len)) : "";
}

void
names_add(struct names *n, const struct names_container *c)
{
	const struct names_text none = { .len = 0 };
	uint32_t known = n->ids.n, at;

	if (!is_id(c->id) || !is_name(c->name) ||
	    (c->pod.len && !is_name(c->pod)) ||
	    (c->namespace.len && !is_name(c->namespace)) ||
	    known == NAMES_MAX) {
		n->left_out++;
		return;
	}
	at = intern_add(&n->ids, c->id.s, c->id.len);
	if (at < known)
		return;
	n->entry = grow_for(n->entry, at, &n->cap, sizeof *n->entry);
	n->entry[at] = (struct names_entry){ .name = keep(n, c->name),
		.pod = keep(n, c->pod), .namespace = keep(n, c->namespace),
		.image = keep(n, is_image(c->image) ? c->image : none) };
}

const struct names_entry *
names_find(const struct names *n, const char *id, size_t len)
{
	uint32_t at = n->ids.n ? intern_find(&n->ids, id, len) : INTERN_NONE;

	return at == INTERN_NONE ? NULL : &n->entry[at];
}

void
names_free(struct names *n)
{
	intern_free(&n->ids);
	intern_free(&n->texts);
	free(n->entry);
	*n = (struct names){ 0 };
}
