#include "base/intern.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/hash.h"

/* What tells most strings apart is here as well as in the entry, and so is where
 * the string is: each further look may miss the cache. */
struct intern_slot {
	const char *s; /* NULL: free */
	uint32_t tag;
	uint32_t id;
};

enum { LONG = 0xffff }; /* bytes that a tag does not tell from more */

/* Half of the hash, and the length. */
static uint32_t
tag_of(uint32_t hash, size_t len)
{
	return (hash & ~(uint32_t)LONG) | (len < LONG ? (uint32_t)len : LONG);
}

/* The slot that holds s, or the free one where it belongs. */
static struct intern_slot *
find_slot(const struct intern *in, const char *s, size_t len, uint32_t hash)
{
	uint32_t mask = in->slot_cap - 1, i = hash & mask;
	uint32_t tag = tag_of(hash, len);
	struct intern_slot *slot;

	for (;; i = (i + 1) & mask) {
		slot = &in->slot[i];
		if (!slot->s)
			return slot;
		if (slot->tag != tag ||
		    (len >= LONG && in->entry[slot->id].len != len))
			continue;
		if (len == 0 || memcmp(slot->s, s, len) == 0)
			return slot;
	}
}

static void
grow_slots(struct intern *in)
{
	uint32_t cap = in->slot_cap ? in->slot_cap * 2 : 256, mask = cap - 1;
	struct intern_slot *slot;

	slot = cap ? calloc(cap, sizeof *slot) : NULL;
	if (!slot)
		die_nomem();
	for (uint32_t id = 0; id < in->n; id++) {
		const struct intern_entry *e = &in->entry[id];
		uint32_t i = e->hash & mask;

		while (slot[i].s)
			i = (i + 1) & mask;
		slot[i] = (struct intern_slot){
			e->s, tag_of(e->hash, e->len), id
		};
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
	struct intern_slot *slot;

	if (len >= UINT32_MAX)
		die_nomem();
	if (in->n >= in->slot_cap / 2)
		grow_slots(in);
	slot = find_slot(in, s, len, hash);
	if (slot->s)
		return slot->id;
	if (in->n == in->entry_cap)
		grow_entries(in);
	in->entry[in->n] = (struct intern_entry){
		.s = arena_strndup(&in->arena, s, len),
		.len = (uint32_t)len,
		.hash = hash,
	};
	*slot = (struct intern_slot){
		in->entry[in->n].s, tag_of(hash, len), in->n
	};
	return in->n++;
}

uint32_t
intern_find(const struct intern *in, const char *s, size_t len)
{
	const struct intern_slot *slot;

	if (in->slot_cap == 0)
		return INTERN_NONE;
	slot = find_slot(in, s, len, (uint32_t)hash_bytes(s, len));
	return slot->s ? slot->id : INTERN_NONE;
}

void
intern_free(struct intern *in)
{
	arena_free(&in->arena);
	free(in->entry);
	free(in->slot);
	*in = (struct intern){ 0 };
}
