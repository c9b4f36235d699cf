/*
 * fuzz_conf.c - any bytes as a configuration file.
 *
 * Property: the settings without the mistakes, written again, are the same
 * settings and no mistake; and every mistake has a line that exists.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
require(bool truth)
{
	if (!truth)
		abort();
}

/* Settings of sections that there are: others cannot be written without being
 * a mistake. */
static bool
is_writable(const struct conf *c, size_t i)
{
	struct conf t = { 0 };
	struct buf b = { 0 };
	bool is;

	buf_addf(&b, "[%s]\n", c->entry[i].section);
	conf_parse(&t, b.s, b.len);
	is = !c->entry[i].wrong && t.mistakes == 0;
	conf_free(&t);
	buf_free(&b);
	return is;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct conf c = { 0 }, again = { 0 };
	struct buf b = { 0 };
	uint32_t lines = 1;
	size_t n = 0;

	conf_parse(&c, (const char *)data, len);
	for (size_t i = 0; i < len; i++)
		lines += data[i] == '\n';
	for (size_t i = 0; i < c.n; i++) {
		require(c.entry[i].line <= lines);
		if (is_writable(&c, i))
			buf_addf(&b, "[%s]\n%s = %s\n", c.entry[i].section,
			    c.entry[i].key, c.entry[i].value);
	}
	conf_parse(&again, buf_str(&b), b.len);
	require(again.mistakes == 0);
	for (size_t i = 0; i < c.n; i++) {
		if (!is_writable(&c, i))
			continue;
		require(strcmp(c.entry[i].section, again.entry[n].section) == 0);
		require(strcmp(c.entry[i].key, again.entry[n].key) == 0);
		require(strcmp(c.entry[i].value, again.entry[n].value) == 0);
		n++;
	}
	require(n == again.n);
	conf_free(&c);
	conf_free(&again);
	buf_free(&b);
	return 0;
}
