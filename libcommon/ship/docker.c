#include "ship/docker.h"

#include <string.h>

#include "base/json.h"

static struct names_text
text_of(const struct json_value *v)
{
	struct names_text t = { .len = 0 };

	t.s = json_str(v, &t.len);
	return t;
}

/* "/web" is its own name, "/db/web" what another one calls it. */
static struct names_text
own_name(const struct json_value *names)
{
	struct names_text t;

	for (size_t i = 0; i < json_count(names); i++) {
		t = text_of(json_at(names, i));
		if (t.len && t.s[0] == '/') {
			t.s++;
			t.len--;
		}
		if (t.len && !memchr(t.s, '/', t.len))
			return t;
	}
	return (struct names_text){ .len = 0 };
}

static void
take_container(struct names *n, const struct json_value *v)
{
	const struct json_value *labels = json_get(v, "Labels");
	struct names_container c = {
		.id = text_of(json_get(v, "Id")),
		.image = text_of(json_get(v, "Image")),
		.pod = text_of(json_get(labels, "io.kubernetes.pod.name")),
		.namespace = text_of(json_get(labels,
		    "io.kubernetes.pod.namespace")),
		.name = text_of(json_get(labels,
		    "io.kubernetes.container.name")),
	};

	if (!c.pod.len || !c.namespace.len || !c.name.len) {
		c.name = own_name(json_get(v, "Names"));
		c.pod.len = c.namespace.len = 0;
	}
	names_add(n, &c);
}

bool
docker_take(struct names *n, const char *text, size_t len)
{
	const struct json_limits limits = { .size = len, .depth = 32,
		.memory = (size_t)128 << 20 };
	struct json_doc d;
	bool good;

	if (len == 0 || !json_parse(&d, text, len, &limits))
		return false;
	good = json_kind(d.root) == JSON_KIND_ARRAY;
	for (size_t i = 0; good && i < json_count(d.root); i++)
		take_container(n, json_at(d.root, i));
	json_free(&d);
	return good;
}
