#include "profile/suffix.h"

#include <stdbool.h>
#include <string.h>

static const struct {
	const char *tag;
	const char *word;
} kinds[] = {
	{ "k", "kernel" },
	{ "j", "jit" },
	{ "i", "inline" },
	{ "0", "interpreted" },
	{ "1", "c1" },
	{ "w", "waker" },
	{ "p", "python" },
	{ "pn", "python-native" },
	{ "pe", "pyperf" },
	{ "rb", "ruby" },
	{ "php", "php" },
	{ "net", "dotnet" },
	{ "js", "javascript" },
	{ "pl", "perl" },
};

enum { TAG_MAX = 3 };

static bool
is_word(const char *word, const char *s, size_t len)
{
	return strlen(word) == len && memcmp(word, s, len) == 0;
}

size_t
suffix_of_frame(const char *s, size_t len, uint32_t *bit)
{
	size_t n = 0; /* of the tag */

	if (len < 5 || s[len - 1] != ']')
		return 0;
	while (n <= TAG_MAX && n + 2 < len && s[len - 2 - n] != '[')
		n++;
	if (n == 0 || n > TAG_MAX || len < n + 4 || s[len - 3 - n] != '_')
		return 0;
	for (size_t i = 0; i < GP_COUNT(kinds); i++) {
		if (!is_word(kinds[i].tag, s + len - 1 - n, n))
			continue;
		*bit = (uint32_t)1 << i;
		return n + 3;
	}
	return 0;
}

const char *
suffix_parse_set(const char *list, uint32_t *set)
{
	size_t len, i;

	*set = 0;
	if (strcmp(list, "all") == 0)
		*set = SUFFIX_ALL;
	if (strcmp(list, "all") == 0 || strcmp(list, "none") == 0)
		return NULL;
	for (const char *s = list; ; s += len + 1) {
		len = strcspn(s, ",");
		for (i = 0; i < GP_COUNT(kinds); i++)
			if (is_word(kinds[i].tag, s, len) ||
			    is_word(kinds[i].word, s, len))
				break;
		if (i == GP_COUNT(kinds))
			return "not all, none, or a list of kernel, jit, "
			    "inline, python and so on";
		*set |= (uint32_t)1 << i;
		if (s[len] == '\0')
			return NULL;
	}
}
