#include "unwind/filerows.h"

#include "unwind/ehframe.h"
#include "unwind/gopclntab.h"
#include "unwind/startcode.h"

enum elffile_err
filerows_make(const struct elffile *f, struct rows *t)
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
