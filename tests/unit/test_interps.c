/* Runs of interpreter's frames, and the eval frames that they are of. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/interp.h"

static int read_object(const struct interp *i, const struct interp_process *p,
    const struct interp_wish *wish, uint64_t addr, uint64_t clue,
    struct interp_code *c);

#define interp_read read_object
#include "cmd/gp-record/interps.c"
#include "suite.h"

/* What these tests do not come to. */
enum elffile_err
modules_open(const struct modules *m, uint32_t module, const struct proc *p,
    uint64_t start, uint64_t end, struct elffile *f)
{
	(void)m, (void)module, (void)p, (void)start, (void)end, (void)f;
	return ELFFILE_EREAD;
}

uint64_t
modules_name_frame(uint32_t name)
{
	return name;
}

int
sampler_set_interp(struct sampler *s, uint32_t image, const struct interp *i)
{
	(void)s, (void)image, (void)i;
	return 0;
}

static unsigned asked;

void
sampler_forget_code(struct sampler *s, uint32_t image, uint64_t word)
{
	(void)s, (void)image, (void)word;
	asked++;
}

/* The code object that there is. */
static uint64_t object_check;

static int
read_object(const struct interp *i, const struct interp_process *p,
    const struct interp_wish *wish, uint64_t addr, uint64_t clue,
    struct interp_code *c)
{
	(void)i, (void)p, (void)wish, (void)addr;
	if (c->check == object_check)
		return INTERP_SAME;
	c->check = object_check;
	buf_addf(&c->name, clue ? "C%d.f" : "f", (int)clue);
	buf_adds(&c->file, "a.py");
	return INTERP_OK;
}

/* Stacks as words, innermost first: e an eval frame, n a native one, a to d an
 * interpreter's frames, | the end of a run. */
enum { EVAL = 0x1000, NATIVE = 0x9000, MAX = 64 };

static uint64_t
word(char c)
{
	switch (c) {
	case 'e': return EVAL + 4;
	case 'n': return NATIVE;
	case '|': return sampler_end_word(0);
	default: return sampler_interp_word(1, (uint64_t)c << 3, 0);
	}
}

static uint32_t
parse(const char *s, uint64_t *frame)
{
	uint32_t n = 0;

	for (; *s; s++)
		frame[n++] = word(*s);
	return n;
}

static const char *
text(const uint64_t *frame, uint32_t n)
{
	static char s[MAX + 1];

	for (uint32_t i = 0; i < n; i++)
		s[i] = frame[i] == NATIVE ? 'n' : frame[i] < NATIVE ? 'e' :
		    (char)sampler_word_code(frame[i]) >> 3;
	for (uint32_t i = 0; i < n; i++)
		if (frame[i] & SAMPLER_INTERP_BIT)
			s[i] = (char)(sampler_word_code(frame[i]) >> 3);
	s[n] = '\0';
	return s;
}

static const struct interps_process process = {
	.interp = { .language = 1, .eval = { { EVAL, EVAL + 0x100 } },
		.exact = INTERP_COUNTED },
};
static const struct interps_process exact_process = {
	.interp = { .language = 1, .eval = { { EVAL, EVAL + 0x100 } },
		.exact = INTERP_EXACT },
};
static const struct interps_process strict_process = {
	.interp = { .language = 1, .eval = { { EVAL, EVAL + 0x100 } },
		.exact = INTERP_STRICT },
};

static const struct {
	const char *stack;
	const char *aligned; /* counted */
	const char *exact;
} stacks[] = {
	/* The innermost eval function has just begun. */
	{ "neanebne", "nenea" "neb", "neanebne" },
	{ "eabnecdne", "eneabnecd", "eneabnecd" },
	/* Nothing is wrong, or something else is. */
	{ "neanebn", "neanebn", "neanebn" },
	{ "enean", "enean", "enean" },
	{ "neane" "ne", "neane" "ne", "neane" "ne" },
	{ "nnn", "nnn", "nnn" },
	{ "ne", "ne", "ne" },
	{ "", "", "" },
};

START_TEST(runs_move_out_when_a_function_begins)
{
	uint64_t frame[MAX];
	uint32_t n = parse(stacks[_i].stack, frame);

	interps_align(&process, frame, n);
	ck_assert_str_eq(text(frame, n), stacks[_i].aligned);
	parse(stacks[_i].stack, frame);
	interps_align(&exact_process, frame, n);
	ck_assert_str_eq(text(frame, n), stacks[_i].exact);
}
END_TEST

