#include "event.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/parse.h"

static const struct {
	const char *name;
	uint32_t type;
	uint64_t config;
} known[] = {
	{ "cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES },
	{ "cpu-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES },
	{ "instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS },
	{ "cache-references", PERF_TYPE_HARDWARE,
	    PERF_COUNT_HW_CACHE_REFERENCES },
	{ "cache-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES },
	{ "branches", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS },
	{ "branch-instructions", PERF_TYPE_HARDWARE,
	    PERF_COUNT_HW_BRANCH_INSTRUCTIONS },
	{ "branch-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES },
	{ "bus-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BUS_CYCLES },
	{ "ref-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_REF_CPU_CYCLES },
	{ "stalled-cycles-frontend", PERF_TYPE_HARDWARE,
	    PERF_COUNT_HW_STALLED_CYCLES_FRONTEND },
	{ "stalled-cycles-backend", PERF_TYPE_HARDWARE,
	    PERF_COUNT_HW_STALLED_CYCLES_BACKEND },
	{ "cpu-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK },
	{ "task-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK },
	{ "page-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS },
	{ "faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS },
	{ "minor-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MIN },
	{ "major-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MAJ },
	{ "context-switches", PERF_TYPE_SOFTWARE,
	    PERF_COUNT_SW_CONTEXT_SWITCHES },
	{ "cs", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES },
	{ "cpu-migrations", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS },
	{ "migrations", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS },
	{ "alignment-faults", PERF_TYPE_SOFTWARE,
	    PERF_COUNT_SW_ALIGNMENT_FAULTS },
	{ "emulation-faults", PERF_TYPE_SOFTWARE,
	    PERF_COUNT_SW_EMULATION_FAULTS },
};

/* "config:0-7,32-35": put the low bits of value there. False if the format
 * names another word than config. */
static bool
place_bits(const char *format, uint64_t value, uint64_t *config)
{
	unsigned lo, hi;
	int used;

	if (strncmp(format, "config:", 7) != 0)
		return false;
	for (format += 7; ; format++) {
		if (sscanf(format, "%u%n", &lo, &used) != 1 || lo > 63)
			return false;
		format += used;
		hi = lo;
		if (*format == '-') {
			if (sscanf(++format, "%u%n", &hi, &used) != 1 ||
			    hi > 63 || hi < lo)
				return false;
			format += used;
		}
		for (; lo <= hi; lo++, value >>= 1)
			*config |= (value & 1) << lo;
		if (*format != ',')
			return true;
	}
}

/* Read a small file of a PMU, without its newline. */
static bool
read_pmu(const char *pmu, const char *file, struct buf *b)
{
	char path[512];

	buf_reset(b);
	snprintf(path, sizeof path, "/sys/bus/event_source/devices/%s/%s",
	    pmu, file);
	if (file_read_at(-1, path, b, 4096) != 0 || b->len == 0)
		return false;
	b->s[strcspn(b->s, "\n")] = '\0';
	return true;
}

/* "event=0x3c,umask=0x1,cmask=1": each term goes where the PMU's format/TERM
 * says. */
static bool
add_terms(const char *pmu, char *terms, uint64_t *config)
{
	char file[128], *term, *save, *eq;
	struct buf format = { 0 };
	bool good = true;
	uint64_t v;

	for (term = strtok_r(terms, ",", &save); term && good;
	    term = strtok_r(NULL, ",", &save)) {
		v = 1;
		eq = strchr(term, '=');
		if (eq) {
			*eq++ = '\0';
			good = strncmp(eq, "0x", 2) == 0 ?
			    parse_hex(eq + 2, strlen(eq + 2), &v) :
			    parse_u64(eq, &v);
		}
		snprintf(file, sizeof file, "format/%.96s", term);
		good = good && read_pmu(pmu, file, &format) &&
		    place_bits(format.s, v, config);
	}
	buf_free(&format);
	return good;
}

/* "pmu/event/": what sysfs says of it. */
static bool
parse_pmu(struct event *e, const char *name)
{
	char pmu[EVENT_NAME_MAX], file[EVENT_NAME_MAX + 8];
	const char *slash = strchr(name, '/');
	struct buf b = { 0 };
	uint64_t type;
	bool good;
	size_t n;

	n = slash ? (size_t)(slash - name) : 0;
	if (n == 0 || n >= sizeof pmu || memchr(name, '.', n))
		return false;
	memcpy(pmu, name, n);
	pmu[n] = '\0';
	name = slash + 1;
	n = strcspn(name, "/");
	if (n == 0 || name[n] != '/' || name[n + 1] || name[0] == '.')
		return false;
	good = read_pmu(pmu, "type", &b) && parse_u64(b.s, &type) &&
	    type <= UINT32_MAX;
	if (good)
		e->type = (uint32_t)type;
	snprintf(file, sizeof file, "events/%.*s", (int)n, name);
	if (good && !read_pmu(pmu, file, &b)) {
		buf_reset(&b);
		buf_add(&b, name, n);
	}
	good = good && add_terms(pmu, b.s, &e->config);
	buf_free(&b);
	return good;
}

static bool
parse_plain(struct event *e, const char *name, size_t len)
{
	for (size_t i = 0; i < GP_COUNT(known); i++) {
		if (strlen(known[i].name) != len ||
		    memcmp(known[i].name, name, len) != 0)
			continue;
		e->type = known[i].type;
		e->config = known[i].config;
		return true;
	}
	if (name[0] == 'r' && parse_hex(name + 1, len - 1, &e->config)) {
		e->type = PERF_TYPE_RAW;
		return true;
	}
	return false;
}

bool
event_parse(struct event *e, const char *name)
{
	size_t len = strlen(name);

	*e = (struct event){ .type = 0 };
	if (len == 0 || len >= sizeof e->name)
		return false;
	memcpy(e->name, name, len + 1);
	if (strchr(name, '/'))
		return parse_pmu(e, name);
	if (len > 2 && name[len - 2] == ':') {
		e->user_only = name[len - 1] == 'u';
		e->kernel_only = name[len - 1] == 'k';
		if (!e->user_only && !e->kernel_only)
			return false;
		len -= 2;
	}
	return parse_plain(e, name, len);
}

static int
open_for(const struct event *e, int pid, int cpu, uint64_t freq,
    uint64_t period)
{
	struct perf_event_attr attr = {
		.size = sizeof attr,
		.type = e->type,
		.config = e->config,
		.freq = freq != 0,
		.sample_period = freq ? freq : period,
		.disabled = 1,
		.exclude_idle = 1,
		.exclude_hv = 1,
		.exclude_kernel = e->user_only,
		.exclude_user = e->kernel_only,
	};

	return (int)syscall(SYS_perf_event_open, &attr, pid, cpu, -1,
	    PERF_FLAG_FD_CLOEXEC | (e->in_cgroup ? PERF_FLAG_PID_CGROUP : 0));
}

int
event_open(const struct event *e, int cpu, uint64_t freq, uint64_t period)
{
	return open_for(e, e->in_cgroup ? e->cgroup : -1, cpu, freq, period);
}

/* Whether one can be opened: on a CPU, or if that is not allowed, or there is no
 * such CPU, for ourselves. */
static bool
can_be_opened(struct event e)
{
	int fd = event_open(&e, 0, 99, 0);

	if (fd < 0 && (errno == EACCES || errno == EPERM || errno == ENODEV)) {
		e.user_only = true;
		fd = open_for(&e, 0, -1, 99, 0);
	}
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

const char *
event_default(struct event *e)
{
	const char *why = "there is no PMU here that counts cycles";

	if (event_parse(e, "cycles")) {
		if (can_be_opened(*e))
			return NULL;
		if (errno == EACCES || errno == EPERM)
			why = "cycles may not be counted";
	}
	if (!event_parse(e, "cpu-clock"))
		e->type = PERF_TYPE_SOFTWARE;
	return why;
}
