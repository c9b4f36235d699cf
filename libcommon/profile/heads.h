/*
 * heads.h - what stands before the functions of a stack.
 *
 *	docker:web;python: app.py (/srv/app.py);python3-42/43;main;read
 *	^container ^application                 ^process      ^functions
 *
 * As frames (frames.h): the process's, with its pid and tid where they are wanted,
 * and its places, those of container, application and program (place.h) that are,
 * which #process records tell. Of formats with several events the event may stand
 * before them. Where it is asked for, the names of heads are told from those of
 * functions, which may read the same.
 *
 * A struct heads is zeroed, then opt and frames are set. Whoever declares it calls
 * heads_free().
 */
#ifndef GP_HEADS_H
#define GP_HEADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/pairmap.h"
#include "profile/frames.h"
#include "stream/record.h"

struct heads_options {
	bool pid;       /* comm-PID */
	bool tid;       /* comm-PID/TID */
	bool container; /* a frame for the container before the process */
	bool app;       /* one for the application, behind the container's */
	bool program;   /* one for the program, behind these */
	bool remember;  /* which names are places and processes: heads_get() */
	bool event;     /* which are events */
};

/* What a head stands for, where the input says so. */
struct head {
	bool container, app, program, event; /* else a process */
	uint32_t comm_len; /* a process's name is so many first bytes of it; 0:
	                    * it is not known */
	int64_t pid, tid;  /* -1: not known, or not asked for */
};

/* Heads that a line can have. */
enum { HEADS_MAX = 4 };

struct heads {
	struct heads_options opt;
	struct frames *frames;
	/* private */
	struct pairmap process; /* pid -> frames of its places */
	struct pairmap head_at; /* name -> number in head */
	struct head *head;
	size_t n, cap;
	struct buf text;
};

/*
 * The numbers of the heads of a line whose first frame is s, outermost first.
 * stream: it is a gp stream's, comm-PID; else it is taken as it is. Returns how
 * many; at least 1.
 */
size_t heads_of_line(struct heads *h, const char *s, size_t len, bool stream,
    uint32_t id[HEADS_MAX]);

/* The number of a process's frame: its comm with, where that is wanted, its pid
 * and tid; '?' stands for a pid, and nothing for a tid, that is below 0. comm may
 * be NULL: '?' stands for it. */
uint32_t heads_process(struct heads *h, const char *comm, size_t len,
    int64_t pid, int64_t tid);

/* The same for a container's frame, and an application's. */
uint32_t heads_container(struct heads *h, const char *text, size_t len);
uint32_t heads_app(struct heads *h, const char *text, size_t len);

/* The number of an event's frame, which stands before all others. */
uint32_t heads_event(struct heads *h, const char *name, size_t len);

/* Take a #process record; true if what its pid meant before has changed. */
GP_MUSTUSE bool heads_record(struct heads *h, const struct record *r);

/* What pids mean begins anew. */
void heads_forget(struct heads *h);

/* What a name stands for; NULL if it is a function, if it is text of others, or
 * if it was not to be remembered. Such names have a mark: frames_text(). */
const struct head *heads_get(const struct heads *h, uint32_t name);

/* Of a head that got another name: that stands for the same. */
void heads_rename(struct heads *h, uint32_t from, uint32_t to);

void heads_free(struct heads *h);

#endif
