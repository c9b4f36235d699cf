/*
 * radix.h - sort numbers by their bytes.
 *
 * For the tables of hundreds of thousands of addresses that are made of other
 * people's files: several times as fast as qsort(3), and in the same time
 * whatever order they come in.
 */
#ifndef GP_RADIX_H
#define GP_RADIX_H

#include <stddef.h>
#include <stdint.h>

struct radix_item {
	uint64_t key;
	uint32_t value; /* goes along */
};

/* Sort by key, ascending; equal keys stay in the order in which they were. Takes
 * as much memory again while it runs. */
void radix_sort(struct radix_item *v, size_t n);

#endif
