#include "inventory.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/intern.h"
#include "base/parse.h"
#include "proc/container.h"
#include "proc/proc.h"
#include "proc/procstat.h"

/* The parent of all other threads of the kernel. */
enum { KTHREADD = 2 };

/* A process that is in a container. */
struct member {
	const char *container; /* its id */
	enum container_engine engine;
	uint32_t pid;
	const char *comm;
};

/* Which container a text of /proc/PID/cgroup stands for. */
struct place {
	const char *container;
	enum container_engine engine;
};

struct members {
	struct member *v;
	size_t n, cap;
	struct arena arena;
	/* Most processes share their text with many others. */
	struct intern texts;
	struct place *place; /* by text */
	size_t place_cap;
	int proc; /* the folder of the processes */
	struct buf path, text;
	uint32_t *kernel; /* its threads, as far as it tells */
	size_t kernels;
};

static struct place
read_place(struct members *m)
{
	struct container c = { 0 };

	container_parse(&c, buf_str(&m->text), m->text.len);
	if (c.engine == CONTAINER_NONE && c.cgroup[0])
		container_find_by_state(&c, "");
	return (struct place){ .engine = c.engine, .container =
		arena_strndup(&m->arena, c.id, strlen(c.id)) };
}

static struct place
place_of(struct members *m)
{
	uint32_t known = m->texts.n, id;

	if (known >= INVENTORY_CGROUPS_MAX &&
	    intern_find(&m->texts, m->text.s, m->text.len) == INTERN_NONE)
		return read_place(m);
	id = intern_add(&m->texts, buf_str(&m->text), m->text.len);
	if (id < known)
		return m->place[id];
	if (id >= m->place_cap) {
		m->place_cap = id < 64 ? 128 : 2 * (size_t)id;
		m->place = reallocarray(m->place, m->place_cap,
		    sizeof *m->place);
		if (!m->place)
			die_nomem();
	}
	return m->place[id] = read_place(m);
}

static struct member *
new_member(struct members *m)
{
	if (m->n == m->cap) {
		m->cap = m->cap ? 2 * m->cap : 64;
		m->v = reallocarray(m->v, m->cap, sizeof *m->v);
		if (!m->v)
			die_nomem();
	}
	return &m->v[m->n++];
}

/* The name of a file of a process. Opening its folder first costs a sixth more of a
 * poll, and were the pid another's by the time of the second file, this would be a
 * list of what runs none the less. */
static const char *
name_of(struct members *m, uint32_t pid, const char *name)
{
	buf_reset(&m->path);
	buf_addu(&m->path, pid);
	buf_adds(&m->path, name);
	return m->path.s;
}

static bool
read_of(struct members *m, uint32_t pid, const char *name)
{
	buf_reset(&m->text);
	return file_read_at(m->proc, name_of(m, pid, name), &m->text,
	    PROC_FILE_MAX) == 0;
}

