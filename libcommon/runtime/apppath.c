#include "runtime/apppath.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINKS_MAX = 40 };

void
apppath_tidy(char *path)
{
	char *out = path, *s = path;

	while (*s) {
		size_t n;

		while (*s == '/')
			s++;
		n = strcspn(s, "/");
		if (n == 2 && memcmp(s, "..", 2) == 0) {
			while (out > path && *--out != '/')
				;
		} else if (n && !(n == 1 && *s == '.')) {
			*out++ = '/';
			memmove(out, s, n);
			out += n;
		}
		s += n;
	}
	if (out == path)
		*out++ = '/';
	*out = '\0';
}

/* At each step, what has been walked so far holds no links. */
void
apppath_resolve(void *ctx, char *path)
{
	int root = *(int *)ctx;
	char done[APPPATH_MAX] = "", rest[2 * APPPATH_MAX], link[2048];
	size_t n = 0;

	snprintf(rest, sizeof rest, "%s", path);
	for (int links = 0; rest[0] && links < LINKS_MAX;) {
		char *s = rest + strspn(rest, "/");
		size_t len = strcspn(s, "/"), parent = n;
		ssize_t got;

		if (len == 0 || n + len + 2 > sizeof done)
			break;
		done[n++] = '/';
		memcpy(done + n, s, len);
		done[n += len] = '\0';
		memmove(rest, s + len, strlen(s + len) + 1);
		got = readlinkat(root, done + 1, link, sizeof link - 1);
		if (got <= 0)
			continue;
		links++;
		link[got] = '\0';
		if ((size_t)got + strlen(rest) + 2 > sizeof rest)
			return;
		memmove(rest + got + 1, rest, strlen(rest) + 1);
		memcpy(rest, link, (size_t)got);
		rest[got] = '/';
		/* The link's text, from where the link is. */
		done[n = link[0] == '/' ? 0 : parent] = '\0';
		len = strlen(rest);
		if (n + len + 2 > APPPATH_MAX)
			return;
		memcpy(path, done, n);
		path[n] = '/';
		memcpy(path + n + 1, rest, len + 1);
		apppath_tidy(path);
		snprintf(rest, sizeof rest, "%s", path);
		done[n = 0] = '\0';
	}
	if (!rest[0] && n)
		memcpy(path, done, n + 1);
}
