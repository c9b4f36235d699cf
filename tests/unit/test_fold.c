#include "profile/fold.h"
#include "profile/place.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/suffix.h"
#include "suite.h"

#define RAW "#gp version=1 kind=raw\n"
#define END "#end lines=0 samples=0\n"

/* Feed lines: records as such, the rest as stacks with their count. */
static void
feed(struct fold *f, const char *text)
{
	struct record r = { 0 };
	const char *blank;
	size_t n;

	for (; *text; text += n + 1) {
		n = strcspn(text, "\n");
		if (record_parse(&r, text, n)) {
			fold_record(f, &r);
			continue;
		}
		blank = memrchr(text, ' ', n);
		ck_assert_int_eq(fold_sample(f, text, (size_t)(blank - text),
		    strtoull(blank + 1, NULL, 10)), 0);
	}
	record_free(&r);
}

/* Compare the result, and free it. */
static void
expect(struct fold *f, const char *want)
{
	struct stream_writer w = { 0 };
	char *text;
	size_t len;

	w.f = open_memstream(&text, &len);
	profile_write_folded(&f->profile, &w);
	fclose(w.f);
	ck_assert_str_eq(text, want);
	free(text);
	fold_free(f);
}

START_TEST(what_is_true_in_one_stream_becomes_true_everywhere)
{
	struct fold f = { 0 };

	feed(&f, RAW "#module id=1 path=/lib/libc.so.6\n"
	    "#module id=2 path=[vdso]\n#module id=3 path=/x/y offsets=1\n"
	    "a-1;$1+1f;$2+2;$3+3;$k+ffff;$j1+5 1\n" END
	    RAW "#module id=9 path=/usr/lib/libc.so.6\n"
	    "#module id=1 path=[vdso]\n#module id=2 path=y offsets=1\n"
	    "a-2;$9+1f;$1+2;$2+3;$k+ffff;$j1+5 2\n" END);
	expect(&f, "a;[libc.so.6+0x1f];[vdso+0x2];[y@0x3];"
	    "[kernel+0xffff]_[k];[jit-1+0x5]_[j] 3\n");
}
END_TEST

START_TEST(a_module_that_is_named_anew_is_another)
{
	struct fold f = { 0 };

	feed(&f, RAW "#module id=1 path=/a\nx-1;$1+1 1\n"
	    "#module id=1 path=/b\nx-1;$1+1 2\n" END);
	expect(&f, "x;[a+0x1] 1\nx;[b+0x1] 2\n");
}
END_TEST

START_TEST(a_module_without_record_is_unknown_and_told)
{
	struct fold f = { 0 };

	feed(&f, RAW "x-1;$1+1 1\n");
	ck_assert_uint_eq(f.notes, FRAMES_UNKNOWN_MODULE);
	/* Also when the frames are those of the line before. */
	feed(&f, "x-1;$1+1 1\n");
	ck_assert_uint_eq(f.notes, FRAMES_UNKNOWN_MODULE);
	feed(&f, "x-1 1\n");
	ck_assert_uint_eq(f.notes, 0);
	expect(&f, "x 1\nx;[unknown] 2\n");
}
END_TEST

static const struct {
	bool pid, tid;
	const char *want;
} roots[] = {
	{ false, false, "-x 1\n[unknown] 1\na-b 12\nno 1\n" },
	{ true, false, "-7 1\n-x 1\na-b-7 12\nno 1\n" },
	{ true, true, "-7 1\n-x 1\na-b-7 4\na-b-7/8 8\nno 1\n" },
};

START_TEST(the_process_frame_is_as_one_wants_it)
{
	struct fold f = { .opt.heads = { .pid = roots[_i].pid,
		.tid = roots[_i].tid } };

	feed(&f, RAW "a-b-7 4\na-b-7/8 8\nno 1\n-x 1\n-7 1\n" END);
	expect(&f, roots[_i].want);
}
END_TEST

START_TEST(folded_text_of_others_is_taken_as_it_is)
{
	struct fold f = { 0 };

	feed(&f, "java-8;$1+1;a 1\n" RAW "java-8;b 2\n" END "java-8;c 4\n"
	    "#gp version=1 kind=folded\njava-8;d 8\n" END);
	fold_next_file(&f);
	expect(&f, "java-8;_1+1;a 1\njava-8;c 4\njava-8;d 8\njava;b 2\n");
}
END_TEST

