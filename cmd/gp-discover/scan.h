/*
 * scan.h - every process of the machine, and what gp thinks of it.
 *
 * A scan owns all that it found, in one arena, until scan_free(). What belongs
 * to many processes (a cgroup, a user, a program's file) is looked up once.
 */
#ifndef GP_SCAN_H
#define GP_SCAN_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/intern.h"
#include "proc/container.h"
#include "program.h"
#include "runtime/runtime.h"

/* Why a process is not to be profiled. */
enum scan_reason {
	SCAN_PROFILE = 0, /* it is */
	SCAN_KERNEL,
	SCAN_ZOMBIE,
	SCAN_SELF,
	SCAN_YOUNG,
	SCAN_DENIED,
	SCAN_OTHER_PID, /* from here on: the filters leave it out */
	SCAN_OTHER_USER,
	SCAN_OTHER_COMM,
	SCAN_OTHER_CONTAINER,
	SCAN_OTHER_RUNTIME,
};

/* One process. Strings are "" where nothing is known. */
struct scan_process {
	uint32_t pid, ppid, uid, ns_pid;
	uint64_t start;     /* ticks since boot */
	uint64_t age_ticks;
	const char *comm, *exe, *user;
	const char *container, *engine, *cgroup;
	const char *container_name, *pod, *namespace, *image; /* called.h */
	struct runtime runtime;
	const char *app; /* appid.h */
	const char *own; /* own.h; NULL: nothing */
	const struct program *program; /* NULL: not asked for, or denied */
	bool exe_deleted;
	enum scan_reason reason;
};

/* What is asked for. Zeroed: everything. */
struct scan_filter {
	uint32_t *pids; /* ascending */
	size_t pids_n;
	const char *runtimes;  /* "python,jvm/17", or NULL */
	const char *container; /* start of an id, or NULL */
	const regex_t *comm;   /* or NULL */
	bool by_user;
	uint32_t uid;
	uint64_t min_age_ns;
	bool all;   /* keep what the filters leave out */
	bool spark; /* Spark's executors by their application's name */
	bool programs; /* how the programs were built and started */
};

struct scan_cgroup; /* one text of /proc/PID/cgroup, and what it tells */
struct scan_user;

struct scan {
	struct scan_process *process; /* by pid, ascending */
	size_t n;
	uint64_t denied, gone; /* processes that could not be seen into, that
	                          ended meanwhile */
	/* private */
	const char *root;
	const struct scan_filter *filter;
	uint64_t now; /* ticks since boot */
	struct arena arena;
	struct intern cgroup_texts;
	struct scan_cgroup *cgroup; /* by id in cgroup_texts */
	struct scan_user *user;
	size_t cgroup_cap, user_n, cap;
	struct runtime_finder finder;
	struct programs programs;
};

/*
 * Read all processes. root: where proc is mounted, NULL for /proc.
 *
 * Returns PROC_OK, or the proc_err that made it impossible. Single processes
 * that cannot be read are reported with diag(), if they have not just ended.
 */
GP_MUSTUSE int scan_read(struct scan *s, const char *root,
    const struct scan_filter *filter);

void scan_free(struct scan *s);

/* "kernel-thread", "zombie" …; "" for SCAN_PROFILE. */
const char *scan_reason_name(enum scan_reason reason);

#endif
