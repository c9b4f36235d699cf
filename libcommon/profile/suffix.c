#include "profile/suffix.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

static const struct {
	const char *tag;
	const char *word;
	const char *suffix;
	const char *mapping;
} kinds[] = {
	{ "k", "kernel", "_[k]", "[kernel.kallsyms]" },
	{ "j", "jit", "_[j]", "[jit]" },
	{ "i", "inline", "_[i]", NULL },
	{ "0", "interpreted", "_[0]", "[java interpreted]" },
	{ "1", "c1", "_[1]", "[java c1]" },
	{ "w", "waker", "_[w]", "[waker]" },
	{ "p", "python", "_[p]", "[python]" },
	{ "pn", "python-native", "_[pn]", "[python native]" },
	{ "pe", "pyperf", "_[pe]", "[pyperf]" },
	{ "rb", "ruby", "_[rb]", "[ruby]" },
	{ "php", "php", "_[php]", "[php]" },
	{ "net", "dotnet", "_[net]", "[dotnet]" },
	{ "js", "javascript", "_[js]", "[javascript]" },
	{ "pl", "perl", "_[pl]", "[perl]" },
};

enum { TAG_MAX = 3 };

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
		if (!text_is(s + len - 1 - n, n, kinds[i].tag))
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
			if (text_is(s, len, kinds[i].tag) ||
			    text_is(s, len, kinds[i].word))
				break;
		if (i == GP_COUNT(kinds))
			return "not all, none, or a list of kernel, jit, "
			    "inline, python and so on";
		*set |= (uint32_t)1 << i;
		if (s[len] == '\0')
			return NULL;
	}
}

const char *
suffix_word(size_t i)
{
	return i < GP_COUNT(kinds) ? kinds[i].word : NULL;
}

const char *
suffix_mapping(uint32_t bit)
{
	for (size_t i = 0; i < GP_COUNT(kinds); i++)
		if (bit == (uint32_t)1 << i)
			return kinds[i].mapping;
	return NULL;
}

const char *
suffix_of_mapping(const char *name, size_t len)
{
	static const char kernel[] = "[kernel.";

	for (size_t i = 0; i < GP_COUNT(kinds); i++)
		if (kinds[i].mapping && text_is(name, len, kinds[i].mapping))
			return kinds[i].suffix;
	return len >= sizeof kernel && memcmp(name, kernel,
	    sizeof kernel - 1) == 0 ? "_[k]" : "";
}
