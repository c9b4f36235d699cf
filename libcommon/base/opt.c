#include "base/opt.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/parse.h"

enum { OPTS_MAX = 64, LONG_ONLY = 256 };

static bool show_help, show_version, check;
static int verbose;
static bool configuring;
static const char *conf_path; /* NULL: none was read */
static struct conf conf;

static const char *
count_up(void *dst, const char *arg)
{
	(void)arg;
	++*(int *)dst;
	return NULL;
}

static const char *
make_quiet(void *dst, const char *arg)
{
	(void)arg;
	*(int *)dst = -1;
	return NULL;
}

static const struct opt common[] = {
	{ 'h', "help", OPT_FLAG, &show_help, NULL,
	    "show this help and exit", NULL },
	{ 'q', "quiet", OPT_CALL, &verbose, NULL,
	    "say only what is fatal", make_quiet },
	{ 'V', "version", OPT_FLAG, &show_version, NULL,
	    "show the version and exit", NULL },
	{ 'v', "verbose", OPT_CALL, &verbose, NULL,
	    "say more; twice: even more", count_up },
};

static const struct opt with_conf[] = {
	{ 0, "check", OPT_FLAG, &check, NULL,
	    "check options and configuration, do nothing", NULL },
	{ 0, "config", OPT_STR, &conf_path, "FILE",
	    "options from FILE, for what is not given here", NULL },
};

static const struct opt *table[OPTS_MAX];
static bool is_given[OPTS_MAX]; /* by index of table */
static size_t table_len;
static const struct opt_cmd *command;

void
opt_usage(const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	die(EX_USAGE, "%s (try %s -h)", text, command->name);
}

static bool
is_optional(const struct opt *o)
{
	return o->arg && o->arg[0] == '[';
}

static void
print_option(const struct opt *o)
{
	char left[64];
	int n;

	n = snprintf(left, sizeof left, o->letter ? "-%c, " : "    ",
	    o->letter);
	if (is_optional(o))
		snprintf(left + n, sizeof left - (size_t)n, "--%s[=%s", o->name,
		    o->arg + 1);
	else
		snprintf(left + n, sizeof left - (size_t)n, "--%s%s%s", o->name,
		    o->arg ? "=" : "", o->arg ? o->arg : "");
	if (strlen(left) > 26)
		printf("  %s\n  %-26s  %s\n", left, "", o->help);
	else
		printf("  %-26s  %s\n", left, o->help);
}

GP_NORETURN static void
end_output(void)
{
	if (file_close_stdout() != 0)
		die(EX_IOERR, "write standard output:");
	exit(EX_OK);
}

GP_NORETURN static void
print_help(void)
{
	printf("usage: %s [options]%s%s\n%s\n\n", command->name,
	    command->operands[0] ? " " : "", command->operands, command->about);
	for (size_t i = 0; i < table_len; i++)
		print_option(table[i]);
	printf("\nThe manual: man %s\n", command->name);
	end_output();
}

GP_NORETURN static void
print_version(void)
{
	printf("%s (gp) %s\n", command->name, GP_VERSION);
	end_output();
}

/* Set what an option is for. Returns what is wrong with its argument, or NULL. */
static const char *
set(const struct opt *o, const char *arg)
{
	switch (o->kind) {
	case OPT_END:
		break;
	case OPT_FLAG:
		*(bool *)o->dst = true;
		break;
	case OPT_STR:
		*(const char **)o->dst = arg;
		break;
	case OPT_U64:
		if (!parse_u64(arg, o->dst))
			return "not a whole number in range";
		break;
	case OPT_DURATION:
		if (!parse_duration(arg, o->dst))
			return "not a duration such as 500ms, 10s or 5m";
		break;
	case OPT_SIZE:
		if (!parse_size(arg, o->dst))
			return "not a size such as 64K, 10M or 1G";
		break;
	case OPT_CALL:
	case OPT_DISCREET:
		return o->call(o->dst, arg);
	}
	return NULL;
}

