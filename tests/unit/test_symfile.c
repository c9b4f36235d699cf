#include "base/symfile.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/symwrite.h"
#include "suite.h"

static char dir[64], path[128];
static struct mapped room; /* all that files are mapped in, or none of it */
static struct cachedir cache;
static struct rangetab made;
static const char key[] = "the key";

/* f0 [100, 110) f1 [110, 120) …, each named after its value; f7 is long. */
static bool
name_of(void *arg, uint32_t value, struct buf *b)
{
	size_t start = b->len;

	(void)arg;
	if (value == 3)
		return false;
	buf_addf(b, "f%u", value);
	while (value == 7 && b->len - start < 1000)
		buf_addc(b, 'x');
	while (value == 8 && b->len - start < 2 * SYMFORMAT_NAME_MAX)
		buf_addc(b, 'y');
	return true;
}

static void
setup(void)
{
	strcpy(dir, "/tmp/gp-symfile.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/file", dir);
	ck_assert_int_eq(cachedir_open(&cache, dir, "x", 1 << 20), 0);
	for (uint32_t i = 0; i < 10; i++)
		rangetab_add(&made, 0x100 + 0x10 * i, 0x110 + 0x10 * i, i, 1);
	rangetab_build(&made, RANGETAB_INNER);
}

/* The same, and no other file can be mapped. */
static void
setup_full(void)
{
	int fd = memfd_create("room", MFD_CLOEXEC);

	setup();
	ck_assert_int_eq(ftruncate(fd, MAPPED_BYTES_MAX), 0);
	ck_assert(mapped_open(&room, fd, MAPPED_BYTES_MAX));
	close(fd);
}

static void
teardown(void)
{
	mapped_close(&room);
	rangetab_free(&made);
	cachedir_done(&cache);
	unlink(path);
	rmdir(dir);
}

static struct symwrite_source
source_of(const struct rangetab *t, const char *note)
{
	return (struct symwrite_source){ .key = key, .key_len = sizeof key,
		.note = note, .note_len = strlen(note), .range = t,
		.name = name_of };
}

static bool
store(const char *note, bool private)
{
	const struct symwrite_source from = source_of(&made, note);

	return symwrite_store(&cache, "file", &from, private);
}

static bool
load(struct symfile *s)
{
	return symfile_load(s, &cache, "file", key, sizeof key, false);
}

static const char *
name_at(struct symfile *s, uint64_t addr)
{
	static struct buf b;

	buf_reset(&b);
	switch (symfile_find(s, addr, &b)) {
	case SYMFILE_FOUND:
		return b.s;
	case SYMFILE_NONE:
		return "none";
	case SYMFILE_NAMELESS:
		return "nameless";
	case SYMFILE_DAMAGED:
		break;
	}
	ck_assert_uint_eq(b.len, 0);
	return "damaged";
}

START_TEST(what_was_stored_is_found)
{
	struct symfile s;

	ck_assert(!load(&s));
	ck_assert(store("a note", false));
	ck_assert(load(&s));
	ck_assert_uint_eq(s.note_len, 6);
	ck_assert_mem_eq(s.note, "a note", 6);
	ck_assert_str_eq(name_at(&s, 0xff), "none");
	ck_assert_str_eq(name_at(&s, 0x100), "f0");
	ck_assert_str_eq(name_at(&s, 0x11f), "f1");
	ck_assert_str_eq(name_at(&s, 0x19f), "f9");
	ck_assert_str_eq(name_at(&s, 0x1a0), "none");
	ck_assert_uint_gt(symfile_memory(&s), 10 * 8);
	symfile_free(&s);
}
END_TEST

START_TEST(a_value_without_a_name_is_known_to_be_nameless)
{
	struct symfile s;

	ck_assert(store("", false) && load(&s));
	ck_assert_str_eq(name_at(&s, 0x130), "nameless");
	ck_assert_str_eq(name_at(&s, 0x140), "f4");
	symfile_free(&s);
}
END_TEST

START_TEST(long_names_are_whole_and_bounded)
{
	struct symfile s;

	ck_assert(store("", false) && load(&s));
	ck_assert_uint_eq(strlen(name_at(&s, 0x170)), 1000);
	ck_assert_uint_eq(strlen(name_at(&s, 0x180)), SYMFORMAT_NAME_MAX);
	ck_assert_str_eq(name_at(&s, 0x190), "f9");
	symfile_free(&s);
}
END_TEST

START_TEST(another_key_is_absent)
{
	struct symfile s;

	ck_assert(store("", false));
	ck_assert(!symfile_load(&s, &cache, "file", "the kez", sizeof key,
	    false));
	ck_assert(!symfile_load(&s, &cache, "file", key, sizeof key - 1,
	    false));
	ck_assert_uint_eq(cache.bad, 2);
}
END_TEST

START_TEST(a_private_file_is_the_owner_s_alone)
{
	struct symfile s;
	struct stat st;

	ck_assert(store("", true));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert(symfile_load(&s, &cache, "file", key, sizeof key, true));
	symfile_free(&s);
	ck_assert_int_eq(chmod(path, 0640), 0);
	ck_assert(!symfile_load(&s, &cache, "file", key, sizeof key, true));
	ck_assert_uint_eq(cache.bad, 1);
}
END_TEST

