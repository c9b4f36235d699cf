#include "targets.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/grow.h"
#include "base/parse.h"

const char *const targets_keys[TARGETS_KEYS] = {
	"runtime", "app", "execfn", "arch", "exe_build_id", "lib_build_id",
	"link", "libc", "stripped", "own", "container_name", "pod",
	"namespace", "image",
};

static void
add(struct targets *t, const struct record *r, const struct stream *s)
{
	const char *decision = record_get(r, "decision");
	struct target *target;
	uint64_t pid, start;

	if (!record_get_u64(r, "pid", &pid) || pid == 0 ||
	    pid > PARSE_PID_MAX) {
		diag(DIAG_STREAM_RECORD, s->name, s->line, "no pid");
		return;
	}
	if (decision && strcmp(decision, "profile") != 0)
		return;
	if (!record_get_u64(r, "start", &start))
		start = 0;
	t->target = grow_for(t->target, t->n, &t->cap, sizeof *t->target);
	target = &t->target[t->n++];
	*target = (struct target){ .pid = (uint32_t)pid, .start = start };
	for (int i = 0; i < TARGETS_KEYS; i++) {
		const char *told = record_get(r, targets_keys[i]);

		if (told)
			target->told[i] = arena_strndup(&t->arena, told,
			    strlen(told));
	}
}

static int
by_pid(const void *a, const void *b)
{
	const struct target *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

enum stream_err
targets_read(struct targets *t, int fd, const char *name)
{
	enum stream_err err;
	struct stream_line l;
	struct stream s;

	stream_init(&s, fd, name);
	while (stream_read(&s, &l) != STREAM_END) {
		if (l.type == STREAM_BAD)
			diag(l.bad, s.name, s.line, NULL);
		else if (l.type == STREAM_RECORD &&
		    record_is(&s.record, "process"))
			add(t, &s.record, &s);
	}
	if (t->n)
		qsort(t->target, t->n, sizeof *t->target, by_pid);
	err = stream_check(&s);
	stream_free(&s);
	return err;
}

const struct target *
targets_find(const struct targets *t, uint32_t pid, uint64_t start)
{
	struct target key = { .pid = pid };
	const struct target *found;

	if (t->n == 0)
		return NULL;
	found = bsearch(&key, t->target, t->n, sizeof key, by_pid);
	if (!found || (found->start && found->start != start))
		return NULL;
	return found;
}

void
targets_free(struct targets *t)
{
	arena_free(&t->arena);
	free(t->target);
	*t = (struct targets){ 0 };
}
