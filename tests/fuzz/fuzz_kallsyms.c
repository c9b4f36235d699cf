/*
 * fuzz_kallsyms.c - any bytes as /proc/kallsyms.
 *
 * Property: names found are text of the file without NUL, newline or tab; every
 * piece has one; the memory of names is no more than twice the file.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "proc/kallsyms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(const struct kallsyms *k, uint64_t addr, const uint8_t *data, size_t len)
{
	const char *name, *module;

	if (!kallsyms_find(k, addr, &name, &module))
		return;
	if (!name[0] || strpbrk(name, "\n\t") || strchr(module, '\n') ||
	    !memmem(data, len, name, strlen(name)) ||
	    (module[0] && !memmem(data, len, module, strlen(module))))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	int fd = memfd_create("kallsyms", MFD_CLOEXEC);
	struct kallsyms k;
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		abort();
	if (kallsyms_read(&k, path) == KALLSYMS_OK) {
		if (k.names.len > 2 * len)
			abort();
		for (uint32_t i = 0; i < k.range.n; i++) {
			check(&k, k.range.start[i], data, len);
			check(&k, k.range.start[i] - 1, data, len);
		}
	}
	kallsyms_free(&k);
	close(fd);
	return 0;
}