START_TEST(an_eval_frame_may_lack_a_run)
{
	static const char *const lacking[] = { "neane", "ene", "nenea", "ea" };
	uint64_t frame[MAX];

	for (size_t i = 0; i < GP_COUNT(lacking); i++)
		ck_assert(interps_lacks_run(&process, frame,
		    parse(lacking[i], frame)) == (i < 3));
}
END_TEST

static const struct {
	const char *stack;
	int at; /* -1: no function begins or ends */
} begins[] = {
	{ "nenea", 1 }, { "enea", 0 }, { "nea", -1 }, { "neane", -1 },
	{ "ne", -1 }, { "", -1 }, { "neneneab", 1 },
};

START_TEST(a_function_that_begins_has_no_run)
{
	uint64_t frame[MAX];
	uint32_t n = parse(begins[_i].stack, frame), at = 99;

	ck_assert_int_eq(interps_begins(&process, frame, n, &at),
	    begins[_i].at >= 0);
	if (begins[_i].at >= 0)
		ck_assert_int_eq((int)at, begins[_i].at);
}
END_TEST

static const struct {
	const char *walked, *found, *later, *woven;
} weaves[] = {
	{ "neab", "nen", "c|d|", "neabnecn" },
	{ "ne", "nen", "ab|c|", "neab" "necn" },
	{ "ne", "", "ab", "neab" },
	{ "n", "nen", "", "nnen" },
	{ "n", "enn", "|a|", "nenn" },
	{ "n", "eene", "|a|b|", "neeaneb" },
	{ "", "e", "ab|", "eab" },
	{ "n", "nn", "ab|", "nnn" },
};

START_TEST(runs_that_came_later_go_where_they_belong)
{
	uint64_t frame[MAX], later[MAX], sp[MAX] = { 0 };
	uint32_t from = parse(weaves[_i].walked, frame), n;

	n = from + parse(weaves[_i].found, frame + from);
	n = interps_weave(&strict_process, frame, sp, from, n, MAX, later,
	    parse(weaves[_i].later, later));
	ck_assert_str_eq(text(frame, n), weaves[_i].woven);
}
END_TEST

/* Frames of 16 bytes, and the C stack at which two runs are: [1] is in [1]. */
static const struct {
	const char *found;
	uint64_t mark[2];
	const char *woven;
} marks[] = {
	{ "nene", { 0x1018, 0x1038 }, "neaneb" },
	/* The innermost begins or ends: it is where the CPU is. */
	{ "enene", { 0x1028, 0x1048 }, "eneaneb" },
	/* A greenlet's end before the stack does. */
	{ "nenene", { 0x1018, 0x1038 }, "neanebne" },
	/* It calls, and the runs are another stack's. */
	{ "nenene", { 0x1038, 0x1058 }, "nenene" },
	{ "enen", { 0x2008, 0x2018 }, "enen" },
	/* The last frame's end is not known. */
	{ "nene", { 0x1018, 0x7777 }, "neaneb" },
};

START_TEST(runs_go_where_something_of_them_is)
{
	uint64_t frame[MAX], sp[MAX], later[] = {
		word('a'), sampler_end_word(marks[_i].mark[0]),
		word('b'), sampler_end_word(marks[_i].mark[1]),
	};
	uint32_t n = parse(marks[_i].found, frame);

	for (uint32_t i = 0; i < MAX; i++)
		sp[i] = 0x1000 + 16 * i;
	n = interps_weave(&strict_process, frame, sp, 0, n, MAX, later,
	    GP_COUNT(later));
	ck_assert_str_eq(text(frame, n), marks[_i].woven);
}
END_TEST

START_TEST(weaving_stops_where_there_is_no_room)
{
	uint64_t frame[MAX], later[MAX], sp[MAX] = { 0 };
	uint32_t n = parse("enenen", frame);

	n = interps_weave(&strict_process, frame, sp, 0, n, 5, later,
	    parse("abcd|abcd|", later));
	ck_assert_str_eq(text(frame, n), "eabcd");
}
END_TEST

