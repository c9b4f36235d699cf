#include "ship/pyropush.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/jsonw.h"
#include "base/parse.h"
#include "profile/fold.h"
#include "profile/pprofw.h"
#include "ship/pyroscope.h"
#include "stream/record.h"

/* -- the profile ------------------------------------------------------------ */

/* Say to a fold what the stream's header said, as far as it matters here. */
static void
put_head(struct fold *fold, const struct folded *fo, const struct pyropush *p)
{
	struct record r = { 0 };
	struct buf b = { 0 };

	record_begin(&b, "gp");
	record_put(&b, "version", "1");
	record_put(&b, "kind", "folded");
	record_put(&b, "host", p->host);
	record_put(&b, "event", fo->event.s);
	record_put_u64(&b, "freq", p->freq);
	record_end(&b);
	if (record_parse(&r, b.s, b.len - 1))
		fold_record(fold, &r);
	record_free(&r);
	buf_free(&b);
}

/* Up to so many lines. Sums cannot overflow: they did not in the whole. */
static void
take_lines(struct fold *fold, struct folded *fo, uint64_t lines)
{
	struct buf stack = { 0 };

	for (uint64_t n = 0; n < lines && folded_next(fo); n++) {
		buf_reset(&stack);
		folded_put_stack(fo, &stack, PYROSCOPE_DEPTH_MAX);
		(void)!fold_sample(fold, stack.s, stack.len, fo->count);
	}
	buf_free(&stack);
}

/* The size that was packed into a gzip file: its last four bytes. */
static uint32_t
unpacked_size(int fd, off_t packed)
{
	unsigned char b[4] = { 0 };

	if (packed < 4 || file_pread(fd, b, 4, packed - 4) != 4)
		return UINT32_MAX;
	return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
	    (uint32_t)b[3] << 24;
}

/* Write lines of them as a profile; *size becomes that of it unpacked. NULL, or
 * why not. */
static const char *
write_profile(struct folded *fo, const struct pyropush *p, uint64_t lines,
    FILE *f, uint32_t *size)
{
	const struct pprofw_options o = { .tool = "gp-upload/" GP_VERSION,
		.packed = true, .time_ns = p->time_ns,
		.duration_ns = p->duration_ns };
	struct fold fold = { 0 };
	const char *missing;

	folded_seek(fo, p->parcel->from);
	put_head(&fold, fo, p);
	take_lines(&fold, fo, lines);
	missing = pprofw_write(&fold, &o, f);
	fold_free(&fold);
	if (!missing && (fflush(f) != 0 || ferror(f)))
		missing = strerror(errno);
	*size = missing ? 0 : unpacked_size(fileno(f), ftello(f));
	return missing;
}

/* A profile of as many lines as fit; NULL with why. */
static FILE *
make_profile(struct folded *fo, const struct pyropush *p, struct buf *why)
{
	uint64_t lines = PYROPUSH_SAMPLES_MAX;
	const char *wrong = NULL;
	uint32_t size;
	FILE *f;
	int fd;

	do {
		fd = spool_scratch(p->parcel->spool);
		f = fd < 0 ? NULL : fdopen(fd, "w+");
		if (!f) {
			buf_addf(why, "the profile cannot be made ready: %s",
			    strerror(errno));
			if (fd >= 0)
				close(fd);
			return NULL;
		}
		wrong = write_profile(fo, p, lines, f, &size);
		if (!wrong && (size <= PYROPUSH_PROFILE_MAX || lines <= 1))
			return f;
		fclose(f);
		lines = (fo->next - p->parcel->from + 1) / 2;
	} while (!wrong);
	buf_addf(why, "the profile cannot be made ready: %s", wrong);
	return NULL;
}

/* -- what stands around it -------------------------------------------------- */

struct label {
	const char *name, *value;
};

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct label *)a)->name,
	    ((const struct label *)b)->name);
}

static bool
has_label(const struct spec *spec, const char *name)
{
	for (size_t i = 0; i < spec->labels; i++)
		if (strcmp(spec->label[i].key, name) == 0)
			return true;
	return false;
}

