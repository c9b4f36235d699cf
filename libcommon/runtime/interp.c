/* The table of interpreters. */
#include "runtime/interp.h"

#include <string.h>

#include "runtime/python_frames.h"

static const struct interp_lang langs[INTERP_LANGUAGES] = {
	[INTERP_PYTHON] = {
		.suffix = "_[p]",
		.recognise = python_recognise,
		.move = python_move,
		.name = python_name,
	},
};

static const struct interp_lang *
find(uint32_t language)
{
	return language > INTERP_NONE && language < INTERP_LANGUAGES ?
	    &langs[language] : NULL;
}

bool
interp_recognise(const struct elffile *f, struct interp *out)
{
	struct elfhas has;
	struct interp_elf e = { f, &has, f->entry != 0 };

	elfhas_init(&has, f);
	for (uint32_t i = INTERP_NONE + 1; i < INTERP_LANGUAGES; i++) {
		*out = (struct interp){ 0 };
		if (!langs[i].recognise(&e, out))
			continue;
		out->language = i;
		return true;
	}
	*out = (struct interp){ 0 };
	return false;
}

void
interp_move(struct interp *i, uint64_t bias)
{
	const struct interp_lang *lang = find(i->language);

	for (size_t k = 0; k < INTERP_EVALS_MAX; k++) {
		if (i->eval[k].start == i->eval[k].end)
			continue;
		i->eval[k].start += bias;
		i->eval[k].end += bias;
	}
	if (lang)
		lang->move(i, bias);
}

int
interp_name(const struct interp *i, const struct interp_memory *m,
    uint64_t code, enum interp_paths paths, uint64_t *check, struct buf *out)
{
	const struct interp_lang *lang = find(i->language);
	int rc;

	if (!lang)
		return INTERP_ESENSE;
	rc = lang->name(i, m, code, paths, check, out);
	if (rc == INTERP_OK)
		buf_adds(out, lang->suffix);
	return rc;
}

const char *
interp_suffix(uint32_t language)
{
	const struct interp_lang *lang = find(language);

	return lang ? lang->suffix : "";
}
