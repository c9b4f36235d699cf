/*
 * opt.h - command-line options from one table.
 *
 * The table is the documentation: -h is printed from it, shell completion reads
 * -h, and a test compares it with the manual page. Every command has -h, -V, -v
 * and -q without asking for them. The same letter means the same in every gp
 * command; gp-options(7) is the register. A command with a section of gp.conf(5)
 * has --config and --check too: the file comes first, the command line wins.
 *
 *	static const struct opt opts[] = {
 *		{ 'F', "frequency", OPT_U64, &freq, "HZ",
 *		    "samples a second on each CPU (default 99)", NULL },
 *		{ 0 },
 *	};
 *
 * A mistake ends the program with EX_USAGE and one line that names it; mistakes in
 * the file with EX_CONFIG and a line each, naming file, line and key.
 */
#ifndef GP_OPT_H
#define GP_OPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/conf.h"

/* Read unless --config or, in the environment, GP_CONFIG names another one. */
#define OPT_CONF_PATH "/etc/gp/gp.conf"

enum opt_kind {
	OPT_END = 0,
	OPT_FLAG,     /* bool *: set to true */
	OPT_STR,      /* const char **: the argument, not copied */
	OPT_U64,      /* uint64_t * */
	OPT_DURATION, /* uint64_t *, nanoseconds */
	OPT_SIZE,     /* uint64_t *, bytes */
	OPT_CALL,     /* call(dst, argument): repeated options, lists */
	OPT_DISCREET, /* the same, and no message repeats the argument: it may
	               * hold what it should not, a password */
};

struct opt {
	char letter;      /* 0: long form only */
	const char *name; /* long form, without the dashes */
	enum opt_kind kind;
	void *dst;
	const char *arg;  /* placeholder shown in -h; NULL: takes none; in
			   * brackets: optional, --name=ARG or --name */
	const char *help; /* one line, lower case, no full stop */
	/* OPT_CALL: NULL if good, else what is wrong, as in "not a pid". arg
	 * is NULL if there is none. */
	const char *(*call)(void *dst, const char *arg);
};

struct opt_cmd {
	const char *name;     /* "gp-record" */
	const char *about;    /* one line: what it does */
	const char *operands; /* "[file ...]", or "" */
	const struct opt *opts; /* ends with a zeroed entry */
	uint8_t operands_max; /* UINT8_MAX: any number */
	bool stop_at_operand; /* for "-- command args" */
	const char *section;  /* of gp.conf(5); NULL: reads none */
	bool conf_always;     /* without --config too; else only with it */
};

/*
 * Read the options; also names the program for diag.h, sets SIGPIPE to its
 * default action and sees to closed standard descriptors: the first call of
 * every main().
 *
 * Returns the index of the first operand in argv. Operands follow from there
 * (options and operands may be mixed unless stop_at_operand).
 */
int opt_parse(const struct opt_cmd *cmd, int argc, char **argv);

/* Whether the option with this dst was on the command line. */
bool opt_is_given(const void *dst);

/* The configuration that was read, and the file's name: NULL if there is none. */
const struct conf *opt_conf(void);
const char *opt_conf_path(void);

/* True for a call from the file, while it is read. */
bool opt_is_configuring(void);

/* --check was given: the program should end with 0 before it does anything, but
 * after it has complained of whatever it can. */
bool opt_checks(void);

/* End the program with EX_USAGE: "gp-x: message (try gp-x -h)". */
GP_NORETURN void opt_usage(const char *fmt, ...) GP_PRINTF(1, 2);

#endif
