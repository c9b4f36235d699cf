/*
 * temp_cache.h - for tests of what is kept in a cachedir: one in a folder of its own.
 *
 *	temp_cache_begin(16 << 20);   in setup()
 *	… cache, dir …
 *	temp_cache_end();             in teardown(), or as it
 */
#ifndef GP_TEMP_CACHE_H
#define GP_TEMP_CACHE_H

#include <check.h>
#include <stdint.h>

#include "base/cachedir.h"
#include "temp_dir.h"

static struct cachedir cache;

/* max_bytes: as for cachedir_open(). */
static inline void
temp_cache_begin(uint64_t max_bytes)
{
	temp_dir_begin();
	ck_assert_int_eq(cachedir_open(&cache, dir, "x", max_bytes), 0);
}

static inline void
temp_cache_end(void)
{
	cachedir_done(&cache);
	temp_dir_end();
}

#endif
