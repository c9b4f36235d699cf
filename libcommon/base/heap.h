/*
 * heap.h - memory of malloc(3) that is there before it is asked for.
 *
 * A program that runs for milliseconds spends some of them in page faults, one for
 * each 4 KB that it touches first. The kernel can map all of what will be needed at
 * once, in a tenth of the time.
 */
#ifndef GP_HEAP_H
#define GP_HEAP_H

#include <stddef.h>

/* Have size bytes mapped that malloc(3) gives out next, and keep what is freed; large
 * blocks come from there, too. What cannot be had so (before Linux 5.14) is mapped
 * as it is touched. */
void heap_prepare(size_t size);

#endif
