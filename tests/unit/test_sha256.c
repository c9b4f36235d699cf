/* SHA-256 against FIPS 180-4's examples, and against itself in pieces. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/sha256.h"
#include "suite.h"

static void
hash(char out[SHA256_HEX_MAX], const char *s, size_t len, size_t piece)
{
	unsigned char d[SHA256_SIZE];
	struct sha256 h;

	sha256_init(&h);
	for (size_t n; len; s += n, len -= n) {
		n = piece < len ? piece : len;
		sha256_add(&h, s, n);
	}
	sha256_end(&h, d);
	sha256_hex(out, d);
}

static const struct {
	const char *text, *hash;
} examples[] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc",
	  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};

START_TEST(the_standard_s_examples)
{
	char out[SHA256_HEX_MAX];

	hash(out, examples[_i].text, strlen(examples[_i].text), 1000);
	ck_assert_str_eq(out, examples[_i].hash);
}
END_TEST

START_TEST(a_million_of_a)
{
	char *s = malloc(1000000), out[SHA256_HEX_MAX];

	ck_assert_ptr_nonnull(s);
	memset(s, 'a', 1000000);
	hash(out, s, 1000000, 4096);
	ck_assert_str_eq(out, "cdc76e5c9914fb9281a1c7e284d73e67"
	    "f1809a48a497200e046d39ccc7112cd0");
	free(s);
}
END_TEST

START_TEST(pieces_do_not_matter)
{
	static const size_t pieces[] = { 1, 3, 55, 56, 63, 64, 65, 127, 128 };
	char s[300], whole[SHA256_HEX_MAX], out[SHA256_HEX_MAX];

	memset(s, 'x', sizeof s);
	/* Every length around the ends of two blocks. */
	for (size_t len = 50; len < 140; len++) {
		hash(whole, s, len, len);
		for (size_t i = 0; i < GP_COUNT(pieces); i++) {
			hash(out, s, len, pieces[i]);
			ck_assert_str_eq(out, whole);
		}
	}
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("sha256");
	TCase *t = tcase_create("sha256");

	tcase_add_loop_test(t, the_standard_s_examples, 0,
	    (int)GP_COUNT(examples));
	tcase_add_test(t, a_million_of_a);
	tcase_add_test(t, pieces_do_not_matter);
	suite_add_tcase(s, t);
	return s;
}
