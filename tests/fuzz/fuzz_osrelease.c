/*
 * fuzz_osrelease.c - os-release(5), any bytes.
 *
 * Property: every value ends within its field, has no line end, and is read the
 * same from a file that quotes it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "proc/machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
require(int truth)
{
	if (!truth)
		abort();
}

static void
put(struct buf *b, const char *key, const char *value)
{
	buf_adds(b, key);
	buf_addc(b, '"');
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			buf_addc(b, '\\');
		buf_addc(b, *value);
	}
	buf_adds(b, "\"\n");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct machine m, again;
	struct buf b = { 0 };
	const char *const text[] = { m.os_name, m.os_release, m.os_codename };

	memset(&m, 0, sizeof m);
	memset(&again, 0, sizeof again);
	machine_parse_os_release(&m, (const char *)data, len);
	for (size_t i = 0; i < 3; i++) {
		require(memchr(text[i], '\0', MACHINE_TEXT_MAX) != NULL);
		require(strchr(text[i], '\n') == NULL);
	}
	put(&b, "NAME=", m.os_name);
	put(&b, "VERSION_ID=", m.os_release);
	put(&b, "VERSION_CODENAME=", m.os_codename);
	machine_parse_os_release(&again, b.s, b.len);
	require(strcmp(m.os_name, again.os_name) == 0);
	require(strcmp(m.os_release, again.os_release) == 0);
	require(strcmp(m.os_codename, again.os_codename) == 0);
	buf_free(&b);
	return 0;
}
