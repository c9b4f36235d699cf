#include "base/libpages.h"

#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Whether the code itself was relocated, so that its pages are not the file's. */
static bool
has_textrel(const struct dl_phdr_info *lib)
{
	const ElfW(Dyn) *d = NULL;

	for (size_t i = 0; i < lib->dlpi_phnum; i++)
		if (lib->dlpi_phdr[i].p_type == PT_DYNAMIC)
			d = (const void *)(lib->dlpi_addr +
			    lib->dlpi_phdr[i].p_vaddr);
	for (; d && d->d_tag != DT_NULL; d++)
		if (d->d_tag == DT_TEXTREL || (d->d_tag == DT_FLAGS &&
		    d->d_un.d_val & DF_TEXTREL))
			return true;
	return false;
}

static int
drop(struct dl_phdr_info *lib, size_t size, void *ctx)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)size;
	(void)ctx;
	if (has_textrel(lib))
		return 0;
	/* The first one holds these headers, and is the last to go: it would come
	 * back to be read. */
	for (size_t i = lib->dlpi_phnum; i-- > 0;) {
		const ElfW(Phdr) *p = &lib->dlpi_phdr[i];
		uintptr_t start = lib->dlpi_addr + p->p_vaddr;
		uintptr_t end = start + p->p_memsz;

		if (p->p_type != PT_LOAD || p->p_flags & PF_W)
			continue;
		start -= start % page;
		/* One that it cannot be done to stays as it is. */
		(void)madvise((void *)start, end - start, MADV_DONTNEED);
	}
	return 0;
}

void
libpages_drop(void)
{
	dl_iterate_phdr(drop, NULL);
}
