/*
 * fuzz_flametext.c - any bytes as what gp-flame reads beside stacks.
 *
 * Property: a palette.map that was read and written is read and written the same;
 * no attribute of a function is a link that could run something; a count taken
 * from a stack, put back, is taken again, and what is before it is not empty; a
 * name's module is a part of it or a word; a timeline keeps every sample.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/diag.h"
#include "profile/kind.h"
#include "profile/nameattr.h"
#include "profile/palmap.h"
#include "profile/timeline.h"
#include "stream/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_palmap(const char *s, size_t len)
{
	struct palmap m = { 0 }, n = { 0 };
	struct buf a = { 0 }, b = { 0 };

	palmap_parse(&m, s, len, "map");
	palmap_print(&m, &a);
	palmap_parse(&n, buf_str(&a), a.len, "map");
	palmap_print(&n, &b);
	assert(a.len == b.len && memcmp(buf_str(&a), buf_str(&b), a.len) == 0);
	assert(m.names.n == n.names.n);
	buf_free(&a);
	buf_free(&b);
	palmap_free(&m);
	palmap_free(&n);
}

static void
check_nameattr(const char *s, size_t len)
{
	struct nameattr a = { 0 };

	buf_add(&a.text, s, len);
	nameattr_parse(&a, "attr");
	for (uint32_t i = 0; i < a.names.n; i++) {
		const char *href = a.of[i].href;

		if (!href)
			continue;
		for (const char *c = href; *c; c++)
			assert((unsigned char)*c > ' ');
		assert(!memchr(href, ':', strcspn(href, "/?#")) ||
		    strncasecmp(href, "http", 4) == 0 ||
		    strncasecmp(href, "mailto:", 7) == 0);
	}
	nameattr_free(&a);
}

static void
check_columns(const char *s, size_t len)
{
	struct buf b = { 0 };
	uint64_t count, again;
	size_t n = len, back;

	if (!stream_split_count(s, &n, &count, NULL))
		return;
	assert(n > 0 && n < len);
	buf_add(&b, s, n);
	buf_addc(&b, ' ');
	buf_addu(&b, count);
	back = b.len;
	assert(stream_split_count(buf_str(&b), &back, &again, NULL));
	assert(back == n && again == count);
	buf_free(&b);
}

static void
check_kind(const char *s, size_t len)
{
	size_t n;
	const char *module = kind_module(s, len, &n);
	enum kind k = kind_of_frame(s, len, NULL);

	assert(k >= 0 && k < KINDS && kind_word(k));
	assert(kind_bare_len(s, len) <= len && n > 0);
	assert(module == KIND_MODULE_KERNEL || module == KIND_MODULE_NONE ||
	    (module >= s && module + n <= s + len));
}

/* Eight bytes a step: six for the time, one for the stack, one for the count. */
static void
check_timeline(const uint8_t *data, size_t len)
{
	uint32_t number[256];
	struct timeline t = { 0 };
	uint64_t sum = 0;

	for (uint32_t i = 0; i < 256; i++)
		number[i] = i / 2;
	for (; len >= 8; data += 8, len -= 8) {
		uint64_t at = 0;

		memcpy(&at, data, 6);
		timeline_at(&t, at << 8);
		timeline_add(&t, data[6], data[7]);
		sum += data[7];
	}
	timeline_sort(&t, number);
	for (size_t i = 0; i < t.n; i++) {
		assert(t.entry[i].slot < TIMELINE_SLOTS_MAX);
		assert(i == 0 || t.entry[i - 1].slot < t.entry[i].slot ||
		    (t.entry[i - 1].slot == t.entry[i].slot &&
		    t.entry[i - 1].stack < t.entry[i].stack));
		sum -= t.entry[i].count;
	}
	assert(sum == 0);
	timeline_free(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *s = (const char *)data;

	diag_init("fuzz");
	diag_set_verbosity(-1);
	check_palmap(s, len);
	check_nameattr(s, len);
	check_columns(s, len);
	check_kind(s, len);
	check_timeline(data, len);
	return 0;
}
