#include "scan.h"

#include <errno.h>
#include <unistd.h>

int
scan_file(int fd, struct scan *out, struct tally *tally)
{
	struct stream s;
	struct stream_line l;
	uint64_t n;
	enum stream_type type;

	*out = (struct scan){ .err = STREAM_EEMPTY };
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	stream_init(&s, fd, "stream");
	while ((type = stream_read(&s, &l)) != STREAM_END) {
		if (type == STREAM_SAMPLE) {
			out->lines++;
			out->samples += l.count;
			if (tally)
				tally_sample(tally, l.text, l.stack_len,
				    l.count);
		} else if (type == STREAM_RECORD) {
			if (tally)
				tally_record(tally, &s.record);
			if (record_is(&s.record, "lost") &&
			    record_get_u64(&s.record, "count", &n))
				out->lost += n;
			if (record_is(&s.record, "progress") &&
			    record_get_u64(&s.record, "samples", &n))
				out->progress = n;
			if (record_is(&s.record, "end") &&
			    record_get_u64(&s.record, "filtered", &n))
				out->filtered += n;
		}
	}
	out->is_stream = s.saw_gp;
	out->err = stream_check(&s);
	errno = s.saved_errno;
	stream_free(&s);
	return out->err == STREAM_EREAD ? -1 : 0;
}

bool
scan_is_whole(const struct scan *s)
{
	return s->is_stream && s->err == STREAM_OK;
}
