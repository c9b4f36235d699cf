#include "proc/load.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/parse.h"
#include "stream/record.h"

static void
read_file(const char *root, const char *path, struct buf *b)
{
	char whole[4096];
	int n = snprintf(whole, sizeof whole, "%s%s", root, path);

	buf_reset(b);
	if (n < 0 || (size_t)n >= sizeof whole ||
	    file_read_at(AT_FDCWD, whole, b, 1 << 20) != 0)
		buf_reset(b);
}

/* "cpu  10 0 5 80 5 0 0 0 0 0": user, nice, system, idle, iowait, irq, softirq,
 * steal; what guests take is in user already. */
static void
take_times(struct load *l, const char *s)
{
	enum { IDLE = 3, IOWAIT = 4, FIELDS = 8 };
	uint64_t v;
	size_t n;

	if (strncmp(s, "cpu ", 4) != 0)
		return;
	s += 4;
	for (int i = 0; i < FIELDS; i++) {
		s += strspn(s, " ");
		n = strspn(s, "0123456789");
		/* Ticks of all CPUs: no sum of them comes near the limit. */
		if (!parse_digits(s, n, &v) || v > UINT64_MAX / 16)
			return;
		l->all += v;
		l->busy += i == IDLE || i == IOWAIT ? 0 : v;
		s += n;
	}
}

/* "MemTotal:       24028936 kB" */
static uint64_t
find_kb(const char *s, const char *key)
{
	const char *at = strstr(s, key);
	uint64_t v;

	if (!at)
		return 0;
	at += strlen(key);
	at += strspn(at, " ");
	return parse_digits(at, strspn(at, "0123456789"), &v) &&
	    v < UINT64_MAX / 2048 ? v : 0;
}

void
load_begin(struct load *l, const char *root)
{
	struct buf b = { 0 };
	uint64_t free;

	*l = (struct load){ 0 };
	read_file(root, "/proc/stat", &b);
	take_times(l, buf_str(&b));
	read_file(root, "/proc/meminfo", &b);
	l->memory = find_kb(buf_str(&b), "MemTotal:");
	free = find_kb(buf_str(&b), "MemAvailable:");
	l->used = free < l->memory ? l->memory - free : 0;
	buf_free(&b);
}

/* A share in percent, as text with one decimal. */
static void
put_share(struct buf *out, const char *key, uint64_t part, uint64_t all)
{
	uint64_t tenths;
	char text[32];

	if (all == 0 || part > all)
		return;
	tenths = (uint64_t)(1000.0 * (double)part / (double)all + 0.5);
	snprintf(text, sizeof text, "%u.%u", (unsigned)(tenths / 10),
	    (unsigned)(tenths % 10));
	record_put(out, key, text);
}

void
load_put(const struct load *begin, const char *root, struct buf *out)
{
	struct load end;

	load_begin(&end, root);
	if ((end.all <= begin->all || end.busy < begin->busy) && !end.memory)
		return;
	record_begin(out, "machine");
	if (end.all > begin->all && end.busy >= begin->busy)
		put_share(out, "cpu_busy", end.busy - begin->busy,
		    end.all - begin->all);
	put_share(out, "memory_used", begin->used + end.used,
	    begin->memory + end.memory);
	record_end(out);
}
