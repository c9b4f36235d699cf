#include "profile/firefoxw.h"

#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "profile/firefoxthread.h"
#include "profile/suffix.h"

enum { VERSION = 48, GECKO_VERSION = 30 };

static void
put_category(struct jsonw *w, const char *name, const char *color)
{
	jsonw_object(w, NULL);
	jsonw_str(w, "name", name);
	jsonw_str(w, "color", color);
	jsonw_array(w, "subcategories");
	jsonw_str(w, NULL, "Other");
	jsonw_end(w);
	jsonw_end(w);
}

static void
put_categories(struct jsonw *w)
{
	static const char *const colors[] = {
		"orange", "yellow", "blue", "green", "lightgreen", "grey",
		"purple", "lightblue", "magenta", "red", "brown", "green",
		"yellow", "brown",
	};
	const char *word;

	jsonw_array(w, "categories");
	put_category(w, "Other", "grey");
	put_category(w, "native", "blue");
	for (size_t i = 0; (word = suffix_word(i)); i++)
		put_category(w, word, colors[i % GP_COUNT(colors)]);
	jsonw_end(w);
}

static void
put_meta(struct firefox *x, const char *tool)
{
	const struct meta *m = &x->f->meta;
	const char *cpus = meta_get(m, "cpus"), *host = meta_get(m, "host");
	struct jsonw *w = &x->json;
	uint64_t n;

	jsonw_object(w, "meta");
	jsonw_double(w, "interval", x->interval_ms);
	jsonw_double(w, "startTime",
	    (double)meta_seconds(meta_get(m, "start")) * 1000);
	jsonw_u64(w, "version", GECKO_VERSION);
	jsonw_u64(w, "preprocessedProfileVersion", VERSION);
	jsonw_u64(w, "processType", 0);
	jsonw_u64(w, "stackwalk", 1);
	jsonw_bool(w, "debug", false);
	jsonw_str(w, "product", host ? host : "gp");
	jsonw_str(w, "importedFrom", tool);
	jsonw_str(w, "platform", "Linux");
	jsonw_str(w, "toolkit", "");
	jsonw_str(w, "misc", "");
	jsonw_str(w, "abi", meta_get(m, "arch") ? meta_get(m, "arch") : "");
	jsonw_str(w, "oscpu", meta_get(m, "kernel") ? meta_get(m, "kernel") :
	    "");
	if (cpus && parse_u64(cpus, &n))
		jsonw_u64(w, "logicalCPUs", n);
	jsonw_bool(w, "symbolicated", true);
	jsonw_bool(w, "sourceCodeIsNotOnSearchfox", true);
	jsonw_bool(w, "usesOnlyOneStackType", true);
	jsonw_array(w, "markerSchema");
	jsonw_end(w);
	put_categories(w);
	jsonw_end(w);
}

/* Its id as breakpad has it: as a GUID of which the first three parts are turned
 * around, and an age of 0. */
static void
put_breakpad_id(struct jsonw *w, const char *id)
{
	static const uint8_t order[] = {
		3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15,
	};
	char text[2 * sizeof order + 2] = "";

	if (strlen(id) >= 2 * sizeof order) {
		for (size_t i = 0; i < sizeof order; i++)
			for (size_t k = 0; k < 2; k++) {
				char c = id[2 * order[i] + k];

				text[2 * i + k] = c >= 'a' && c <= 'f' ?
				    (char)(c - 'a' + 'A') : c;
			}
		text[2 * sizeof order] = '0';
	}
	jsonw_str(w, "breakpadId", text);
}

static void
put_libs(struct firefox *x)
{
	const char *arch = meta_get(&x->f->meta, "arch");
	struct jsonw *w = &x->json;

	jsonw_array(w, "libs");
	for (uint32_t i = 0; i < x->libs.n; i++) {
		uint32_t module = firefoxthread_lib(x, i);
		const char *path = frames_module_path(&x->f->frames, module);
		const char *id = frames_module_build_id(&x->f->frames, module);
		const char *name = strrchr(path, '/');

		name = name && name[1] ? name + 1 : path;
		jsonw_line(w);
		jsonw_object(w, NULL);
		jsonw_str(w, "name", name);
		jsonw_str(w, "path", path);
		jsonw_str(w, "debugName", name);
		jsonw_str(w, "debugPath", path);
		put_breakpad_id(w, id);
		if (*id)
			jsonw_str(w, "codeId", id);
		else
			jsonw_null(w, "codeId");
		jsonw_str(w, "arch", arch ? arch : "");
		jsonw_end(w);
	}
	jsonw_end(w);
}

static double
find_interval(const struct fold *f)
{
	const char *freq = meta_get(&f->meta, "freq");
	uint64_t hz;

	return freq && parse_u64(freq, &hz) && hz ? 1000.0 / (double)hz : 1;
}

void
firefoxw_write(const struct fold *f, const struct timeline *t,
    const char *tool, FILE *out)
{
	struct firefox x = {
		.f = f, .t = t, .json.f = out,
		.interval_ms = find_interval(f),
	};

	threads_init(&x.threads, f, t);
	firefoxthread_find_inlined(&x);
	jsonw_object(&x.json, NULL);
	put_meta(&x, tool);
	jsonw_array(&x.json, "threads");
	for (uint32_t i = 0; i < x.threads.n; i++)
		firefoxthread_put(&x, i);
	jsonw_end(&x.json);
	/* Behind the threads, which find them. */
	put_libs(&x);
	jsonw_end(&x.json);
	jsonw_done(&x.json);
	intern_free(&x.libs);
	pairmap_free(&x.pids);
	threads_free(&x.threads);
	free(x.depth);
}
