/*
 * gp - the suite's front door.
 *
 *	gp record -d 10s     runs gp-record -d 10s
 *	gp help record       opens its manual, or prints its -h
 *	gp                   explains the suite in one screen
 *
 * A command is looked for beside gp itself and then in PATH, so that a build
 * folder works as it stands and others can add a gp-x of their own.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"

static const struct {
	const char *name;
	const char *about;
} commands[] = {
	{ "discover", "list processes: runtime, container, profile or skip" },
	{ "record", "sample stacks of all CPUs with BPF; write a raw stream" },
	{ "symbolize", "put names on the addresses of a raw stream" },
	{ "collapse", "merge streams into folded stacks, filter, list the top" },
	{ "flame", "draw folded stacks as one HTML or SVG file" },
	{ "diff", "compare recordings before and after a change; a CI gate" },
	{ "convert", "write pprof and the formats of other tools" },
	{ "upload", "store a profile in a folder, or send it by HTTP" },
	{ "heartbeat", "ask a control server, once, what to record" },
	{ "run", "all of it, once, supervised: what a timer starts" },
	{ "status", "how that fares on this machine, on one screen" },
};

static void
explain(FILE *f)
{
	fputs("gp - a continuous profiler made of small commands\n"
	    "usage: gp COMMAND [argument ...]\n\n", f);
	for (size_t i = 0; i < GP_COUNT(commands); i++)
		fprintf(f, "  gp %-10s %s\n", commands[i].name,
		    commands[i].about);
	fputs("\nWhat runs on this machine, for ten seconds, as a flame graph:\n\n"
	    "  sudo gp record -d 10s | gp symbolize | gp collapse |\n"
	    "      gp flame > flame.html\n\n"
	    "Between the commands is text: sort, grep and awk work on it.\n"
	    "gp help COMMAND opens its manual; man 7 gp tells the rest.\n", f);
}

static bool
is_known(const char *name)
{
	for (size_t i = 0; i < GP_COUNT(commands); i++)
		if (strcmp(name, commands[i].name) == 0)
			return true;
	return false;
}

/* The path of gp-NAME beside this binary. */
static void
put_beside(struct buf *b, const char *name)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self);

	while (n > 0 && self[n - 1] != '/')
		n--;
	if (n > 0)
		buf_add(b, self, (size_t)n);
	buf_addf(b, "gp-%s", name);
}

/* Become gp-NAME. Returns if there is none. */
static void
become(const char *name, char **argv)
{
	struct buf path = { 0 }, own = { 0 };

	put_beside(&path, name);
	buf_addf(&own, "gp-%s", name);
	argv[0] = own.s;
	execv(path.s, argv);
	if (errno == ENOENT)
		execvp(own.s, argv);
	if (errno != ENOENT)
		die(EX_UNAVAILABLE, "cannot run gp-%s: %s", name,
		    strerror(errno));
	buf_free(&path);
	buf_free(&own);
}

GP_NORETURN static void
unknown(const char *name)
{
	struct buf list = { 0 };

	for (size_t i = 0; i < GP_COUNT(commands); i++)
		buf_addf(&list, " %s", commands[i].name);
	if (is_known(name))
		die(EX_UNAVAILABLE, "gp-%s is neither beside gp nor in PATH",
		    name);
	die(EX_USAGE, "there is no command %s; there are:%s help", name,
	    list.s);
}

/* Show the manual page of gp-NAME; false if man(1) or the page is missing. */
static bool
show_manual(const char *name)
{
	struct buf page = { 0 };
	int status = -1;
	pid_t pid;

	fflush(stdout);
	if (name)
		buf_addf(&page, "gp-%s", name);
	else
		buf_adds(&page, "gp");
	pid = fork();
	if (pid == 0) {
		/* man's complaint about a missing page would confuse: -h
		 * follows. */
		if (!freopen("/dev/null", "w", stderr))
			_exit(EX_OSERR);
		execlp("man", "man", page.s, (char *)NULL);
		_exit(EX_UNAVAILABLE);
	}
	buf_free(&page);
	return pid > 0 && waitpid(pid, &status, 0) == pid &&
	    WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int
help(const char *name)
{
	char flag[] = "-h", *args[] = { NULL, flag, NULL };

	if (show_manual(name))
		return EX_OK;
	if (name) {
		become(name, args);
		unknown(name);
	}
	explain(stdout);
	return file_close_stdout() == 0 ? EX_OK : EX_IOERR;
}

int
main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "-h";

	diag_init("gp");
	if (strcmp(word, "help") == 0)
		return help(argc > 2 ? argv[2] : NULL);
	if (strcmp(word, "-V") == 0 || strcmp(word, "--version") == 0)
		printf("gp (gp) %s\n", GP_VERSION);
	else if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)
		explain(stdout);
	else if (word[0] == '-')
		die(EX_USAGE, "unknown option %s (try gp -h)", word);
	else if (strchr(word, '/'))
		unknown(word); /* a name, never a path */
	else {
		become(word, argv + 1);
		unknown(word);
	}
	if (file_close_stdout() < 0)
		die(EX_IOERR, "standard output:");
	return EX_OK;
}
