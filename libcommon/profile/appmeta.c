#include "profile/appmeta.h"

#include <string.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/jsoncopy.h"
#include "profile/place.h"
#include "stream/record.h"

/* What gProfiler calls a runtime's version and library, and what it has before the
 * number. */
static const struct lang {
	const char *runtime, *version, *before, *library;
} langs[] = {
	{ "python", "python_version", "Python ", "libpython_elfid" },
	{ "ruby", "ruby_version", "ruby ", "libruby_elfid" },
	{ "jvm", "java_version", "", "libjvm_elfid" },
	{ "go", "golang_version", "go", NULL },
	{ "node", "node_version", "v", NULL },
	{ "dotnet", "dotnet_version", "", NULL },
	{ "php", "php_version", "", NULL },
	{ "perl", "perl_version", "", NULL },
	{ "beam", "otp_version", "", NULL },
	{ "luajit", "luajit_version", "", NULL },
};

/* "python/3.11.2": NULL if it is not one of these. *version: "" if none is told. */
static const struct lang *
find_lang(const char *runtime, size_t len, const char **version)
{
	const char *slash = memchr(runtime, '/', len);
	size_t n = slash ? (size_t)(slash - runtime) : len;

	*version = slash ? slash + 1 : "";
	for (size_t i = 0; i < GP_COUNT(langs); i++)
		if (strlen(langs[i].runtime) == n &&
		    memcmp(langs[i].runtime, runtime, n) == 0)
			return &langs[i];
	return NULL;
}

/* Nothing but a runtime that gProfiler has no words for. */
static bool
is_empty(const char *frame, size_t len)
{
	const size_t n = sizeof "runtime=" - 1;
	const char *version;

	return memchr(frame, ' ', len) == NULL &&
	    !find_lang(frame + n, len - n, &version);
}

uint32_t
appmeta_number(struct appmeta *a, const char *frame, size_t len)
{
	uint32_t id;

	if (!place_is_program(frame, len) || is_empty(frame, len))
		return 0;
	id = a->programs.n < APPMETA_MAX ?
	    intern_add(&a->programs, frame, len) :
	    intern_find(&a->programs, frame, len);
	return id == INTERN_NONE ? 0 : id + 1;
}

/* One program on its way out. */
struct entry {
	struct jsonw *w;
	const struct record *r;
	const struct json_value *own; /* the owner's words, or NULL */
};

/* Unless the owner has another word for it. */
static void
put_string(const struct entry *e, const char *key, const char *before,
    const char *value)
{
	struct buf b = { 0 };

	if (json_get(e->own, key))
		return;
	buf_adds(&b, before);
	buf_adds(&b, value);
	jsonw_str(e->w, key, buf_str(&b));
	buf_free(&b);
}

static void
put_text(const struct entry *e, const char *field, const char *key,
    const char *before)
{
	const char *value = record_get(e->r, field);

	if (value && key)
		put_string(e, key, before, value);
}

static void
put_runtime(const struct entry *e)
{
	const char *runtime = record_get(e->r, "runtime"), *version;
	const struct lang *lang = runtime ?
	    find_lang(runtime, strlen(runtime), &version) : NULL;

	if (!lang)
		return;
	if (*version)
		put_string(e, lang->version, lang->before, version);
	put_text(e, "lib_build_id", lang->library, "buildid:");
}

/* Parse the owner's words; a stranger's may be none. */
static const struct json_value *
parse_own(struct json_doc *d, const struct record *r)
{
	const struct json_limits limits = { .size = PLACE_OWN_MAX,
		.memory = 1 << 20, .depth = JSON_COPY_DEPTH_MAX };
	const char *text = record_get(r, "own");

	*d = (struct json_doc){ .root = NULL };
	if (!text || !json_parse(d, text, strlen(text), &limits) ||
	    json_kind(d->root) != JSON_KIND_OBJECT)
		return NULL;
	return d->root;
}

static void
put_program(struct jsonw *w, const struct record *r)
{
	struct json_doc d;
	const struct entry e = { .w = w, .r = r, .own = parse_own(&d, r) };
	uint64_t stripped;

	jsonw_object(w, NULL);
	put_text(&e, "exe", "exe", "");
	put_text(&e, "execfn", "execfn", "");
	put_text(&e, "arch", "arch", "");
	put_runtime(&e);
	put_text(&e, "exe_build_id", "exe_elfid", "buildid:");
	put_text(&e, "link", "link", "");
	put_text(&e, "libc", "libc", "");
	if (record_get_u64(r, "stripped", &stripped) &&
	    !json_get(e.own, "stripped"))
		jsonw_bool(w, "stripped", stripped != 0);
	put_text(&e, "image", "container_image", "");
	for (void *i = json_first(e.own); i; i = json_next(e.own, i))
		json_copy(w, json_key(i), json_member(i));
	jsonw_end(w);
	json_free(&d);
}

void
appmeta_put(struct jsonw *w, const struct appmeta *a)
{
	struct record r = { 0 };
	struct buf b = { 0 };

	jsonw_array(w, "application_metadata");
	jsonw_null(w, NULL);
	for (uint32_t i = 0; a && i < a->programs.n; i++) {
		buf_reset(&b);
		buf_adds(&b, "#process ");
		buf_add(&b, intern_str(&a->programs, i),
		    intern_len(&a->programs, i));
		/* A stranger's frame may look like one, and not be. */
		if (record_parse(&r, b.s, b.len))
			put_program(w, &r);
		else
			jsonw_null(w, NULL);
	}
	jsonw_end(w);
	record_free(&r);
	buf_free(&b);
}

void
appmeta_free(struct appmeta *a)
{
	intern_free(&a->programs);
}
