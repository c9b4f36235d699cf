/*
 * fuzz_packages.c - a folder of packages that says anything: texts with NUL between
 * them, which are the METADATA, RECORD and top_level.txt of a .dist-info, the
 * PKG-INFO, installed-files.txt, SOURCES.txt and top_level.txt of an .egg-info, and
 * then paths that are asked for.
 *
 * Property: a package is "name==version" of harmless characters, each of a limited
 * length; what a list has by the name that is asked for is found; an answer is the
 * same the second time, and for who asks something else first; and where there is
 * none, nothing is added.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/packages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { TEXTS = 7, ASKED = 8, WORD_MAX = 128 };

#define SITE "/v/site-packages"

static const char *const files[TEXTS] = {
	SITE "/a.dist-info/METADATA", SITE "/a.dist-info/RECORD",
	SITE "/a.dist-info/top_level.txt", SITE "/b.egg-info/PKG-INFO",
	SITE "/b.egg-info/installed-files.txt", SITE "/b.egg-info/SOURCES.txt",
	SITE "/b.egg-info/top_level.txt",
};

struct world {
	const char *text[TEXTS]; /* NULL: there is no such file */
	const char *asked[ASKED];
};

static void
require(bool condition)
{
	if (!condition)
		abort();
}

/* A folder of the two names, for all runs. */
static char folder[] = "/tmp/gp-fuzz-packages.XXXXXX";

static void
remove_folder(void)
{
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return;
	unlinkat(dir, "a.dist-info", AT_REMOVEDIR);
	unlinkat(dir, "b.egg-info", AT_REMOVEDIR);
	close(dir);
	rmdir(folder);
}

static void
make_folder(void)
{
	static bool made;
	int dir;

	if (made)
		return;
	made = true;
	require(mkdtemp(folder) != NULL);
	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	require(mkdirat(dir, "a.dist-info", 0700) == 0);
	require(mkdirat(dir, "b.egg-info", 0700) == 0);
	close(dir);
	require(atexit(remove_folder) == 0);
}

static int
open_in_world(void *arg, const char *path, bool is_folder)
{
	const struct world *w = arg;
	int fd;

	if (is_folder)
		return strcmp(path, SITE) == 0 ? open(folder,
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	for (size_t i = 0; i < TEXTS; i++) {
		if (!w->text[i] || strcmp(path, files[i]) != 0)
			continue;
		fd = memfd_create("text", MFD_CLOEXEC);
		require(fd >= 0 && write(fd, w->text[i], strlen(w->text[i])) ==
		    (ssize_t)strlen(w->text[i]));
		return fd;
	}
	return -1;
}

static bool
is_word(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "0123456789._+-!", s[i]) || !s[i])
			return false;
	return len > 0 && len <= WORD_MAX;
}

static bool
ask(struct packages *pk, struct world *w, const char *file, struct buf *out)
{
	const struct interp_process p = { NULL, open_in_world, w };
	struct buf path = { 0 };
	const char *eq;
	bool found;

	buf_adds(&path, SITE "/");
	buf_adds(&path, file);
	found = packages_put(pk, &p, path.s, out);
	buf_free(&path);
	require(found == (out->len > 0));
	if (found) {
		eq = strstr(out->s, "==");
		require(eq && is_word(out->s, (size_t)(eq - out->s)) &&
		    is_word(eq + 2, strlen(eq + 2)));
	}
	return found;
}

/* Whether a line of RECORD is of just this file. */
static bool
is_listed(const char *list, const char *file)
{
	size_t len = strlen(file);

	if (len < 4 || strcmp(file + len - 3, ".py") != 0 ||
	    strpbrk(file, ",\r\n"))
		return false;
	for (const char *s = list; s; s = strchr(s, '\n')) {
		s += *s == '\n';
		if (strncmp(s, file, len) == 0 && s[len] == ',')
			return true;
	}
	return false;
}

static void
check(struct world *w, const char *file, const char *first)
{
	struct packages pk = { 0 }, other = { 0 };
	struct buf a = { 0 }, b = { 0 }, c = { 0 };
	bool found = ask(&pk, w, file, &a);

	ask(&pk, w, file, &b);
	require(strcmp(buf_str(&a), buf_str(&b)) == 0);
	buf_reset(&b);
	ask(&other, w, first, &c);
	ask(&other, w, file, &b);
	require(strcmp(buf_str(&a), buf_str(&b)) == 0);
	/* Of a package that has a name. */
	if (w->text[0] && w->text[1] && strncmp(w->text[0],
	    "Name: a\nVersion: 1\n", 19) == 0 && is_listed(w->text[1], file) &&
	    !strstr(file, "-packages/"))
		require(found);
	packages_free(&pk);
	packages_free(&other);
	buf_free(&a);
	buf_free(&b);
	buf_free(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *copy = malloc(len + 1);
	struct world w = { 0 };
	size_t n = 0, i = 0;

	if (!copy)
		return 0;
	make_folder();
	memcpy(copy, data, len);
	copy[len] = '\0';
	for (; i < len && n < TEXTS; i += strlen(copy + i) + 1, n++)
		w.text[n] = copy[i] ? copy + i : NULL;
	for (n = 0; i < len && n < ASKED; i += strlen(copy + i) + 1)
		w.asked[n++] = copy + i;
	for (i = 0; i < n; i++)
		check(&w, w.asked[i], w.asked[(i + 1) % n]);
	free(copy);
	return 0;
}
