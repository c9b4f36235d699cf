#include "profile/convert.h"

#include <string.h>

#include "profile/callgrindw.h"
#include "profile/colw.h"
#include "profile/firefoxw.h"
#include "profile/otlpw.h"
#include "profile/pprofw.h"
#include "profile/speedscopew.h"

static const char *
write_folded(const struct convert *c, FILE *out)
{
	struct stream_writer w = { .f = out };

	profile_write_folded(&c->fold->profile, &w);
	return NULL;
}

static const char *
write_pprof(const struct convert *c, FILE *out)
{
	const struct pprofw_options o = {
		.tool = c->tool, .weight = c->weight, .packed = true,
	};

	return pprofw_write(c->fold, &o, out);
}

static const char *
write_col(const struct convert *c, FILE *out)
{
	colw_write(c->fold, out);
	return NULL;
}

static const char *
write_speedscope(const struct convert *c, FILE *out)
{
	speedscopew_write(c->fold, c->timeline, c->tool, out);
	return NULL;
}

static const char *
write_firefox(const struct convert *c, FILE *out)
{
	firefoxw_write(c->fold, c->timeline, c->tool, out);
	return NULL;
}

static const char *
write_callgrind(const struct convert *c, FILE *out)
{
	callgrindw_write(c->fold, c->tool, out);
	return NULL;
}

static void
write_as_otlp(const struct convert *c, bool json, FILE *out)
{
	const struct otlpw_options o = {
		.tool = c->tool, .weight = c->weight,
		.start = c->start, .json = json,
	};

	otlpw_write(c->fold, c->timeline, &o, out);
}

static const char *
write_otlp(const struct convert *c, FILE *out)
{
	write_as_otlp(c, false, out);
	return NULL;
}

static const char *
write_otlp_json(const struct convert *c, FILE *out)
{
	write_as_otlp(c, true, out);
	return NULL;
}

static const struct convert_format formats[] = {
	{ "folded", ".folded", 0, false, write_folded },
	{ "pprof", ".pb.gz",
	    CONVERT_LABELS | CONVERT_MODULES | CONVERT_EVENTS, true,
	    write_pprof },
	{ "speedscope", ".speedscope.json", CONVERT_TIMES, false,
	    write_speedscope },
	{ "firefox", ".firefox.json", CONVERT_LABELS | CONVERT_MODULES |
	    CONVERT_TIMES | CONVERT_EVENTS, false, write_firefox },
	{ "callgrind", ".callgrind", CONVERT_MODULES | CONVERT_EVENTS, false,
	    write_callgrind },
	{ "otlp", ".otlp.pb", CONVERT_LABELS | CONVERT_MODULES |
	    CONVERT_TIMES | CONVERT_EVENTS, true, write_otlp },
	{ "otlp-json", ".otlp.json", CONVERT_LABELS | CONVERT_MODULES |
	    CONVERT_TIMES | CONVERT_EVENTS, false, write_otlp_json },
	{ "col", ".col", CONVERT_PLACES | CONVERT_EVENTS, false, write_col },
};

const struct convert_format *
convert_format(size_t i)
{
	return i < GP_COUNT(formats) ? &formats[i] : NULL;
}

const struct convert_format *
convert_find(const char *name)
{
	for (size_t i = 0; i < GP_COUNT(formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

const struct convert_format *
convert_guess(const char *path)
{
	size_t len = strlen(path), n;

	for (size_t i = 0; i < GP_COUNT(formats); i++) {
		n = formats[i].ending ? strlen(formats[i].ending) : 0;
		if (n && len > n &&
		    strcmp(path + len - n, formats[i].ending) == 0)
			return &formats[i];
	}
	return NULL;
}

void
convert_fold_options(const struct convert_format *f, struct fold_options *o)
{
	if (f->has & CONVERT_LABELS)
		o->heads.pid = o->heads.tid = true;
	if (f->has & (CONVERT_LABELS | CONVERT_PLACES))
		o->heads.remember = o->heads.container = true;
	if (f->has & CONVERT_PLACES)
		o->heads.app = o->heads.program = true;
	if (f->has & CONVERT_EVENTS)
		o->heads.event = true;
	if (f->has & CONVERT_MODULES)
		o->frames.modules = true;
}
