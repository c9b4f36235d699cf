#include "scan.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/grow.h"
#include "proc/proc.h"
#include "runtime/appid.h"

struct scan_cgroup {
	bool known;
	const char *container, *engine, *cgroup;
};

struct scan_user {
	uint32_t uid;
	const char *name;
};

const char *
scan_reason_name(enum scan_reason reason)
{
	switch (reason) {
	case SCAN_PROFILE:
		return "";
	case SCAN_KERNEL:
		return "kernel-thread";
	case SCAN_ZOMBIE:
		return "zombie";
	case SCAN_SELF:
		return "self";
	case SCAN_YOUNG:
		return "too-young";
	case SCAN_DENIED:
		return "permission-denied";
	case SCAN_OTHER_PID:
		return "other-pid";
	case SCAN_OTHER_USER:
		return "other-user";
	case SCAN_OTHER_COMM:
		return "other-comm";
	case SCAN_OTHER_CONTAINER:
		return "other-container";
	case SCAN_OTHER_RUNTIME:
		break;
	}
	return "other-runtime";
}

static const char *
copy(struct scan *s, const char *text)
{
	return text[0] ? arena_strndup(&s->arena, text, strlen(text)) : "";
}

/* A user's name, or its number where it has none. */
static const char *
user_name(struct scan *s, uint32_t uid)
{
	struct scan_user *u;
	struct passwd *pw;
	char number[16];

	for (size_t i = 0; i < s->user_n; i++)
		if (s->user[i].uid == uid)
			return s->user[i].name;
	u = reallocarray(s->user, s->user_n + 1, sizeof *u);
	if (!u)
		die_nomem();
	s->user = u;
	u += s->user_n++;
	pw = getpwuid(uid);
	snprintf(number, sizeof number, "%u", uid);
	u->uid = uid;
	u->name = copy(s, pw ? pw->pw_name : number);
	return u->name;
}

/* What a cgroup's text tells; most processes share theirs with others. */
static const struct scan_cgroup *
find_cgroup(struct scan *s, const struct buf *text)
{
	struct scan_cgroup *c;
	struct container found;
	uint32_t id;

	id = intern_add(&s->cgroup_texts, buf_str(text), text->len);
	if (id >= s->cgroup_cap) {
		size_t cap = s->cgroup_cap ? s->cgroup_cap * 2 : 64;

		c = reallocarray(s->cgroup, cap, sizeof *c);
		if (!c)
			die_nomem();
		memset(c + s->cgroup_cap, 0,
		    (cap - s->cgroup_cap) * sizeof *c);
		s->cgroup = c;
		s->cgroup_cap = cap;
	}
	c = &s->cgroup[id];
	if (c->known)
		return c;
	container_parse(&found, buf_str(text), text->len);
	if (found.engine == CONTAINER_NONE && !s->root)
		container_find_by_state(&found, "");
	c->known = true;
	c->container = copy(s, found.id);
	c->engine = container_engine_name(found.engine);
	c->cgroup = copy(s, found.cgroup);
	return c;
}

static bool
is_wanted_runtime(const struct runtime *r, const char *list)
{
	char want[64];
	size_t n;

	for (; ; list += n + 1) {
		n = strcspn(list, ",");
		snprintf(want, sizeof want, "%.*s", (int)n, list);
		if (runtime_matches(r, want))
			return true;
		if (!list[n])
			return false;
	}
}

/* -- one process: each step a proc_err, and a reason when one is found ------- */

static int
read_names(struct scan *s, struct proc *p, struct scan_process *out)
{
	struct proc_status status;
	struct proc_stat stat;
	int rc;

	rc = proc_read_stat(p, &stat);
	if (rc == PROC_OK)
		rc = proc_read_status(p, &status);
	if (rc != PROC_OK)
		return rc;
	out->pid = p->pid;
	out->ppid = stat.ppid;
	out->start = stat.start;
	/* One born after the clock was read is new, not from the future. */
	out->age_ticks = stat.start < s->now ? s->now - stat.start : 0;
	out->uid = status.uid;
	out->ns_pid = status.ns_pid;
	out->comm = copy(s, stat.comm);
	out->user = user_name(s, status.uid);
	if (proc_is_kernel_thread(&stat)) {
		out->runtime.kind = RUNTIME_KERNEL;
		out->reason = SCAN_KERNEL;
	} else if (proc_is_zombie(&stat)) {
		out->reason = SCAN_ZOMBIE;
	} else if (proc_has_lost_leader(&stat)) {
		rc = proc_follow_thread(p);
	}
	return rc;
}

static int
read_cgroup(struct scan *s, const struct proc *p, struct scan_process *out)
{
	const struct scan_cgroup *c;
	struct buf text = { 0 };
	int rc;

	rc = proc_read_file(p, "cgroup", &text);
	/* A kernel without cgroups has no such file: EGONE, or just that. */
	if (rc == PROC_OK || rc == PROC_EGONE) {
		c = find_cgroup(s, &text);
		out->container = c->container;
		out->engine = c->engine;
		out->cgroup = c->cgroup;
		rc = PROC_OK;
	}
	buf_free(&text);
	return rc;
}

static const struct program *
look_at_program(struct scan *s, const struct proc *p)
{
	struct program *program = arena_alloc(&s->arena, sizeof *program);

	program_read(&s->programs, program, &s->arena, p);
	return program;
}

