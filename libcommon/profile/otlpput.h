/*
 * otlpput.h - what all parts of an OTLP profile are written with: protobuf or JSON
 * (protow.h), to a file as it grows, and the pairs of OpenTelemetry's attributes.
 *
 *	{"key":"process.pid","value":{"intValue":"42"}}
 *
 * out and w.json are set; whoever declares it calls protow_free() on w.
 * Source: opentelemetry/proto/common/v1/common.proto.
 */
#ifndef GP_OTLPPUT_H
#define GP_OTLPPUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/protow.h"

struct otlpput {
	struct protow w;
	FILE *out; /* errors stay in it */
};

/* Write what has come together, if it is more than so many bytes and nothing
 * before it may still change. */
void otlpput_flush(struct otlpput *o, size_t above);

/* End what was begun, and flush what is large. */
void otlpput_end(struct otlpput *o);

/* AnyValue: a text, or with NULL a number. */
void otlpput_value(struct otlpput *o, const char *s, size_t len,
    int64_t number);

/* KeyValue, in a list; an empty text is none. */
void otlpput_key_value(struct otlpput *o, const char *key, const char *s,
    size_t len, int64_t number);

/* The same of a text that strangers chose. */
void otlpput_text(struct otlpput *o, const char *key, const char *s);

#endif
