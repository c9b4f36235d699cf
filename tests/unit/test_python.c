/* CPython's frames in made-up memory, and this machine's interpreters. */
#include <stdint.h>
#include <stddef.h>

static int read_arena(void *mem, void *dst, size_t len, uint64_t addr);
#define UNWIND_READ(mem, dst, len, addr) read_arena(mem, dst, len, addr)

#include "runtime/interp.h"
#include "runtime/python_step.h"

#include <check.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* -- memory --------------------------------------------------------------- */

#define AT 0x7f0000000000ull

static uint8_t arena[16384];

static int
read_arena(void *mem, void *dst, size_t len, uint64_t addr)
{
	(void)mem;
	if (addr < AT || addr - AT > sizeof arena ||
	    len > sizeof arena - (addr - AT))
		return -1;
	memcpy(dst, arena + (addr - AT), len);
	return 0;
}

static bool
read_for_names(void *arg, uint64_t addr, void *dst, size_t len)
{
	return read_arena(arg, dst, len, addr) == 0;
}

static const struct interp_process process = { read_for_names, NULL, NULL };

static void
put(uint64_t addr, uint64_t value, size_t len)
{
	memcpy(arena + (addr - AT), &value, len);
}

static void
clear(void)
{
	memset(arena, 0, sizeof arena);
}

/* -- steps ---------------------------------------------------------------- */

/* As 3.12's, by hand. */
static const struct python_layout shims = {
	.thread_next = 8, .thread_id = 136, .thread_frame = 56,
	.has_cframe = 1, .frame_size = 80, .frame_back = 8, .frame_at = 56,
	.frame_flag = 70, .code_start = 192, .rule = PYTHON_SHIM,
	.at = PYTHON_AT_POINTER,
};

static void
put_frame(uint64_t addr, uint64_t code, uint64_t back, unsigned owner)
{
	put(addr, code, 8);
	put(addr + 8, back, 8);
	put(addr + 56, code + 192 + 2 * 7, 8);
	put(addr + 70, owner, 1);
}

START_TEST(a_run_ends_at_the_shim)
{
	struct python_state s = { 0 };

	clear();
	put(AT + 56, AT + 512, 8);  /* thread: its cframe */
	put(AT + 512, AT + 1024, 8);
	put_frame(AT + 1024, AT + 4096, AT + 1152, 0);
	put_frame(AT + 1152, AT + 4352, AT + 1280, 1);
	put_frame(AT + 1280, AT + 4608, AT + 1408, 3);
	put_frame(AT + 1408, AT + 4864, 0, 0);
	python_begin(&shims, &s, AT, NULL);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_INNER);
	ck_assert_uint_eq(s.code, AT + 4096);
	ck_assert_uint_eq(s.at, 7);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_INNER);
	ck_assert_uint_eq(s.code, AT + 4352);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_OVER);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_INNER);
	ck_assert_uint_eq(s.code, AT + 4864);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_NOTHING);
}
END_TEST

START_TEST(a_run_ends_with_the_entry)
{
	struct python_layout l = shims;
	struct python_state s = { .next = AT + 1024 };

	l.rule = PYTHON_ENTRY;
	clear();
	put_frame(AT + 1024, AT + 4096, AT + 1152, 0);
	put_frame(AT + 1152, AT + 4352, AT + 1280, 1);
	ck_assert_int_eq(python_step(&l, &s, NULL), PYTHON_INNER);
	ck_assert_int_eq(python_step(&l, &s, NULL), PYTHON_LAST);
	ck_assert_uint_eq(s.code, AT + 4352);
}
END_TEST

/* The shim of this run is in another eval frame: as long as the function begins
 * or ends, its own frame is not in the chain. */
START_TEST(a_run_of_an_outer_eval_frame_waits_for_it)
{
	struct python_state s = {
		.next = AT + 1024, .sp = AT + 8192, .cfa = AT + 8448,
	};

	clear();
	put_frame(AT + 1024, AT + 4096, AT + 8512, 0);
	put_frame(AT + 8512, AT + 4608, AT + 1280, 3);
	put_frame(AT + 1280, AT + 4864, 0, 0);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_INNER);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_NOT_HERE);
	s.first = 0;
	s.sp = AT + 8448;
	s.cfa = AT + 8704;
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_INNER);
	ck_assert_uint_eq(s.code, AT + 4096);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_OVER);
	s.first = 0;
	s.cfa = 0; /* not known: it is believed */
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_INNER);
	ck_assert_uint_eq(s.code, AT + 4864);
}
END_TEST

