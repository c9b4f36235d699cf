/*
 * Command lines, any bytes, for every runtime. Property: an id is never longer
 * than it may be, starts with a name and ": " (or is pyspark), holds no NUL, and is
 * the same the second time; where there is none, nothing is added.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/appid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static void
try(enum runtime_kind kind, const struct appid_process *p)
{
	struct buf a = { 0 }, b = { 0 };
	bool found = appid_put(&a, kind, p);

	require(appid_put(&b, kind, p) == found);
	require(strcmp(buf_str(&a), buf_str(&b)) == 0);
	require(found ? a.len > 0 && a.len <= APPID_MAX : a.len == 0);
	require(strlen(buf_str(&a)) == a.len);
	require(!found || strstr(a.s, ": ") || strcmp(a.s, "pyspark") == 0);
	buf_free(&a);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *argv[64];
	struct appid_process p = { .argv = argv, .cwd = "/srv" };
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	for (size_t i = 0; i < size && p.argc < 64;) {
		argv[p.argc++] = text + i;
		i += strlen(text + i) + 1;
	}
	for (int kind = 0; kind < RUNTIME_KINDS; kind++)
		try((enum runtime_kind)kind, &p);
	p.cwd = NULL;
	try(RUNTIME_PYTHON, &p);
	p.spark = true;
	try(RUNTIME_JVM, &p);
	p.spark_conf = &(struct buf){ .s = text, .len = size };
	try(RUNTIME_JVM, &p);
	free(text);
	return 0;
}
