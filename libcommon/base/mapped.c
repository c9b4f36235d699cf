#include "base/mapped.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

/* What the handler looks at. */
static struct place {
	volatile uintptr_t start, end; /* 0: free */
	volatile sig_atomic_t cut;
} place[MAPPED_FILES_MAX];

static size_t bytes; /* of all */
static uintptr_t page_size;
static struct sigaction before;

/* Put zeros where a file is not there any more, so that who reads goes on. */
static void
fill_page(int signal, siginfo_t *info, void *context)
{
	uintptr_t at = (uintptr_t)info->si_addr;
	int saved = errno;
	void *page = (char *)info->si_addr - at % page_size;

	(void)signal;
	(void)context;
	for (unsigned i = 0; i < MAPPED_FILES_MAX; i++) {
		if (at < place[i].start || at >= place[i].end)
			continue;
		place[i].cut = 1;
		if (mmap(page, page_size, PROT_READ,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == page) {
			errno = saved;
			return;
		}
	}
	/* Not ours: it happens once more, and then means what it meant before. */
	(void)sigaction(SIGBUS, &before, NULL);
}

static bool
catch_signal(void)
{
	struct sigaction a = { .sa_sigaction = fill_page,
		.sa_flags = SA_SIGINFO };

	if (page_size)
		return true;
	sigemptyset(&a.sa_mask);
	page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
	return sigaction(SIGBUS, &a, &before) == 0;
}

static bool
find_place(unsigned *n)
{
	for (*n = 0; *n < MAPPED_FILES_MAX; ++*n)
		if (place[*n].end == 0)
			return true;
	return false;
}

bool
mapped_open(struct mapped *m, int fd, uint64_t size)
{
	unsigned n;
	void *p;

	*m = (struct mapped){ .p = NULL };
	if (size == 0 || size > MAPPED_BYTES_MAX - bytes || !find_place(&n) ||
	    !catch_signal())
		return false;
	p = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return false;
	*m = (struct mapped){ p, (size_t)size, n };
	place[n] = (struct place){ (uintptr_t)p, (uintptr_t)p + m->size, 0 };
	bytes += m->size;
	return true;
}

bool
mapped_is_cut(const struct mapped *m)
{
	return m->p && place[m->place].cut;
}

void
mapped_close(struct mapped *m)
{
	if (!m->p)
		return;
	munmap((void *)(uintptr_t)m->p, m->size);
	place[m->place] = (struct place){ 0, 0, 0 };
	bytes -= m->size;
	*m = (struct mapped){ .p = NULL };
}
