#include "stream/frame.h"

#include <check.h>
#include <string.h>

#include "base/utf8.h"
#include "suite.h"

static const struct {
	const char *s;
	struct frame f;
} addresses[] = {
	{ "$5+1c2f0", { FRAME_MODULE, 5, 0x1c2f0 } },
	{ "$0+0", { FRAME_MODULE, 0, 0 } },
	{ "$4294967295+ffffffffffffffff",
	    { FRAME_MODULE, UINT32_MAX, UINT64_MAX } },
	{ "$k+ffffffff81a0c0de", { FRAME_KERNEL, 0, 0xffffffff81a0c0de } },
	{ "$j4242+7f00", { FRAME_JIT, 4242, 0x7f00 } },
};

START_TEST(addresses_are_written_and_read)
{
	struct frame f = frame_parse(addresses[_i].s, strlen(addresses[_i].s));
	struct buf b = { 0 };

	ck_assert_int_eq(f.kind, addresses[_i].f.kind);
	ck_assert_uint_eq(f.id, addresses[_i].f.id);
	ck_assert_uint_eq(f.addr, addresses[_i].f.addr);
	frame_put(&b, &f);
	ck_assert_str_eq(b.s, addresses[_i].s);
	buf_free(&b);
}
END_TEST

static const char *const names[] = {
	"", "$", "$+", "$5", "$5+", "$+1", "$5+g", "$k1+1", "$j+1", "$kk+1",
	"$4294967296+1", "$5+10000000000000000", "$-1+1", "5+1c2f0", "main",
	"$5 +1", "$j1k+1", "$5+1c2f0_[k]",
};

START_TEST(anything_else_is_a_name)
{
	struct frame f = frame_parse(names[_i], strlen(names[_i]));

	ck_assert_int_eq(f.kind, FRAME_NAME);
	ck_assert_uint_eq(f.addr, 0);
}
END_TEST