START_TEST(containers_come_before_processes)
{
	struct fold f = { .opt.heads.container = true };

	feed(&f, RAW "#process pid=1 comm=a container=0123456789abcdef"
	    "0123456789abcdef0123456789abcdef0123456789abcdef engine=docker\n"
	    "#process pid=2 comm=b\n"
	    "#process pid=3 comm=c container=web engine=lxc\n"
	    "a-1;f 1\nb-2;f 2\nc-3;f 4\nd-4;f 8\n"
	    "#process pid=1 comm=a\na-1;f 16\n"
	    "#process pid=3 comm=c container=web\nc-3;f 32\n" END
	    RAW "a-1;f 64\n" END "plain;f 128\n");
	expect(&f, "[host];a;f 16\n[host];b;f 2\n[unknown];a;f 64\n"
	    "[unknown];d;f 8\ncontainer:web;c;f 32\n"
	    "docker:0123456789ab;a;f 1\nlxc:web;c;f 4\nplain;f 128\n");
}
END_TEST

#define APP "python:%20app.py%20(/srv/app.py)"

START_TEST(applications_come_before_processes)
{
	struct fold f = { .opt.heads.app = true };
	char longest[PLACE_APP_MAX + 64], text[2 * sizeof longest];

	feed(&f, RAW "#process pid=1 comm=a app=" APP "\n"
	    "#process pid=2 comm=b app=a;b%0a7\n#process pid=3 comm=c\n"
	    "a-1;f 1\nb-2;f 2\nc-3;f 4\nd-4;f 8\n"
	    "#process pid=1 comm=sh\nsh-1;f 16\n" END "plain;f 32\n");
	expect(&f, "[no-app];c;f 4\n[no-app];sh;f 16\n[unknown];d;f 8\n"
	    "a:b_7;b;f 2\nplain;f 32\npython: app.py (/srv/app.py);a;f 1\n");

	f = (struct fold){ .opt.heads = { .app = true, .container = true } };
	feed(&f, RAW "#process pid=1 comm=a app=" APP " container=web\n"
	    "a-1;f 1\n" END);
	expect(&f, "container:web;python: app.py (/srv/app.py);a;f 1\n");

	/* One that is longer than any is cut, and the stack is not. */
	memset(longest, 'x', sizeof longest);
	longest[sizeof longest - 1] = '\0';
	f = (struct fold){ .opt.heads.app = true };
	snprintf(text, sizeof text, RAW "#process pid=1 comm=a app=%s\n"
	    "a-1;f 1\n" END, longest);
	feed(&f, text);
	longest[PLACE_APP_MAX] = '\0';
	memcpy(longest + PLACE_APP_MAX, ";a;f 1\n", sizeof ";a;f 1\n");
	expect(&f, longest);
}
END_TEST

START_TEST(no_line_begins_like_a_comment)
{
	struct fold f = { 0 };

	feed(&f, "#gst;#gst 1\n" RAW "#x-1;#x 2\n" END);
	expect(&f, "_gst;#gst 1\n_x;#x 2\n");
}
END_TEST

START_TEST(a_head_stays_one_where_its_name_is_changed)
{
	struct fold f = { .opt.heads = {
		.pid = true, .container = true, .remember = true,
	} };
	const struct head *h;

	feed(&f, RAW "#process pid=1 comm=a container=web engine=#lxc\n"
	    "a-1;f 1\n" END);
	h = fold_head(&f, (uint32_t)f.profile.stacks.node[1].frame);
	ck_assert(h && h->container);
	expect(&f, "_lxc:web;a-1;f 1\n");
}
END_TEST

START_TEST(frames_are_made_safe)
{
	struct fold f = { 0 };

	feed(&f, "a;;b; ;c\x01;worker 7;\xff 1\n;x 2\nx; 4\n");
	expect(&f, "[unknown];x 2\na;[unknown];b;[unknown];c?;worker_7;"
	    "\xef\xbf\xbd 1\nx;[unknown] 4\n");
}
END_TEST

START_TEST(suffixes_are_dropped_where_asked)
{
	struct fold f = { 0 };

	ck_assert_uint_ne(suffix_of_frame("f_[k]", 5, &f.opt.frames.drop), 0);
	feed(&f, "a;f_[k];g_[p];h 7_[k];_[k] 1\na;f;g_[p];h_7;_[k] 2\n"
	    RAW "a-1;$k+1 4\n" END);
	expect(&f, "a;[kernel+0x1] 4\na;f;g_[p];h_7;_[k] 3\n");
}
END_TEST

