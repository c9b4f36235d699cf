#include "runtime/go.h"

#include <string.h>

enum { HEAD = 32, LEN_MAX = 128 };

/* Find the version's text: its offset in the file and its length. */
static bool
find_text(const struct runtime_file *f, uint64_t *off, uint64_t *len)
{
	unsigned char h[HEAD], varint;
	struct elfhas_section sec;
	uint64_t header[2];

	if (!elfhas_section(f->elf, ".go.buildinfo", &sec) ||
	    sec.size < sizeof h ||
	    elffile_read(f->elf, sec.offset, h, sizeof h) != ELFFILE_OK ||
	    memcmp(h, "\xff Go buildinf:", 14) != 0)
		return false;
	if (h[15] & 2) {
		/* A version is shorter than 128: one byte of varint. */
		if (elffile_read(f->elf, sec.offset + HEAD, &varint, 1) !=
		    ELFFILE_OK)
			return false;
		*off = sec.offset + HEAD + 1;
		*len = varint;
		return true;
	}
	if (h[14] != 8 || h[15] & 1)
		return false;
	memcpy(&header[0], h + 16, 8);
	if (!elfhas_read(f->elf, header[0], header, sizeof header) ||
	    !elffile_offset(f->elf, header[0], off))
		return false;
	*len = header[1];
	return true;
}

bool
go_version(const struct runtime_file *f, char *out, size_t size)
{
	char text[LEN_MAX];
	uint64_t off, len;

	if (!find_text(f, &off, &len) || len <= 2 || len >= sizeof text ||
	    len - 2 >= size ||
	    elffile_read(f->elf, off, text, len) != ELFFILE_OK ||
	    memcmp(text, "go", 2) != 0)
		return false;
	memcpy(out, text + 2, len - 2);
	out[len - 2] = '\0';
	return true;
}
