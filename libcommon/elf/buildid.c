#include "elf/buildid.h"

#include <elf.h>
#include <string.h>

bool
buildid_equal(const struct buildid *a, const struct buildid *b)
{
	return a->len != 0 && a->len == b->len &&
	    memcmp(a->b, b->b, a->len) == 0;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
buildid_parse(struct buildid *id, const char *hex)
{
	size_t len = strlen(hex);
	int hi, lo;

	*id = (struct buildid){ 0 };
	if (len == 0 || len % 2 || len / 2 > BUILDID_MAX)
		return false;
	for (size_t i = 0; i < len; i += 2) {
		hi = hex_digit(hex[i]);
		lo = hex_digit(hex[i + 1]);
		if (hi < 0 || lo < 0)
			return false;
		id->b[i / 2] = (uint8_t)(hi << 4 | lo);
	}
	id->len = (uint8_t)(len / 2);
	return true;
}

void
buildid_format(const struct buildid *id, char hex[2 * BUILDID_MAX + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < id->len; i++) {
		*hex++ = digits[id->b[i] >> 4];
		*hex++ = digits[id->b[i] & 15];
	}
	*hex = '\0';
}

/* n rounded up to align, a power of two; n is far from its type's limit. */
static size_t
pad(size_t n, size_t align)
{
	return (n + align - 1) & ~(align - 1);
}

bool
buildid_find(struct buildid *id, const void *notes, size_t len, size_t align)
{
	static const char gnu[4] = "GNU";
	const uint8_t *p = notes;
	size_t name, desc;
	Elf64_Nhdr n;

	*id = (struct buildid){ 0 };
	if (align != 8)
		align = 4;
	while (len >= sizeof n) {
		memcpy(&n, p, sizeof n);
		/* The name starts behind the header, without padding; the
		 * description where name and header are padded together. */
		if (n.n_namesz > len - sizeof n)
			return false;
		name = sizeof n;
		desc = pad(name + n.n_namesz, align);
		if (desc > len || n.n_descsz > len - desc)
			return false;
		if (n.n_type == NT_GNU_BUILD_ID && n.n_namesz == sizeof gnu &&
		    memcmp(p + name, gnu, sizeof gnu) == 0 &&
		    n.n_descsz >= 1 && n.n_descsz <= BUILDID_MAX) {
			id->len = (uint8_t)n.n_descsz;
			memcpy(id->b, p + desc, n.n_descsz);
			return true;
		}
		desc = pad(desc + n.n_descsz, align);
		if (desc > len)
			return false;
		p += desc;
		len -= desc;
	}
	return false;
}