static const struct {
	const char *in, *out;
} cleaned[] = {
	{ "main", "main" },
	{ "", "[unknown]" },
	{ "   ", "[unknown]" },
	{ "\n", "[unknown]" },
	{ "a;b", "a:b" },
	{ "a\nb\rc\td", "a b c d" },
	{ "a\x01\x7f", "a??" },
	{ "  operator new  ", "operator new" },
	{ "worker 7", "worker_7" },
	{ "worker 7 ", "worker_7" },
	{ "GLIBC 2.36", "GLIBC_2.36" },
	{ "v 5.", "v_5." },
	{ "v .5", "v .5" },
	{ "v 1.2.3", "v 1.2.3" },
	{ "a 1 2", "a 1_2" },
	{ "worker7", "worker7" },
	{ "7", "7" },
	{ " 7", "7" },
	{ "a 7b", "a 7b" },
	{ "$5+1c2f0", "_5+1c2f0" },
	{ " $k+1", "_k+1" },
	{ "$x", "$x" },
	{ "caf\xc3\xa9", "caf\xc3\xa9" },
	{ "a\xff" "b", "a\xef\xbf\xbd" "b" },
	{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd" },
	{ "\xef\xbb\xbf" "a", "\xef\xbf\xbd" "a" },
};

START_TEST(names_become_safe_and_stay_so)
{
	struct buf b = { 0 }, again = { 0 };

	buf_adds(&b, "before;");
	frame_put_name(&b, cleaned[_i].in, strlen(cleaned[_i].in));
	ck_assert_mem_eq(b.s, "before;", 7);
	ck_assert_str_eq(b.s + 7, cleaned[_i].out);
	ck_assert_uint_eq(strlen(b.s), b.len);
	frame_put_name(&again, b.s + 7, b.len - 7);
	ck_assert_str_eq(again.s, cleaned[_i].out);
	buf_free(&b);
	buf_free(&again);
}
END_TEST

static const struct {
	const char *comm, *out;
} comms[] = {
	{ "$k+ffff", "_k+ffff-7" }, /* a kernel address, once the pid is off */
	{ "bash", "bash-7" },
	{ "", "?-7" },
	{ "Web Content", "Web_Content-7" },
	{ "#gst", "_gst-7" },
	{ "a;b", "a:b-7" },
	{ "kworker/0:1-ev", "kworker/0:1-ev-7" },
	{ "x-1/2", "x-1/2-7" },
	{ "x-1", "x-1-7" },
	{ "\n\x01", "_?-7" },
};

START_TEST(process_frames_are_written_and_read)
{
	struct frame_root root;
	struct buf b = { 0 };

	frame_put_root(&b, comms[_i].comm, 7, 0);
	ck_assert_str_eq(b.s, comms[_i].out);
	ck_assert(frame_parse_root(b.s, b.len, &root));
	ck_assert_uint_eq(root.comm_len, b.len - 2);
	ck_assert(root.pid == 7 && root.tid == 0);
	buf_reset(&b);
	frame_put_root(&b, comms[_i].comm, 7, 9);
	ck_assert(frame_parse_root(b.s, b.len, &root));
	ck_assert_uint_eq(root.comm_len, b.len - 4);
	ck_assert(root.pid == 7 && root.tid == 9);
	buf_free(&b);
}
END_TEST

static const char *const no_roots[] = {
	"", "bash", "bash-", "bash-x", "a/7", "a-1x", "a-4294967296", "7",
};

START_TEST(a_frame_without_a_pid_is_no_process_frame)
{
	struct frame_root root;

	ck_assert(!frame_parse_root(no_roots[_i], strlen(no_roots[_i]),
	    &root));
	ck_assert_uint_eq(root.comm_len, strlen(no_roots[_i]));
	ck_assert(root.pid == 0 && root.tid == 0);
}
END_TEST

static const struct {
	const char *s;
	size_t len;
} utf8s[] = {
	{ "a", 1 }, { "\x7f", 1 }, { "\xc2\x80", 2 }, { "\xc1\xbf", 0 },
	{ "\xe0\xa0\x80", 3 }, { "\xe0\x9f\xbf", 0 }, { "\xed\x9f\xbf", 3 },
	{ "\xed\xa0\x80", 0 }, { "\xf0\x90\x80\x80", 4 },
	{ "\xf0\x8f\xbf\xbf", 0 }, { "\xf4\x8f\xbf\xbf", 4 },
	{ "\xf4\x90\x80\x80", 0 }, { "\xf5\x80\x80\x80", 0 }, { "\x80", 0 },
	{ "\xc2", 0 }, { "\xe2\x82", 0 }, { "\xe2\x82" "a", 0 },
};

START_TEST(utf8_is_what_unicode_says)
{
	ck_assert_uint_eq(utf8_len(utf8s[_i].s, strlen(utf8s[_i].s)),
	    utf8s[_i].len);
}
END_TEST

static const struct {
	const char *path, *want;
} modules[] = {
	{ "/usr/lib/libc.so.6", "libc.so.6" },
	{ "libc.so.6", "libc.so.6" },
	{ "/usr/lib/", "/usr/lib/" },
	{ "[vdso]", "vdso" },
	{ "/x/[heap]", "heap" },
	{ "[]", "[]" },
	{ "[", "[" },
	{ "", "" },
};

START_TEST(a_module_is_called_by_the_end_of_its_path)
{
	const char *s = modules[_i].path;
	size_t len = strlen(s);

	frame_cut_module(&s, &len);
	ck_assert_uint_eq(len, strlen(modules[_i].want));
	ck_assert_mem_eq(s, modules[_i].want, len);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("frame");
	TCase *t = tcase_create("frame");

	tcase_add_loop_test(t, addresses_are_written_and_read, 0,
	    GP_COUNT(addresses));
	tcase_add_loop_test(t, anything_else_is_a_name, 0,
	    GP_COUNT(names));
	tcase_add_loop_test(t, names_become_safe_and_stay_so, 0,
	    GP_COUNT(cleaned));
	tcase_add_loop_test(t, process_frames_are_written_and_read, 0,
	    GP_COUNT(comms));
	tcase_add_loop_test(t, a_frame_without_a_pid_is_no_process_frame, 0,
	    GP_COUNT(no_roots));
	tcase_add_loop_test(t, utf8_is_what_unicode_says, 0,
	    GP_COUNT(utf8s));
	tcase_add_loop_test(t, a_module_is_called_by_the_end_of_its_path, 0,
	    GP_COUNT(modules));
	suite_add_tcase(s, t);
	return s;
}
