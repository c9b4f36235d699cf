#include "recordhead.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/file.h"
#include "elf/buildid.h"
#include "proc/kallsyms.h"
#include "recorder.h"
#include "stream/record.h"

/* What it takes to name the kernel's addresses elsewhere. */
static void
put_kernel(struct buf *b)
{
	struct buf notes = { 0 };
	struct buildid id;
	uint64_t start;
	char text[24];

	if (file_read_at(-1, "/sys/kernel/notes", &notes, 65536) == 0 &&
	    buildid_find(&id, notes.s, notes.len, 4))
		record_put_hex(b, "kernel_build_id", id.b, id.len);
	buf_free(&notes);
	if (kallsyms_text(NULL, &start)) {
		snprintf(text, sizeof text, "%" PRIx64, start);
		record_put(b, "kernel_text", text);
	}
}

void
recordhead_put(struct buf *b, const struct recorder_options *o, unsigned cpus,
    uint64_t begin)
{
	time_t t = time(NULL);
	struct utsname u;
	char start[32];
	struct tm tm;

	uname(&u);
	strftime(start, sizeof start, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
	record_begin(b, "gp");
	record_put_u64(b, "version", 1);
	record_put(b, "kind", "raw");
	record_put(b, "tool", "gp-record/" GP_VERSION);
	record_put(b, "host", u.nodename);
	record_put(b, "arch", u.machine);
	record_put(b, "kernel", u.release);
	record_put(b, "event", o->event.name);
	record_put_u64(b, o->freq ? "freq" : "period",
	    o->freq ? o->freq : o->period);
	record_put_u64(b, "cpus", cpus);
	if (o->interval)
		record_put_seconds(b, "interval", o->interval);
	record_put(b, "start", start);
	record_put_seconds(b, "clock", begin);
	put_kernel(b);
	record_end(b);
}
