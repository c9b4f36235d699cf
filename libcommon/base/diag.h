/*
 * diag.h - what a command says on stderr, and the exit status it earns.
 *
 * One line a message: "gp-record: /proc/7/maps:3: text: detail [CODE]". The
 * codes and their texts are catalogued in diag.def. A code is shown three times
 * and then only counted: one bad mapping is hit by every sample. The totals
 * come out at the end, from diag_done(). Control characters in what strangers
 * chose are shown as '?'.
 *
 * Where stderr is the journal's (JOURNAL_STREAM of systemd.exec(5)), each line
 * starts with its syslog priority, "<4>", so that `journalctl -p err` shows what
 * somebody has to do something about, and that alone:
 *
 *	3 err      die(), diag_error()       4 warning  LOSS, WARN
 *	5 notice   diag_say()                6 info     NOTE, diag_verbose()
 *
 * Under a supervisor (GP_REPORT in the environment) that is so too, and in place
 * of the totals the last line is for the supervisor:
 *
 *	#report PROC_GONE=17 RECORD_RING=3 sent=1
 *
 * with every code that was reported, shown or not, and what diag_report() added.
 *
 * State is per process: set it up with diag_init() before anything else.
 */
#ifndef GP_DIAG_H
#define GP_DIAG_H

#include <stddef.h>
#include <stdint.h>
#include <sysexits.h>

#include "base/attr.h"

enum diag_level { DIAG_LEVEL_NOTE, DIAG_LEVEL_WARN, DIAG_LEVEL_LOSS };

enum diag_code {
#define DIAG(code, level, text) DIAG_##code,
#include "base/diag.def"
#undef DIAG
	DIAG_CODES /* how many there are */
};

/* Times a code is printed before it is only counted; bytes of a line. */
enum { DIAG_SHOWN_MAX = 3, DIAG_LINE_MAX = 2048 };

enum diag_priority { DIAG_ERR = 3, DIAG_WARNING, DIAG_NOTICE, DIAG_INFO };

/* name: the program's, as it starts every message; kept, not copied. */
void diag_init(const char *name);

/* -1 with -q (only fatal messages), 0 normally, 1 and more with each -v. */
void diag_set_verbosity(int level);
int diag_verbosity(void);

/*
 * Report one defect in the data and go on.
 *
 * file: where, or NULL; line: line number in it, or 0. fmt: the detail, may be
 * NULL.
 */
void diag(enum diag_code code, const char *file, uint64_t line,
    const char *fmt, ...) GP_PRINTF(4, 5);

/* A sentence for those who asked with -v. */
void diag_verbose(const char *fmt, ...) GP_PRINTF(1, 2);

/* A sentence that everybody needs (not with -q): a warning without a code,
 * about this run rather than about data. */
void diag_say(const char *fmt, ...) GP_PRINTF(1, 2);

/* A sentence about what makes the exit status what it will be; also with -q. For
 * a command that goes on with its other inputs; die() is for one that cannot. */
void diag_error(const char *fmt, ...) GP_PRINTF(1, 2);

/* How often a code was reported. */
uint64_t diag_count(enum diag_code code);

/* Tell a supervisor, if there is one, a number: name=n, lower-case letters and
 * '_'. At most sixteen; the same name adds. */
void diag_report(const char *name, uint64_t n);

/* Print a line that another program has said, as it is but for control
 * characters; its length is without newline. */
void diag_forward(enum diag_priority p, const char *line, size_t len);

/* The catalogue. diag_find() returns DIAG_CODES if there is no such code. */
const char *diag_name(enum diag_code code);
enum diag_level diag_level(enum diag_code code);
enum diag_code diag_find(const char *name, size_t len);

/* Forget what was counted: for a child process, which answers for itself. */
void diag_reset(void);

/* What diag_done() is going to return. */
int diag_status(void);

/* Print the totals of what was suppressed; return 1 if data was lost, else 0:
 * the exit status of a command that otherwise worked. */
GP_MUSTUSE int diag_done(void);

/* End the program: "name: message", status one of <sysexits.h>. A fmt that ends
 * in ':' gets strerror(errno) behind it. Only for cmd/ and allocators. */
GP_NORETURN void die(int status, const char *fmt, ...) GP_PRINTF(2, 3);
GP_NORETURN void die_nomem(void);

#endif
