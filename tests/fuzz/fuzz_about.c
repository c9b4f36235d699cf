/*
 * fuzz_about.c - metadata: an owner's file, and what a cloud's server answers, any
 * bytes.
 *
 * Property: whatever gets in is within its bounds, each key once, and comes back
 * the same from the meta.json that it is written into.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "ship/cloud.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
require(bool truth)
{
	if (!truth)
		abort();
}

/* Bytes that are no UTF-8 come back as U+FFFD. */
static bool
is_utf8(const char *s)
{
	size_t len = strlen(s), n;

	for (; len; s += n, len -= n) {
		n = utf8_len(s, len);
		if (n == 0)
			return false;
	}
	return true;
}

static void
check_list(const struct about_list *l, const struct about_list *back)
{
	require(l->n <= ABOUT_PAIRS_MAX && back->n <= l->n);
	for (size_t i = 0; i < l->n; i++) {
		const struct col_pair *p = &l->pair[i];

		require(*p->key && strlen(p->key) <= ABOUT_KEY_MAX);
		require(strlen(p->value) <= ABOUT_VALUE_MAX);
		require(!strpbrk(p->value, "\r\n\t\x1b\x7f"));
		for (size_t j = 0; j < i; j++)
			require(strcmp(p->key, l->pair[j].key) != 0);
		if (back->n == l->n && is_utf8(p->value)) {
			require(strcmp(p->key, back->pair[i].key) == 0);
			require(strcmp(p->value, back->pair[i].value) == 0);
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct about a = { 0 }, back = { 0 };
	struct buf why = { 0 }, text = { 0 };
	struct jsonw w = { .out = &text };
	struct json_doc d;
	const char *s = (const char *)data;

	require(about_parse(&a, s, len, &why) == (why.len == 0));
	for (int k = CLOUD_AWS; k <= CLOUD_AZURE && a.cloud.n == 0; k++)
		(void)!cloud_parse(&a, (enum cloud_kind)k, s, len);
	jsonw_object(&w, NULL);
	about_write(&a, &w);
	jsonw_end(&w);
	jsonw_done(&w);
	require(json_parse(&d, text.s, text.len, NULL));
	about_read(&back, d.root);
	json_free(&d);
	check_list(&a.cloud, &back.cloud);
	check_list(&a.own, &back.own);
	buf_free(&why);
	buf_free(&text);
	about_free(&a);
	about_free(&back);
	return 0;
}
