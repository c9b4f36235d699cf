/*
 * pproftab.h - the tables of a profile in pprof's format.
 *
 * The fields of the profile are taken apart one by one, and each is unpacked alone
 * (pprof.proto): strings stay where they are in the input, which must outlive the
 * tables. Samples are not looked at; they refer to what may come behind them.
 *
 * A zeroed struct pproftab is ready for pproftab_read(), once; pproftab_free() it in
 * any case. protobufc_load() before.
 */
#ifndef GP_PPROFTAB_H
#define GP_PPROFTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/pairmap.h"
#include "profile/protobufc.h"

enum { PPROFTAB_MAX = 8 << 20 }; /* entries of a table */

/* Fields of a profile; see pprof.proto. */
enum pproftab_field {
	PPROFTAB_TYPE = 1,
	PPROFTAB_SAMPLE = 2,
	PPROFTAB_MAPPING = 3,
	PPROFTAB_LOCATION = 4,
	PPROFTAB_FUNCTION = 5,
	PPROFTAB_STRING = 6,
	PPROFTAB_DEFAULT_TYPE = 14,
};

struct pproftab_string {
	const char *s;
	size_t len;
};

struct pproftab_mapping {
	struct pproftab_string file, build_id;
	uint32_t module;
	bool has_module; /* both are for the reader of samples */
};

struct pproftab_function {
	int64_t name, file;
};

struct pproftab_line {
	uint64_t function;
	int64_t line;
};

struct pproftab_location {
	uint64_t mapping, address;
	size_t line, lines;  /* in the table of lines */
	size_t frame, frames; /* for the reader of samples */
};

struct pproftab_type {
	struct pproftab_string type, unit;
	bool taken;  /* these are for the reader of samples */
	bool head;
	uint32_t id; /* of the head */
};

/* A growing array of any of them. */
struct pproftab_array {
	void *at;
	size_t n, cap;
};

struct pproftab {
	struct pproftab_array string, type, mapping, function, location, line;
	struct pairmap mapping_at, function_at, location_at; /* by id */
	int64_t default_type; /* a string */
	const char *wrong;
	struct protobufc_arena arena; /* see pproftab_arena() */
};

/* Read all tables; false if t->wrong. */
GP_MUSTUSE bool pproftab_read(struct pproftab *t, const void *data,
    size_t len);

/* A string; "" if there is no such. */
struct pproftab_string pproftab_string(const struct pproftab *t, int64_t i);

/* An allocator for one message, which the next call takes back. */
struct ProtobufCAllocator *pproftab_arena(struct pproftab *t);

/* One more entry, not cleared. */
void *pproftab_add(struct pproftab_array *a, size_t size);

void pproftab_free(struct pproftab *t);

#endif
