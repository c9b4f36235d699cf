#include "profile/seen.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/hash.h"

enum { SLOTS = 1 << 15 };

static struct seen_stack *
slot_of(const struct seen *s)
{
	return &s->slot[s->hash & (SLOTS - 1)];
}

const struct seen_stack *
seen_find(struct seen *s, const char *stack, size_t len)
{
	struct seen_stack *slot;

	if (!s->slot) {
		s->slot = calloc(SLOTS, sizeof *s->slot);
		if (!s->slot)
			die_nomem();
	}
	s->hash = hash_bytes(stack, len);
	slot = slot_of(s);
	if (slot->time != s->time || !slot->s || slot->len != len ||
	    slot->hash != s->hash >> 32 || memcmp(slot->s, stack, len) != 0)
		return NULL;
	slot->used = true;
	return slot;
}

void
seen_add(struct seen *s, const char *stack, size_t len, uint32_t node,
    uint32_t notes)
{
	struct seen_stack *slot = slot_of(s);
	uint32_t hash = (uint32_t)(s->hash >> 32);

	if (slot->time == s->time && slot->used) {
		slot->used = false;
	} else if (slot->time != s->time || slot->hash != hash) {
		*slot = (struct seen_stack){ .hash = hash, .time = s->time };
	} else if (len < SEEN_BYTES) {
		if (s->arena.total + len >= SEEN_BYTES)
			seen_forget(s);
		*slot = (struct seen_stack){
			arena_strndup(&s->arena, stack, len), (uint32_t)len,
			node, notes, hash, s->time, false
		};
	}
}

void
seen_forget(struct seen *s)
{
	arena_reset(&s->arena);
	if (++s->time == 0 && s->slot)
		memset(s->slot, 0, SLOTS * sizeof *s->slot);
}

void
seen_free(struct seen *s)
{
	arena_free(&s->arena);
	free(s->slot);
	*s = (struct seen){ 0 };
}
