/*
 * Words that come from outside into gp-upload: names in a folder, hosts, tokens,
 * URLs, targets, states, dates, answers' headers. What is accepted has the form
 * it should have; what is shown of a URL is itself a URL, without the parts that
 * hold secrets, and libcurl finds the same host in it; what is written is read
 * back.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "ship/httpdate.h"
#include "ship/secret.h"
#include "ship/spec.h"
#include "ship/spool.h"
#include "ship/stamp.h"
#include "ship/state.h"
#include "ship/store.h"
#include "ship/url.h"

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

	if (spool_parse_name(s, id, NULL)) {
		must(strlen(s) < SPOOL_NAME_MAX, "an entry's name fits");
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
	next = stamp_read(one, "Y/M/D/H-m-s.iZ");
	stamp_format(two, "Y/M/D/H-m-s.iZ", next);
	must(strcmp(one, two) == 0, "a stamp that is read is the same");
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
	if (secret_check(&b) == NULL) {
		must(b.len > 0, "a token is something");
		for (size_t i = 0; i < b.len; i++)
			must(b.s[i] > ' ' && b.s[i] <= '~',
			    "a token cannot end its header");
	}
	buf_free(&b);
}

/* Whoever reads the URL finds the same host and port. */
static void
check_host(const char *s, const struct url *u)
{
	CURLU *c = curl_url();
	char *host = NULL, *port = NULL;

	if (!c)
		abort();
	/* It may take fewer, not others: an address such as 1.2.3.4.5. */
	if (curl_url_set(c, CURLUPART_URL, s, 0) == CURLUE_OK &&
	    curl_url_get(c, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(c, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ==
	    CURLUE_OK) {
		/* Numbers are made an address, and IPv6 is shortened. */
		if (strspn(u->host, "0123456789abcdefx.:[]") !=
		    strlen(u->host))
			must(strcasecmp(host, u->host) == 0, "the same host");
		must(atoi(port) == u->port, "the same port");
	}
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(c);
}

static void
check_url(const char *s)
{
	struct buf shown = { 0 }, again = { 0 };
	struct url u;

	if (url_parse(&u, s))
		return;
	url_show(&u, &shown);
	must(strncmp(shown.s, "http://", 7) == 0 ||
	    strncmp(shown.s, "https://", 8) == 0, "http or https");
	must(!strpbrk(shown.s, "?# \n"), "no query is shown");
	check_host(s, &u);
	must(url_parse(&u, shown.s) == NULL, "what is shown is a URL");
	url_show(&u, &again);
	must(strcmp(shown.s, again.s) == 0, "and shown the same");
	buf_free(&shown);
	buf_free(&again);
}

static void
check_spec(const char *text)
{
	struct arena a = { 0 };
	struct buf why = { 0 };
	struct spec s;
	struct url u;

	if (spec_parse(&s, &a, text, &why) == 0) {
		must(s.dir ? s.dir[0] == '/' : spec_is_name(s.name),
		    "a folder or a name");
		must(s.dir || url_parse(&u, s.text) == NULL, "a URL");
		must(s.labels <= SPEC_LABELS_MAX, "labels fit");
	} else {
		must(why.len > 0, "what is wrong is said");
		for (size_t i = 0; i < why.len; i++)
			must(why.s[i] >= ' ', "in one line");
	}
	buf_free(&why);
	arena_free(&a);
}

static void
check_state(const char *text, size_t len)
{
	struct state s, back;
	struct buf b = { 0 };

	state_parse(&s, text, len);
	state_format(&s, &b);
	must(b.len < STATE_FILE_MAX, "a state fits its file");
	state_parse(&back, b.s, b.len);
	must(memcmp(&s, &back, sizeof s) == 0, "a state comes back");
	buf_free(&b);
}

/* What is a date comes back, and a wait ends then. */
static void
check_date(const char *text, size_t len)
{
	static const char form[] = "%a, %d %b %Y %H:%M:%S GMT";
	const time_t now = 1795689667;
	time_t t, again;
	char out[64];
	struct tm tm;

	must(httpdate_retry_after(text, len, now) == 0 ||
	    (len && text[0] <= '~'), "nothing asks for no wait");
	if (!httpdate_parse(text, len, now, &t))
		return;
	gmtime_r(&t, &tm);
	if (tm.tm_year < -900)
		return;
	must(strftime(out, sizeof out, form, &tm) == 29, "29 bytes");
	must(httpdate_parse(out, 29, now, &again) && again == t,
	    "the same time");
	must(httpdate_retry_after(out, 29, now) ==
	    (t > now ? (uint64_t)(t - now) : 0), "as long as until then");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *s = strndup((const char *)data, len);

	if (!s)
		abort();
	check_names(s);
	check_url(s);
	check_spec(s);
	check_state((const char *)data, len);
	check_date((const char *)data, len);
	check_stamps(data, len);
	check_token(data, len);
	free(s);
	return 0;
}