static void
apply(const struct opt *o, const char *arg)
{
	const char *wrong = set(o, arg);

	if (wrong && arg && o->kind != OPT_DISCREET)
		opt_usage("--%s=%s: %s", o->name, arg, wrong);
	if (wrong)
		opt_usage("--%s: %s", o->name, wrong);
}

static void
add(const struct opt *o)
{
	if (table_len == OPTS_MAX)
		die(EX_SOFTWARE, "too many options");
	table[table_len++] = o;
}

/* What getopt_long() choked on, as the user typed it. */
GP_NORETURN static void
complain(int c, char **argv)
{
	const char *word = argv[optind - 1];

	if (c == ':' && optopt && optopt < LONG_ONLY)
		opt_usage("-%c needs an argument", optopt);
	if (c == ':')
		opt_usage("%s needs an argument", word);
	if (optopt && optopt < LONG_ONLY)
		opt_usage("unknown option -%c", optopt);
	if (optopt)
		opt_usage("%s takes no argument", word);
	opt_usage("unknown option %s", word);
}

/* -- the configuration ----------------------------------------------------- */

/* What is about the file itself, or needs none. */
static bool
is_early(const struct opt *o)
{
	return o->dst == &show_help || o->dst == &show_version ||
	    o->dst == &check || o->dst == &conf_path;
}

static const struct opt *
find(const char *key)
{
	for (size_t i = 0; i < table_len; i++)
		if (strcmp(table[i]->name, key) == 0)
			return table[i];
	return NULL;
}

/* Several of them may be meant to add up. */
static bool
is_list(const struct opt *o)
{
	return o->kind == OPT_CALL || o->kind == OPT_DISCREET;
}

/* One setting. Returns what is wrong with it, or NULL. */
static const char *
configure(const struct conf_entry *e)
{
	const struct opt *o = find(e->key);

	if (!o || is_early(o))
		return "there is no such option";
	if (o->arg && !is_optional(o))
		return set(o, e->value);
	if (strcmp(e->value, "yes") == 0)
		return set(o, NULL);
	if (strcmp(e->value, "no") == 0)
		return NULL;
	return o->arg ? set(o, e->value) : "not yes or no";
}

/* The same key twice is a slip, unless it is one that adds to a list. */
static bool
is_second(const struct conf_entry *e)
{
	const struct opt *o = find(e->key);

	if (!o || is_list(o))
		return false;
	for (const struct conf_entry *p = conf.entry; p < e; p++)
		if (strcmp(p->section, e->section) == 0 &&
		    strcmp(p->key, e->key) == 0)
			return true;
	return false;
}

static void
apply_conf(void)
{
	size_t bad = 0;

	configuring = true;
	for (size_t i = 0; i < conf.n; i++) {
		const struct conf_entry *e = &conf.entry[i];
		const char *wrong = e->wrong;
		const struct opt *o;
		bool show;

		if (!wrong && strcmp(e->section, command->section) == 0)
			wrong = is_second(e) ? "is given twice" : configure(e);
		if (!wrong)
			continue;
		bad++;
		o = find(e->key);
		show = e->value[0] && !(o && o->kind == OPT_DISCREET);
		diag_error("%s:%u: %s%s%s: %s", conf_path, e->line, e->key,
		    show ? " = " : "", show ? e->value : "", wrong);
	}
	configuring = false;
	if (bad)
		exit(EX_CONFIG);
}

static void
read_conf(void)
{
	const char *env = getenv("GP_CONFIG");
	bool named = conf_path != NULL;

	if (!named && !command->conf_always)
		return;
	if (!named)
		conf_path = env ? env : OPT_CONF_PATH;
	if (conf_path[0] && conf_read(&conf, conf_path) == 0) {
		apply_conf();
		return;
	}
	if (conf_path[0] && (named || errno != ENOENT)) {
		if (errno == EPERM)
			die(EX_CONFIG, "%s: any user may change it",
			    conf_path);
		die(EX_NOINPUT, "%s:", conf_path);
	}
	conf_path = NULL;
}

