#include "base/intern.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/hash.h"

static uint64_t
slot_of(uint32_t hash, uint32_t id)
{
	return (uint64_t)hash << 32 | (id + 1);
}

static uint32_t
id_of(uint64_t slot)
{
	return (uint32_t)slot - 1;
}

/* The slot that holds s, or the empty one where it belongs. The hash is in the
 * slot too: looking at an entry may miss the cache. */
static uint64_t *
find_slot(const struct intern *in, const char *s, size_t len, uint32_t hash)
{
	uint32_t mask = in->slot_cap - 1, i = hash & mask;
	const struct intern_entry *e;

	for (; in->slot[i]; i = (i + 1) & mask) {
		if (in->slot[i] >> 32 != hash)
			continue;
		e = &in->entry[id_of(in->slot[i])];
		if (e->len == len && (len == 0 || memcmp(e->s, s, len) == 0))
			break;
	}
	return &in->slot[i];
}

static void
grow_slots(struct intern *in)
{
	uint32_t cap = in->slot_cap ? in->slot_cap * 2 : 256, mask = cap - 1;
	uint64_t *slot;

	slot = cap ? calloc(cap, sizeof *slot) : NULL;
	if (!slot)
		die_nomem();
	for (uint32_t id = 0; id < in->n; id++) {
		uint32_t i = in->entry[id].hash & mask;

		while (slot[i])
			i = (i + 1) & mask;
		slot[i] = slot_of(in->entry[id].hash, id);
	}
	free(in->slot);
	in->slot = slot;
	in->slot_cap = cap;
}

static void
grow_entries(struct intern *in)
{
	uint32_t cap = in->entry_cap ? in->entry_cap * 2 : 128;
	struct intern_entry *e;

	e = cap ? reallocarray(in->entry, cap, sizeof *e) : NULL;
	if (!e)
		die_nomem();
	in->entry = e;
	in->entry_cap = cap;
}

uint32_t
intern_add(struct intern *in, const char *s, size_t len)
{
	uint32_t hash = (uint32_t)hash_bytes(s, len);
	uint64_t *slot;

	if (len >= UINT32_MAX)
		die_nomem();
	if (in->n >= in->slot_cap / 2)
		grow_slots(in);
	slot = find_slot(in, s, len, hash);
	if (*slot)
		return id_of(*slot);
	if (in->n == in->entry_cap)
		grow_entries(in);
	in->entry[in->n] = (struct intern_entry){
		.s = arena_strndup(&in->arena, s, len),
		.len = (uint32_t)len,
		.hash = hash,
	};
	*slot = slot_of(hash, in->n);
	return in->n++;
}

uint32_t
intern_find(const struct intern *in, const char *s, size_t len)
{
	uint64_t *slot;

	if (in->slot_cap == 0)
		return INTERN_NONE;
	slot = find_slot(in, s, len, (uint32_t)hash_bytes(s, len));
	return *slot ? id_of(*slot) : INTERN_NONE;
}

void
intern_free(struct intern *in)
{
	arena_free(&in->arena);
	free(in->entry);
	free(in->slot);
	*in = (struct intern){ 0 };
}
