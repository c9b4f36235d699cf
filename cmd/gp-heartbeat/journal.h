/*
 * journal.h - the commands that the server gave, and what became of them.
 *
 *	            received          begun             ended          told
 *	server ──► QUEUED ─────────► RUNNING ────────► ENDED ────────► REPORTED
 *	             │  not valid, or stopped before      ▲
 *	             └────────────────────────────────────┘
 *
 * The server repeats its current command at every poll, for ever, and knows
 * nothing of what this machine did: that no command runs twice, and none is
 * forgotten, rests on this file. So each step is on disk before it is taken:
 * a command is RUNNING before its run begins. One that is found RUNNING while
 * nothing runs was cut off by a kill or a crash; it has ended, as failed. (A
 * continuous session goes on: it is one command, whose run is repeated.)
 *
 * The file is one JSON document, replaced as a whole and synced; the newest
 * JOURNAL_MAX commands are in it, in the order in which they came. The oldest
 * that were reported make room; those that were not never do.
 *
 * The poll and the worker (worker.h) both change it: whoever does holds the
 * lock of the folder from journal_open() to journal_close(). The poll gives it
 * back while it waits for the server (journal_unlock(), journal_lock()).
 */
#ifndef GP_HEARTBEAT_JOURNAL_H
#define GP_HEARTBEAT_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"

enum {
	JOURNAL_MAX = 1000,
	COMMAND_ID_MAX = 64,    /* with its NUL; the server's are 36 */
	/* Bytes of the texts, each with its NUL. */
	COMMAND_PIDS_MAX = 512,
	COMMAND_EVENT_MAX = 64,
	COMMAND_WHY_MAX = 256,
};

enum command_state {
	COMMAND_QUEUED,
	COMMAND_RUNNING,
	COMMAND_ENDED,
	COMMAND_REPORTED,
	COMMAND_STATES
};

enum command_kind { COMMAND_START, COMMAND_STOP, COMMAND_UNKNOWN };

/* Its texts are never NULL. They are the journal's (journal_keep()), or last as
 * long as the program. */
struct command {
	char id[COMMAND_ID_MAX];
	enum command_kind kind;
	enum command_state state;
	bool continuous; /* again and again until stopped or replaced */
	bool cancelled;  /* to end as soon as it can */
	bool failed;     /* how it ended */
	uint64_t duration_s, frequency;
	uint64_t processes_max; /* 0: no limit */
	const char *pids;  /* "1,2,3"; "": all */
	const char *event; /* "": the default */
	uint64_t received, began, ended; /* seconds since 1970; 0: not yet */
	uint64_t runs;   /* that a continuous one has had */
	const char *why; /* it failed, or what else to say */
};

struct journal {
	struct command *v; /* oldest first */
	size_t n, cap;
	/* Of the server: attempts in a row that failed, and no other before
	 * then, seconds since 1970. */
	uint64_t failures, not_before;
	/* private */
	const char *dir;
	int lock; /* -1: not held */
	int file; /* what was read or saved last, held open; -1: none */
	bool unsaved; /* a save failed: what is on disk is what counts */
	struct arena texts;
};

enum journal_err {
	JOURNAL_OK = 0,
	JOURNAL_EFILE = -1,   /* folder or file: errno */
	JOURNAL_EDAMAGED = -2, /* not a journal: see why */
};

/*
 * Lock the folder, which is made if need be, and read the journal; an empty one
 * if there is none. journal_close() it in any case.
 *
 * A damaged journal is an error, not an empty one: what it has forgotten would
 * run again. why: words for JOURNAL_EDAMAGED, size bytes.
 */
GP_MUSTUSE enum journal_err journal_open(struct journal *j, const char *dir,
    char *why, size_t size);

/* Put it on disk. 0, or -1 with errno, and then the old one is there. While there
 * is something to run, a file "work" is beside it. */
GP_MUSTUSE int journal_save(struct journal *j);

/* Unlock it, and keep what it holds, as it was last saved. Commands are not to be
 * looked at until it is locked again. */
void journal_unlock(struct journal *j);

/* Lock it again. It is read anew if somebody else has saved it meanwhile; pointers
 * to commands are then no longer valid. After an error it is not locked. */
GP_MUSTUSE enum journal_err journal_lock(struct journal *j, char *why,
    size_t size);

/* Unlock and free it; what was not saved is forgotten. */
void journal_close(struct journal *j);

/* The command of an id, or NULL. Pointers are valid until the next
 * journal_add(). */
struct command *journal_find(struct journal *j, const char *id);

/* A copy of a text that lasts as long as the journal is open. */
const char *journal_keep(struct journal *j, const char *s);
const char *journal_keepn(struct journal *j, const char *s, size_t len);

/* Add a new command, empty but for its id and the time. */
struct command *journal_add(struct journal *j, const char *id, uint64_t now);

/* End a command; why, which is copied, may be NULL: that keeps what was said of
 * it. */
void journal_end(struct journal *j, struct command *c, bool failed,
    const char *why, uint64_t now);

/*
 * What a command that has just come does to the others: a stop, and a new
 * continuous session for the old one, cancel. What waited ends at once, what runs
 * is left to the worker.
 */
void journal_apply(struct journal *j, struct command *c, uint64_t now);

/* The next to run: single runs in the order in which they came, then the
 * continuous session; NULL if there is none. */
struct command *journal_next(struct journal *j);

/* True if a worker has something to do. */
bool journal_has_work(struct journal *j);

/* Nothing runs, and this process will see to it that nothing else begins: end
 * what was cut off. */
void journal_recover(struct journal *j, uint64_t now);

/* End what waits for others to end: stops, and cancelled sessions that do not
 * run. To be called when nothing runs. */
void journal_settle(struct journal *j, uint64_t now);

#endif
