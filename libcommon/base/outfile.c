#include "base/outfile.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int
outfile_open(struct outfile *o, const char *path)
{
	int fd;

	*o = (struct outfile){ .file.fd = -1 };
	if (!path || strcmp(path, "-") == 0) {
		o->f = stdout;
		o->name = "standard output";
		return 0;
	}
	o->name = path;
	if (file_new(&o->file, path, 0666) == 0 &&
	    (fd = dup(o->file.fd)) >= 0) {
		o->f = fdopen(fd, "w");
		if (!o->f)
			close(fd);
	}
	if (o->f)
		return 0;
	file_new_abort(&o->file);
	return -1;
}

int
outfile_done(struct outfile *o)
{
	int bad, err;

	if (o->f == stdout)
		return file_close_stdout();
	bad = ferror(o->f) ? EIO : 0;
	/* What the failed write said is gone, but a full disk is so still. */
	err = fflush(o->f) != 0 ? errno : bad;
	if (fclose(o->f) != 0 && !err)
		err = errno;
	o->f = NULL;
	if (!err && file_new_commit(&o->file) == 0)
		return 0;
	if (err)
		errno = err;
	file_new_abort(&o->file);
	return -1;
}

void
outfile_abort(struct outfile *o)
{
	if (o->f && o->f != stdout)
		fclose(o->f);
	o->f = NULL;
	file_new_abort(&o->file);
}
