#include "procmaps.h"

bool
procmaps_read(struct process_table *t, struct space *s, uint32_t pid,
    const struct proc *proc)
{
	struct sideband *sb = t->sideband;
	uint64_t gaps = sb->gaps;

	if (!space_read(s, t->sampler, &t->modules, proc))
		return false;
	sideband_append(sb);
	for (size_t i = sb->used; i < sb->n; i++) {
		const struct change *c = &sb->change[i];

		if (c->pid != pid)
			continue;
		if (c->kind == CHANGE_COMM && c->exec) {
			space_clear(s, t->sampler);
			return false;
		}
		if (c->kind == CHANGE_MMAP)
			space_later(s, t->sampler, c->start, c->end, c->time);
	}
	/* Who knows what was lost while it was read. */
	if (sb->gaps != gaps)
		space_clear(s, t->sampler);
	return sb->gaps == gaps;
}
