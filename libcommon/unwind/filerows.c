#include "unwind/filerows.h"

#include "unwind/ehframe.h"

enum elffile_err
filerows_make(const struct elffile *f, struct rows *t)
{
	struct ehframe e;
	enum elffile_err err;

	*t = (struct rows){ 0 };
	err = ehframe_init(&e, f);
	if (!err)
		ehframe_rows(&e, 0, UINT32_MAX, t);
	ehframe_free(&e);
	return err;
}
