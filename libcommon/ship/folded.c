#include "ship/folded.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"
#include "profile/fold.h"
#include "ship/bundle.h"
#include "ship/stamp.h"
#include "stream/stream.h"

static void
take_record(struct folded *fo, struct fold *fold, const struct record *r)
{
	const char *kind = record_get(r, "kind");
	uint64_t yes;

	fold_record(fold, r);
	if (!record_is(r, "gp"))
		return;
	if (!kind || strcmp(kind, "folded") != 0) {
		fo->containers = fold->opt.heads.container;
		fo->apps = fold->opt.heads.app;
		fo->programs = fold->opt.heads.program;
		return;
	}
	fo->containers = record_get_u64(r, "containers", &yes) && yes == 1;
	fo->apps = record_get_u64(r, "apps", &yes) && yes == 1;
	fo->programs = record_get_u64(r, "programs", &yes) && yes == 1;
}

/* Bad lines were reported when the profile was taken in. */
static void
read_lines(struct folded *fo, struct fold *fold, int fd)
{
	struct stream s;
	struct stream_line l;

	stream_init(&s, fd, "profile");
	while (stream_read(&s, &l) != STREAM_END) {
		if (l.type == STREAM_SAMPLE)
			(void)!fold_sample(fold, l.text, l.stack_len, l.count);
		else if (l.type == STREAM_RECORD)
			take_record(fo, fold, &s.record);
	}
	stream_free(&s);
}

static void
keep_text(struct buf *b, const struct meta *m, const char *key)
{
	const char *value = meta_get(m, key);

	if (value)
		buf_adds(b, value);
}

static void
keep_meta(struct folded *fo, const struct fold *fold)
{
	static const char form[] = "Y-M-DTH:m:sZ";
	const char *freq = meta_get(&fold->meta, "freq");
	const char *start = meta_get(&fold->meta, "start");

	keep_text(&fo->host, &fold->meta, "host");
	keep_text(&fo->event, &fold->meta, "event");
	if (freq && !parse_u64(freq, &fo->freq))
		fo->freq = 0;
	if (start && stamp_match(start, form) == strlen(start))
		fo->start = stamp_read(start, form).tv_sec;
	fo->has_cpu = meta_percent(&fold->meta, "cpu_busy", &fo->cpu_busy);
	fo->has_memory = meta_percent(&fold->meta, "memory_used",
	    &fo->memory_used);
	fo->lost = fold->meta.lost;
	fo->truncated = profile_truncated(&fold->profile);
	fo->samples = fold->profile.samples;
}

static int
write_lines(struct folded *fo, const struct fold *fold, const struct spool *s)
{
	struct stream_writer w = { 0 };
	int fd = spool_scratch(s);

	if (fd < 0)
		return -1;
	fo->f = fdopen(fd, "w+");
	if (!fo->f) {
		close(fd);
		return -1;
	}
	w.f = fo->f;
	profile_write_folded(&fold->profile, &w);
	fo->lines = w.lines;
	if (fflush(fo->f) != 0 || ferror(fo->f))
		return -1;
	rewind(fo->f);
	return 0;
}

static int
convert(struct folded *fo, int fd, const struct spool *s, bool places)
{
	struct fold fold = { .opt.heads = { .container = places,
		.app = places, .program = places } };
	int rc = -1;

	if (lseek(fd, 0, SEEK_SET) == 0) {
		read_lines(fo, &fold, fd);
		keep_meta(fo, &fold);
		rc = write_lines(fo, &fold, s);
		if (rc == 0 && fo->lines == 0) {
			errno = EBADMSG;
			rc = -1;
		}
	}
	fold_free(&fold);
	return rc;
}

int
folded_open(struct folded *fo, int bundle, const struct spool *s,
    bool places)
{
	int fd = spool_scratch(s), rc = -1, err;

	*fo = (struct folded){ 0 };
	if (fd < 0)
		return -1;
	if (bundle_unpack(bundle, fd) == 0)
		rc = convert(fo, fd, s, places);
	err = errno;
	close(fd);
	errno = err;
	return rc;
}

void
folded_seek(struct folded *fo, uint64_t line)
{
	if (line < fo->next) {
		rewind(fo->f);
		fo->next = 0;
	}
	while (fo->next < line && folded_next(fo))
		;
}

bool
folded_next(struct folded *fo)
{
	ssize_t n = getline(&fo->text, &fo->cap, fo->f);
	const char *blank;

	if (n < 4 || fo->text[n - 1] != '\n')
		return false;
	fo->text[--n] = '\0';
	fo->len = (size_t)n;
	blank = strrchr(fo->text, ' ');
	if (!blank)
		return false;
	fo->stack_len = (size_t)(blank - fo->text);
	fo->next++;
	return parse_u64(blank + 1, &fo->count);
}

/* The first frame, unless it is the only one: that is the process. */
static void
take_column(struct folded_columns *c, const char **text, size_t *len)
{
	const char *end = memchr(c->stack, ';', c->len);

	*text = "";
	*len = 0;
	if (!end)
		return;
	*text = c->stack;
	*len = (size_t)(end - c->stack);
	c->stack = end + 1;
	c->len -= *len + 1;
}

void
folded_split(const struct folded *fo, struct folded_columns *c)
{
	*c = (struct folded_columns){ .container = "", .app = "",
		.program = "", .stack = fo->text, .len = fo->stack_len };
	if (fo->containers)
		take_column(c, &c->container, &c->container_len);
	if (fo->apps)
		take_column(c, &c->app, &c->app_len);
	if (fo->programs)
		take_column(c, &c->program, &c->program_len);
}

void
folded_put_stack(const struct folded *fo, struct buf *b, size_t depth)
{
	size_t frames = 1, heads = 1, n = 1, from = 0;

	heads += fo->containers;
	heads += fo->apps;
	heads += fo->programs;
	for (size_t i = 0; i < fo->stack_len; i++)
		frames += fo->text[i] == ';';
	if (frames <= depth || depth <= heads) {
		buf_add(b, fo->text, fo->stack_len);
		return;
	}
	/* The heads, the word, and the innermost. */
	for (size_t i = 0; i < fo->stack_len; i++) {
		if (fo->text[i] != ';')
			continue;
		if (n == heads)
			buf_add(b, fo->text, i);
		if (n++ == frames - (depth - heads - 1))
			from = i;
	}
	buf_adds(b, ";[truncated]");
	if (from)
		buf_add(b, fo->text + from, fo->stack_len - from);
}

void
folded_free(struct folded *fo)
{
	if (fo->f)
		fclose(fo->f);
	free(fo->text);
	buf_free(&fo->host);
	buf_free(&fo->event);
	*fo = (struct folded){ 0 };
}
