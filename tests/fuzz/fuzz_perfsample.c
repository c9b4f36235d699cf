/*
 * fuzz_perfsample.c - any bytes as a PERF_RECORD_SAMPLE.
 *
 * Property: what is made of it is a struct sample that fills its buffer exactly,
 * with no more frames than there may be.
 */
#include <stdint.h>

#include "cmd/gp-record/perfsample.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct buf b;
	struct sample s;

	if (!perfsample_make((const char *)data, len, &b))
		return 0;
	memcpy(&s, b.s, sizeof s);
	if (sample_bytes(&s) != b.len || s.nkernel > SAMPLER_KERNEL_MAX ||
	    s.nuser > 1 || s.nrescue > len)
		__builtin_trap();
	return 0;
}