START_TEST(filters_leave_out_on_purpose)
{
	struct filter filter = { 0 };
	struct fold f = { .opt = { .frames.filter = &filter } };

	ck_assert_ptr_null(filter_add(&filter, FILTER_FOCUS, "^a$"));
	ck_assert_ptr_null(filter_add(&filter, FILTER_IGNORE, "bad"));
	ck_assert_ptr_null(filter_add(&filter, FILTER_HIDE, "^h"));
	/* The line after one that was left out shares its frames. */
	feed(&f, "a;b 1\na;bad 2\na;bad;c 4\na;b;h1;c 8\na;b;h2;c 16\n"
	    "x;y 32\nx;a 64\nh;a 128\na;h;h 256\n");
	ck_assert_uint_eq(f.filtered, 2 + 4 + 32);
	ck_assert_uint_eq(f.profile.samples, 1 + 8 + 16 + 64 + 128 + 256);
	expect(&f, "a 256\na;b 1\na;b;c 24\nh;a 128\nx;a 64\n");
	filter_free(&filter);
}
END_TEST

/* Stacks of n frames of len bytes each, around the limit. */
static void
feed_deep(struct fold *f, size_t n, size_t len, uint64_t count)
{
	struct buf b = { 0 };

	buf_adds(&b, "comm-1");
	for (size_t i = 0; i < n; i++)
		buf_addf(&b, ";%0*zu", (int)len, i);
	ck_assert_int_eq(fold_sample(f, b.s, b.len, count), 0);
	buf_free(&b);
}

START_TEST(deep_stacks_lose_what_is_next_to_the_process)
{
	struct fold f = { 0 };
	struct stream_writer w = { 0 };
	char *text, *second;
	size_t len;

	feed(&f, RAW);
	feed_deep(&f, 6550, 9, 1);
	ck_assert_uint_eq(f.notes, 0);
	feed_deep(&f, 6551, 9, UINT64_MAX / 2);
	ck_assert_uint_eq(f.notes, FOLD_DEEP);
	feed_deep(&f, 100000, 9, 5);
	feed_deep(&f, 100000, 9, 5);
	ck_assert_uint_eq(f.profile.samples, UINT64_MAX / 2 + 11);
	w.f = open_memstream(&text, &len);
	profile_write_folded(&f.profile, &w);
	fclose(w.f);
	ck_assert_uint_eq(w.lines, 3);
	ck_assert_int_eq(strncmp(text, "comm;000000000;", 15), 0);
	second = strchr(text, '\n') + 1;
	ck_assert_int_eq(strncmp(second, "comm;[truncated];0", 18), 0);
	ck_assert_ptr_nonnull(strstr(second, ";000006550 92233720368547758"));
	ck_assert_ptr_nonnull(strstr(second, ";000099999 10\n"));
	for (char *s = text; *s; s = strchr(s, '\n') + 1)
		ck_assert_uint_le(strcspn(s, "\n") + 1, FOLD_LINE_MAX);
	free(text);
	fold_free(&f);
}
END_TEST

START_TEST(stacks_that_are_equal_once_cut_are_merged)
{
	struct fold f = { 0 };
	struct buf b = { 0 };

	for (int i = 0; i < 2; i++) {
		buf_reset(&b);
		buf_addf(&b, "c;[truncated];outer%d", i);
		for (size_t j = 0; j < 8000; j++)
			buf_addf(&b, ";%08zu", j);
		ck_assert_int_eq(fold_sample(&f, b.s, b.len, 1), 0);
	}
	ck_assert_uint_eq(profile_truncated(&f.profile), 2);
	b.len = 0;
	for (uint32_t i = 0; i < f.profile.stacks.n; i++)
		b.len += f.profile.stacks.node[i].count != 0;
	ck_assert_uint_eq(b.len, 1);
	buf_free(&b);
	fold_free(&f);
}
END_TEST

START_TEST(long_names_are_cut_at_a_character)
{
	struct fold f = { 0 };
	struct buf b = { 0 };
	const char *name;
	size_t n;

	buf_adds(&b, "c;x");
	for (int i = 0; i < 50000; i++)
		buf_adds(&b, "\xc3\xa9");
	ck_assert_int_eq(fold_sample(&f, b.s, b.len, 1), 0);
	ck_assert_uint_eq(f.notes, FRAMES_LONG_NAME);
	name = intern_str(&f.profile.names, 1);
	n = intern_len(&f.profile.names, 1);
	ck_assert_uint_le(n, FRAMES_NAME_MAX);
	ck_assert_uint_ge(n, FRAMES_NAME_MAX - 3);
	ck_assert_str_eq(name + n - 5, "\xc3\xa9...");
	buf_free(&b);
	fold_free(&f);
}
END_TEST

