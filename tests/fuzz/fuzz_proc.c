/*
 * /proc/PID/stat and status: a stat that is understood, written out again with
 * the same comm, is understood the same.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "proc/procstat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct proc_status status;
	struct proc_stat a, b;
	struct buf text = { 0 };

	if (procstat_parse_status((const char *)data, len, &status) &&
	    !memmem(data, len, "Uid:", 4))
		abort();
	if (!procstat_parse((const char *)data, len, &a))
		return 0;
	if (strlen(a.comm) >= sizeof a.comm)
		abort();
	buf_addf(&text, "%" PRIu32 " (%s) %c %" PRIu32 " 0 0 0 -1 %" PRIu64
	    " 0 0 0 0 0 0 0 0 20 0 %" PRIu32 " 0 %" PRIu64 " 0\n", a.pid,
	    a.comm, a.state, a.ppid, a.flags, a.threads, a.start);
	if (!procstat_parse(text.s, text.len, &b) || b.pid != a.pid ||
	    b.ppid != a.ppid || b.threads != a.threads || b.state != a.state ||
	    b.flags != a.flags || b.start != a.start ||
	    strcmp(a.comm, b.comm) != 0)
		abort();
	buf_free(&text);
	return 0;
}
