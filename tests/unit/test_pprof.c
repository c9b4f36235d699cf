#include "profile/pprof.h"

#include <check.h>
#include <stdlib.h>

#include "base/protow.h"
#include "suite.h"
#include "tests/unit/reads.h"

enum { SAMPLE_TYPE = 1, SAMPLE, MAPPING, LOCATION, FUNCTION, STRING };

/* Numbers of strings. */
enum {
	EMPTY, SAMPLES, COUNT, CPU, NS, MAIN, INNER, LEAF, APP_C, LIBC, PYTHON,
	COMM, PID, WEB, KERNEL, BAD_UTF8,
};

static const char *const strings[] = {
	"", "samples", "count", "cpu", "nanoseconds", "main", "inner", "leaf",
	"app.c", "/lib/libc.so.6", "[python]", "comm", "pid", "web",
	"[kernel.kallsyms]", "x\xffz",
};

static void
put_type(struct protow *w, uint64_t type, uint64_t unit)
{
	protow_begin(w, SAMPLE_TYPE, NULL);
	protow_u64(w, 1, NULL, type);
	protow_u64(w, 2, NULL, unit);
	protow_end(w);
}

static void
put_function(struct protow *w, uint64_t id, uint64_t name, uint64_t file)
{
	protow_begin(w, FUNCTION, NULL);
	protow_u64(w, 1, NULL, id);
	protow_u64(w, 2, NULL, name);
	protow_u64(w, 4, NULL, file);
	protow_end(w);
}

static void
put_mapping(struct protow *w, uint64_t id, uint64_t file)
{
	protow_begin(w, MAPPING, NULL);
	protow_u64(w, 1, NULL, id);
	protow_u64(w, 5, NULL, file);
	protow_end(w);
}

/* Lines are functions, innermost first, 0 ends; the line's number is theirs. */
static void
put_location(struct protow *w, uint64_t id, uint64_t mapping,
    uint64_t address, const uint64_t *function)
{
	protow_begin(w, LOCATION, NULL);
	protow_u64(w, 1, NULL, id);
	protow_u64(w, 2, NULL, mapping);
	protow_u64(w, 3, NULL, address);
	for (; *function; function++) {
		protow_begin(w, 4, NULL);
		protow_u64(w, 1, NULL, *function);
		protow_u64(w, 2, NULL, *function);
		protow_end(w);
	}
	protow_end(w);
}

static void
put_sample(struct protow *w, const uint64_t *location, size_t n,
    uint64_t count, uint64_t ns, uint64_t pid)
{
	const uint64_t value[] = { count, ns };

	protow_begin(w, SAMPLE, NULL);
	protow_u64s(w, 1, NULL, location, n);
	protow_u64s(w, 2, NULL, value, 2);
	if (pid) {
		protow_begin(w, 3, NULL);
		protow_u64(w, 1, NULL, COMM);
		protow_u64(w, 2, NULL, WEB);
		protow_end(w);
		protow_begin(w, 3, NULL);
		protow_u64(w, 1, NULL, PID);
		protow_u64(w, 3, NULL, pid);
		protow_end(w);
	}
	protow_end(w);
}

static void
put_strings(struct protow *w)
{
	protow_list(w, STRING, NULL);
	for (size_t i = 0; i < GP_COUNT(strings); i++)
		protow_str(w, 0, NULL, strings[i], strlen(strings[i]));
	protow_end(w);
}

/* main calls leaf, in which inner was inlined; below it an address. */
static void
put_profile(struct protow *w)
{
	static const uint64_t stack[] = { 4, 3, 2, 1 };

	put_type(w, SAMPLES, COUNT);
	put_type(w, CPU, NS);
	put_sample(w, stack, 4, 17, 170, 42);
	put_sample(w, stack + 2, 2, 2, 20, 0);
	put_mapping(w, 1, LIBC);
	put_mapping(w, 2, PYTHON);
	put_mapping(w, 3, KERNEL);
	put_location(w, 1, 2, 0, (const uint64_t[]){ 1, 0 });
	put_location(w, 2, 0, 0, (const uint64_t[]){ 2, 3, 0 });
	put_location(w, 3, 1, 0x1c2f0, (const uint64_t[]){ 0 });
	put_location(w, 4, 3, 0, (const uint64_t[]){ 4, 0 });
	put_function(w, 1, MAIN, 0);
	put_function(w, 2, INNER, APP_C);
	put_function(w, 3, LEAF, APP_C);
	put_function(w, 4, BAD_UTF8, 0);
	put_strings(w);
}