START_TEST(counts_never_wrap)
{
	struct fold f = { 0 };

	ck_assert_int_eq(fold_sample(&f, "a", 1, UINT64_MAX), 0);
	ck_assert_int_eq(fold_sample(&f, "b", 1, 1), FOLD_ESUM);
	ck_assert_int_eq(fold_sample(&f, "b", 1, 0), 0);
	expect(&f, "a 18446744073709551615\n");
}
END_TEST

/* Lines that share a part of their text, but not the frames that end in it. */
START_TEST(neighbours_share_whole_frames_only)
{
	struct fold f = { 0 };

	feed(&f, "a;bb;c 1\na;b 2\na;bb 4\na;bb;cc 8\na;bb;c;d 16\naa 32\n"
	    "a 64\na;;b 128\na; 256\na;;c 512\na;bb;c 1024\n");
	expect(&f, "a 64\na;[unknown] 256\na;[unknown];b 128\n"
	    "a;[unknown];c 512\na;b 2\na;bb 4\na;bb;c 1025\na;bb;c;d 16\n"
	    "a;bb;cc 8\naa 32\n");
}
END_TEST

/* What is known of a line is known until one of its frames means another. */
START_TEST(a_line_that_comes_again_is_the_same_stack)
{
	struct filter filter = { 0 };
	struct fold f = { 0 };

	f.opt.frames.filter = &filter;
	ck_assert_ptr_null(filter_add(&filter, FILTER_IGNORE, "^drop"));
	f.opt.heads.container = true;
	feed(&f, RAW "#module id=1 path=/a\n#process pid=1 engine=docker "
	    "container=abc\n");
	for (int i = 0; i < 5; i++) {
		feed(&f, "x-1;$1+1;$2+5 1\nx-1;drop 10\n");
		feed(&f, "x-1;$1+1;$2+5 1\n");
		ck_assert_uint_eq(f.notes, FRAMES_UNKNOWN_MODULE);
		ck_assert_uint_ne(f.last, 0);
	}
	ck_assert_uint_eq(f.filtered, 50);
	feed(&f, "#module id=1 path=/b\n");
	for (int i = 0; i < 5; i++)
		feed(&f, "x-1;$1+1;$2+5 100\n");
	feed(&f, "#process pid=1 engine=docker container=def\n");
	feed(&f, "x-1;$1+1;$2+5 1000\n" END);
	for (int i = 0; i < 5; i++)
		feed(&f, "x-1;$1+1;$2+5 10000\n");
	filter_free(&filter);
	expect(&f, "docker:abc;x;[a+0x1];[unknown] 10\n"
	    "docker:abc;x;[b+0x1];[unknown] 500\n"
	    "docker:def;x;[b+0x1];[unknown] 1000\n"
	    "x-1;_1+1;_2+5 50000\n");
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("fold");
	TCase *t = tcase_create("fold");

	tcase_add_test(t, what_is_true_in_one_stream_becomes_true_everywhere);
	tcase_add_test(t, a_module_that_is_named_anew_is_another);
	tcase_add_test(t, a_module_without_record_is_unknown_and_told);
	tcase_add_loop_test(t, the_process_frame_is_as_one_wants_it, 0,
	    GP_COUNT(roots));
	tcase_add_test(t, folded_text_of_others_is_taken_as_it_is);
	tcase_add_test(t, containers_come_before_processes);
	tcase_add_test(t, applications_come_before_processes);
	tcase_add_test(t, no_line_begins_like_a_comment);
	tcase_add_test(t, a_head_stays_one_where_its_name_is_changed);
	tcase_add_test(t, frames_are_made_safe);
	tcase_add_test(t, suffixes_are_dropped_where_asked);
	tcase_add_test(t, filters_leave_out_on_purpose);
	tcase_add_test(t, deep_stacks_lose_what_is_next_to_the_process);
	tcase_add_test(t, stacks_that_are_equal_once_cut_are_merged);
	tcase_add_test(t, long_names_are_cut_at_a_character);
	tcase_add_test(t, counts_never_wrap);
	tcase_add_test(t, neighbours_share_whole_frames_only);
	tcase_add_test(t, a_line_that_comes_again_is_the_same_stack);
	suite_add_tcase(s, t);
	return s;
}
