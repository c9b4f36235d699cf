#include "rings.h"

enum {
	/* Bytes of half a sample with the top of its stack. */
	RESCUE = 20 << 10,
	/* Events may come as they like: about so many a second. */
	FREQ_UNKNOWN = 1000,
};

/* Of all CPUs together, and of each. A side-band ring of 128 KB takes what a
 * thousand mappings need; a perf one 15 samples with 16 KB of stack. */
enum {
	SAMPLES_MIN = 4 << 20, SAMPLES_MAX = 16 << 20,
	SIDEBAND_MAX = 4 << 20,
	PERF_EACH_MIN = 64 << 10, PERF_EACH_MAX = 2 << 20,
	SIDEBAND_EACH_MIN = 8 << 10, SIDEBAND_EACH_MAX = 512 << 10,
	SIDEBAND_EACH_ONE = 128 << 10,
};

/* The largest power of two of which `cpus` are within all; from least to most. */
static size_t
share(size_t all, unsigned cpus, size_t least, size_t most)
{
	size_t each = least;

	while (each < most && 2 * each * cpus <= all)
		each *= 2;
	return each;
}

/* Room for half a second of rescues, which may come while the rows of a large file
 * are made: as far as that is to be had. Of samples of ordinary depth, a KB each,
 * it is twenty seconds, on 256 CPUs a half; they are polled for ten times a
 * second. */
static size_t
samples(const struct rings_need *need)
{
	uint64_t freq = need->freq ? need->freq : FREQ_UNKNOWN;
	size_t size = SAMPLES_MIN;

	while (size < SAMPLES_MAX && size / RESCUE / need->cpus < freq)
		size *= 2;
	return size;
}

struct rings
rings_plan(const struct rings_need *need)
{
	struct rings_need n = *need;

	if (n.cpus == 0)
		n.cpus = 1;
	return (struct rings){
		.samples = samples(&n),
		.perf = share(SAMPLES_MAX, n.cpus, PERF_EACH_MIN,
		    PERF_EACH_MAX),
		/* Of one process, it has to leave room for its samples in what
		 * a user may lock. */
		.sideband = share(SIDEBAND_MAX, n.cpus, SIDEBAND_EACH_MIN,
		    n.one_process ? SIDEBAND_EACH_ONE : SIDEBAND_EACH_MAX),
	};
}
