/* Unit tests of elf/inflate.h, against what zlib makes. */
#include <check.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "elf/inflate.h"

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
setup(void)
{
	uLongf n = sizeof sec.z;

	for (size_t i = 0; i < PLAIN; i++)
		plain[i] = (unsigned char)(i % 7 * (i / 100));
	ck_assert_int_eq(compress(sec.z, &n, plain, PLAIN), Z_OK);
	sec.h = (Elf64_Chdr){
		.ch_type = ELFCOMPRESS_ZLIB, .ch_size = PLAIN,
		.ch_addralign = 1,
	};
	len = sizeof sec.h + n;
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
	case 2: len--; break; /* the checksum's last byte */
	case 3: sec.h.ch_type = 2; break; /* zstd */
	case 4: sec.h.ch_size = 0; break;
	case 5: sec.h.ch_size--; break;
	case 6: sec.h.ch_size++; break;
	case 7: sec.h.ch_size = UINT64_MAX; break;
	case 8: sec.h.ch_size = MAX; break; /* more than deflate can */
	case 9: sec.z[len / 2] ^= 0x55; break;
	case 10: memset(sec.z, 0, sizeof sec.z); break;
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

int
main(void)
{
	Suite *s = suite_create("inflate");
	TCase *t = tcase_create("inflate");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_was_compressed_comes_out);
	tcase_add_test(t, the_limit_itself_is_allowed);
	tcase_add_loop_test(t, damage_gives_nothing, 0, 11);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
