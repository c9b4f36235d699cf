/*
 * fuzz_record.c - any bytes as a record, and as the values of one.
 *
 * Property: what was parsed, written again, is parsed to the same fields. Any
 * bytes written as a value (a NUL as '?') are read back, and the record is one
 * line that no reader takes for a sample.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stream/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
require(bool truth)
{
	if (!truth)
		abort();
}

static void
check_again(const struct record *r)
{
	struct record again = { 0 };
	struct buf b = { 0 };
	size_t n = 0;

	record_begin(&b, r->tag);
	for (size_t i = 0; i < r->n; i++)
		record_put(&b, r->field[i].key, r->field[i].value);
	record_end(&b);
	require(record_parse(&again, b.s, b.len - 1));
	require(record_is(&again, r->tag));
	for (size_t i = 0; i < r->n; i++) {
		if (!r->field[i].value[0])
			continue;
		require(strcmp(again.field[n].key, r->field[i].key) == 0);
		require(strcmp(again.field[n].value, r->field[i].value) == 0);
		n++;
	}
	require(n == again.n);
	record_free(&again);
	buf_free(&b);
}

static void
check_value(const char *data, size_t len)
{
	struct record r = { 0 };
	struct buf b = { 0 };
	const char *v;

	record_begin(&b, "x");
	record_put_bytes(&b, "v", data, len);
	record_end(&b);
	require(memchr(b.s, '\n', b.len) == b.s + b.len - 1);
	require(record_parse(&r, b.s, b.len - 1));
	v = record_get(&r, "v");
	require(len == 0 ? v == NULL : v != NULL && strlen(v) == len);
	for (size_t i = 0; i < len; i++)
		require(v[i] == (data[i] ? data[i] : '?'));
	record_free(&r);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct record r = { 0 };

	if (record_parse(&r, (const char *)data, len)) {
		require(r.n <= RECORD_FIELDS_MAX && r.tag[0]);
		check_again(&r);
	}
	check_value((const char *)data, len);
	record_free(&r);
	return 0;
}