START_TEST(the_cframe_tells_so_at_once)
{
	struct python_state s = { .sp = AT + 8192, .cfa = AT + 8448 };

	clear();
	put(AT + 56, AT + 8512, 8);
	put(AT + 8512, AT + 1024, 8);
	put_frame(AT + 1024, AT + 4096, 0, 0);
	python_begin(&shims, &s, AT, NULL);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_NOT_HERE);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_NOT_HERE);
	s.sp = AT + 8448;
	s.cfa = AT + 8704;
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_INNER);
	ck_assert_uint_eq(s.code, AT + 4096);
	ck_assert_uint_eq(s.mark, AT + 8512);
	s.sp = AT + 8192;
	s.cfa = 0; /* not known: it is believed */
	python_begin(&shims, &s, AT, NULL);
	s.first = 0;
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_INNER);
}
END_TEST

/* In 3.10 it is beside the frame, which is an object. */
START_TEST(a_cframe_may_lead_to_no_frame)
{
	struct python_state s = { .sp = AT + 8192, .cfa = AT + 8448 };
	struct python_layout l = shims;

	l.has_cframe = 0;
	l.thread_frame = 24;
	l.thread_anchor = 48;
	l.rule = PYTHON_ONE;
	clear();
	put(AT + 24, AT + 1024, 8);
	put(AT + 48, AT + 8512, 8);
	put_frame(AT + 1024, AT + 4096, AT + 1152, 0);
	put_frame(AT + 1152, AT + 4352, 0, 0);
	python_begin(&l, &s, AT, NULL);
	ck_assert_int_eq(python_step(&l, &s, NULL), PYTHON_NOT_HERE);
	s.sp = AT + 8448;
	s.cfa = AT + 8704;
	ck_assert_int_eq(python_step(&l, &s, NULL), PYTHON_LAST);
	ck_assert_uint_eq(s.code, AT + 4096);
	ck_assert_uint_eq(s.mark, AT + 8512);
	s.first = 0;
	ck_assert_int_eq(python_step(&l, &s, NULL), PYTHON_LAST);
	ck_assert_uint_eq(s.mark, 0);
}
END_TEST

/* Interpreters at 64 and 128; states of this thread at 1024 and 4096. */
START_TEST(a_thread_has_a_state_in_each_interpreter)
{
	struct python_layout l = shims;
	struct python_state s = { .more = PYTHON_UNTRIED };
	uint64_t self = AT + 8192;
	int found = 0;

	l.interp = AT + 32;
	l.interp_next = 0;
	l.interp_threads = 8;
	clear();
	put(l.interp, AT + 64, 8);
	ck_assert(python_is_single(&l, NULL));
	put(AT + 64, AT + 128, 8);
	ck_assert(!python_is_single(&l, NULL));
	put(AT + 64 + 8, AT + 512, 8);
	put(AT + 512 + l.thread_next, AT + 1024, 8);
	put(AT + 512 + l.thread_id, 7, 8);
	put(AT + 128 + 8, AT + 4096, 8);
	for (uint64_t ts = AT + 1024; ts <= AT + 4096; ts += 3072) {
		put(ts + l.thread_id, self, 8);
		put(ts + l.thread_frame, ts + 256, 8);
		put(ts + 256, ts + 512, 8);
	}
	for (int i = 0; i < 16 && !found; i++)
		found = python_search_step(&l, &s, self, NULL);
	ck_assert_int_eq(found, 1);
	ck_assert_uint_eq(s.next, AT + 1024 + 512);
	found = 0;
	for (int i = 0; i < 16 && !found; i++)
		found = python_search_step(&l, &s, self, NULL);
	ck_assert_int_eq(found, 1);
	ck_assert_uint_eq(s.next, AT + 4096 + 512);
	found = 0;
	for (int i = 0; i < 16 && !found; i++)
		found = python_search_step(&l, &s, self, NULL);
	ck_assert_int_eq(found, -1);
	ck_assert_uint_eq(s.more, PYTHON_NO_MORE);
}
END_TEST

START_TEST(what_cannot_be_read_ends_the_chain)
{
	struct python_state s = { .next = AT + sizeof arena - 8 };

	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_NOTHING);
	ck_assert_uint_eq(s.next, 0);
	python_begin(&shims, &s, 0, NULL);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_NOTHING);
	python_begin(&shims, &s, 8, NULL);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_NOTHING);
}
END_TEST

