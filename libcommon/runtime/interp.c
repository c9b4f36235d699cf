/* The table of interpreters: a language is what its row's functions do. */
#include "runtime/interp.h"

#include "runtime/interp_lang.h"

static const struct {
	const char *suffix;
	bool (*recognise)(const struct interp_elf *e, struct interp *out);
	bool (*switches)(const struct interp_elf *e);
	void (*move)(struct interp *i, uint64_t bias);
	int (*read)(const struct interp *i, const struct interp_process *p,
	    const struct interp_wish *wish, uint64_t addr, uint64_t clue,
	    struct interp_code *c);
	uint32_t (*line)(const struct interp *i, const struct interp_code *c,
	    uint32_t at);
} langs[INTERP_LANGUAGES] = {
#define INTERP(ID, name, text) \
	[INTERP_##ID] = { \
		text, name##_recognise, name##_switches, name##_move, \
		name##_read, name##_line, \
	},
#include "runtime/interp.def"
};

static bool
is_language(uint32_t language)
{
	return language > INTERP_NONE && language < INTERP_LANGUAGES;
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

bool
interp_switches(const struct elffile *f)
{
	struct elfhas has;
	struct interp_elf e = { f, &has, f->entry != 0 };

	elfhas_init(&has, f);
	for (uint32_t i = INTERP_NONE + 1; i < INTERP_LANGUAGES; i++)
		if (langs[i].switches(&e))
			return true;
	return false;
}

void
interp_move(struct interp *i, uint64_t bias)
{
	for (size_t k = 0; k < INTERP_EVALS_MAX; k++) {
		if (i->eval[k].start == i->eval[k].end)
			continue;
		i->eval[k].start += bias;
		i->eval[k].end += bias;
	}
	if (is_language(i->language))
		langs[i->language].move(i, bias);
}

int
interp_read(const struct interp *i, const struct interp_process *p,
    const struct interp_wish *wish, uint64_t addr, uint64_t clue,
    struct interp_code *c)
{
	struct interp_code found = { .check = c->check };
	int rc;

	if (!is_language(i->language))
		return INTERP_ESENSE;
	rc = langs[i->language].read(i, p, wish, addr, clue, &found);
	if (rc != INTERP_OK) {
		interp_code_free(&found);
		return rc;
	}
	interp_code_free(c);
	*c = found;
	return INTERP_OK;
}

uint32_t
interp_line(const struct interp *i, const struct interp_code *c, uint32_t at)
{
	uint32_t line = 0;

	if (is_language(i->language) && c->lines.len)
		line = langs[i->language].line(i, c, at);
	return line ? line : c->line;
}

void
interp_put_name(const struct interp *i, const struct interp_code *c,
    uint32_t line, struct buf *out)
{
	buf_add(out, c->name.s, c->name.len);
	buf_adds(out, " (");
	buf_add(out, c->file.s, c->file.len);
	buf_addf(out, ":%u", (unsigned)line);
	if (c->package.len) {
		buf_adds(out, " [");
		buf_add(out, c->package.s, c->package.len);
		buf_addc(out, ']');
	}
	buf_addc(out, ')');
	if (is_language(i->language))
		buf_adds(out, langs[i->language].suffix);
}

void
interp_code_free(struct interp_code *c)
{
	buf_free(&c->name);
	buf_free(&c->file);
	buf_free(&c->package);
	buf_free(&c->lines);
	*c = (struct interp_code){ 0 };
}
