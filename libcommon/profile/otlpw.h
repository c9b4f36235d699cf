/*
 * otlpw.h - writing a profile as OpenTelemetry's, protobuf or JSON.
 *
 *	docker:web;web-4242/4243;main_[p];outer;inner_[i];[libc.so.6+0x1c2f0] 17
 *
 * becomes, in what a collector takes at /v1development/profiles,
 *
 *	resource  host.name  process.pid 4242  process.executable.name web
 *	          container.name web  container.runtime.name docker
 *	  sample  stack 1  thread.id 4243  values 17
 *	stack 1     locations 3 2 1
 *	location 3  mapping libc.so.6, address 0x1c2f0
 *	location 2  lines inner outer
 *	location 1  mapping [python], line main, profile.frame.type cpython
 *
 * This is the schema opentelemetry.proto.profiles.v1development of
 * opentelemetry-proto 1.11. It is not stable: earlier versions had other fields,
 * later ones may. The numbers and names of its fields stand in otlp*.c and
 * nowhere else.
 *
 * Each process is a resource; text of others is one without attributes of a
 * process. A resource has one profile, or with heads.event of the fold one for
 * each event. Values are samples; what each stands for is the period. Where the
 * stream has times and says when it began, samples have timestamps, to the slots
 * of a timeline; what no time is known of is a sample of its own. Samples that
 * were lost are the scope's attribute gp.lost. Counts above 2^63 - 1 become
 * several samples.
 *
 * Folded as for pprof (locations.h), with pid, tid, container and heads. Written
 * are the resources, one after another, and then the dictionary of all: memory
 * is that of the larger of the dictionary and a process, beside the tables.
 *
 * Source: profiles.proto and profiles_service.proto of opentelemetry-proto; the
 * attributes are those of OpenTelemetry's semantic conventions.
 */
#ifndef GP_OTLPW_H
#define GP_OTLPW_H

#include <stdbool.h>
#include <stdio.h>

#include "profile/fold.h"
#include "profile/timeline.h"

struct otlpw_options {
	const char *tool;   /* the scope: "gp-convert/0.1.0" */
	const char *weight; /* what is counted is no samples, but this event's
	                     * weight; NULL: samples */
	int64_t start;      /* when the timeline begins, in seconds since 1970;
	                     * 0: not known, no sample has a timestamp */
	bool json;
};

/* t: sorted, of f's nodes, or NULL. Errors stay in the FILE. */
void otlpw_write(const struct fold *f, const struct timeline *t,
    const struct otlpw_options *o, FILE *out);

#endif