/* A layout with a made key at 64, and this thread's state at 2048. */
static struct python_layout
put_key(uint64_t self, uint64_t key)
{
	struct python_layout l = shims;

	l.key = AT + 64;
	clear();
	put(l.key, 1, 4);
	put(l.key + 4, key, 4);
	put(AT + 2048 + l.thread_id, self, 8);
	return l;
}

START_TEST(a_key_leads_to_this_threads_state_only)
{
	uint64_t self = AT + 8192;
	struct python_layout l = put_key(self, 3);

	put(self + 784 + 3 * 16 + 8, AT + 2048, 8);
	put(AT + 2048 + l.thread_id, 7, 8);
	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), 0);
	put(AT + 2048 + l.thread_id, self, 8);
	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), AT + 2048);
	put(l.key, 0, 4); /* not made yet */
	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), 0);
	put(l.key, 1, 4);
	put(l.key + 4, PYTHON_GLIBC_KEYS, 4);
	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), 0);
	l.bare_key = 1;
	put(l.key, 3, 4);
	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), AT + 2048);
}
END_TEST

START_TEST(keys_behind_the_first_block_are_found)
{
	uint64_t self = AT + 8192;
	struct python_layout l = put_key(self, 70);

	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), 0);
	put(self + 1296 + 2 * 8, AT + 4096, 8); /* the block of 64 to 95 */
	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), 0);
	put(AT + 4096 + 6 * 16 + 8, AT + 2048, 8);
	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), AT + 2048);
}
END_TEST

START_TEST(musl_has_its_values_elsewhere)
{
	uint64_t self = AT + 8192;
	struct python_layout l = put_key(self, 5);

	put(self + 128, AT + 4096, 8);
	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), 0);
	put(AT + 4096 + 5 * 8, AT + 2048, 8);
	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), AT + 2048);
	/* Whatever it is where glibc has its own. */
	put(self + 784 + 5 * 16 + 8, AT + 3072, 8);
	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), AT + 2048);
	put(l.key + 4, PYTHON_MUSL_KEYS, 4);
	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), 0);
}
END_TEST

/* -- names ---------------------------------------------------------------- */

/* The text of a code object's frame. */
static int
name_with(const struct interp *i, const struct interp_wish *wish,
    uint64_t clue, uint64_t *check, struct buf *out)
{
	struct interp_code c = { .check = *check };
	int rc = interp_read(i, &process, wish, AT, clue, &c);

	if (rc == INTERP_OK)
		interp_put_name(i, &c, c.line, out);
	*check = c.check;
	interp_code_free(&c);
	return rc;
}

static int
name_of(const struct interp *i, uint64_t *check, struct buf *out)
{
	static const struct interp_wish base;

	return name_with(i, &base, 0, check, out);
}

static void
put_str(uint64_t addr, const void *text, size_t chars, unsigned kind,
    bool ascii)
{
	put(addr, 1, 8);
	put(addr + 16, chars, 8);
	put(addr + 32, kind << 2 | 1u << 5 | (unsigned)ascii << 6, 4);
	memcpy(arena + (addr - AT) + (ascii ? 40 : 56), text, chars * kind);
}

/* A code object of 3.12 with its strings. */
static struct interp
put_code(const char *file)
{
	clear();
	put(AT, 1, 8);
	put(AT + 68, 31, 4);
	put(AT + 112, AT + 1024, 8);
	put(AT + 128, AT + 2048, 8);
	put_str(AT + 1024, file, strlen(file), 1, true);
	put_str(AT + 2048, "Shop.price", 10, 1, true);
	return (struct interp){
		.language = INTERP_PYTHON, .u.python.minor = 12,
	};
}

static const struct {
	const char *file;
	enum interp_paths paths;
	const char *name;
} names[] = {
	{ "/srv/shop/app.py", INTERP_BASE, "Shop.price (app.py:31)_[p]" },
	{ "/srv/shop/app.py", INTERP_FULL,
	    "Shop.price (/srv/shop/app.py:31)_[p]" },
	{ "/srv/shop/app.py", INTERP_MODULE, "Shop.price (app.py:31)_[p]" },
	{ "/v/lib/python3.12/site-packages/a/site-packages/b/c.py",
	    INTERP_MODULE, "Shop.price (b/c.py:31)_[p]" },
	{ "/usr/lib/python3.12/json/decoder.py", INTERP_MODULE,
	    "Shop.price (json/decoder.py:31)_[p]" },
	{ "<string>", INTERP_BASE, "Shop.price (<string>:31)_[p]" },
	{ "", INTERP_BASE, "Shop.price (:31)_[p]" },
};

