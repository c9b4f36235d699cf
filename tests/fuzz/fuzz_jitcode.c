/*
 * fuzz_jitcode.c - any bytes as a table of compiled code, as a process that was
 * taken over might send them.
 *
 * Property: what is found lies in the table, by address, time and text; what was
 * read is written as the same bytes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proc/jitcode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { ENTRIES = 512 };

static bool
append(void *arg, const void *p, size_t len)
{
	buf_add(arg, p, len);
	return true;
}

static bool
is_in_text(const struct jitcode *j, const char *s, size_t len)
{
	return s >= j->text.s && s <= j->text.s + j->text.len &&
	    len <= (size_t)(j->text.s + j->text.len - s);
}

static void
check(struct jitcode *j, uint64_t addr, uint64_t time)
{
	struct jitcode_found f;
	bool any = false;

	if (!jitcode_find(j, addr, time, &f))
		return;
	if (f.name_len == 0 || !is_in_text(j, f.name, f.name_len) ||
	    (f.file && !is_in_text(j, f.file, strlen(f.file))))
		abort();
	for (uint32_t i = 0; i < j->n && !any; i++) {
		const struct jitcode_entry *e = &j->v[i];

		any = addr >= e->start && addr < e->end &&
		    (!j->timed || e->time <= time) &&
		    j->text.s + e->name == f.name;
	}
	if (!any)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct jitcode j = { 0 };
	struct buf b = { 0 };

	if (!jitcode_read(&j, data, len)) {
		if (j.v || j.line || j.text.s)
			abort();
		return 0;
	}
	/* Flags that mean nothing are not kept. */
	if (!jitcode_write(&j, append, &b) || b.len != len ||
	    memcmp(b.s + 8, data + 8, len - 8) != 0)
		abort();
	for (uint32_t i = 0; i < j.n && i < ENTRIES; i++) {
		uint64_t start = j.v[i].start, end = j.v[i].end;

		check(&j, start, JITCODE_NOW);
		check(&j, end - 1, j.v[i].time);
		check(&j, end, j.v[i].time);
		check(&j, start, j.v[i].time - 1);
	}
	buf_free(&b);
	jitcode_free(&j);
	return 0;
}