/* Each byte in turn: the file is absent, or its name says that it is damaged, or
 * the byte is part of nothing that was asked. */
START_TEST(no_changed_byte_makes_a_wrong_name)
{
	struct symfile s;
	struct stat st;
	unsigned absent = 0, damaged = 0;
	uint8_t b;
	int fd;

	ck_assert(store("note", false));
	ck_assert_int_eq(stat(path, &st), 0);
	fd = open(path, O_RDWR | O_CLOEXEC);
	for (off_t i = 0; i < st.st_size; i++) {
		ck_assert_int_eq(pread(fd, &b, 1, i), 1);
		b ^= 4;
		ck_assert_int_eq(pwrite(fd, &b, 1, i), 1);
		if (load(&s)) {
			const char *name = name_at(&s, 0x150);

			if (strcmp(name, "damaged") == 0)
				damaged++;
			else
				ck_assert_str_eq(name, "f5");
			symfile_free(&s);
		} else {
			absent++;
		}
		b ^= 4;
		ck_assert_int_eq(pwrite(fd, &b, 1, i), 1);
	}
	close(fd);
	ck_assert_uint_eq(absent, sizeof(struct symformat_trailer) + 16);
	ck_assert_uint_eq(damaged, 11 * 8 + 8 + 2);
	ck_assert(load(&s));
	symfile_free(&s);
}
END_TEST

START_TEST(a_file_of_another_length_is_absent)
{
	struct symfile s;
	struct stat st;

	ck_assert(store("", false));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(truncate(path, st.st_size + 1), 0);
	ck_assert(!load(&s));
	for (off_t len = st.st_size - 1; len > 0; len = len * 3 / 4) {
		ck_assert_int_eq(truncate(path, len), 0);
		ck_assert(!load(&s));
	}
}
END_TEST

START_TEST(a_file_that_is_cut_while_it_is_in_use_is_damaged)
{
	struct symfile s;

	ck_assert(store("", false) && load(&s));
	ck_assert_int_eq(truncate(path, 4), 0);
	ck_assert_str_eq(name_at(&s, 0x100), "damaged");
	symfile_free(&s);
}
END_TEST

/* Thousands close together, some far away, up to the last address. */
static void
make_many(struct rangetab *t)
{
	static const uint64_t far[] = { 1, 1ull << 40, 1ull << 63,
		UINT64_MAX - 8 };

	srand(1);
	for (uint32_t i = 0; i < 5000; i++)
		rangetab_add(t, 0xffffffff81000000u + (uint64_t)rand() % 100000,
		    0xffffffff81000000u + 100000, 10 + i, 1);
	for (uint32_t i = 0; i < 4; i++)
		rangetab_add(t, far[i], far[i] + 8, 4 + i, 1);
	rangetab_build(t, RANGETAB_INNER);
}

static void
load_many(struct rangetab *t, struct symfile *s)
{
	const struct symwrite_source from = source_of(t, "");

	make_many(t);
	ck_assert(symwrite_store(&cache, "file", &from, false) && load(s));
}

static void
check_name(struct symfile *s, uint64_t addr, uint32_t value)
{
	struct buf want = { 0 };

	if (value == RANGETAB_NONE)
		buf_adds(&want, "none");
	else
		ck_assert(name_of(NULL, value, &want));
	ck_assert_str_eq(name_at(s, addr), want.s);
	buf_free(&want);
}

/* Also where pages of it were read before. */
START_TEST(a_large_file_that_is_cut_while_it_is_in_use_is_damaged)
{
	struct rangetab t = { 0 };
	struct symfile s;
	uint64_t at;

	load_many(&t, &s);
	ck_assert_uint_gt(s.size, 10 * 4096);
	ck_assert_ptr_eq(s.mem, s.map.p);
	check_name(&s, t.start[0], t.value[0]);
	check_name(&s, t.start[2000], t.value[2000]);
	ck_assert_int_eq(truncate(path, 4096), 0);
	ck_assert_str_eq(name_at(&s, t.start[2000]), "damaged");
	ck_assert_str_eq(name_at(&s, t.start[1000]), "damaged");
	if (s.mem) {
		ck_assert(!symfile_first(&s, 5, &at));
		ck_assert_uint_eq(symfile_lookup(&s, t.start[0]),
		    SYMFILE_UNSURE);
	}
	symfile_free(&s);
	rangetab_free(&t);
}
END_TEST

/* Pages begin where there is room for no more pieces, and where one is too far away. */
START_TEST(pieces_of_all_pages_are_found)
{
	struct rangetab t = { 0 };
	struct symfile s;
	uint64_t at;

	load_many(&t, &s);
	ck_assert_uint_gt(s.pages, t.n / SYMFORMAT_PAGE + 2);
	ck_assert_str_eq(name_at(&s, 0), "none");
	for (uint32_t i = 0; i < t.n; i++) {
		check_name(&s, t.start[i], t.value[i]);
		check_name(&s, t.start[i] - 1,
		    i ? t.value[i - 1] : RANGETAB_NONE);
	}
	ck_assert(symfile_first(&s, 2, &at) && at == 1ull << 40);
	symfile_free(&s);
	rangetab_free(&t);
}
END_TEST

