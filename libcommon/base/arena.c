#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif

/* Without this an arena would hide the very bugs that ASan is for. */
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define poison(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define unpoison(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
enum { REDZONE = 16 };
#else
#define poison(p, n) ((void)(p), (void)(n))
#define unpoison(p, n) ((void)(p), (void)(n))
enum { REDZONE = 0 };
#endif

enum { BLOCK_BYTES = 64 * 1024 };

struct arena_block {
	struct arena_block *next;
	size_t size; /* bytes in data */
	alignas(max_align_t) unsigned char data[];
};

static struct arena_block *
new_block(size_t size)
{
	struct arena_block *b;

	if (size > SIZE_MAX - sizeof *b)
		die_nomem();
	b = malloc(sizeof *b + size);
	if (!b)
		die_nomem();
	b->size = size;
	poison(b->data, size);
	return b;
}

/* One allocation with a block to itself, behind the newest one, whose rest stays
 * in use. */
static void *
new_big_block(struct arena *a, size_t size)
{
	struct arena_block *b = new_block(size);

	if (a->block) {
		b->next = a->block->next;
		a->block->next = b;
	} else {
		b->next = NULL;
		a->block = b;
		a->used = size;
	}
	return b->data;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct arena_block *b;
	size_t need;
	void *p;

	/* Two objects of no bytes have two addresses, as with malloc(3). */
	if (size == 0)
		size = 1;
	if (size > SIZE_MAX - align - REDZONE)
		die_nomem();
	need = (size + REDZONE + align - 1) & ~(align - 1);
	if (need > BLOCK_BYTES) {
		p = new_big_block(a, need);
	} else {
		if (!a->block || a->block->size - a->used < need) {
			b = new_block(BLOCK_BYTES);
			b->next = a->block;
			a->block = b;
			a->used = 0;
		}
		p = a->block->data + a->used;
		a->used += need;
	}
	a->total += size;
	unpoison(p, size);
	memset(p, 0, size);
	return p;
}

char *
arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *p;

	if (len == SIZE_MAX)
		die_nomem();
	p = arena_alloc(a, len + 1);
	if (len)
		memcpy(p, s, len);
	return p;
}

void
arena_reset(struct arena *a)
{
	struct arena_block *keep = NULL, *b, *next;

	/* Never a big one: it may be as large as one stranger's string. */
	for (b = a->block; b; b = next) {
		next = b->next;
		if (!keep && b->size == BLOCK_BYTES)
			keep = b;
		else
			free(b);
	}
	if (keep) {
		keep->next = NULL;
		poison(keep->data, keep->size);
	}
	a->block = keep;
	a->used = 0;
	a->total = 0;
}

void
arena_free(struct arena *a)
{
	struct arena_block *b, *next;

	for (b = a->block; b; b = next) {
		next = b->next;
		free(b);
	}
	*a = (struct arena){ 0 };
}