START_TEST(a_code_object_has_a_name)
{
	struct interp_wish wish = { .paths = names[_i].paths };
	struct interp i = put_code(names[_i].file);
	struct buf b = { 0 };
	uint64_t check = 0;

	ck_assert_int_eq(name_with(&i, &wish, 0, &check, &b), INTERP_OK);
	ck_assert_str_eq(b.s, names[_i].name);
	buf_free(&b);
}
END_TEST

START_TEST(another_code_object_at_the_address_is_noticed)
{
	struct interp i = put_code("a.py");
	struct buf b = { 0 };
	uint64_t check = 0;

	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_OK);
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_SAME);
	put(AT + 68, 32, 4);
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_OK);
	buf_free(&b);
}
END_TEST

START_TEST(text_of_all_widths_becomes_utf_8)
{
	static const uint8_t latin[] = { 'g', 'r', 0xf6, 0xdf, 'e' };
	static const uint16_t two[] = { 0x6f22, 0x5b57 };
	static const uint32_t four[] = { 0x1f600, 'x' };
	struct interp i = put_code("a.py");
	struct buf b = { 0 };
	uint64_t check = 0;

	put_str(AT + 2048, latin, 5, 1, false);
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_OK);
	ck_assert_str_eq(b.s, "gr\xc3\xb6\xc3\x9f""e (a.py:31)_[p]");
	buf_reset(&b);
	check = 0;
	put_str(AT + 2048, two, 2, 2, false);
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_OK);
	ck_assert_str_eq(b.s, "\xe6\xbc\xa2\xe5\xad\x97 (a.py:31)_[p]");
	buf_reset(&b);
	check = 0;
	put_str(AT + 2048, four, 2, 4, false);
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_OK);
	ck_assert_str_eq(b.s, "\xf0\x9f\x98\x80x (a.py:31)_[p]");
	buf_free(&b);
}
END_TEST

START_TEST(garbage_has_no_name)
{
	struct interp i = put_code("a.py");
	struct interp_wish wish = { 0 };
	struct interp_code c = { 0 };
	struct buf b = { 0 };
	uint64_t check = 0;

	ck_assert_int_eq(interp_read(&i, &process, &wish, 0, 0, &c),
	    INTERP_EREAD);
	ck_assert_int_eq(interp_read(&i, &process, &wish, AT + sizeof arena,
	    0, &c), INTERP_EREAD);
	ck_assert_uint_eq(c.name.len, 0);
	put(AT + 2048 + 32, 0, 4); /* no str */
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_ESENSE);
	put(AT + 128, 64, 8); /* nowhere */
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_ESENSE);
	ck_assert_uint_eq(b.len, 0);
	buf_free(&b);
}
END_TEST

START_TEST(what_was_freed_has_no_name)
{
	struct interp i = put_code("a.py");
	struct buf b = { 0 };
	uint64_t check = 0;

	put(AT, 0, 8); /* the end of a list of what is free */
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_ESENSE);
	put(AT, 3, 8);
	put(AT + 1024, AT + 2048, 8); /* and amidst it: the file's name */
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_ESENSE);
	put(AT + 1024, 0xc0000000, 8); /* immortal */
	i.u.python.text_type = AT + 64;
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_ESENSE);
	put(AT + 1024 + 8, AT + 64, 8);
	put(AT + 2048 + 8, AT + 64, 8);
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_OK);
	i.u.python.code_type = AT + 128;
	check = 0;
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_ESENSE);
	buf_free(&b);
}
END_TEST

START_TEST(without_the_gil_objects_have_a_larger_head)
{
	struct interp i = put_code("a.py");
	struct buf b = { 0 };
	uint64_t check = 0;

	i.u.python.head = 16;
	memmove(arena + 16, arena, sizeof arena - 16);
	for (uint64_t at = AT; at <= AT + 2048; at += 1024) {
		put(at, 0, 8);
		put(at + 8, 0, 8);
		put(at + 16, at == AT, 8); /* the code's is shared */
	}
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_ESENSE);
	put(AT + 1024 + 12, 1, 4);
	put(AT + 2048 + 12, 1, 4);
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_OK);
	ck_assert_str_eq(b.s, "Shop.price (a.py:31)_[p]");
	i.u.python.code_type = AT + 64;
	check = 0;
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_ESENSE);
	put(AT + 24, AT + 64, 8);
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_OK);
	buf_free(&b);
}
END_TEST

