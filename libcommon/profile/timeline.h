/*
 * timeline.h - which stacks were sampled when.
 *
 *	#time at=1.50        slot  stack  count
 *	sh-7;main;read 3      75     7      3
 *	sh-7;main 1           75     4      1
 *	#time at=1.52         76     7      2
 *	sh-7;main;read 2
 *
 * Time is cut into slots of 20 ms, or of more where a recording is so long that
 * it would have more than TIMELINE_SLOTS_MAX of them; what was counted before is
 * then put into the wider ones. Memory is 16 bytes for each stack in each slot.
 *
 * A zeroed struct timeline is empty and ready; timeline_free() it. Running out of
 * memory ends the program.
 */
#ifndef GP_TIMELINE_H
#define GP_TIMELINE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TIMELINE_SLOTS_MAX 65536u

struct timeline_entry {
	uint32_t slot, stack;
	uint64_t count;
};

struct timeline {
	uint64_t slot_ns; /* width of a slot; 0: no time was told yet */
	uint32_t slot;    /* the one that time is in */
	struct timeline_entry *entry; /* sorted by timeline_sort() */
	size_t n, cap;
	size_t sorted; /* entries before this one are */
};

/* What is added from here on was sampled in the interval that begins so long
 * after the start. Time may go back. */
void timeline_at(struct timeline *t, uint64_t ns);

/* Count samples of a stack. Before the first timeline_at() nothing is kept. */
void timeline_add(struct timeline *t, uint32_t stack, uint64_t count);

/* Number the stacks anew, number[stack] for stack (NULL: as they are), and sort by slot, then by
 * stack, with one entry for each pair. */
void timeline_sort(struct timeline *t, const uint32_t *number);

/*
 * Write a sorted timeline as ASCII text: for each slot that has entries how far it
 * is from the one before (the first: from 0), how many entries it has, and for
 * each how far its stack is from the one before and its count; numbers as of
 * flamew_number(). Errors stay in the FILE.
 */
void timeline_write(const struct timeline *t, FILE *out);

void timeline_free(struct timeline *t);

#endif
