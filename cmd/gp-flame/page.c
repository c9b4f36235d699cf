#include "cmd/gp-flame/page.h"

#include <inttypes.h>
#include <string.h>

#include "base/attr.h"
#include "profile/webtext.h"

/* page_html, page_css, page_js as bytes; PAGE_CSS_HASH, PAGE_JS_HASH. */
#include "cmd/gp-flame/page.inc"

const char *
page_csp(void)
{
	return "default-src 'none'; script-src 'sha256-" PAGE_JS_HASH "'; "
	    "style-src 'sha256-" PAGE_CSS_HASH "'; img-src data:; "
	    "base-uri 'none'; form-action 'none'; "
	    "require-trusted-types-for 'script'; trusted-types 'none'";
}

static void
put_string(FILE *out, const char *key, const char *s)
{
	fprintf(out, ",\"%s\":", key);
	webtext_json(out, s, strlen(s));
}

static void
put_meta(FILE *out, const struct page *p, const struct flame *f)
{
	fprintf(out, "{\"version\":1,\"samples\":%" PRIu64 ",\"lost\":%" PRIu64
	    ",\"filtered\":%" PRIu64 ",\"truncated\":%" PRIu64
	    ",\"streams\":%" PRIu64 ",\"nodes\":%" PRIu32
	    ",\"icicle\":%s", f->samples, p->lost, p->filtered, f->truncated,
	    p->streams, f->n, p->icicle ? "true" : "false");
	put_string(out, "title", p->title);
	put_string(out, "subtitle", p->subtitle);
	put_string(out, "incomplete", p->incomplete);
	put_string(out, "generator", "gp-flame " GP_VERSION);
	putc('}', out);
}

static void
put_names(FILE *out, const struct flame *f)
{
	putc('[', out);
	for (uint32_t i = 0; i < f->names; i++) {
		size_t len;
		const char *s = flame_name(f, i, &len);

		if (i)
			fputs(",\n", out);
		webtext_json(out, s, len);
	}
	putc(']', out);
}

static void
put_slot(FILE *out, const char *slot, size_t len, const struct page *p,
    const struct flame *f)
{
	if (len == 3 && memcmp(slot, "CSP", 3) == 0)
		webtext_html(out, page_csp(), strlen(page_csp()));
	else if (len == 5 && memcmp(slot, "TITLE", 5) == 0)
		webtext_html(out, p->title, strlen(p->title));
	else if (len == 3 && memcmp(slot, "CSS", 3) == 0)
		fwrite(page_css, 1, sizeof page_css, out);
	else if (len == 2 && memcmp(slot, "JS", 2) == 0)
		fwrite(page_js, 1, sizeof page_js, out);
	else if (len == 4 && memcmp(slot, "META", 4) == 0)
		put_meta(out, p, f);
	else if (len == 5 && memcmp(slot, "NAMES", 5) == 0)
		put_names(out, f);
	else if (len == 5 && memcmp(slot, "NODES", 5) == 0)
		flame_write_nodes(f, out);
}

/* page.html with each @SLOT@ filled in; a lone '@' does not occur in it. */
void
page_write(FILE *out, const struct page *p, const struct flame *f)
{
	const char *s = (const char *)page_html, *at, *end;
	size_t left = sizeof page_html;

	while ((at = memchr(s, '@', left)) &&
	    (end = memchr(at + 1, '@', left - (size_t)(at + 1 - s)))) {
		fwrite(s, 1, (size_t)(at - s), out);
		put_slot(out, at + 1, (size_t)(end - at - 1), p, f);
		left -= (size_t)(end + 1 - s);
		s = end + 1;
	}
	fwrite(s, 1, left, out);
}
