#include "figures.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/monotonic.h"
#include "base/parse.h"
#include "oom.h"

enum { PIDS_BYTES_MAX = 65536, DEPTH_MAX = 4 };

const char *const figures_end_names[FIGURES_ENDS] = {
	[END_OK] = "ok",
	[END_LOSSY] = "lossy",
	[END_FAILED] = "failed",
	[END_OUT_OF_MEMORY] = "out_of_memory",
	[END_CRASHED] = "crashed",
	[END_KILLED] = "killed",
	[END_OVERDUE] = "overdue",
	[END_MISSING] = "missing",
};

const char *const figures_upload_names[FIGURES_UPLOADS] = {
	[UPLOAD_DELIVERED] = "delivered",
	[UPLOAD_SPOOLED] = "spooled",
	[UPLOAD_REFUSED] = "refused",
	[UPLOAD_KEPT] = "kept",
};

void
figures_begin(struct figures *f)
{
	*f = (struct figures){
		.began = monotonic_ns(),
		.oom_before = oom_kills(),
	};
}

/* -- how a stage ended ------------------------------------------------------ */

static enum figures_end
end_by_signal(const struct figures *f, int sig)
{
	switch (sig) {
	case SIGSEGV:
	case SIGBUS:
	case SIGABRT:
	case SIGILL:
	case SIGFPE:
	case SIGSYS:
	case SIGTRAP:
		return END_CRASHED;
	case SIGKILL:
		if (oom_kills() > f->oom_before)
			return END_OUT_OF_MEMORY;
		return END_KILLED;
	}
	return END_KILLED;
}

static enum figures_end
how_it_ended(const struct figures *f, const struct stage *s)
{
	int status;

	if (s->overdue)
		return END_OVERDUE;
	if (s->state == STAGE_ENDED && WIFSIGNALED(s->wstatus))
		return end_by_signal(f, WTERMSIG(s->wstatus));
	if (!stage_has_exited(s))
		return END_MISSING;
	status = stage_exit_status(s);
	if (status == EX_OSERR)
		return END_OUT_OF_MEMORY;
	return status == 0 ? END_OK : status == 1 ? END_LOSSY : END_FAILED;
}

static uint64_t
timeval_ns(struct timeval t)
{
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_usec * 1000u;
}

void
figures_ended(struct figures *f, enum plan_stage which, const struct stage *s)
{
	struct figures_stage *g = &f->stage[which];
	uint64_t peak = (uint64_t)s->usage.ru_maxrss * 1024;

	g->ends[how_it_ended(f, s)]++;
	if (s->state == STAGE_UNUSED)
		return;
	g->cpu_ns += timeval_ns(s->usage.ru_utime) +
	    timeval_ns(s->usage.ru_stime);
	g->duration_ns = s->ended - s->began;
	if (peak > g->peak_bytes)
		g->peak_bytes = peak;
}

/* -- the census ------------------------------------------------------------ */

static bool
is_pipe(int dir, const char *name)
{
	char to[64];
	ssize_t n = readlinkat(dir, name, to, sizeof to - 1);

	return n > 5 && memcmp(to, "pipe:", 5) == 0;
}

/* Descriptors of a process, and how many of them are pipes. */
static uint64_t
count_descriptors(long pid, uint64_t *pipes)
{
	struct dirent *e;
	uint64_t n = 0;
	char path[64];
	DIR *d;

	snprintf(path, sizeof path, "/proc/%ld/fd", pid);
	d = opendir(path);
	if (!d)
		return 0;
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		n++;
		*pipes += is_pipe(dirfd(d), e->d_name);
	}
	closedir(d);
	return n;
}

/* A process and its children; returns the most descriptors that one has. */
static uint64_t
count_tree(long pid, int depth, uint64_t *pipes, uint64_t *processes)
{
	uint64_t most = count_descriptors(pid, pipes), n;
	struct buf b = { 0 };
	char path[64], *p;

	++*processes;
	snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", pid, pid);
	if (depth < DEPTH_MAX &&
	    file_read_at(AT_FDCWD, path, &b, PIDS_BYTES_MAX) == 0) {
		for (p = b.s; p && *p; p += strspn(p, " ")) {
			long child = strtol(p, &p, 10);

			if (child <= 1)
				break;
			n = count_tree(child, depth + 1, pipes, processes);
			most = n > most ? n : most;
		}
	}
	buf_free(&b);
	return most;
}

void
figures_census(struct figures *f, const struct stage *stages)
{
	uint64_t pipes = 0, processes = 1, n;

	count_descriptors((long)getpid(), &pipes);
	for (size_t i = 0; i < PLAN_STAGES; i++) {
		if (!stage_is_running(&stages[i]))
			continue;
		n = count_tree((long)stages[i].pid, 0, &pipes, &processes);
		if (n > f->stage[i].descriptors)
			f->stage[i].descriptors = n;
	}
	if (pipes > f->pipes)
		f->pipes = pipes;
	if (processes > f->processes)
		f->processes = processes;
}
