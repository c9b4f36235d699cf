#include "own.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/jsoncopy.h"
#include "proc/proc.h"
#include "profile/place.h"
#include "stream/record.h"

/* What a file's time is behind the clock, at most: the kernel's tick, and the time
 * from one look at a clock to the other. */
static const double SLACK_S = 0.1;

static bool
bad(const char *path, const char *why)
{
	diag(DIAG_DISCOVER_METADATA, path, 0, "%s", why);
	return false;
}

/* The text and the age of one and the same file. */
static bool
read_text(struct own *o, struct buf *text)
{
	int fd = open(o->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct timespec now;
	struct stat st;
	bool good = fd >= 0 && fstat(fd, &st) == 0 &&
	    file_read_fd(fd, text, OWN_FILE_MAX) == 0;
	int saved = errno;

	if (fd >= 0)
		close(fd);
	if (!good)
		return bad(o->path, strerror(saved));
	clock_gettime(CLOCK_REALTIME, &now);
	o->age_s = (double)(now.tv_sec - st.st_mtim.tv_sec) +
	    (double)(now.tv_nsec - st.st_mtim.tv_nsec) / 1e9;
	return true;
}

static bool
parse(struct own *o, const struct buf *text)
{
	const struct json_limits limits = { .size = OWN_FILE_MAX,
		.memory = 16 << 20, .depth = JSON_COPY_DEPTH_MAX };

	if (!json_parse(&o->doc, buf_str(text), text->len, &limits))
		return bad(o->path, o->doc.error);
	o->application = json_get(o->doc.root, "application");
	/* A file of gp-upload's alone tells of no process, and may be old. */
	if (json_count(o->application) == 0 || o->age_s <= OWN_FRESH_S)
		return true;
	return bad(o->path, "was not written in the last 5 minutes");
}

bool
own_read(struct own *o, const char *path)
{
	struct buf text = { 0 };
	bool good;

	*o = (struct own){ .path = path };
	good = read_text(o, &text) && parse(o, &text);
	buf_free(&text);
	if (!good)
		own_free(o);
	return good;
}

/* An object as text of one line; false if it is too long for a frame. */
static bool
put(struct buf *b, const struct json_value *object)
{
	struct jsonw w = { .out = b };
	struct buf field = { 0 };
	bool fits;

	json_copy(&w, NULL, object);
	jsonw_done(&w);
	record_put(&field, "own", b->s);
	fits = field.len <= PLACE_OWN_MAX;
	buf_free(&field);
	return fits;
}

static const struct json_value *
find(const struct own *o, const struct scan_process *p)
{
	char key[16];

	snprintf(key, sizeof key, "%u", p->pid);
	return json_get(o->application, key);
}

void
own_find(struct scan *s, const struct own *o)
{
	double hz = (double)proc_ticks_per_second();
	struct buf b = { 0 };
	size_t left_out = 0;

	for (size_t i = 0; i < s->n && o->application; i++) {
		struct scan_process *p = &s->process[i];
		const struct json_value *v = find(o, p);

		if (!v || (double)p->age_ticks / hz < o->age_s - SLACK_S)
			continue;
		buf_reset(&b);
		if (json_kind(v) != JSON_KIND_OBJECT || !put(&b, v))
			left_out++;
		else if (json_count(v))
			p->own = arena_strndup(&s->arena, b.s, b.len);
	}
	if (left_out)
		diag(DIAG_DISCOVER_METADATA, o->path, 0,
		    "of %zu processes it tells no object, or too much",
		    left_out);
	buf_free(&b);
}

void
own_free(struct own *o)
{
	json_free(&o->doc);
	*o = (struct own){ 0 };
}
