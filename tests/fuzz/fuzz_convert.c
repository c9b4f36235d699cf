/*
 * fuzz_convert.c - any bytes as a profile, into each format and back.
 *
 * The first byte chooses the format of the output, the second the options.
 * Property: what is read back, folded, is the same text that the input is when it
 * is folded without a detour; so no sample and no byte of a name is lost. Formats
 * that gp does not read are only written. What a format cannot say is taken out of
 * both first: .col has no blanks in the outermost frame. With all events .col has
 * them elsewhere, and pprof an event for stacks of none.
 */
#include "profile/convert.h"
#include "profile/events.h"
#include "profile/suffix.h"
#include "tests/fuzz/profiles.h"

static void
read_all(struct fold *f, struct timeline *t, const void *p, size_t len,
    enum detect_format format, bool period, bool events)
{
	struct clock clock = { .timeline = t };
	struct input in = {
		.reading = { .fold = f, .clock = t ? &clock : NULL, .opt = {
			.addrs = true, .lines = true,
			.event = events ? "all" : NULL,
			.weight = period ? READING_PERIOD : READING_SAMPLES,
		} },
		.format = format,
	};

	(void)!read_bytes(&in, p, len);
	if (t)
		timeline_sort(t, NULL);
}

static char *
write_all(const struct convert_format *to, const struct fold *f,
    const struct timeline *t, bool period, size_t *len)
{
	const struct convert c = {
		.fold = f, .timeline = t, .tool = "fuzz", .weight = period ? "weight" : NULL,
	};
	char *text;
	FILE *out = open_memstream(&text, len);

	assert(out);
	assert(to->write(&c, out) == NULL);
	assert(fclose(out) == 0);
	return text;
}

/* What .col cannot say: blanks in the outermost frame. */
static char *
without_blanks(char *text, size_t *len)
{
	struct fold f = { .opt.frames.drop = ~SUFFIX_ALL };
	char *end, *stop;

	for (char *s = text; s < text + *len; s = end + 1) {
		end = strchr(s, '\n');
		stop = memchr(s, ';', (size_t)(end - s));
		if (!stop)
			stop = memrchr(s, ' ', (size_t)(end - s));
		for (; s < stop; s++)
			if (*s == ' ')
				*s = '_';
	}
	if (*len)
		read_all(&f, NULL, text, *len, DETECT_FOLDED, false, false);
	free(text);
	text = write_all(convert_find("folded"), &f, NULL, false, len);
	fold_free(&f);
	return text;
}

/* Whether a format has what there is of events as folded text has it. */
static bool
says_events(const struct convert_format *to, const struct fold *f)
{
	struct events e;
	bool none;

	events_init(&e, f);
	none = e.none;
	events_free(&e);
	return strcmp(to->name, "col") != 0 &&
	    (strcmp(to->name, "pprof") != 0 || !none);
}

/* Which reader reads a format; DETECT_UNSURE: none. */
static enum detect_format
reader_of(const char *name)
{
	return strcmp(name, "col") == 0 ? DETECT_GPROFILER :
	    detect_by_name(name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct fold_options opt = { .frames.drop = ~SUFFIX_ALL };
	struct fold plain = { .opt = opt }, full = { .opt = opt },
	    back = { .opt = opt };
	const struct convert_format *to, *folded = convert_find("folded");
	struct timeline times = { 0 };
	uint8_t how = len > 1 ? data[1] : 0;
	bool period = how & 16, events = how & 32;
	enum detect_format from = (enum detect_format)((how & 15) %
	    (DETECT_PPROF + 1));
	size_t n = 0, n2, n3, skip = len < 2 ? len : 2;
	char *text, *other, *text2;

	be_quiet();
	while (convert_format(n))
		n++;
	to = convert_format(len ? data[0] % n : 0);
	convert_fold_options(to, &full.opt);
	read_all(&plain, NULL, data + skip, len - skip, from, period, events);
	read_all(&full, &times, data + skip, len - skip, from, period, events);
	assert(plain.profile.samples == full.profile.samples);
	text = write_all(folded, &plain, NULL, false, &n);
	other = write_all(to, &full, &times, period, &n2);
	if (reader_of(to->name) != DETECT_UNSURE && n &&
	    (!events || says_events(to, &full))) {
		/* The format is told by the content, but for text. */
		read_all(&back, NULL, other, n2, to == folded ? DETECT_FOLDED :
		    DETECT_UNSURE, false, events);
		assert(back.profile.samples == plain.profile.samples);
		if (strcmp(to->name, "col") == 0)
			text = without_blanks(text, &n);
		text2 = write_all(folded, &back, NULL, false, &n3);
		assert(n == n3 && memcmp(text, text2, n) == 0);
		free(text2);
	}
	free(text);
	free(other);
	fold_free(&plain);
	fold_free(&full);
	fold_free(&back);
	timeline_free(&times);
	return 0;
}
