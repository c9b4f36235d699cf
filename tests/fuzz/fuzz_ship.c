/*
 * Words that come from outside into gp-upload: names in a folder, hosts, tokens,
 * URLs. What is accepted has the form it should have, and what is shown of a URL
 * is itself a URL, without the parts that hold secrets.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ship/http.h"
#include "ship/spool.h"
#include "ship/stamp.h"
#include "ship/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
must(int true_, const char *what)
{
	if (true_)
		return;
	fprintf(stderr, "fuzz_ship: %s\n", what);
	abort();
}

static void
check_names(const char *s)
{
	char id[SPOOL_ID_MAX], host[STAMP_HOST_MAX], name[256];

	if (spool_parse_name(s, id)) {
		must(strlen(s) < SPOOL_NAME_MAX, "a bundle's name fits");
		must(strlen(id) == SPOOL_ID_MAX - 1 && strstr(s, id),
		    "the id is in the name");
		must(!strchr(s, '/') && s[0] != '.', "a name is no path");
	}
	if (store_shape.is_file(s))
		must(strlen(s) > 24 && s[0] != '.', "a profile's name");
	for (int level = 0; level < store_shape.levels; level++)
		if (store_shape.is_folder(s, level))
			must(strspn(s, "0123456789") == strlen(s) &&
			    strlen(s) == (level ? 2 : 4), "a folder's name");
	stamp_host(host, s);
	must(host[0] && host[0] != '.' && strspn(host, "abcdefghijklmnopqrst"
	    "uvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == strlen(host),
	    "a host is harmless");
	snprintf(name, sizeof name, "10-41-07.482Z-%s.folded.gz", host);
	must(store_shape.is_file(name), "what is stored is found again");
}

static void
check_stamps(const uint8_t *data, size_t len)
{
	struct timespec t = { 0 }, next;
	char one[STAMP_MAX], two[STAMP_MAX];

	memcpy(&t.tv_sec, data, len < sizeof t.tv_sec ? len : sizeof t.tv_sec);
	t.tv_nsec = (long)(len * 31337 % 1000) * 1000000;
	stamp_format(one, "Y/M/D/H-m-s.iZ", t);
	must(stamp_match(one, "Y/M/D/H-m-s.iZ") == strlen(one),
	    "any time has the form");
	if (t.tv_sec == INT64_MAX)
		return;
	next = stamp_next(t);
	stamp_format(two, "Y/M/D/H-m-s.iZ", next);
	must(strcmp(one, two) < 0 || t.tv_sec < 0 || t.tv_sec >= 253402300799,
	    "later sorts behind");
}

static void
check_token(const uint8_t *data, size_t len)
{
	struct buf b = { 0 };

	buf_add(&b, data, len);
	if (http_check_token(&b) == NULL) {
		must(b.len > 0, "a token is something");
		for (size_t i = 0; i < b.len; i++)
			must(b.s[i] > ' ' && b.s[i] <= '~',
			    "a token cannot end its header");
	}
	buf_free(&b);
}

static void
check_url(const char *s)
{
	struct buf shown = { 0 }, again = { 0 };

	if (http_check_url(s, &shown)) {
		must(shown.len == 0, "a bad URL is not shown");
		return;
	}
	must(strncmp(shown.s, "http://", 7) == 0 ||
	    strncmp(shown.s, "https://", 8) == 0, "http or https");
	must(!strpbrk(shown.s, "?#"), "no query is shown");
	must(http_check_url(shown.s, &again) == NULL &&
	    strcmp(shown.s, again.s) == 0, "what is shown is a URL");
	buf_free(&shown);
	buf_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *s = strndup((const char *)data, len);

	if (!s)
		abort();
	check_names(s);
	check_url(s);
	check_stamps(data, len);
	check_token(data, len);
	free(s);
	return 0;
}
