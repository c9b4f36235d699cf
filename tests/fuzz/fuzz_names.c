/*
 * Answers of container engines, any bytes: the first says whose. Property: whatever
 * gets into the table has the form that engines allow, and is the same when the
 * answer comes twice.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ship/cri.h"
#include "ship/docker.h"
#include "ship/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static void
take(struct names *n, uint8_t kind, const char *s, size_t len)
{
	if (kind % 3 == 0)
		(void)!docker_take(n, s, len);
	else if (kind % 3 == 1)
		(void)!cri_take_sandboxes(n, s, len);
	else
		(void)!cri_take_containers(n, s, len);
}

static void
require_word(const char *s, size_t max, const char *good)
{
	require(strspn(s, good) == strlen(s) && strlen(s) <= max);
	require(!*s || !strchr(".-_/:@", *s));
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static void
require_name(const char *s, bool may_be_empty)
{
	require(*s || may_be_empty);
	require_word(s, NAMES_TEXT_MAX, LETTERS ".-_");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct names n = { 0 };
	uint32_t known;

	if (size == 0)
		return 0;
	/* Containers are looked up among sandboxes of the same bytes. */
	if (data[0] % 3 == 2)
		take(&n, 1, (const char *)data + 1, size - 1);
	take(&n, data[0], (const char *)data + 1, size - 1);
	known = n.ids.n;
	for (uint32_t i = 0; i < known; i++) {
		require(intern_len(&n.ids, i) == NAMES_ID);
		require(names_find(&n, intern_str(&n.ids, i), NAMES_ID) ==
		    &n.entry[i]);
		require_name(n.entry[i].name, false);
		require_name(n.entry[i].pod, true);
		require_name(n.entry[i].namespace, true);
		require_word(n.entry[i].image, NAMES_IMAGE_MAX,
		    LETTERS ".-_/:@");
	}
	if (data[0] % 3 != 2)
		take(&n, data[0], (const char *)data + 1, size - 1);
	require(n.ids.n == known);
	names_free(&n);
	return 0;
}
