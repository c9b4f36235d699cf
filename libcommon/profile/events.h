/*
 * events.h - the events whose samples a profile holds.
 *
 *	cycles:u;sh-7/7;main 1		1: cycles:u
 *	faults;sh-7/7;main 2		2: faults
 *	sh-7/7;main 3			0: of no event
 *
 * What was counted below an event (reading.h) has it as its outermost frame.
 * Formats that keep events apart ask here which there are, and which a node of the
 * tree of stacks is below. The fold must have been made with heads.event; else
 * there are none.
 *
 * events_init() it, read it, events_free() it.
 */
#ifndef GP_EVENTS_H
#define GP_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "profile/fold.h"

struct events {
	uint32_t n;   /* events that have samples: 1 to n, as first met */
	bool none;    /* there are samples of no event */
	uint32_t *of; /* by node: its event, or 0 */
	/* private */
	const struct fold *f;
	uint32_t *node; /* by event: its frame */
};

void events_init(struct events *e, const struct fold *f);

/* The name of an event, 1 to n. */
const char *events_name(const struct events *e, uint32_t event);

/*
 * Where a value for each event, and one for samples of none, stand in a row:
 * how many, the place of a node's that has samples, and which event that at a
 * place is of (0: of none). If there are no events, there is one place, of none.
 */
uint32_t events_places(const struct events *e);
uint32_t events_place(const struct events *e, uint32_t node);
uint32_t events_at(const struct events *e, uint32_t place);

void events_free(struct events *e);

#endif
