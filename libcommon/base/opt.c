#include "base/opt.h"

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

static bool show_help, show_version;
static int verbose;

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

static const struct opt *table[OPTS_MAX];
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

static void
apply(const struct opt *o, const char *arg)
{
	const char *wrong = NULL;

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
			wrong = "not a whole number in range";
		break;
	case OPT_DURATION:
		if (!parse_duration(arg, o->dst))
			wrong = "not a duration such as 500ms, 10s or 5m";
		break;
	case OPT_SIZE:
		if (!parse_size(arg, o->dst))
			wrong = "not a size such as 64K, 10M or 1G";
		break;
	case OPT_CALL:
		wrong = o->call(o->dst, arg);
		break;
	}
	if (wrong && arg)
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

int
opt_parse(const struct opt_cmd *cmd, int argc, char **argv)
{
	struct option longs[OPTS_MAX + 1] = { 0 };
	char shorts[2 * OPTS_MAX + 4] = "";
	size_t n = 0;
	int c;

	command = cmd;
	diag_init(cmd->name);
	file_prepare_std();
	/* Whoever starts us may ignore it (systemd, Python): a reader that goes
	 * away ends a pipeline quietly all the same. */
	signal(SIGPIPE, SIG_DFL);
	for (const struct opt *o = cmd->opts; o->kind != OPT_END; o++)
		add(o);
	for (size_t i = 0; i < GP_COUNT(common); i++)
		add(&common[i]);
	if (cmd->stop_at_operand)
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
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		size_t i = 0;

		if (c == '?' || c == ':')
			complain(c, argv);
		if (c >= LONG_ONLY)
			i = (size_t)(c - LONG_ONLY);
		else
			while (table[i]->letter != c)
				i++;
		apply(table[i], optarg);
	}
	if (show_help)
		print_help();
	if (show_version)
		print_version();
	if (cmd->operands_max != UINT8_MAX &&
	    argc - optind > cmd->operands_max)
		opt_usage("unexpected argument %s",
		    argv[optind + cmd->operands_max]);
	diag_set_verbosity(verbose);
	return optind;
}
