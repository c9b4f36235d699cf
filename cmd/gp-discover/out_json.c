/*
 * JSON: one level of objects, a process a line.
 */
#include "out.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/jsonw.h"
#include "proc/proc.h"

/* A member that may be unknown: null says so. */
static void
put_maybe(struct jsonw *w, const char *key, const char *value)
{
	if (value[0])
		jsonw_str(w, key, value);
	else
		jsonw_null(w, key);
}

/* Seconds, in hundredths. */
static double
seconds(uint64_t ticks)
{
	uint64_t hz = proc_ticks_per_second(), whole = ticks / hz;
	uint64_t hundredths = ticks % hz * 100 / hz;

	return (double)whole + (double)hundredths / 100;
}

static void
put_build_id(struct jsonw *w, const char *key, const struct buildid *id)
{
	char hex[2 * BUILDID_MAX + 1];

	buildid_format(id, hex);
	put_maybe(w, key, hex);
}

static void
put_program(struct jsonw *w, const struct scan_process *p)
{
	const struct program *g = p->program;

	if (!g)
		return;
	put_maybe(w, "execfn", g->execfn ? g->execfn : "");
	put_maybe(w, "arch", g->arch ? g->arch : "");
	put_build_id(w, "exe_build_id", &g->build_id);
	put_build_id(w, "lib_build_id", &p->runtime.library);
	put_maybe(w, "link", g->link ? g->link : "");
	put_maybe(w, "libc", g->libc ? g->libc : "");
	if (g->stripped == PROGRAM_MAYBE)
		jsonw_null(w, "stripped");
	else
		jsonw_bool(w, "stripped", g->stripped == PROGRAM_YES);
}

static void
put_process(struct jsonw *w, const struct scan_process *p)
{
	jsonw_line(w);
	jsonw_object(w, NULL);
	jsonw_u64(w, "pid", p->pid);
	jsonw_u64(w, "start", p->start);
	jsonw_str(w, "comm", p->comm);
	jsonw_u64(w, "ppid", p->ppid);
	jsonw_u64(w, "uid", p->uid);
	jsonw_str(w, "user", p->user);
	jsonw_u64(w, "ns_pid", p->ns_pid);
	jsonw_str(w, "runtime", runtime_name(p->runtime.kind));
	put_maybe(w, "version", p->runtime.version);
	put_maybe(w, "app", p->app);
	put_maybe(w, "container", p->container);
	put_maybe(w, "engine", p->engine);
	put_maybe(w, "container_name", p->container_name);
	put_maybe(w, "pod", p->pod);
	put_maybe(w, "namespace", p->namespace);
	put_maybe(w, "image", p->image);
	put_maybe(w, "cgroup", p->cgroup);
	put_maybe(w, "exe", p->exe);
	jsonw_bool(w, "deleted", p->exe_deleted);
	put_program(w, p);
	if (p->own)
		jsonw_str(w, "own", p->own);
	jsonw_double(w, "age", seconds(p->age_ticks));
	jsonw_str(w, "decision",
	    p->reason == SCAN_PROFILE ? "profile" : "skip");
	put_maybe(w, "reason", scan_reason_name(p->reason));
	jsonw_end(w);
}

void
out_json(const struct scan *s)
{
	struct jsonw w = { .f = stdout };
	struct utsname u = { .nodename = "" };
	uint64_t profile = 0;

	/* Its failure leaves the names empty: nothing else can be said. */
	if (uname(&u) != 0)
		memset(&u, 0, sizeof u);
	jsonw_object(&w, NULL);
	jsonw_object(&w, "gp");
	jsonw_u64(&w, "version", 1);
	jsonw_str(&w, "kind", "discover");
	jsonw_str(&w, "tool", "gp-discover/" GP_VERSION);
	jsonw_str(&w, "host", u.nodename);
	jsonw_str(&w, "arch", u.machine);
	jsonw_str(&w, "kernel", u.release);
	jsonw_end(&w);
	jsonw_line(&w);
	jsonw_array(&w, "processes");
	for (size_t i = 0; i < s->n; i++) {
		put_process(&w, &s->process[i]);
		profile += s->process[i].reason == SCAN_PROFILE;
	}
	jsonw_line(&w);
	jsonw_end(&w);
	jsonw_line(&w);
	jsonw_object(&w, "end");
	jsonw_u64(&w, "processes", s->n);
	jsonw_u64(&w, "profile", profile);
	jsonw_end(&w);
	jsonw_end(&w);
	jsonw_done(&w);
}
