#include "profile/speedscope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/grow.h"
#include "base/json.h"
#include "base/text.h"
#include "profile/nameparts.h"
#include "profile/suffix.h"

struct scope {
	struct reading *r;
	uint32_t *frame; /* by number in shared.frames */
	size_t frames;
	uint32_t head;   /* of the profile, if there are several */
	size_t heads;
	unsigned scale;  /* what a weight of 1 counts */
	bool rounded;
};

/* A hundred bytes of memory for a number of two digits is what it takes. */
static const struct json_limits limits = {
	.size = SPEEDSCOPE_SIZE_MAX, .memory = (size_t)2 << 30,
};

static void
take_frame(struct scope *s, const struct json_value *v, uint32_t *out)
{
	size_t name_len = 0, file_len = 0;
	const char *name = json_str(json_get(v, "name"), &name_len);
	const char *file = json_str(json_get(v, "file"), &file_len);
	struct buf b = { 0 };
	uint32_t bit;
	size_t suffix = name ? suffix_of_frame(name, name_len, &bit) : 0;
	int64_t line;

	if (!s->r->opt.lines || !json_i64(json_get(v, "line"), &line))
		line = 0;
	nameparts_join(&b, name, name_len - suffix, file, file_len, line);
	if (suffix)
		buf_add(&b, name + name_len - suffix, suffix);
	*out = fold_frame(s->r->fold, buf_str(&b), b.len, FRAMES_NO_MODULE);
	buf_free(&b);
}

static void
take_frames(struct scope *s, const struct json_value *array)
{
	s->frames = json_count(array);
	s->frame = calloc(s->frames ? s->frames : 1, sizeof *s->frame);
	if (!s->frame)
		die_nomem();
	for (size_t i = 0; i < s->frames; i++)
		take_frame(s, json_at(array, i), &s->frame[i]);
}

static unsigned
scale_of(const struct json_value *unit)
{
	size_t len = 0;
	const char *s = json_str(unit, &len);

	if (s && text_is(s, len, "seconds"))
		return 1000000;
	return s && text_is(s, len, "milliseconds") ? 1000 : 1;
}

/* Count the stack that was begun. */
static void
count_weight(struct scope *s, double weight)
{
	uint64_t count;
	uint32_t nano;

	if (weight < 0) {
		reading_negative(s->r);
		return;
	}
	weight *= s->scale;
	if (!(weight < 0x1p63)) {
		reading_bad(s->r, "a weight of more than 2^63");
		return;
	}
	count = (uint64_t)weight;
	nano = (uint32_t)((weight - (double)count) * PARTS_ONE + 0.5);
	if (nano == PARTS_ONE) {
		count++;
		nano = 0;
	}
	/* Not nothing: where all are so small, that has to be said. */
	if (weight > 0 && count == 0 && nano == 0)
		nano = 1;
	/* Of a microsecond nobody wants to know that. */
	if (nano && s->scale == 1 && !s->rounded) {
		diag(DIAG_COLLAPSE_FRACTION, s->r->name, 0, NULL);
		s->rounded = true;
	}
	reading_count_part(s->r, s->heads, count, nano);
}

static bool
add_frame(struct scope *s, const struct json_value *v)
{
	uint64_t i;

	if (!json_u64(v, &i) || i >= s->frames)
		return false;
	reading_add(s->r, s->frame[i]);
	return true;
}

static void
begin(struct scope *s)
{
	reading_begin(s->r);
	if (s->heads)
		reading_add(s->r, s->head);
}

static void
take_sample(struct scope *s, const struct json_value *stack,
    const struct json_value *weight)
{
	double w;

	begin(s);
	for (size_t i = 0; i < json_count(stack); i++) {
		if (!add_frame(s, json_at(stack, i))) {
			reading_bad(s->r, "a frame that there is not");
			return;
		}
	}
	if (!json_double(weight, &w)) {
		reading_bad(s->r, "a sample without weight");
		return;
	}
	count_weight(s, w);
}

static void
take_sampled(struct scope *s, const struct json_value *profile)
{
	const struct json_value *samples = json_get(profile, "samples");
	const struct json_value *weights = json_get(profile, "weights");

	for (size_t i = 0; i < json_count(samples); i++)
		take_sample(s, json_at(samples, i), json_at(weights, i));
}

/* Functions that are open, outermost first. */
struct open {
	const struct json_value **frame;
	size_t n, cap;
};

static void
count_open(struct scope *s, const struct open *o, double weight)
{
	if (o->n == 0 || weight == 0)
		return;
	begin(s);
	for (size_t i = 0; i < o->n; i++)
		if (!add_frame(s, o->frame[i])) {
			reading_bad(s->r, "a frame that there is not");
			return;
		}
	count_weight(s, weight);
}

/* What is open between one event and the next is a stack. */
static void
take_evented(struct scope *s, const struct json_value *profile)
{
	const struct json_value *events = json_get(profile, "events"), *e;
	struct open open = { .n = 0 };
	double at = 0, last = 0;
	const char *type;

	for (size_t i = 0; i < json_count(events); i++) {
		e = json_at(events, i);
		type = json_str(json_get(e, "type"), NULL);
		if (!type || !json_double(json_get(e, "at"), &at) || at < last) {
			reading_bad(s->r, "an event out of order, or without "
			    "type");
			break;
		}
		count_open(s, &open, at - last);
		last = at;
		if (strcmp(type, "C") == 0) {
			open.n -= open.n > 0;
			continue;
		}
		if (open.n == READING_DEPTH_MAX) {
			reading_bad(s->r, "too many open functions");
			break;
		}
		open.frame = grow_for(open.frame, open.n, &open.cap,
		    sizeof *open.frame);
		open.frame[open.n++] = json_get(e, "frame");
	}
	free(open.frame);
}

static void
take_profile(struct scope *s, const struct json_value *profile)
{
	const char *type = json_str(json_get(profile, "type"), NULL);
	size_t len = 0;
	const char *name = json_str(json_get(profile, "name"), &len);

	s->scale = scale_of(json_get(profile, "unit"));
	if (s->heads)
		s->head = fold_frame(s->r->fold, name ? name : "", len,
		    FRAMES_NO_MODULE);
	if (type && strcmp(type, "sampled") == 0)
		take_sampled(s, profile);
	else if (type && strcmp(type, "evented") == 0)
		take_evented(s, profile);
	else
		reading_bad(s->r, "a profile neither sampled nor evented");
}

const char *
speedscope_read(struct reading *r, const char *text, size_t len)
{
	static char wrong[256];
	struct scope s = { .r = r };
	const struct json_value *frames, *profiles;
	struct json_doc d;

	if (!json_parse(&d, text, len, &limits)) {
		snprintf(wrong, sizeof wrong, "%s", d.error);
		return wrong;
	}
	frames = json_get(json_get(d.root, "shared"), "frames");
	profiles = json_get(d.root, "profiles");
	if (json_kind(frames) != JSON_KIND_ARRAY ||
	    json_kind(profiles) != JSON_KIND_ARRAY) {
		json_free(&d);
		return "is JSON, but not speedscope's: no shared.frames or no "
		    "profiles";
	}
	take_frames(&s, frames);
	s.heads = json_count(profiles) > 1;
	for (size_t i = 0; i < json_count(profiles); i++)
		take_profile(&s, json_at(profiles, i));
	free(s.frame);
	json_free(&d);
	return NULL;
}
