/*
 * temp_cache.h - for tests of what is kept in a cachedir: one in a new folder below
 * /tmp, by a checked fixture.
 *
 *	temp_cache_begin(16 << 20);   in setup()
 *	… cache, dir …
 *	temp_cache_end();             in teardown(): whatever is in it is removed
 */
#ifndef GP_TEMP_CACHE_H
#define GP_TEMP_CACHE_H

#include <check.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cachedir.h"

static char dir[64];
static struct cachedir cache;

/* max_bytes: as for cachedir_open(). */
static inline void
temp_cache_begin(uint64_t max_bytes)
{
	strcpy(dir, "/tmp/gp-cache.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(cachedir_open(&cache, dir, "x", max_bytes), 0);
}

static inline void
temp_cache_end(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	cachedir_done(&cache);
	while (d && (e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	rmdir(dir);
}

#endif
