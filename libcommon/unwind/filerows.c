#include "unwind/filerows.h"

#include <unistd.h>

#include "elf/debugfile.h"
#include "unwind/ehframe.h"
#include "unwind/gorows.h"
#include "unwind/realign.h"
#include "unwind/startcode.h"

/* The debug file of one that says little: its descriptor, or -1. */
static int
add_debug_file(struct ehframe *e, const struct elffile *f,
    struct filerows_root *root, struct elffile *debug)
{
	int fd;

	if (!ehframe_is_poor(e))
		return -1;
	fd = debugfile_find(f, root->path, root->open, root->arg, debug);
	if (fd < 0)
		return -1;
	ehframe_add_debug(e, debug);
	root->used = true;
	return fd;
}

enum elffile_err
filerows_make(const struct elffile *f, struct filerows_root *root,
    struct rows *t)
{
	struct ehframe e;
	struct elffile debug;
	struct rows go;
	enum elffile_err err;
	int fd = -1;

	*t = (struct rows){ 0 };
	err = ehframe_init(&e, f);
	if (!err) {
		/* Go's .debug_frame knows nothing of where stacks begin and
		 * change. */
		if (!gorows_make(f, e.base, &go)) {
			ehframe_add_debug(&e, f);
			if (root)
				fd = add_debug_file(&e, f, root, &debug);
		}
		ehframe_rows(&e, 0, UINT32_MAX, t);
		rows_fill(t, &go);
		rows_trim(t);
		startcode_fix(f, &e.eh, t);
		realign_fix(f, t);
	}
	ehframe_free(&e);
	if (fd >= 0)
		close(fd);
	return err;
}
