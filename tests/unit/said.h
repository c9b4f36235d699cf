/*
 * said.h - for tests of what ends a process or writes to its stderr: the call is
 * made in a child, and its words are kept.
 */
#ifndef GP_SAID_H
#define GP_SAID_H

#include <check.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static char said[65536]; /* of the last child: stdout and stderr */

/* The exit status of a child that returns what f does. */
static inline int
said_by(int (*f)(void *), void *arg)
{
	int p[2], status;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	ck_assert_int_eq(pipe(p), 0);
	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		dup2(p[1], STDOUT_FILENO);
		dup2(p[1], STDERR_FILENO);
		close(p[0]);
		_exit(f(arg));
	}
	close(p[1]);
	while ((got = read(p[0], said + n, sizeof said - 1 - n)) > 0)
		n += (size_t)got;
	said[n] = '\0';
	close(p[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#endif
