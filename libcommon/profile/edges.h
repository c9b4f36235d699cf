/*
 * edges.h - who calls whom, and in how many samples.
 *
 *	main ─ parse ─ read ─ parse  5      main  -> parse  7
 *	     └ parse                 2      parse -> read   5
 *	                                    read  -> parse  5
 *
 * A sample counts for an edge once, however often its stack goes along it. Only
 * edges at functions that were chosen are kept.
 */
#ifndef GP_EDGES_H
#define GP_EDGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/profile.h"

struct edge {
	uint32_t caller, callee; /* names of the profile */
	uint64_t samples;
	uint32_t on_way;         /* private */
};

/*
 * All edges whose caller or callee is chosen (chosen[name]), those with most
 * samples first, then by the bytes of the names. Returns how many; *out is the
 * caller's to free().
 */
size_t edges_find(const struct profile *p, const bool *chosen,
    struct edge **out);

#endif