static int
read_program(struct scan *s, const struct proc *p, struct scan_process *out)
{
	struct buf exe = { 0 }, app = { 0 };
	int rc;

	rc = proc_read_exe(p, &exe, &out->exe_deleted);
	if (rc == PROC_OK)
		out->exe = copy(s, buf_str(&exe));
	buf_free(&exe);
	if (rc == PROC_OK)
		rc = runtime_find(&s->finder, p, &out->runtime);
	if (rc == PROC_EDENIED) {
		out->reason = SCAN_DENIED;
		rc = PROC_OK;
	} else if (rc == PROC_OK &&
	    appid_find(&app, out->runtime.kind, p, s->filter->spark)) {
		out->app = copy(s, buf_str(&app));
	}
	if (rc == PROC_OK && out->reason == SCAN_PROFILE &&
	    s->filter->programs)
		out->program = look_at_program(s, p);
	buf_free(&app);
	return rc;
}

/* What the filters say of what is known so far; earlier reasons stay. */
static bool
is_left_out(const struct scan *s, struct scan_process *p, bool runtime_known)
{
	const struct scan_filter *f = s->filter;
	enum scan_reason r = SCAN_PROFILE;

	if (f->by_user && p->uid != f->uid)
		r = SCAN_OTHER_USER;
	else if (f->comm && regexec(f->comm, p->comm, 0, NULL, 0) != 0)
		r = SCAN_OTHER_COMM;
	else if (f->container && strncmp(p->container, f->container,
	    strlen(f->container)) != 0)
		r = SCAN_OTHER_CONTAINER;
	else if (f->runtimes && runtime_known &&
	    !is_wanted_runtime(&p->runtime, f->runtimes))
		r = SCAN_OTHER_RUNTIME;
	if (r != SCAN_PROFILE)
		p->reason = r;
	return r != SCAN_PROFILE && !f->all;
}

static bool
is_young(const struct scan *s, const struct scan_process *p)
{
	uint64_t tick_ns = 1000000000u / proc_ticks_per_second(), age_ns;

	return !__builtin_mul_overflow(p->age_ticks, tick_ns, &age_ns) &&
	    age_ns < s->filter->min_age_ns;
}

/* *keep: whether it belongs in the result. */
static int
read_process(struct scan *s, uint32_t pid, struct scan_process *out,
    bool *keep)
{
	struct proc p;
	int rc;

	*out = (struct scan_process){
		.comm = "", .exe = "", .user = "", .container = "",
		.engine = "", .cgroup = "", .app = "",
		.container_name = "", .pod = "", .namespace = "", .image = "",
	};
	*keep = false;
	rc = proc_open(&p, s->root, pid);
	if (rc == PROC_OK)
		rc = read_names(s, &p, out);
	if (rc == PROC_OK)
		rc = read_cgroup(s, &p, out);
	if (rc != PROC_OK || is_left_out(s, out, false))
		goto out;
	if (out->reason != SCAN_KERNEL && out->reason != SCAN_ZOMBIE)
		rc = read_program(s, &p, out);
	if (rc != PROC_OK || is_left_out(s, out, true))
		goto out;
	if (out->reason == SCAN_PROFILE && !s->root && pid == (uint32_t)getpid())
		out->reason = SCAN_SELF;
	else if (out->reason == SCAN_PROFILE && is_young(s, out))
		out->reason = SCAN_YOUNG;
	*keep = true;
out:
	proc_done(&p);
	return rc;
}

/* -- all of them --------------------------------------------------------------- */

static void
add(struct scan *s, const struct scan_process *p)
{
	s->process = grow_for(s->process, s->n, &s->cap, sizeof *s->process);
	s->process[s->n++] = *p;
}

/* Whether -p names it; both lists ascend, *at moves along. */
static bool
is_named(const struct scan_filter *f, uint32_t pid, size_t *at)
{
	while (*at < f->pids_n && f->pids[*at] < pid)
		diag(DIAG_PROC_GONE, NULL, 0, "pid %u", f->pids[(*at)++]);
	if (*at == f->pids_n || f->pids[*at] != pid)
		return false;
	++*at;
	return true;
}

static void
read_one(struct scan *s, uint32_t pid, bool named)
{
	struct scan_process p;
	bool keep;
	int rc;

	rc = read_process(s, pid, &p, &keep);
	if (rc == PROC_EGONE) {
		s->gone++;
		diag(DIAG_PROC_GONE, NULL, 0, "pid %u", pid);
	} else if (rc != PROC_OK && rc != PROC_EDENIED) {
		diag(DIAG_DISCOVER_READ, NULL, 0, "pid %u: %s", pid,
		    proc_strerror(rc));
	}
	if (rc == PROC_EDENIED || (rc == PROC_OK && p.reason == SCAN_DENIED))
		s->denied++;
	if (rc != PROC_OK || !keep)
		return;
	if (!named)
		p.reason = SCAN_OTHER_PID;
	add(s, &p);
}

int
scan_read(struct scan *s, const char *root, const struct scan_filter *filter)
{
	size_t n, at = 0;
	uint32_t *pids;
	bool named;
	int rc;

	*s = (struct scan){ .root = root, .filter = filter };
	rc = proc_list(root, &pids, &n);
	if (rc == PROC_OK)
		rc = proc_uptime(root, &s->now);
	for (size_t i = 0; rc == PROC_OK && i < n; i++) {
		named = filter->pids_n == 0 || is_named(filter, pids[i], &at);
		if (named || filter->all)
			read_one(s, pids[i], named);
	}
	if (rc == PROC_OK && filter->pids_n)
		(void)is_named(filter, UINT32_MAX, &at);
	free(pids);
	return rc;
}

void
scan_free(struct scan *s)
{
	free(s->process);
	free(s->cgroup);
	free(s->user);
	intern_free(&s->cgroup_texts);
	runtime_finder_free(&s->finder);
	programs_free(&s->programs);
	arena_free(&s->arena);
	*s = (struct scan){ 0 };
}