static void
put_labels(struct jsonw *w, const struct pyropush *p)
{
	const struct label own[] = {
		{ "__name__", "process_cpu" },
		{ "host", p->host },
		{ "service_name", p->spec->service },
	};
	struct label label[SPEC_LABELS_MAX + GP_COUNT(own)];
	size_t n = 0;

	for (size_t i = 0; i < p->spec->labels; i++)
		label[n++] = (struct label){ p->spec->label[i].key,
			p->spec->label[i].value };
	for (size_t i = 0; i < GP_COUNT(own); i++)
		if (!has_label(p->spec, own[i].name))
			label[n++] = own[i];
	qsort(label, n, sizeof *label, by_name);
	jsonw_array(w, "labels");
	for (size_t i = 0; i < n; i++) {
		jsonw_object(w, NULL);
		jsonw_str(w, "name", label[i].name);
		jsonw_str(w, "value", label[i].value);
		jsonw_end(w);
	}
	jsonw_end(w);
}

/* "7f0c2a5e-9b1d-4c3f-8a6e-0d2b4f6a8c1e": a bundle's id has as many digits. The
 * last eight also tell the piece. */
static void
put_id(struct buf *b, const struct parcel *p)
{
	uint64_t end = 0;

	if (strlen(p->id) == 32)
		(void)!parse_hex(p->id + 24, 8, &end);
	buf_addf(b, "%.8s-%.4s-%.4s-%.4s-%.4s%08x", p->id, p->id + 8,
	    p->id + 12, p->id + 16, p->id + 20, (uint32_t)(end ^ p->from));
}

static void
add_base64(struct buf *b, const unsigned char *p, size_t len)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t v;

	for (; len; p += 3, len -= len < 3 ? len : 3) {
		v = (uint32_t)p[0] << 16 | (len > 1 ? (uint32_t)p[1] << 8 : 0) |
		    (len > 2 ? p[2] : 0);
		buf_addc(b, digit[v >> 18]);
		buf_addc(b, digit[v >> 12 & 63]);
		buf_addc(b, len > 1 ? digit[v >> 6 & 63] : '=');
		buf_addc(b, len > 2 ? digit[v & 63] : '=');
	}
}

/* The text in f, in base64, behind what is in b; b is left empty. */
static int
copy_base64(int fd, struct buf *b, FILE *f, uint64_t *size)
{
	unsigned char chunk[3 * 8192];
	size_t n;

	rewind(f);
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0) {
		add_base64(b, chunk, n);
		*size += b->len;
		if (file_write_all(fd, b->s, b->len) != 0)
			return -1;
		buf_reset(b);
	}
	return ferror(f) ? -1 : 0;
}

static int
write_body(int fd, const struct pyropush *p, FILE *f, uint64_t *size)
{
	static const char after[] = "\"}]}]}";
	struct buf b = { 0 }, id = { 0 };
	struct jsonw w = { .out = &b };
	int rc;

	put_id(&id, p->parcel);
	jsonw_object(&w, NULL);
	jsonw_array(&w, "series");
	jsonw_object(&w, NULL);
	put_labels(&w, p);
	jsonw_array(&w, "samples");
	jsonw_object(&w, NULL);
	jsonw_str(&w, "ID", id.s);
	jsonw_done(&w);
	buf_adds(&b, ",\"rawProfile\":\"");
	*size = sizeof after - 1;
	rc = copy_base64(fd, &b, f, size) != 0 ||
	    file_write_all(fd, after, sizeof after - 1) != 0 ? -1 : 0;
	buf_free(&b);
	buf_free(&id);
	return rc;
}

int
pyropush_make(struct folded *fo, const struct pyropush *p, uint64_t *size,
    uint64_t *next, struct buf *why)
{
	FILE *f = make_profile(fo, p, why);
	int fd;

	if (!f)
		return -1;
	*next = fo->next < fo->lines ? fo->next : 0;
	fd = spool_scratch(p->parcel->spool);
	if (fd < 0 || write_body(fd, p, f, size) != 0) {
		buf_addf(why, "the profile cannot be made ready: %s",
		    strerror(errno));
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	fclose(f);
	return fd;
}
