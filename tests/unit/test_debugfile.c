/*
 * test_debugfile.c - where a debug file is looked for, and which is believed.
 */
#include "elf/debugfile.h"

#include <check.h>
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "suite.h"

/* A stripped file as an array. */
enum { LINK = 1, NAMES, SECTIONS };

static struct {
	Elf64_Ehdr eh;
	Elf64_Shdr sh[SECTIONS];
	char link[64], names[32];
} im;
static struct elffile f;
static struct buf asked;

static void
teardown(void)
{
	buf_free(&asked);
}

static void
setup(void)
{
	memset(&im, 0, sizeof im);
	memcpy(im.eh.e_ident, ELFMAG, SELFMAG);
	im.eh.e_ident[EI_CLASS] = ELFCLASS64;
	im.eh.e_ident[EI_DATA] = ELFDATA2LSB;
	im.eh.e_type = ET_DYN;
	im.eh.e_machine = EM_X86_64;
	im.eh.e_shoff = offsetof(__typeof__(im), sh);
	im.eh.e_shentsize = sizeof im.sh[0];
	im.eh.e_shnum = SECTIONS;
	im.eh.e_shstrndx = NAMES;
	strcpy(im.names, ".gnu_debuglink");
	im.sh[NAMES] = (Elf64_Shdr){ .sh_type = SHT_STRTAB, .sh_name = 31,
		.sh_offset = offsetof(__typeof__(im), names),
		.sh_size = sizeof im.names };
	im.sh[LINK] = (Elf64_Shdr){ .sh_type = SHT_PROGBITS,
		.sh_offset = offsetof(__typeof__(im), link) };
	buf_reset(&asked);
}

static void
set_link(const char *name, size_t size)
{
	strcpy(im.link, name);
	im.sh[LINK].sh_size = size;
}

static int
remember(void *arg, const char *path)
{
	ck_assert_ptr_eq(arg, &asked);
	buf_addf(&asked, "%s\n", path);
	return -1;
}

static const char *
places(const char *path)
{
	struct elffile debug;

	ck_assert_int_eq(elffile_init_mem(&f, &im, sizeof im), ELFFILE_OK);
	ck_assert_int_eq(debugfile_find(&f, path, remember, &asked, &debug), -1);
	return buf_str(&asked);
}

START_TEST(the_crc_is_that_of_gdb)
{
	/* The check value of CRC-32/ISO-HDLC. */
	ck_assert_uint_eq(debugfile_crc(0, "123456789", 9), 0xcbf43926u);
	ck_assert_uint_eq(debugfile_crc(debugfile_crc(0, "1234", 4), "56789", 5),
	    0xcbf43926u);
	ck_assert_uint_eq(debugfile_crc(0, "", 0), 0);
}
END_TEST

START_TEST(three_places_are_asked_by_name)
{
	set_link("x.debug", 12);
	ck_assert_str_eq(places("/usr/bin/x"), "/usr/bin/x.debug\n"
	    "/usr/bin/.debug/x.debug\n"
	    "/usr/lib/debug/usr/bin/x.debug\n");
}
END_TEST

START_TEST(a_file_in_the_root_is_no_exception)
{
	set_link("x.debug", 12);
	ck_assert_str_eq(places("/x"), "/x.debug\n/.debug/x.debug\n"
	    "/usr/lib/debug/x.debug\n");
}
END_TEST

START_TEST(links_that_make_no_sense_are_none)
{
	static const struct {
		const char *name;
		size_t size;
	} bad[] = {
		{ "", 8 }, { "../../etc/shadow", 24 }, { "/x", 8 },
		{ "x.debug", 8 }, { "x.debug", 11 }, { "x.debug", 7 },
		{ "x.debug", 0 },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		setup();
		set_link(bad[i].name, bad[i].size);
		ck_assert_str_eq(places("/usr/bin/x"), "");
	}
	/* No NUL behind the name. */
	setup();
	memset(im.link, 'x', sizeof im.link);
	im.sh[LINK].sh_size = sizeof im.link;
	ck_assert_str_eq(places("/usr/bin/x"), "");
}
END_TEST

START_TEST(what_has_no_path_is_not_looked_for_by_name)
{
	set_link("x.debug", 12);
	ck_assert_str_eq(places("[vdso]"), "");
	ck_assert_str_eq(places("memfd:x"), "");
}
END_TEST

/* This program, under its build id; or refused where that is another. */
static int
open_self(void *arg, const char *path)
{
	buf_addf(arg, "%s\n", path);
	return open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
}

START_TEST(a_build_id_decides)
{
	char hex[2 * BUILDID_MAX + 1], want[256];
	struct elffile self, debug;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), got;

	ck_assert_int_eq(elffile_init(&self, fd), ELFFILE_OK);
	if (buildid_is_none(&self.build_id)) {
		close(fd);
		return;
	}
	buildid_format(&self.build_id, hex);
	got = debugfile_find(&self, "x", open_self, &asked, &debug);
	ck_assert_int_ge(got, 0);
	ck_assert(buildid_equal(&debug.build_id, &self.build_id));
	close(got);
	snprintf(want, sizeof want, "/usr/lib/debug/.build-id/%.2s/%s.debug\n",
	    hex, hex + 2);
	ck_assert_str_eq(asked.s, want);
	self.build_id.b[0] ^= 1;
	ck_assert_int_eq(debugfile_find(&self, "x", open_self, &asked, &debug),
	    -1);
	close(fd);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("debugfile");
	TCase *t = tcase_create("debugfile");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_crc_is_that_of_gdb);
	tcase_add_test(t, three_places_are_asked_by_name);
	tcase_add_test(t, a_file_in_the_root_is_no_exception);
	tcase_add_test(t, links_that_make_no_sense_are_none);
	tcase_add_test(t, what_has_no_path_is_not_looked_for_by_name);
	tcase_add_test(t, a_build_id_decides);
	return s;
}
