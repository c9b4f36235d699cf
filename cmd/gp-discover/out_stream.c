#include "out.h"

#include <stdio.h>
#include <sys/utsname.h>
#include <time.h>

#include "proc/proc.h"
#include "stream/record.h"
#include "stream/stream.h"

enum { FLUSH_BYTES = 64 * 1024 };

static void
put_head(struct buf *b)
{
	char start[32] = "";
	struct utsname u;
	time_t now = time(NULL);
	struct tm tm;

	record_begin(b, "gp");
	record_put_u64(b, "version", 1);
	record_put(b, "kind", "discover");
	record_put(b, "tool", "gp-discover/" GP_VERSION);
	if (uname(&u) == 0) {
		record_put(b, "host", u.nodename);
		record_put(b, "arch", u.machine);
		record_put(b, "kernel", u.release);
	}
	if (gmtime_r(&now, &tm))
		strftime(start, sizeof start, "%Y-%m-%dT%H:%M:%SZ", &tm);
	record_put(b, "start", start);
	record_end(b);
}

static void
put_build_id(struct buf *b, const char *key, const struct buildid *id)
{
	record_put_hex(b, key, id->b, id->len);
}

static void
put_program(struct buf *b, const struct scan_process *p)
{
	const struct program *g = p->program;

	if (!g)
		return;
	record_put(b, "execfn", g->execfn);
	record_put(b, "arch", g->arch);
	put_build_id(b, "exe_build_id", &g->build_id);
	put_build_id(b, "lib_build_id", &p->runtime.library);
	record_put(b, "link", g->link);
	record_put(b, "libc", g->libc);
	if (g->stripped != PROGRAM_MAYBE)
		record_put_u64(b, "stripped", g->stripped == PROGRAM_YES);
}

static void
put_process(struct buf *b, struct buf *tmp, const struct scan_process *p)
{
	uint64_t hz = proc_ticks_per_second();

	record_begin(b, "process");
	record_put_u64(b, "pid", p->pid);
	record_put_u64(b, "start", p->start);
	record_put(b, "comm", p->comm);
	record_put_u64(b, "ppid", p->ppid);
	record_put_u64(b, "uid", p->uid);
	record_put(b, "user", p->user);
	if (p->ns_pid != p->pid)
		record_put_u64(b, "ns_pid", p->ns_pid);
	buf_reset(tmp);
	runtime_put(tmp, &p->runtime);
	record_put(b, "runtime", buf_str(tmp));
	record_put(b, "app", p->app);
	record_put(b, "container", p->container);
	record_put(b, "engine", p->engine);
	record_put(b, "container_name", p->container_name);
	record_put(b, "pod", p->pod);
	record_put(b, "namespace", p->namespace);
	record_put(b, "image", p->image);
	record_put(b, "cgroup", p->cgroup);
	record_put(b, "exe", p->exe);
	if (p->exe_deleted)
		record_put_u64(b, "deleted", 1);
	put_program(b, p);
	record_put(b, "own", p->own);
	buf_reset(tmp);
	buf_addf(tmp, "%llu.%02llu", (unsigned long long)(p->age_ticks / hz),
	    (unsigned long long)(p->age_ticks % hz * 100 / hz));
	record_put(b, "age", buf_str(tmp));
	record_put(b, "decision", p->reason == SCAN_PROFILE ? "profile" :
	    "skip");
	record_put(b, "reason", scan_reason_name(p->reason));
	record_end(b);
}

void
out_stream(const struct scan *s)
{
	struct stream_writer w = { .f = stdout };
	struct buf b = { 0 }, tmp = { 0 };
	uint64_t profile = 0;

	put_head(&b);
	for (size_t i = 0; i < s->n; i++) {
		put_process(&b, &tmp, &s->process[i]);
		profile += s->process[i].reason == SCAN_PROFILE;
		if (b.len >= FLUSH_BYTES)
			stream_write_record(&w, &b);
	}
	stream_write_record(&w, &b);
	buf_reset(&tmp);
	record_put_u64(&tmp, "processes", s->n);
	record_put_u64(&tmp, "profile", profile);
	stream_write_end(&w, 0, &tmp);
	buf_free(&b);
	buf_free(&tmp);
}
