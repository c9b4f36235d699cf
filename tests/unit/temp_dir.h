/*
 * temp_dir.h - a new folder below /tmp for each test, by a checked fixture.
 *
 *	temp_dir_begin();   in setup(), or as it
 *	… dir …
 *	temp_dir_end();     in teardown(): with all that is in it by then
 */
#ifndef GP_TEMP_DIR_H
#define GP_TEMP_DIR_H

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char dir[64];

static inline void
temp_dir_begin(void)
{
	strcpy(dir, "/tmp/gp-test.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static inline int
temp_dir_remove(const char *path, const struct stat *st, int type,
    struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void
temp_dir_end(void)
{
	nftw(dir, temp_dir_remove, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