START_TEST(a_huge_length_is_cut_off)
{
	struct interp i = put_code("a.py");
	struct buf b = { 0 };
	uint64_t check = 0;

	put(AT + 2048 + 16, UINT64_MAX, 8);
	ck_assert_int_eq(name_of(&i, &check, &b), INTERP_OK);
	ck_assert_uint_le(b.len, INTERP_TEXT_MAX + 32);
	buf_free(&b);
}
END_TEST

/* -- files ---------------------------------------------------------------- */

START_TEST(this_machines_pythons_are_recognised)
{
	static const char *const globs[] = {
		"/usr/bin/python3.[0-9]", "/usr/bin/python3.1[0-4]",
		"/usr/lib/x86_64-linux-gnu/libpython3.*.so.1.0",
		"~/.pyenv/versions/*/lib/libpython[23].*.so.1.0",
	};
	glob_t g = { 0 };

	for (size_t i = 0; i < GP_COUNT(globs); i++)
		if (glob(globs[i], GLOB_TILDE | (i ? GLOB_APPEND : 0), NULL, &g) != 0)
			continue;
	for (size_t i = 0; i < g.gl_pathc; i++) {
		struct interp interp;
		struct elffile f;
		int fd = open(g.gl_pathv[i], O_RDONLY | O_CLOEXEC);

		if (fd < 0 || elffile_init(&f, fd) != ELFFILE_OK)
			continue;
		ck_assert_msg(interp_recognise(&f, &interp), "%s",
		    g.gl_pathv[i]);
		ck_assert_uint_eq(interp.language, INTERP_PYTHON);
		ck_assert(elffile_is_code(&f, interp.eval[0].start));
		close(fd);
	}
	globfree(&g);
}
END_TEST

START_TEST(what_is_no_python_is_none)
{
	struct interp interp;
	struct elffile f;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(elffile_init(&f, fd), ELFFILE_OK);
	ck_assert(!interp_recognise(&f, &interp));
	ck_assert_uint_eq(interp.language, INTERP_NONE);
	close(fd);
}
END_TEST

START_TEST(moving_leaves_alone_what_is_not_there)
{
	struct interp i = {
		.language = INTERP_PYTHON,
		.eval = { { 0x1000, 0x2000 } },
		.u.python.key = 0x3000,
	};

	interp_move(&i, 0x10000);
	ck_assert_uint_eq(i.eval[0].start, 0x11000);
	ck_assert_uint_eq(i.eval[0].end, 0x12000);
	ck_assert_uint_eq(i.eval[1].end, 0);
	ck_assert_uint_eq(i.u.python.key, 0x13000);
	ck_assert_uint_eq(i.u.python.current, 0);
	ck_assert(interp_is_eval(&i, 0x11000));
	ck_assert(!interp_is_eval(&i, 0x12000));
	ck_assert(!interp_is_eval(&i, 0));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("python");
	TCase *t = tcase_create("python");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, a_run_ends_at_the_shim);
	tcase_add_test(t, a_run_ends_with_the_entry);
	tcase_add_test(t, a_run_of_an_outer_eval_frame_waits_for_it);
	tcase_add_test(t, the_cframe_tells_so_at_once);
	tcase_add_test(t, a_cframe_may_lead_to_no_frame);
	tcase_add_test(t, a_thread_has_a_state_in_each_interpreter);
	tcase_add_test(t, what_cannot_be_read_ends_the_chain);
	tcase_add_test(t, a_key_leads_to_this_threads_state_only);
	tcase_add_test(t, keys_behind_the_first_block_are_found);
	tcase_add_test(t, musl_has_its_values_elsewhere);
	tcase_add_loop_test(t, a_code_object_has_a_name, 0,
	    (int)GP_COUNT(names));
	tcase_add_test(t, another_code_object_at_the_address_is_noticed);
	tcase_add_test(t, text_of_all_widths_becomes_utf_8);
	tcase_add_test(t, garbage_has_no_name);
	tcase_add_test(t, what_was_freed_has_no_name);
	tcase_add_test(t, without_the_gil_objects_have_a_larger_head);
	tcase_add_test(t, a_huge_length_is_cut_off);
	tcase_add_test(t, this_machines_pythons_are_recognised);
	tcase_add_test(t, what_is_no_python_is_none);
	tcase_add_test(t, moving_leaves_alone_what_is_not_there);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