START_TEST(the_first_piece_from_an_address_on_is_found)
{
	struct rangetab t = { 0 };
	const struct symwrite_source from = source_of(&t, "");
	struct symfile s;
	uint64_t at;

	rangetab_add(&t, 0, 10, 1, 0);
	rangetab_add(&t, 100, 200, 2, 0);
	rangetab_add(&t, 1ull << 40, (1ull << 40) + 5, 3, 0);
	rangetab_build(&t, RANGETAB_INNER);
	ck_assert(symwrite_store(&cache, "file", &from, false) && load(&s));
	ck_assert(symfile_first(&s, 0, &at) && at == 0);
	ck_assert(symfile_first(&s, 5, &at) && at == 100); /* no gap */
	ck_assert(symfile_first(&s, 100, &at) && at == 100);
	ck_assert(symfile_first(&s, 101, &at) && at == 1ull << 40);
	ck_assert(!symfile_first(&s, (1ull << 40) + 1, &at));
	symfile_free(&s);
	rangetab_free(&t);
}
END_TEST

/* What is asked is looked at then, and not before. */
START_TEST(only_pages_that_are_asked_for_are_checked)
{
	struct rangetab t = { 0 };
	struct symfile s;
	int fd;
	off_t at;

	load_many(&t, &s);
	fd = open(path, O_RDWR | O_CLOEXEC);
	at = (off_t)(symformat_pieces_at(s.names_size) +
	    s.index[s.pages / 2].first * sizeof(struct symformat_piece));
	ck_assert_int_eq(pwrite(fd, "wrong", 5, at), 5);
	close(fd);
	ck_assert_uint_eq(symfile_lookup(&s, s.index[s.pages / 2].start),
	    SYMFILE_UNSURE);
	ck_assert_str_eq(name_at(&s, s.index[s.pages / 2].start), "damaged");
	ck_assert_uint_lt(symfile_lookup(&s, s.index[s.pages / 2].start - 1),
	    SYMFORMAT_NO_NAME);
	symfile_free(&s);
	rangetab_free(&t);
}
END_TEST

static bool
into_buf(void *arg, const void *p, size_t len)
{
	buf_add(arg, p, len);
	return true;
}

START_TEST(a_table_in_memory_is_read_alike)
{
	struct rangetab t = { 0 };
	const struct symwrite_source from = source_of(&t, "");
	struct buf b = { 0 };
	struct symfile s;

	make_many(&t);
	ck_assert(symwrite(&from, into_buf, &b));
	ck_assert(!symfile_open_mem(&s, b.s, b.len - 1, key, sizeof key));
	ck_assert(symfile_open_mem(&s, b.s, b.len, key, sizeof key));
	for (uint32_t i = 0; i < t.n; i++)
		check_name(&s, t.start[i], t.value[i]);
	b.s[0] ^= 1; /* the sum of the first name */
	ck_assert_str_eq(name_at(&s, 1), "damaged");
	symfile_free(&s);
	buf_free(&b);
	rangetab_free(&t);
}
END_TEST

START_TEST(a_table_of_nothing_is_one)
{
	struct rangetab none = { 0 };
	struct symfile s;
	const struct symwrite_source from = source_of(&none, "");

	ck_assert(symwrite_store(&cache, "file", &from, false) && load(&s));
	ck_assert_str_eq(name_at(&s, 0x100), "none");
	symfile_free(&s);
}
END_TEST

static void
add_tests(Suite *s, const char *name, void (*begin)(void))
{
	TCase *t = tcase_create(name);

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, begin, teardown);
	tcase_set_timeout(t, 0);
	tcase_add_test(t, what_was_stored_is_found);
	tcase_add_test(t, a_value_without_a_name_is_known_to_be_nameless);
	tcase_add_test(t, long_names_are_whole_and_bounded);
	tcase_add_test(t, another_key_is_absent);
	tcase_add_test(t, a_private_file_is_the_owner_s_alone);
	tcase_add_test(t, no_changed_byte_makes_a_wrong_name);
	tcase_add_test(t, a_file_of_another_length_is_absent);
	tcase_add_test(t, a_file_that_is_cut_while_it_is_in_use_is_damaged);
	tcase_add_test(t,
	    a_large_file_that_is_cut_while_it_is_in_use_is_damaged);
	tcase_add_test(t, pieces_of_all_pages_are_found);
	tcase_add_test(t, the_first_piece_from_an_address_on_is_found);
	tcase_add_test(t, only_pages_that_are_asked_for_are_checked);
	tcase_add_test(t, a_table_in_memory_is_read_alike);
	tcase_add_test(t, a_table_of_nothing_is_one);
}

Suite *
suite(void)
{
	Suite *s = suite_create("symfile");

	add_tests(s, "mapped", setup);
	add_tests(s, "read", setup_full);
	return s;
}