/* Read it, and compare. */
static void
expect(struct protow *w, const char *event, const char *want)
{
	struct reads t;

	reads_begin(&t);
	t.r.opt.event = event;
	t.fold.opt.heads.pid = true;
	ck_assert_ptr_null(pprof_read(&t.r, w->b.s, w->b.len));
	reads_expect(&t, want);
	protow_free(w);
}

START_TEST(samples_become_stacks)
{
	struct protow w = { .json = false };

	put_profile(&w);
	ck_assert(pprof_is(w.b.s, w.b.len));
	expect(&w, NULL, "main_[p];leaf (app.c:3);inner (app.c:2)_[i] 2\n"
	    "web-42;main_[p];leaf (app.c:3);inner (app.c:2)_[i];"
	    "[libc.so.6+0x1c2f0];x\xef\xbf\xbdz_[k] 17\n");
}
END_TEST

START_TEST(another_type_counts_if_asked_for)
{
	struct protow w = { .json = false };

	put_profile(&w);
	expect(&w, "cpu", "main_[p];leaf (app.c:3);inner (app.c:2)_[i] 20\n"
	    "web-42;main_[p];leaf (app.c:3);inner (app.c:2)_[i];"
	    "[libc.so.6+0x1c2f0];x\xef\xbf\xbdz_[k] 170\n");
}
END_TEST

/* What it refers to may not be there. */
START_TEST(numbers_of_nothing_are_bad_samples)
{
	static const uint64_t none[] = { 77 };
	struct protow w = { .json = false };
	struct reads t;
	const char *wrong;

	put_type(&w, SAMPLES, COUNT);
	put_type(&w, CPU, NS);
	put_sample(&w, none, 1, 5, 50, 0);
	put_strings(&w);
	reads_begin(&t);
	wrong = pprof_read(&t.r, w.b.s, w.b.len);
	ck_assert(wrong || t.r.bad);
	reads_expect(&t, "");
	protow_free(&w);
}
END_TEST

/* Cut anywhere, it is not whole, or lacks what was behind; never more. */
START_TEST(a_cut_profile_does_no_harm)
{
	struct protow w = { .json = false };

	put_profile(&w);
	for (size_t i = 0; i < w.b.len; i++) {
		char *copy = malloc(i ? i : 1);
		struct reads t;

		ck_assert_ptr_nonnull(copy);
		memcpy(copy, w.b.s, i);
		reads_begin(&t);
		(void)!pprof_read(&t.r, copy, i);
		/* Of either type. */
		ck_assert_uint_le(t.fold.profile.samples, 190);
		reading_done(&t.r);
		fold_free(&t.fold);
		free(copy);
	}
	protow_free(&w);
}
END_TEST

START_TEST(other_bytes_are_no_profile)
{
	ck_assert(!pprof_is("", 0));
	ck_assert(!pprof_is("main;read 3\n", 12));
	ck_assert(!pprof_is("\x08\x01", 2));
	ck_assert(!pprof_is("{\"a\": 1}", 8));
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("pprof");
	TCase *t = tcase_create("all");

	tcase_add_test(t, samples_become_stacks);
	tcase_add_test(t, another_type_counts_if_asked_for);
	tcase_add_test(t, numbers_of_nothing_are_bad_samples);
	tcase_add_test(t, a_cut_profile_does_no_harm);
	tcase_add_test(t, other_bytes_are_no_profile);
	suite_add_tcase(s, t);
	return s;
}
