/*
 * The journal of gp-heartbeat, any bytes. Property: what is taken for a journal
 * is one JSON document, though it is read piece by piece, with as many commands as
 * that has; what is written of it reads as the same; and a blank before it, which gp
 * does not write, so that it is parsed as JSON, makes no difference.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/gp-heartbeat/journal.c"
#include "cmd/gp-heartbeat/journalplain.c"
#include "cmd/gp-heartbeat/journaltext.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static void
require_document(const char *text, size_t size, size_t commands)
{
	struct json_doc d;

	require(json_parse(&d, text, size, NULL));
	require(json_count(json_get(d.root, "commands")) == commands);
	json_free(&d);
}

/* False if it is no journal. */
static bool
read_copy(const char *before, const char *text, size_t size, struct buf *again)
{
	struct journal j = { .lock = -1, .file = -1 };
	struct buf copy = { 0 };
	char why[256];
	bool good;

	buf_adds(&copy, before);
	if (size)
		buf_add(&copy, text, size);
	good = journaltext_read(&j, &copy, why, sizeof why);
	if (good) {
		require_document(text, size, j.n);
		journaltext_put(&j, again);
	}
	buf_free(&copy);
	journal_close(&j);
	return good;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf first = { 0 }, second = { 0 }, parsed = { 0 };
	const char *text = (const char *)data;
	bool good = read_copy("", text, size, &first);

	require(read_copy(" ", text, size, &parsed) == good);
	if (good) {
		require(strcmp(first.s, parsed.s) == 0);
		require(read_copy("", first.s, first.len, &second));
		require(strcmp(first.s, second.s) == 0);
	}
	buf_free(&first);
	buf_free(&second);
	buf_free(&parsed);
	return 0;
}
