#include "profile/columns.h"

#include "base/parse.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool
columns_split(const char *stack, size_t *len, uint64_t *count)
{
	size_t n = *len, digits;

	while (n && stack[n - 1] >= '0' && stack[n - 1] <= '9')
		n--;
	digits = n;
	while (n && is_blank(stack[n - 1]))
		n--;
	if (n == 0 || n == digits ||
	    !parse_digits(stack + digits, *len - digits, count))
		return false;
	*len = n;
	return true;
}
