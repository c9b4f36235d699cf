/* Unit tests of elf/inflate.h, against what zlib and libarchive make. */
#include <archive.h>
#include <archive_entry.h>
#include <check.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "elf/inflate.h"
#include "suite.h"

enum { PLAIN = 5000, MAX = 1 << 20 };

static struct {
	Elf64_Chdr h;
	unsigned char z[PLAIN];
} sec;
static unsigned char plain[PLAIN];
static size_t len;
static void *out;
static size_t out_len;

static void
fill(Elf64_Word type)
{
	for (size_t i = 0; i < PLAIN; i++)
		plain[i] = (unsigned char)(i % 7 * (i / 100));
	sec.h = (Elf64_Chdr){
		.ch_type = type, .ch_size = PLAIN, .ch_addralign = 1,
	};
}

static void
setup_zlib(void)
{
	uLongf n = sizeof sec.z;

	fill(ELFCOMPRESS_ZLIB);
	ck_assert_int_eq(compress(sec.z, &n, plain, PLAIN), Z_OK);
	len = sizeof sec.h + n;
}

static void
setup_zstd(void)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	size_t used;

	fill(2); /* ELFCOMPRESS_ZSTD, which elf.h may lack */
	ck_assert_int_eq(archive_write_add_filter_zstd(a), ARCHIVE_OK);
	ck_assert_int_eq(archive_write_set_format_raw(a), ARCHIVE_OK);
	ck_assert_int_eq(archive_write_set_bytes_in_last_block(a, 1),
	    ARCHIVE_OK);
	ck_assert_int_eq(archive_write_open_memory(a, sec.z, sizeof sec.z,
	    &used), ARCHIVE_OK);
	archive_entry_set_filetype(e, AE_IFREG);
	ck_assert_int_eq(archive_write_header(a, e), ARCHIVE_OK);
	ck_assert_int_eq(archive_write_data(a, plain, PLAIN), PLAIN);
	ck_assert_int_eq(archive_write_close(a), ARCHIVE_OK);
	archive_entry_free(e);
	archive_write_free(a);
	len = sizeof sec.h + used;
}

static void
teardown(void)
{
	free(out);
	out = NULL;
}

START_TEST(what_was_compressed_comes_out)
{
	ck_assert_int_eq(inflate_section(&sec, len, MAX, &out, &out_len),
	    ELFFILE_OK);
	ck_assert_uint_eq(out_len, PLAIN);
	ck_assert_mem_eq(out, plain, PLAIN);
}
END_TEST

START_TEST(the_limit_itself_is_allowed)
{
	ck_assert_int_eq(inflate_section(&sec, len, PLAIN, &out, &out_len),
	    ELFFILE_OK);
	teardown();
	ck_assert_int_eq(inflate_section(&sec, len, PLAIN - 1, &out, &out_len),
	    ELFFILE_ELIMIT);
}
END_TEST

/* Each spoils one thing. */
static void
spoil(int what)
{
	switch (what) {
	case 0: len = sizeof sec.h - 1; break;
	case 1: len = sizeof sec.h; break;
	case 2: len--; break; /* of zlib, the checksum's last byte */
	case 3: sec.h.ch_type = 3; break;
	case 4: sec.h.ch_size = 0; break;
	case 5: sec.h.ch_size--; break;
	case 6: sec.h.ch_size++; break;
	case 7: sec.h.ch_size = UINT64_MAX; break;
	case 8: sec.h.ch_size = MAX; break; /* more than deflate can */
	case 9: memset(sec.z, 0, sizeof sec.z); break;
	case 10: sec.h.ch_type ^= 3; break; /* zlib as zstd, zstd as zlib */
	case 11: sec.z[len / 2] ^= 0x55; break; /* there must be a checksum */
	}
}

START_TEST(damage_gives_nothing)
{
	spoil(_i);
	ck_assert_int_eq(inflate_section(&sec, len, MAX, &out, &out_len),
	    ELFFILE_ELIMIT);
	ck_assert_ptr_null(out);
	ck_assert_uint_eq(out_len, 0);
}
END_TEST

static void
add(Suite *s, const char *name, void (*setup)(void), int spoilt)
{
	TCase *t = tcase_create(name);

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_was_compressed_comes_out);
	tcase_add_test(t, the_limit_itself_is_allowed);
	tcase_add_loop_test(t, damage_gives_nothing, 0, spoilt);
}

Suite *
suite(void)
{
	Suite *s = suite_create("inflate");

	add(s, "zlib", setup_zlib, 12);
	add(s, "zstd", setup_zstd, 11);
	return s;
}
