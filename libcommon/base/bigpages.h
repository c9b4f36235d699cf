/*
 * bigpages.h - a heap of large pages.
 *
 * The first touch of each page is a fault, and a process that works for milliseconds
 * spends a tenth of them on these. With pages of 2 MiB instead of 4 KiB there are
 * hardly any, and to fill a large one with zeros takes less than 512 faults.
 *
 * That the kernel has none, or does not give any, is no error: see
 * Documentation/admin-guide/mm/transhuge.rst, "madvise".
 */
#ifndef GP_BIGPAGES_H
#define GP_BIGPAGES_H

#include <stddef.h>

/* More the C library does not keep: mallopt(3), M_MMAP_THRESHOLD. */
enum { BIGPAGES_MAX = 32 << 20 }; /* bytes */

/*
 * Have malloc(3) keep bytes of memory for what is to come, in large pages as they
 * are touched. Blocks of up to so many bytes are taken from there, and are kept there
 * when they are freed. Best before much was allocated.
 */
void bigpages_keep(size_t bytes);

#endif
