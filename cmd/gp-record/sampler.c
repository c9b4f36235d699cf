#include "sampler.h"

#include <stdio.h>
#include <sys/utsname.h>

#include "base/diag.h"
#include "sampler_engine.h"

/*
 * Whether this kernel can freeze when a BPF program reads user memory in a
 * perf interrupt: from 5.19 on, until the fixes in 6.1.36 and 6.3.10.
 */
static bool
can_freeze(const char *release)
{
	unsigned major, minor, patch = 0;

	if (sscanf(release, "%u.%u.%u", &major, &minor, &patch) < 2)
		return false;
	if (major == 5)
		return minor == 19;
	if (major != 6)
		return false;
	return minor == 0 || minor == 2 || (minor == 1 && patch < 36) ||
	    (minor == 3 && patch < 10);
}

/* This kernel's release if it is one of those; else NULL. */
static const char *
freezing_release(void)
{
	static struct utsname u;

	return uname(&u) == 0 && can_freeze(u.release) ? u.release : NULL;
}

static struct sampler *
open_auto(const struct sampler_options *o, int *status, char *why,
    size_t why_size)
{
	const char *release = freezing_release();
	struct sampler *s;
	char not_bpf[512];

	if (release) {
		diag_verbose("engine perf: reading user memory from a BPF "
		    "program can freeze Linux %s", release);
		return sampler_open_perf(o, status, why, why_size);
	}
	s = sampler_open_bpf(o, status, not_bpf, sizeof not_bpf);
	if (s) {
		diag_verbose("engine bpf");
		return s;
	}
	s = sampler_open_perf(o, status, why, why_size);
	if (s)
		diag_verbose("engine perf: %s", not_bpf);
	return s;
}

struct sampler *
sampler_open(const struct sampler_options *o, int *status, char *why,
    size_t why_size)
{
	const char *release = freezing_release();

	switch (o->engine) {
	case SAMPLER_AUTO:
		return open_auto(o, status, why, why_size);
	case SAMPLER_BPF:
	case SAMPLER_BPF_BOUNDED:
		if (release)
			diag(DIAG_RECORD_FREEZE, NULL, 0, "Linux %s", release);
		return sampler_open_bpf(o, status, why, why_size);
	case SAMPLER_PERF:
		return sampler_open_perf(o, status, why, why_size);
	}
	return NULL;
}

int
sampler_attach(struct sampler *s, int cpu)
{
	return s->ops->attach(s, cpu);
}

void
sampler_stop(struct sampler *s)
{
	s->ops->stop(s);
}

bool
sampler_filters(const struct sampler *s)
{
	return s->ops->in_kernel;
}

bool
sampler_walks(const struct sampler *s)
{
	return s->ops->in_kernel;
}

int
sampler_target(struct sampler *s, uint32_t pid, bool wanted)
{
	return s->ops->target(s, pid, wanted);
}

struct sampler_pool
sampler_pool(const struct sampler *s)
{
	return s->ops->pool(s);
}

struct unwind_row *
sampler_map_slot(const struct sampler *s, uint32_t slot)
{
	return s->ops->map_slot(s, slot);
}

void
sampler_unmap_slot(const struct sampler *s, struct unwind_row *rows)
{
	s->ops->unmap_slot(rows);
}

int
sampler_set_module(struct sampler *s, uint32_t module,
    const struct sampler_module *m)
{
	return s->ops->set_module(s, module, m);
}

int
sampler_map(struct sampler *s, uint32_t image, const struct sampler_mapping *m)
{
	return s->ops->map(s, image, m);
}

void
sampler_unmap(struct sampler *s, uint32_t image, uint64_t start, uint64_t end)
{
	s->ops->unmap(s, image, start, end);
}

int
sampler_set_interp(struct sampler *s, uint32_t image, const struct interp *i)
{
	return s->ops->set_interp ? s->ops->set_interp(s, image, i) : 0;
}

void
sampler_forget_code(struct sampler *s, uint32_t image, uint64_t word)
{
	if (s->ops->forget_code)
		s->ops->forget_code(s, image, word);
}

bool
sampler_walks_interps(const struct sampler *s)
{
	return s->ops->set_interp;
}

void
sampler_read(struct sampler *s,
    bool (*fn)(void *arg, const struct sample *sample), void *arg)
{
	s->ops->read(s, fn, arg);
}

int
sampler_fd(const struct sampler *s)
{
	return s->ops->fd(s);
}

void
sampler_count(const struct sampler *s, struct sampler_counters *sum)
{
	s->ops->count(s, sum);
}

void
sampler_free(struct sampler *s)
{
	if (s)
		s->ops->free(s);
}