START_TEST(a_clue_is_no_frame_and_no_end)
{
	uint64_t clue = sampler_clue_word(0x7f00001234f8);

	ck_assert(sampler_is_clue(clue));
	ck_assert_uint_eq(sampler_word_clue(clue), 0x7f00001234f8);
	ck_assert(!sampler_is_end(clue));
	ck_assert(!sampler_is_clue(sampler_end_word(0)));
	ck_assert(!sampler_is_clue(sampler_end_word(0x7ffc00001230)));
	ck_assert(sampler_is_end(sampler_end_word(0x7ffc00001230)));
	ck_assert_uint_eq(sampler_word_mark(sampler_end_word(0x7ffc00001230)),
	    0x7ffc00001230);
	ck_assert(!sampler_is_end(word('a')));
	ck_assert(!sampler_is_clue(word('a')));
	ck_assert(!sampler_is_clue(NATIVE));
	ck_assert(sampler_is_clue(SAMPLER_NO_CLUE));
	ck_assert_uint_eq(sampler_word_clue(SAMPLER_NO_CLUE), 0);
	ck_assert_uint_eq(sampler_clue_word(0), SAMPLER_NO_CLUE);
	ck_assert_uint_eq(sampler_clue_word(1ull << 47), SAMPLER_NO_CLUE);
}
END_TEST

/* What a code object is called in a sample of a time, in ms; clue: the word behind
 * it. */
static const char *
called(struct interps *s, struct interps_process *p, struct modules *m,
    uint64_t clue, uint64_t ms)
{
	struct interp_process any = { 0 };
	uint64_t code = word('a'), frame, now = ms * 1000000;

	frame = interps_frame(s, p, NULL, interps_knows(p, code, clue, now) ?
	    NULL : &any, m, code, clue, now);
	return intern_str(&m->names, (uint32_t)frame);
}

START_TEST(a_clue_that_did_not_arrive_is_asked_for)
{
	struct interps s = { 0 };
	struct interps_process p = { .interp = { .language = 1, .clues = 1 } };
	struct modules m = { 0 };

	/* MODULE_NAME_TRUNCATED, MODULE_NAME_UNKNOWN. */
	intern_add(&m.names, "-", 1);
	intern_add(&m.names, "?", 1);
	asked = 0;
	object_check = 1;
	/* The sample that it came with was lost. */
	ck_assert_str_eq(called(&s, &p, &m, 0, 100), "f (a.py:0)_[p]");
	ck_assert_uint_eq(asked, 1);
	ck_assert_str_eq(called(&s, &p, &m, 0, 101), "f (a.py:0)_[p]");
	ck_assert_uint_eq(asked, 1);
	ck_assert_str_eq(called(&s, &p, &m, sampler_clue_word(8), 102),
	    "C8.f (a.py:0)_[p]");
	/* It is read again, and again: it is the same one. */
	ck_assert_str_eq(called(&s, &p, &m, 0, 500), "C8.f (a.py:0)_[p]");
	ck_assert_uint_eq(asked, 1);
	/* And another one, that the sampler takes for the same. */
	object_check = 2;
	ck_assert_str_eq(called(&s, &p, &m, 0, 5000), "f (a.py:0)_[p]");
	ck_assert_uint_eq(asked, 2);
	/* There is no clue. */
	ck_assert_str_eq(called(&s, &p, &m, SAMPLER_NO_CLUE, 5001),
	    "f (a.py:0)_[p]");
	ck_assert_str_eq(called(&s, &p, &m, 0, 9000), "f (a.py:0)_[p]");
	ck_assert_uint_eq(asked, 2);
	interps_forget(&s, &p);
	interps_free(&s);
	intern_free(&m.names);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("interps");
	TCase *t = tcase_create("interps");

	suite_add_tcase(s, t);
	tcase_add_test(t, an_eval_frame_may_lack_a_run);
	tcase_add_loop_test(t, runs_move_out_when_a_function_begins, 0,
	    (int)GP_COUNT(stacks));
	tcase_add_loop_test(t, a_function_that_begins_has_no_run, 0,
	    (int)GP_COUNT(begins));
	tcase_add_loop_test(t, runs_that_came_later_go_where_they_belong, 0,
	    (int)GP_COUNT(weaves));
	tcase_add_loop_test(t, runs_go_where_something_of_them_is, 0,
	    (int)GP_COUNT(marks));
	tcase_add_test(t, weaving_stops_where_there_is_no_room);
	tcase_add_test(t, a_clue_is_no_frame_and_no_end);
	tcase_add_test(t, a_clue_that_did_not_arrive_is_asked_for);
	return s;
}
