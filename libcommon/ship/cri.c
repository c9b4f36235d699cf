#include "ship/cri.h"

#include <stdint.h>
#include <string.h>

#include "profile/protobufc.h"
#include "ship/cri.pb-c.h"

/* The message in a body that holds one, whole and not compressed. */
static bool
open_frame(const char *body, size_t len, const uint8_t **message, size_t *n)
{
	const uint8_t *b = (const uint8_t *)body;

	if (len < CRI_HEAD || b[0] != 0)
		return false;
	*n = (size_t)b[1] << 24 | (size_t)b[2] << 16 | (size_t)b[3] << 8 | b[4];
	*message = b + CRI_HEAD;
	return *n == len - CRI_HEAD && protobufc_load();
}

static struct names_text
text(const ProtobufCBinaryData *b)
{
	return (struct names_text){ .s = (const char *)b->data, .len = b->len };
}

bool
cri_take_sandboxes(struct names *n, const char *body, size_t len)
{
	struct protobufc_arena mem = { .max = CRI_MEMORY_MAX };
	struct names_container c = { .name = { .s = "POD", .len = 3 } };
	const uint8_t *message;
	Cri__Sandboxes *all;
	size_t size;

	if (!open_frame(body, len, &message, &size))
		return false;
	all = cri__sandboxes__unpack(protobufc_allocator(&mem), size, message);
	for (size_t i = 0; all && i < all->n_sandbox; i++) {
		const Cri__Sandbox *s = all->sandbox[i];

		if (!s->name)
			continue;
		c.id = text(&s->id);
		c.pod = text(&s->name->name);
		c.namespace = text(&s->name->space);
		names_add(n, &c);
	}
	arena_free(&mem.arena);
	return all != NULL;
}

/* One whose pod is not known is left out: its name alone says nothing. */
static void
take_container(struct names *n, const Cri__Container *c)
{
	struct names_text id = text(&c->sandbox);
	const struct names_entry *sandbox = names_find(n, id.s, id.len);
	struct names_container out = { .id = text(&c->id) };

	if (!sandbox || !c->name) {
		n->left_out++;
		return;
	}
	out.name = text(&c->name->name);
	out.pod = (struct names_text){ sandbox->pod, strlen(sandbox->pod) };
	out.namespace = (struct names_text){ sandbox->namespace,
		strlen(sandbox->namespace) };
	if (c->image)
		out.image = text(&c->image->name);
	names_add(n, &out);
}

bool
cri_take_containers(struct names *n, const char *body, size_t len)
{
	struct protobufc_arena mem = { .max = CRI_MEMORY_MAX };
	const uint8_t *message;
	Cri__Containers *all;
	size_t size;

	if (!open_frame(body, len, &message, &size))
		return false;
	all = cri__containers__unpack(protobufc_allocator(&mem), size, message);
	for (size_t i = 0; all && i < all->n_container; i++)
		take_container(n, all->container[i]);
	arena_free(&mem.arena);
	return all != NULL;
}
