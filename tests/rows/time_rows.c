/*
 * time_rows.c - the CPU time that the rows of some files take.
 *
 * usage: time_rows cache-folder|- file ...
 *
 * Through the row cache, or with "-" without one. Prints "rows milliseconds".
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "unwind/rowcache.h"

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int
main(int argc, char **argv)
{
	struct rowcache c = { 0 };
	struct elffile f;
	struct rows t;
	size_t rows = 0;
	double start;

	if (argc < 3)
		return 64;
	start = now_ms();
	if (strcmp(argv[1], "-") != 0 &&
	    rowcache_open(&c, argv[1], UINT64_MAX) != 0) {
		perror(argv[1]);
		return 73;
	}
	for (int i = 2; i < argc; i++) {
		int fd = open(argv[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK);

		if (fd < 0)
			continue;
		if (elffile_init(&f, fd) == ELFFILE_OK) {
			if (rowcache_get(&c, &f, NULL, &t) == ELFFILE_OK)
				rows += t.n;
			rows_free(&t);
		}
		close(fd);
	}
	rowcache_done(&c);
	printf("%zu %.2f\n", rows, now_ms() - start);
	return 0;
}
