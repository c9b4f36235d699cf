#include "procmaps.h"

#include "base/monotonic.h"

/* Whether the pid has become another program, or another process, as records say
 * that were not applied yet. */
static bool
is_another(const struct sideband *sb, uint32_t pid)
{
	for (size_t i = sb->used; i < sb->n; i++) {
		const struct change *c = &sb->change[i];

		if (c->pid == pid && (c->kind == CHANGE_FORK ||
		    (c->kind == CHANGE_COMM && c->exec)))
			return true;
	}
	return false;
}

bool
procmaps_read(struct process_table *t, struct space *s, uint32_t pid,
    const struct proc *proc)
{
	struct sideband *sb = t->sideband;
	uint64_t gaps = sb->gaps, before = monotonic_ns();
	struct buf text = { 0 };
	bool good = proc_read_file(proc, "maps", &text) == PROC_OK;

	sideband_append(sb);
	/* Who knows what was lost while it was read. */
	good = good && sb->gaps == gaps && !is_another(sb, pid) &&
	    space_take(s, t->sampler, &t->modules, &text, before);
	for (size_t i = sb->used; good && i < sb->n; i++) {
		const struct change *c = &sb->change[i];

		if (c->pid == pid && c->kind == CHANGE_MMAP)
			space_later(s, t->sampler, c->start, c->end, c->time);
	}
	buf_free(&text);
	return good;
}