const struct conf *
opt_conf(void)
{
	return conf_path ? &conf : NULL;
}

const char *
opt_conf_path(void)
{
	return conf_path;
}

bool
opt_is_configuring(void)
{
	return configuring;
}

bool
opt_checks(void)
{
	return check;
}

/* -- the command line ------------------------------------------------------ */

bool
opt_is_given(const void *dst)
{
	for (size_t i = 0; i < table_len; i++)
		if (is_given[i] && table[i]->dst == dst)
			return true;
	return false;
}

/* Fill in getopt's two descriptions of the table. */
static void
describe(struct option longs[OPTS_MAX + 1], char shorts[2 * OPTS_MAX + 4])
{
	size_t n = 0;

	if (command->stop_at_operand)
		shorts[n++] = '+';
	shorts[n++] = ':';
	for (size_t i = 0; i < table_len; i++) {
		if (table[i]->letter)
			shorts[n++] = table[i]->letter;
		if (table[i]->letter && table[i]->arg)
			shorts[n++] = ':';
		longs[i] = (struct option){
			.name = table[i]->name,
			.has_arg = is_optional(table[i]) ? optional_argument :
			    table[i]->arg ? required_argument : no_argument,
			.val = LONG_ONLY + (int)i,
		};
	}
}

struct given {
	size_t i;        /* of table */
	const char *arg; /* or NULL */
};

/* Read the command line without applying it. Returns how many options it has. */
static size_t
collect(int argc, char **argv, struct given *given)
{
	struct option longs[OPTS_MAX + 1] = { 0 };
	char shorts[2 * OPTS_MAX + 4] = "";
	size_t n = 0, i;
	int c;

	describe(longs, shorts);
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (c == '?' || c == ':')
			complain(c, argv);
		i = 0;
		if (c >= LONG_ONLY)
			i = (size_t)(c - LONG_ONLY);
		else
			while (table[i]->letter != c)
				i++;
		is_given[i] = true;
		given[n++] = (struct given){ i, optarg };
	}
	return n;
}

static void
add_all(void)
{
	for (const struct opt *o = command->opts; o->kind != OPT_END; o++)
		add(o);
	for (size_t i = 0; command->section && i < GP_COUNT(with_conf); i++)
		add(&with_conf[i]);
	for (size_t i = 0; i < GP_COUNT(common); i++)
		add(&common[i]);
}

/* More options than this in one command line, with bundled letters, need a line
 * of as many bytes. */
static size_t
count_bytes(char **argv)
{
	size_t n = 0;

	for (; *argv; argv++)
		n += strlen(*argv);
	return n;
}

int
opt_parse(const struct opt_cmd *cmd, int argc, char **argv)
{
	struct given *given;
	size_t n;

	command = cmd;
	diag_init(cmd->name);
	file_prepare_std();
	/* Whoever starts us may ignore it (systemd, Python): a reader that goes
	 * away ends a pipeline quietly all the same. */
	signal(SIGPIPE, SIG_DFL);
	add_all();
	given = calloc(count_bytes(argv) + 1, sizeof *given);
	if (!given)
		die_nomem();
	n = collect(argc, argv, given);
	for (size_t i = 0; i < n; i++)
		if (is_early(table[given[i].i]))
			apply(table[given[i].i], given[i].arg);
	if (show_help)
		print_help();
	if (show_version)
		print_version();
	if (cmd->section)
		read_conf();
	for (size_t i = 0; i < n; i++)
		if (!is_early(table[given[i].i]))
			apply(table[given[i].i], given[i].arg);
	free(given);
	if (cmd->operands_max != UINT8_MAX &&
	    argc - optind > cmd->operands_max)
		opt_usage("unexpected argument %s",
		    argv[optind + cmd->operands_max]);
	diag_set_verbosity(verbose);
	return optind;
}
