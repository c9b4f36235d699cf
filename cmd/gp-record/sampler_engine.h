/*
 * sampler_engine.h - what an engine has to do for sampler.h.
 *
 * An engine's own struct begins with a struct sampler; its functions get that and
 * know what is behind it. See sampler.h for what each of them means.
 */
#ifndef GP_RECORD_SAMPLER_ENGINE_H
#define GP_RECORD_SAMPLER_ENGINE_H

#include "sampler.h"

struct sampler_ops {
	bool in_kernel;
	int (*attach)(struct sampler *s, int cpu);
	void (*stop)(struct sampler *s);
	int (*target)(struct sampler *s, uint32_t pid, bool wanted);
	struct sampler_pool (*pool)(const struct sampler *s);
	struct unwind_row *(*map_slot)(const struct sampler *s, uint32_t slot);
	void (*unmap_slot)(struct unwind_row *rows);
	int (*set_module)(struct sampler *s, uint32_t module,
	    const struct sampler_module *m);
	int (*map)(struct sampler *s, uint32_t image,
	    const struct sampler_mapping *m);
	void (*unmap)(struct sampler *s, uint32_t image, uint64_t start,
	    uint64_t end);
	int (*set_interp)(struct sampler *s, uint32_t image,
	    const struct interp *i); /* NULL: it cannot */
	void (*forget_code)(struct sampler *s, uint32_t image, uint64_t word);
	void (*read)(struct sampler *s,
	    bool (*fn)(void *arg, const struct sample *sample), void *arg);
	int (*fd)(const struct sampler *s);
	void (*count)(const struct sampler *s, struct sampler_counters *sum);
	void (*free)(struct sampler *s);
};

struct sampler {
	const struct sampler_ops *ops;
};

/* As sampler_open(), each for one engine. */
struct sampler *sampler_open_bpf(const struct sampler_options *o, int *status,
    char *why, size_t why_size);
struct sampler *sampler_open_perf(const struct sampler_options *o,
    int *status, char *why, size_t why_size);

#endif
