#include "unwind/filerows.h"

#include <unistd.h>

#include "elf/debugfile.h"
#include "unwind/ehframe.h"
#include "unwind/gopclntab.h"
#include "unwind/startcode.h"

/* The debug file of one that says little. */
static void
add_debug_file(struct ehframe *e, const struct elffile *f,
    struct filerows_root *root)
{
	struct elffile debug;
	int fd;

	if (!ehframe_is_poor(e))
		return;
	fd = debugfile_find(f, root->path, root->open, root->arg, &debug);
	if (fd < 0)
		return;
	ehframe_add_debug(e, &debug);
	root->used = true;
	close(fd);
}

enum elffile_err
filerows_make(const struct elffile *f, struct filerows_root *root,
    struct rows *t)
{
	struct ehframe e;
	struct rows go;
	enum elffile_err err;

	*t = (struct rows){ 0 };
	err = ehframe_init(&e, f);
	if (!err) {
		/* Go's .debug_frame knows nothing of where stacks begin and
		 * change. */
		if (gopclntab_rows(f, e.base, &go))
			cfi_free(&e.debug);
		else if (root)
			add_debug_file(&e, f, root);
		ehframe_rows(&e, 0, UINT32_MAX, t);
		if (go.n) {
			rows_fill(t, &go);
			rows_trim(t);
		}
		rows_free(&go);
		startcode_fix(f, &e.eh, t);
	}
	ehframe_free(&e);
	return err;
}
