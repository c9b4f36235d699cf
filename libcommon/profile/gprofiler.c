#include "profile/gprofiler.h"

#include <string.h>

#include "base/json.h"
#include "base/parse.h"
#include "profile/place.h"

/* The line with a page of HTML in it is the longest that there is. */
static const struct json_limits limits = { .memory = (size_t)128 << 20 };

static void
take_header(struct gprofiler *g, const char *s, size_t len)
{
	const struct json_value *args;
	const char *version;
	struct json_doc d;

	g->header = true;
	g->index = g->container = true;
	if (!json_parse(&d, s, len, &limits)) {
		reading_bad(g->r, "header: %s", d.error);
		return;
	}
	args = json_get(json_get(d.root, "metadata"), "run_arguments");
	version = json_str(json_get(args, "profile_api_version"), NULL);
	(void)!json_bool(json_get(d.root, "application_metadata_enabled"),
	    &g->index);
	if (version && strcmp(version, "v1") == 0)
		g->index = g->container = false;
	json_free(&d);
	g->r->good++;
}

/* The next field and what is behind it; false if it is the last. */
static bool
take_field(const char **s, size_t *len, const char **field, size_t *n)
{
	const char *end = *len ? memchr(*s, ';', *len) : NULL;

	*field = *s;
	*n = end ? (size_t)(end - *s) : *len;
	*s += end ? *n + 1 : *n;
	*len -= end ? *n + 1 : *n;
	return end != NULL;
}

static void
add_container(struct reading *r, const char *s, size_t len)
{
	struct buf b = { 0 };

	buf_adds(&b, len ? "container:" : PLACE_HOST);
	buf_add(&b, s, len);
	reading_add(r, fold_container(r->fold, b.s, b.len));
	buf_free(&b);
}

/* "appid: NAME", the frame behind the process's, becomes a head before it. */
static bool
take_app(struct reading *r, const char **s, size_t *len, bool more)
{
	static const char appid[] = "appid: ";
	const size_t skip = sizeof appid - 1;
	const char *field;
	size_t n;

	if (!more || *len < skip || memcmp(*s, appid, skip) != 0) {
		reading_add(r, fold_app(r->fold, PLACE_NO_APP,
		    sizeof PLACE_NO_APP - 1));
		return more;
	}
	more = take_field(s, len, &field, &n);
	reading_add(r, fold_app(r->fold, field + skip, n - skip));
	return more;
}

static bool
take_stack(struct gprofiler *g, const char *s, size_t len, uint64_t count)
{
	struct reading *r = g->r;
	const char *field, *comm;
	size_t heads = 1, n, comm_len;
	bool more = true;

	reading_begin(r);
	if (g->index && !take_field(&s, &len, &field, &n))
		return false;
	if (g->container) {
		if (!take_field(&s, &len, &field, &n))
			return false;
		if (r->fold->opt.heads.container) {
			add_container(r, field, n);
			heads++;
		}
	}
	more = take_field(&s, &len, &comm, &comm_len);
	if (r->fold->opt.heads.app) {
		more = take_app(r, &s, &len, more);
		heads++;
	}
	reading_add(r, fold_process(r->fold, comm, comm_len, -1, -1));
	while (more) {
		more = take_field(&s, &len, &field, &n);
		reading_add_text(r, field, n);
	}
	reading_count(r, heads, count);
	return true;
}

void
gprofiler_line(struct gprofiler *g, const char *s, size_t len)
{
	const char *blank;
	uint64_t count;

	if (len == 0)
		return;
	if (!g->header && s[0] == '#') {
		take_header(g, s + 1, len - 1);
		return;
	}
	blank = memrchr(s, ' ', len);
	if (!blank || memchr(s, '\0', len) ||
	    !parse_digits(blank + 1, len - (size_t)(blank + 1 - s), &count))
		reading_bad(g->r, "no count");
	else if (!take_stack(g, s, (size_t)(blank - s), count))
		reading_bad(g->r, "too few fields");
}
