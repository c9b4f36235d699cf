#include "ship/intake.h"

#include <errno.h>
#include <string.h>

#include "base/jsonw.h"
#include "ship/stamp.h"

/* A #gp record: the first one's fields describe the profile. */
static void
note_gp(struct intake *in, const struct record *r)
{
	struct jsonw j = { .out = &in->fields };
	size_t bytes = 0;
	const char *host;

	if (in->streams++)
		return;
	host = record_get(r, "host");
	if (host)
		buf_adds(&in->host, host);
	for (size_t i = 0; i < r->n; i++) {
		bytes += strlen(r->field[i].key) + strlen(r->field[i].value);
		if (bytes > INTAKE_FIELDS_MAX)
			return;
		jsonw_str(&j, r->field[i].key, r->field[i].value);
	}
}

static void
note_end(struct intake *in, const struct record *r)
{
	uint64_t lost;

	if (record_get_u64(r, "lost", &lost) &&
	    __builtin_add_overflow(in->lost, lost, &in->lost))
		in->lost = UINT64_MAX;
}

static void
note_sample(struct intake *in, uint64_t count)
{
	in->lines++;
	if (__builtin_add_overflow(in->samples, count, &in->samples))
		in->samples = UINT64_MAX;
}

int
intake_read(struct intake *in, int fd, const char *name, intake_sink *sink,
    void *ctx)
{
	struct stream s;
	struct stream_line l;
	int err = STREAM_OK;

	stream_init(&s, fd, name);
	while (stream_read(&s, &l) != STREAM_END) {
		/* Only the last line can be one. */
		in->cut = s.in.unterminated;
		if (in->cut)
			continue;
		if (l.type == STREAM_BAD) {
			diag(l.bad, name, s.line, NULL);
			in->bad++;
			continue;
		}
		if (l.type == STREAM_SAMPLE)
			note_sample(in, l.count);
		else if (record_is(&s.record, "gp"))
			note_gp(in, &s.record);
		else if (record_is(&s.record, "end"))
			note_end(in, &s.record);
		if (sink(ctx, l.text, l.len) != 0 || sink(ctx, "\n", 1) != 0) {
			err = INTAKE_ESINK;
			break;
		}
		in->bytes += l.len + 1;
	}
	if (err == STREAM_OK)
		err = stream_check(&s);
	if (err == STREAM_OK && in->cut)
		err = STREAM_ETRUNC;
	if (err == STREAM_OK && in->bytes == 0)
		err = STREAM_EEMPTY;
	in->saved_errno = err == INTAKE_ESINK ? errno : s.saved_errno;
	stream_free(&s);
	errno = in->saved_errno;
	return err;
}

const char *
intake_strerror(const struct intake *in, int err)
{
	if (err == INTAKE_ESINK || err == STREAM_EREAD)
		return strerror(in->saved_errno);
	if (err == STREAM_ETRUNC && in->cut)
		return "ends in half a line: did the command before it fail?";
	if (err == STREAM_EEMPTY && in->bad)
		return "is no profile";
	return stream_strerror((enum stream_err)err);
}

void
intake_meta(const struct intake *in, const struct intake_about *about,
    struct buf *out)
{
	struct jsonw j = { .out = out };
	char time[STAMP_MAX];

	stamp_format(time, "Y-M-DTH:m:s.iZ", about->now);
	jsonw_object(&j, NULL);
	jsonw_u64(&j, "version", 1);
	jsonw_str(&j, "id", about->id);
	jsonw_str(&j, "tool", "gp-upload/" GP_VERSION);
	jsonw_str(&j, "host", in->host.len ? in->host.s : about->host);
	jsonw_str(&j, "stored", time);
	jsonw_bool(&j, "complete", about->complete);
	jsonw_u64(&j, "bytes", in->bytes);
	jsonw_u64(&j, "lines", in->lines);
	jsonw_u64(&j, "samples", in->samples);
	jsonw_u64(&j, "lost", in->lost);
	jsonw_u64(&j, "streams", in->streams);
	jsonw_object(&j, "stream");
	buf_adds(out, buf_str(&in->fields));
	jsonw_end(&j);
	if (about->about)
		about_write(about->about, &j);
	jsonw_end(&j);
	buf_addc(out, '\n');
}

void
intake_free(struct intake *in)
{
	buf_free(&in->host);
	buf_free(&in->fields);
	*in = (struct intake){ 0 };
}
