#include "profile/seen.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/hash.h"

/* Each stack has a place in either of WAYS slots that lie together: of 20,000 one
 * in 25 finds none, where with one slot one in four would. */
enum { SLOTS = 1 << 16, WAYS = 2 };

/* Whether looking pays is found out from so many stacks; if fewer than one in
 * WORTH was known, as many as RESTS times that are not looked for. */
enum { TRIES = 1 << 15, WORTH = 64, RESTS = 15 };

/* The slots of one place lie in one line of the cache. */
static struct seen_stack *
new_slots(void)
{
	struct seen_stack *slot = aligned_alloc(WAYS * sizeof *slot,
	    SLOTS * sizeof *slot);

	if (!slot)
		die_nomem();
	memset(slot, 0, SLOTS * sizeof *slot);
	return slot;
}

static struct seen_stack *
slots_of(const struct seen *s)
{
	return &s->slot[(s->hash & (SLOTS / WAYS - 1)) * WAYS];
}

/* Whether the one that was asked for came before, by its hash. */
static bool
may_be(const struct seen *s, const struct seen_stack *slot)
{
	return slot->time == s->time && slot->hash == s->hash >> 32;
}

/* Whether this stack is not looked for. */
static bool
rests(struct seen *s)
{
	if (s->rest) {
		s->rest--;
		return true;
	}
	if (++s->tries > TRIES) {
		if (s->known < TRIES / WORTH)
			s->rest = TRIES * RESTS;
		s->tries = s->known = 0;
	}
	return false;
}

const struct seen_stack *
seen_find(struct seen *s, const char *stack, size_t len)
{
	struct seen_stack *slot;

	s->asked = !rests(s);
	if (!s->asked)
		return NULL;
	if (!s->slot) {
		s->slot = new_slots();
		s->time = 1;
	}
	s->hash = hash_bytes(stack, len);
	slot = slots_of(s);
	for (unsigned i = 0; i < WAYS; i++, slot++)
		if (may_be(s, slot) && slot->s && slot->len == len &&
		    memcmp(slot->s, stack, len) == 0) {
			slot->used = true;
			s->known++;
			return slot;
		}
	return NULL;
}

/* The slot that a stack came to once before, or one that it may have; NULL if
 * those that are there were asked for since another wanted their places. */
static struct seen_stack *
make_room(const struct seen *s)
{
	struct seen_stack *slot = slots_of(s);

	for (unsigned i = 0; i < WAYS; i++)
		if (may_be(s, &slot[i]))
			return &slot[i];
	for (unsigned i = 0; i < WAYS; i++)
		if (slot[i].time != s->time)
			return &slot[i];
	for (unsigned i = 0; i < WAYS; i++)
		if (!slot[i].used)
			return &slot[i];
	for (unsigned i = 0; i < WAYS; i++)
		slot[i].used = false;
	return NULL;
}

void
seen_add(struct seen *s, const char *stack, size_t len, uint32_t node,
    uint32_t notes)
{
	uint32_t hash = (uint32_t)(s->hash >> 32);
	struct seen_stack *slot;

	if (!s->asked)
		return;
	slot = make_room(s);
	if (!slot)
		return;
	if (!may_be(s, slot)) {
		*slot = (struct seen_stack){
			.hash = hash, .time = s->time, .used = true
		};
	} else if (len < SEEN_BYTES) {
		if (s->arena.total + len >= SEEN_BYTES)
			seen_forget(s);
		*slot = (struct seen_stack){
			arena_strndup(&s->arena, stack, len), (uint32_t)len,
			node, notes, hash, s->time, true
		};
	}
}

void
seen_forget(struct seen *s)
{
	arena_reset(&s->arena);
	if (++s->time)
		return;
	s->time = 1;
	if (s->slot)
		memset(s->slot, 0, SLOTS * sizeof *s->slot);
}

void
seen_free(struct seen *s)
{
	arena_free(&s->arena);
	free(s->slot);
	*s = (struct seen){ 0 };
}
