/* sampler_legacy.bpf.c - the sampler for kernels 5.8 to 5.16; see there. */
#define SAMPLER_LEGACY
#include "sampler.bpf.c"
