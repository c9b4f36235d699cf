#include "runtime/jvm.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

enum { RELEASE_MAX = 64 * 1024, PATH_BYTES = 4096 };

bool
jvm_parse_release(const char *text, size_t len, char *out, size_t size)
{
	static const char key[] = "JAVA_VERSION=\"";
	enum { KEY = sizeof key - 1 };
	const char *nl;
	size_t n, line;

	for (; len; text += line, len -= line) {
		nl = memchr(text, '\n', len);
		line = nl ? (size_t)(nl - text) + 1 : len;
		if (line <= KEY || memcmp(text, key, KEY) != 0)
			continue;
		for (n = 0; n < line - KEY && text[KEY + n] != '"' &&
		    text[KEY + n] != '\n'; n++)
			;
		if (n == 0 || n >= size)
			return false;
		memcpy(out, text + KEY, n);
		out[n] = '\0';
		return true;
	}
	return false;
}

static bool
read_release(const struct proc *p, const char *path, char *out, size_t size)
{
	struct buf b = { 0 };
	bool good;
	int fd;

	fd = proc_open_path(p, path);
	if (fd < 0)
		return false;
	good = file_read_fd(fd, &b, RELEASE_MAX) == 0 &&
	    jvm_parse_release(b.s, b.len, out, size);
	close(fd);
	buf_free(&b);
	return good;
}

/*
 *	/usr/lib/jvm/java-17/lib/server/libjvm.so         release: 2 above
 *	/opt/jdk8/jre/lib/amd64/server/libjvm.so          3 or 4 above
 */
bool
jvm_version(const struct runtime_file *f, char *out, size_t size)
{
	char path[PATH_BYTES + sizeof "/release"], *slash;
	size_t len = f->path ? strlen(f->path) : 0;

	if (!f->proc || len == 0 || len >= PATH_BYTES)
		return false;
	memcpy(path, f->path, len + 1);
	slash = strrchr(path, '/');
	for (int up = 0; slash && up <= 5; up++) {
		memcpy(slash, "/release", sizeof "/release");
		if (up >= 2 && read_release(f->proc, path, out, size))
			return true;
		*slash = '\0';
		slash = strrchr(path, '/');
	}
	return false;
}
