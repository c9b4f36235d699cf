/*
 * fuzz_sources.c - any bytes as a stripped ELF image: its PLT, its debug link, its
 * .gnu_debugdata, and the file in that.
 *
 * Properties: PLT slots lie in code, and their names end in "@plt"; a debug file is looked for in four places at most, whose paths are
 * absolute and lead nowhere upwards; what is unpacked is within its bound; what
 * .gnu_debugdata adds lies in code of the file that it is in.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "elf/debugfile.h"
#include "elf/minidebug.h"
#include "elf/plt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int
count_path(void *arg, const char *path)
{
	int *n = arg;

	if (path[0] != '/' || strstr(path, "/../") || ++*n > 4)
		abort();
	return -1;
}

static void
check_table(struct symtab *t, const struct elffile *f, bool plt)
{
	struct buf b = { 0 };

	symtab_build(t);
	for (uint32_t i = 0; i < t->range.n && i < 1000; i++) {
		if (t->range.value[i] == RANGETAB_NONE)
			continue;
		if (!elffile_is_code(f, t->range.start[i]))
			abort();
		buf_reset(&b);
		if (symtab_find(t, t->range.start[i], &b) && plt &&
		    (b.len < 5 || strcmp(b.s + b.len - 4, "@plt") != 0))
			abort();
	}
	buf_free(&b);
	symtab_free(t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct elffile f, other;
	struct symtab t = { 0 };
	struct buf image = { 0 };
	int asked = 0;

	if (elffile_init_mem(&f, data, len) != ELFFILE_OK)
		return 0;
	plt_add(&t, &f);
	check_table(&t, &f, true);
	if (debugfile_find(&f, "/usr/bin/x", count_path, &asked, &other) != -1)
		abort();
	if (minidebug_read(&f, &image, &other) == MINIDEBUG_OK) {
		if (image.len > MINIDEBUG_OUT_MAX)
			abort();
		if (symtab_add(&t, &f, &other) == ELFFILE_OK)
			check_table(&t, &f, false);
		symtab_free(&t);
	}
	buf_free(&image);
	return 0;
}