static int
by_number(const void *va, const void *vb)
{
	const uint32_t *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

/*
 * The kernel's own threads are in no container, and many machines have more of them
 * than processes. Their parent tells its children in one file, where the kernel is
 * built to; who is not told of is looked at.
 */
static void
find_kernel_threads(struct members *m)
{
	struct proc_stat st;
	uint64_t pid;
	size_t len, cap;

	if (!read_of(m, KTHREADD, "/stat") ||
	    !procstat_parse(buf_str(&m->text), m->text.len, &st) ||
	    !proc_is_kernel_thread(&st) ||
	    !read_of(m, KTHREADD, "/task/2/children"))
		return;
	cap = m->text.len / 2 + 1;
	m->kernel = reallocarray(NULL, cap, sizeof *m->kernel);
	if (!m->kernel)
		die_nomem();
	for (const char *s = buf_str(&m->text); *s && m->kernels < cap;
	    s += len) {
		s += strspn(s, " ");
		len = strcspn(s, " ");
		if (parse_digits(s, len, &pid) && pid <= PARSE_PID_MAX)
			m->kernel[m->kernels++] = (uint32_t)pid;
	}
	qsort(m->kernel, m->kernels, sizeof *m->kernel, by_number);
}

static bool
is_kernel_thread(const struct members *m, uint32_t pid)
{
	return m->kernels && bsearch(&pid, m->kernel, m->kernels,
	    sizeof *m->kernel, by_number);
}

static void
look_at(struct members *m, uint32_t pid)
{
	struct place at;
	struct proc_stat st;

	if (is_kernel_thread(m, pid) || !read_of(m, pid, "/cgroup"))
		return;
	at = place_of(m);
	if (at.engine == CONTAINER_NONE || !read_of(m, pid, "/stat") ||
	    !procstat_parse(buf_str(&m->text), m->text.len, &st))
		return;
	*new_member(m) = (struct member){
		.container = at.container,
		.engine = at.engine,
		.pid = pid,
		.comm = arena_strndup(&m->arena, st.comm, strlen(st.comm)),
	};
}

static int
by_container(const void *va, const void *vb)
{
	const struct member *a = va, *b = vb;
	int c = strcmp(a->container, b->container);

	return c ? c : (a->pid > b->pid) - (a->pid < b->pid);
}

static void
put_container(struct jsonw *w, const struct member *m, size_t n)
{
	jsonw_object(w, NULL);
	jsonw_str(w, "container_id", m->container);
	jsonw_strn(w, "container_name", m->container,
	    strnlen(m->container, 12));
	jsonw_str(w, "runtime", container_engine_name(m->engine));
	jsonw_array(w, "processes");
	for (size_t i = 0; i < n; i++) {
		jsonw_object(w, NULL);
		jsonw_u64(w, "pid", m[i].pid);
		jsonw_str(w, "process_name", m[i].comm);
		jsonw_end(w);
	}
	jsonw_end(w);
	jsonw_end(w);
}

void
inventory_put_containers(struct jsonw *w, const char *key, const char *root)
{
	struct members m = { .proc = open(root ? root : "/proc",
		O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	uint32_t *pids = NULL;
	size_t n = 0, containers = 0, end;

	if (m.proc < 0 || proc_list(root, &pids, &n) != PROC_OK)
		n = 0;
	if (n)
		find_kernel_threads(&m);
	for (size_t i = 0; i < n && m.n < INVENTORY_PROCESSES_MAX; i++)
		look_at(&m, pids[i]);
	if (m.n)
		qsort(m.v, m.n, sizeof *m.v, by_container);
	jsonw_array(w, key);
	for (size_t i = 0; i < m.n; i = end) {
		for (end = i + 1; end < m.n; end++)
			if (strcmp(m.v[i].container, m.v[end].container) != 0)
				break;
		if (containers++ < INVENTORY_CONTAINERS_MAX)
			put_container(w, &m.v[i], end - i);
	}
	jsonw_end(w);
	diag_verbose("%zu processes in %zu containers", m.n, containers);
	free(m.v);
	free(m.place);
	free(m.kernel);
	free(pids);
	intern_free(&m.texts);
	buf_free(&m.path);
	buf_free(&m.text);
	if (m.proc >= 0)
		close(m.proc);
	arena_free(&m.arena);
}

size_t
inventory_processes(void)
{
	uint32_t *pids = NULL;
	size_t n = 0;

	if (proc_list(NULL, &pids, &n) != PROC_OK)
		n = 0;
	free(pids);
	return n;
}

void
inventory_put_events(struct jsonw *w, const char *key)
{
	static const struct {
		const char *name;
		uint64_t config;
	} events[] = {
		{ "cycles", PERF_COUNT_HW_CPU_CYCLES },
		{ "instructions", PERF_COUNT_HW_INSTRUCTIONS },
		{ "cache-references", PERF_COUNT_HW_CACHE_REFERENCES },
		{ "cache-misses", PERF_COUNT_HW_CACHE_MISSES },
		{ "branch-instructions", PERF_COUNT_HW_BRANCH_INSTRUCTIONS },
		{ "branch-misses", PERF_COUNT_HW_BRANCH_MISSES },
		{ "stalled-cycles-frontend",
		    PERF_COUNT_HW_STALLED_CYCLES_FRONTEND },
		{ "stalled-cycles-backend",
		    PERF_COUNT_HW_STALLED_CYCLES_BACKEND },
	};

	jsonw_array(w, key);
	for (size_t i = 0; i < GP_COUNT(events); i++) {
		struct perf_event_attr attr = {
			.type = PERF_TYPE_HARDWARE,
			.size = sizeof attr,
			.config = events[i].config,
			.disabled = 1,
			.exclude_kernel = 1,
		};
		int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1,
		    PERF_FLAG_FD_CLOEXEC);

		if (fd < 0)
			continue;
		close(fd);
		jsonw_str(w, NULL, events[i].name);
	}
	jsonw_end(w);
}

void
inventory_address(char address[INVENTORY_ADDRESS_MAX])
{
	struct ifaddrs *all = NULL;
	const void *bytes = NULL;

	snprintf(address, INVENTORY_ADDRESS_MAX, "127.0.0.1");
	if (getifaddrs(&all) != 0)
		return;
	for (struct ifaddrs *i = all; i && !bytes; i = i->ifa_next) {
		if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET ||
		    i->ifa_flags & IFF_LOOPBACK || !(i->ifa_flags & IFF_UP))
			continue;
		bytes = &((struct sockaddr_in *)(void *)i->ifa_addr)->sin_addr;
		inet_ntop(AF_INET, bytes, address, INVENTORY_ADDRESS_MAX);
	}
	freeifaddrs(all);
}
