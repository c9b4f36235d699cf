#include "alone.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"

int
alone_lock(const char *dir, const char *name)
{
	struct buf path = { 0 };
	int fd;

	buf_addf(&path, "%s/%s", dir, name);
	fd = open(path.s, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		die(EX_CANTCREAT, "%s:", path.s);
	buf_free(&path);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	close(fd);
	return -1;
}
