#include "base/hash.h"

#include <sys/auxv.h>

uint64_t hash_seed = 0xa0761d6478bd642fu;

/* The kernel gives every process 16 random bytes: no file, no system call. */
__attribute__((constructor)) static void
set_seed(void)
{
	const void *p = (const void *)getauxval(AT_RANDOM);

	if (p)
		memcpy(&hash_seed, p, sizeof hash_seed);
}
