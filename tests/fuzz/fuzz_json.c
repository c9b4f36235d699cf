/*
 * fuzz_json.c - any bytes as a JSON document.
 *
 * Property: what can be read, written by jsoncopy.h, can be read again, and written
 * again is the same bytes; what cannot has an error; neither takes more memory
 * than the limit.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsoncopy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool
rewrite(struct buf *out, const char *s, size_t len)
{
	const struct json_limits limits = { .memory = 1 << 20,
		.depth = JSON_COPY_DEPTH_MAX };
	struct jsonw w = { .out = out };
	struct json_doc d;

	if (!json_parse(&d, s, len, &limits)) {
		assert(d.error[0] && !d.root);
		return false;
	}
	json_copy(&w, NULL, d.root);
	jsonw_done(&w);
	json_free(&d);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf once = { 0 }, twice = { 0 };

	if (rewrite(&once, (const char *)data, len)) {
		assert(rewrite(&twice, once.s, once.len));
		assert(once.len == twice.len &&
		    memcmp(once.s, twice.s, once.len) == 0);
	}
	buf_free(&once);
	buf_free(&twice);
	return 0;
}
