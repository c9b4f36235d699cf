#include "cmd/gp-flame/page.h"

#include <inttypes.h>
#include <string.h>

#include "base/attr.h"
#include "base/intern.h"
#include "profile/flamew.h"
#include "profile/kind.h"
#include "profile/palette.h"
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
put_number(FILE *out, const char *key, uint64_t v)
{
	fprintf(out, ",\"%s\":%" PRIu64, key, v);
}

static void
put_bool(FILE *out, const char *key, bool v)
{
	fprintf(out, ",\"%s\":%s", key, v ? "true" : "false");
}

static void
put_colour(FILE *out, int i, uint32_t colour)
{
	fprintf(out, "%s\"#%06" PRIx32 "\"", i ? "," : "", colour);
}

/* The tables of palette.h, of light and of dark. */
static void
put_colours(FILE *out, bool dark)
{
	fprintf(out, "%s{\"ink\":\"#%06x\",\"kinds\":[", dark ? "," : "",
	    dark ? PALETTE_INK_DARK : PALETTE_INK);
	for (int k = 0; k < KINDS; k++) {
		fputs(k ? ",[" : "[", out);
		for (int i = 0; i < PALETTE_SHADES; i++)
			put_colour(out, i, palette_kind((enum kind)k,
			    (uint32_t)i, dark));
		putc(']', out);
	}
	fputs("],\"modules\":[", out);
	for (int i = 0; i < PALETTE_MODULES; i++)
		put_colour(out, i, palette_module((uint32_t)i, dark));
	fputs("],\"differences\":[", out);
	for (int i = 0; i <= 2 * PALETTE_STEPS; i++)
		put_colour(out, i, palette_difference(i - PALETTE_STEPS,
		    dark));
	fputs("]}", out);
}

static void
put_look(FILE *out, const struct options *o)
{
	put_string(out, "view", o->reverse ? "reversed" :
	    o->icicle ? "icicle" : "flame");
	put_string(out, "order", o->by_width ? "width" : "name");
	put_string(out, "colour", o->palette.id == PALETTE_MODULE ? "module" :
	    "kind");
	put_string(out, "countname", o->countname);
	put_string(out, "search", o->search);
	put_string(out, "title", o->title);
	put_string(out, "notes", o->notes);
	put_bool(out, "normalize", o->normalize);
	put_bool(out, "negate", o->negate);
	fputs(",\"kinds\":[", out);
	for (int k = 0; k < KINDS; k++)
		fprintf(out, "%s\"%s\"", k ? "," : "",
		    kind_word((enum kind)k));
	fputs("],\"colours\":[", out);
	put_colours(out, false);
	put_colours(out, true);
	putc(']', out);
}

static void
put_meta(FILE *out, const struct page *p)
{
	const struct flame *f = p->f;

	fputs("{\"version\":2", out);
	put_number(out, "samples", f->samples);
	put_number(out, "lost", p->meta->lost);
	put_number(out, "filtered", p->meta->filtered);
	put_number(out, "truncated", f->truncated);
	put_number(out, "streams", p->meta->streams);
	put_number(out, "nodes", f->n);
	put_bool(out, "diff", f->diff);
	put_bool(out, "chart", f->chart);
	put_number(out, "baseSamples", f->base_samples);
	put_number(out, "baseLost", p->base_meta->lost);
	put_number(out, "slotNs", p->timeline->n ? p->timeline->slot_ns : 0);
	put_number(out, "intervalNs", p->interval_ns);
	put_string(out, "subtitle", p->subtitle);
	put_string(out, "incomplete", p->incomplete);
	put_string(out, "generator", "gp-flame " GP_VERSION);
	put_look(out, p->o);
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

/* A for the first kind and so on; small if the name leaves it to the place. */
static void
put_kinds(FILE *out, const struct flame *f)
{
	for (uint32_t i = 0; i < f->names; i++) {
		size_t len;
		const char *s = flame_name(f, i, &len);
		bool sure;
		enum kind k = kind_of_frame(s, len, &sure);

		putc((sure ? 'A' : 'a') + (int)k, out);
	}
}

static uint32_t
module_of(struct intern *modules, const struct flame *f, uint32_t name)
{
	size_t len, n;
	const char *s = flame_name(f, name, &len);

	s = kind_module(s, len, &n);
	return intern_add(modules, s, n);
}

static void
put_modules(FILE *out, const struct flame *f)
{
	struct intern modules = { 0 };

	for (uint32_t i = 0; i < f->names; i++)
		module_of(&modules, f, i);
	putc('[', out);
	for (uint32_t i = 0; i < modules.n; i++) {
		if (i)
			fputs(",\n", out);
		webtext_json(out, intern_str(&modules, i),
		    intern_len(&modules, i));
	}
	putc(']', out);
	intern_free(&modules);
}

static void
put_module_of(FILE *out, const struct flame *f)
{
	struct intern modules = { 0 };

	for (uint32_t i = 0; i < f->names; i++)
		flamew_number(out, module_of(&modules, f, i));
	intern_free(&modules);
}

static void
put_slot(FILE *out, const char *slot, size_t len, const struct page *p)
{
	const struct {
		const char *name;
		void (*put)(FILE *, const struct flame *);
	} of_tree[] = {
		{ "NAMES", put_names }, { "KINDS", put_kinds },
		{ "MODULES", put_modules }, { "MODULE_OF", put_module_of },
	};
	char name[16];

	snprintf(name, sizeof name, "%.*s", (int)len, slot);
	for (size_t i = 0; i < GP_COUNT(of_tree); i++)
		if (strcmp(name, of_tree[i].name) == 0)
			of_tree[i].put(out, p->f);
	if (strcmp(name, "CSP") == 0)
		webtext_html(out, page_csp(), strlen(page_csp()));
	else if (strcmp(name, "TITLE") == 0)
		webtext_html(out, p->o->title, strlen(p->o->title));
	else if (strcmp(name, "CSS") == 0)
		fwrite(page_css, 1, sizeof page_css, out);
	else if (strcmp(name, "JS") == 0)
		fwrite(page_js, 1, sizeof page_js, out);
	else if (strcmp(name, "META") == 0)
		put_meta(out, p);
	else if (strcmp(name, "NODES") == 0)
		flamew_nodes(p->f, out);
	else if (strcmp(name, "TIMES") == 0)
		timeline_write(p->timeline, out);
}

/* page.html with each @SLOT@ filled in; a lone '@' does not occur in it. */
void
page_write(FILE *out, const struct page *p)
{
	const char *s = (const char *)page_html, *at, *end;
	size_t left = sizeof page_html;

	while ((at = memchr(s, '@', left)) &&
	    (end = memchr(at + 1, '@', left - (size_t)(at + 1 - s)))) {
		fwrite(s, 1, (size_t)(at - s), out);
		put_slot(out, at + 1, (size_t)(end - at - 1), p);
		left -= (size_t)(end + 1 - s);
		s = end + 1;
	}
	fwrite(s, 1, left, out);
}
