/*
 * figures.h - what is counted of a poll, and how it goes into the metrics.
 *
 * They are in DIR/metrics.prom, beside the journal; see ship/metrics.h. gp-status
 * looks there, and node_exporter by a link.
 */
#ifndef GP_HEARTBEAT_FIGURES_H
#define GP_HEARTBEAT_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

struct figures {
	bool waited;    /* the server was left alone */
	bool answered;  /* as it should */
	uint64_t history; /* commands that are remembered */
	uint64_t completed, failed; /* reported in this poll */
};

/* Add the poll of that exit status to the file. What cannot be written is said,
 * and no more. */
void figures_write(const struct figures *f, const char *dir, int status);

#endif
