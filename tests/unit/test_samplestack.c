/*
 * What becomes of a sample's stack, with a sampler, a process and a rescue that are made
 * up. A letter is a frame, in a page of its own: e an eval function's, A to Z an
 * interpreter's; ? is a clue, | the end of a run, ^ that of one that lies at MARK.
 * Innermost first, as samples have them:
 *
 *	kernel "ij", user "abc"   0:cba/j-i
 *
 * Outermost first, as they are counted: the thread, ! for [truncated], / before the
 * kernel's; - behind what was moved back by one.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/gp-record/interps.c"
#include "cmd/gp-record/module.c"
#include "cmd/gp-record/samplestack.c"
#define splice put_in_place /* fcntl.h has one, too */
#include "cmd/gp-record/space.c"
#undef splice
#include "suite.h"

enum {
	PAGE = 4096, PID = 7, TID = 9, IMAGE = 11, NOW = 1000, RCX = 2,
	RSP = 0x7000, MARK = RSP + 0x210,
};
#define KERNEL 0xffffffff81000000ull

static struct process_table table;
static struct process process;

/* The sample that is made, and what a rescue of it finds. */
static struct {
	uint32_t image, language;
	const char *later;
	struct sample_rescue rescue;
	uint64_t stack[2];
	uint32_t stack_bytes;
	const char *found;
	int end;
	unsigned rescues;
} with;

static unsigned opened, maps, interps_set;
static bool walks_interps;
static char asked[64]; /* the code objects whose names were wanted, and clues */

static uint64_t
word(char c)
{
	if (c >= 'A' && c <= 'Z')
		return sampler_interp_word(INTERP_PYTHON, (uint64_t)c << 3, 0);
	return c == '?' ? sampler_clue_word(0x5000) :
	    c == '|' ? sampler_end_word(0) :
	    c == '^' ? sampler_end_word(MARK) : (uint64_t)c * PAGE;
}

int
rescue_walk(struct visit *v, const struct sample_rescue *r, size_t len,
    uint64_t *frame, uint64_t *sp, size_t max, size_t *n)
{
	ck_assert_ptr_eq(v->p, &process);
	ck_assert_int_eq(memcmp(r, &with.rescue, sizeof *r), 0);
	ck_assert_uint_eq(len, with.stack_bytes);
	with.rescues++;
	for (*n = 0; with.found[*n]; ++*n) {
		ck_assert_uint_lt(*n, max);
		frame[*n] = word(with.found[*n]);
		sp[*n] = RSP + 0x100 * (*n + 1);
	}
	return with.end;
}

void
visit_open(struct visit *v)
{
	(void)v;
	opened++;
}

uint64_t
visit_frame(struct visit *v, uint64_t addr)
{
	(void)v;
	return 1ull << 44 | addr;
}

uint64_t
visit_interp_frame(struct visit *v, uint64_t code, uint64_t clue)
{
	size_t n = strlen(asked);

	(void)v;
	ck_assert(interps_is_word(code) && !sampler_is_clue(code));
	ck_assert_uint_lt(n + 2, sizeof asked);
	asked[n] = (char)(sampler_word_code(code) >> 3);
	if (clue)
		ck_assert_uint_eq(sampler_word_clue(clue), 0x5000);
	asked[n + 1] = clue ? '?' : '\0';
	return modules_name_frame((uint32_t)asked[n]);
}

int
sampler_map(struct sampler *s, uint32_t image, const struct sampler_mapping *m)
{
	(void)s, (void)m;
	ck_assert_uint_eq(image, IMAGE);
	maps++;
	return 0;
}

void
sampler_unmap(struct sampler *s, uint32_t image, uint64_t start, uint64_t end)
{
	(void)s, (void)image, (void)start, (void)end;
}

bool
sampler_walks(const struct sampler *s)
{
	(void)s;
	return true;
}

bool
sampler_walks_interps(const struct sampler *s)
{
	(void)s;
	return walks_interps;
}

int
sampler_set_interp(struct sampler *s, uint32_t image, const struct interp *i)
{
	(void)s;
	ck_assert_uint_eq(image, IMAGE);
	interps_set += i != NULL;
	return 0;
}

void
sampler_forget_code(struct sampler *s, uint32_t image, uint64_t code)
{
	(void)s, (void)image, (void)code;
}

/* A file of the name is mapped from the page of one letter on, up to that of another. */
static struct mapping *
map_file(const char *path, char from, char to)
{
	struct module_key key = { .path = path };
	struct mapping m = {
		.start = word(from), .end = word(to) + PAGE,
		.module = modules_find(&table.modules, &key), .is_file = true,
	};

	space_add(&process.space, NULL, &m);
	process.space.known = true;
	file_of(&table.interps, m.module)->looked = true;
	return &process.space.map[lower_bound(&process.space, m.start)];
}

static void
setup(void)
{
	memset(&with, 0, sizeof with);
	with.found = with.later = "";
	with.end = UNWIND_END;
	opened = maps = interps_set = 0;
	walks_interps = false;
	memset(asked, 0, sizeof asked);
	process = (struct process){ .pid = PID };
	map_file("/bin/x", 'a', 'z');
}

static void
teardown(void)
{
	space_free(&process.space, NULL);
	interps_forget(&table.interps, &process.interps);
	stacktab_free(&process.stacks);
	interps_free(&table.interps);
	modules_free(&table.modules);
	memset(&table, 0, sizeof table);
}

static void
has_interp(enum interp_exact exact)
{
	process.interps.interp = (struct interp){
		.language = INTERP_PYTHON, .exact = (uint16_t)exact,
		.eval = { { word('e'), word('e') + PAGE } },
	};
}

static char *
put_bytes(char *at, const void *p, size_t len)
{
	if (len)
		memcpy(at, p, len);
	return at + len;
}

static char *
put_words(char *at, const char *s, uint64_t more)
{
	uint64_t w;

	for (; *s; s++) {
		w = word(*s) + more;
		at = put_bytes(at, &w, sizeof w);
	}
	return at;
}

static uint32_t
node_of(const char *kernel, const char *user, int status)
{
	static struct sample sample[2000];
	struct visit v = {
		.t = &table, .p = &process, .time = NOW, .proc = { .dir = -1 },
		.mem = -1,
	};
	char *at = (char *)(sample + 1);

	sample[0] = (struct sample){
		.pid = PID, .tid = TID, .image = with.image,
		.nkernel = (uint16_t)strlen(kernel),
		.nuser = (uint16_t)strlen(user),
		.nlater = (uint16_t)strlen(with.later),
		.status = (uint16_t)status, .language = with.language,
		.nrescue = with.stack_bytes,
	};
	at = put_words(at, kernel, KERNEL);
	at = put_words(at, user, 0);
	at = put_words(at, with.later, 0);
	at = put_bytes(at, &with.rescue, sizeof with.rescue);
	put_bytes(at, with.stack, with.stack_bytes);
	return samplestack_push(&v, sample);
}

/* A frame's text is put before s. */
static char *
put_before(char *s, uint64_t frame, bool first_of_kernel)
{
	if (frame >= KERNEL) {
		if (frame % PAGE)
			*--s = '-';
		*--s = (char)((frame - KERNEL + 1) / PAGE);
		if (first_of_kernel)
			*--s = '/';
	} else if (frame == MODULE_NAME_TRUNCATED) {
		*--s = '!';
	} else {
		*--s = frame >> 44 ? (char)((frame & (KERNEL - 1)) / PAGE) :
		    (char)frame;
	}
	return s;
}

static const char *
stack_of(const char *kernel, const char *user, int status)
{
	static char text[256];
	const struct stacktab_node *n, *tab;
	char *s = text + sizeof text - 1, head[16];
	uint32_t node = node_of(kernel, user, status);

	tab = process.stacks.node;
	for (n = &tab[node]; n->parent; n = &tab[n->parent])
		s = put_before(s, n->frame, tab[n->parent].frame < KERNEL);
	snprintf(head, sizeof head, "%u:", (unsigned)n->frame);
	s -= strlen(head);
	memcpy(s, head, strlen(head));
	return s;
}

START_TEST(user_frames_stand_between_the_thread_and_the_kernel)
{
	uint32_t node = node_of("ij", "abc", UNWIND_END);

	ck_assert_str_eq(stack_of("ij", "abc", UNWIND_END), "0:cba/j-i");
	ck_assert_str_eq(stack_of("", "abc", UNWIND_END), "0:cba");
	ck_assert_str_eq(stack_of("i", "", SAMPLE_NO_USER), "0:/i");
	ck_assert_uint_eq(node_of("ij", "abc", UNWIND_END), node);
	table.per_thread = true;
	ck_assert_str_eq(stack_of("i", "a", UNWIND_END), "9:a/i");
	ck_assert_uint_eq(table.ends[UNWIND_END], 5);
	ck_assert_uint_eq(table.truncated, 0);
	ck_assert_uint_eq(table.rescued, 0);
	/* That a sample is counted is another's. */
	ck_assert_uint_eq(process.stacks.node[node].count, 0);
}
END_TEST

static const int unfinished[] = {
	UNWIND_NO_RULE, UNWIND_READ_FAILED, UNWIND_NO_PROGRESS, UNWIND_LOST,
	UNWIND_TOO_DEEP, SAMPLE_COMPAT,
};

START_TEST(a_walk_that_did_not_end_is_truncated)
{
	int status = unfinished[_i];

	ck_assert_str_eq(stack_of("i", "ab", status), "0:!ba/i");
	ck_assert_uint_eq(table.truncated, 1);
	ck_assert_uint_eq(table.compat, status == SAMPLE_COMPAT);
	for (int i = 0; i < UNWIND_ENDS; i++)
		ck_assert_uint_eq(table.ends[i], i == status);
}
END_TEST

START_TEST(there_are_so_many_frames_at_most)
{
	static char user[SAMPLER_USER_MAX + 10];
	uint32_t depth = 0, node;

	memset(user, 'a', sizeof user - 1);
	node = node_of("i", user, UNWIND_TOO_DEEP);
	for (; node; node = process.stacks.node[node].parent)
		depth++;
	/* The thread, [truncated], and the kernel's. */
	ck_assert_uint_eq(depth, SAMPLER_USER_MAX + 3);
}
END_TEST

START_TEST(what_the_sampler_lacked_tables_for_is_finished)
{
	static const int lacking[] = { UNWIND_NO_MAP, UNWIND_NO_ROWS };

	with.rescue.pc = word('b');
	with.stack_bytes = 16;
	with.found = "cd";
	for (int i = 0; i < 2; i++)
		ck_assert_str_eq(stack_of("i", "ab", lacking[i]), "0:dcba/i");
	ck_assert_uint_eq(with.rescues, 2);
	ck_assert_uint_eq(table.rescued, 2);
	ck_assert_uint_eq(table.ends[UNWIND_END], 2);
	with.end = UNWIND_LOST;
	ck_assert_str_eq(stack_of("", "ab", UNWIND_NO_MAP), "0:!dcba");
	ck_assert_uint_eq(table.ends[UNWIND_LOST], 1);
	ck_assert_uint_eq(table.truncated, 1);
}
END_TEST

START_TEST(what_is_beyond_replaced_code_is_not_believed)
{
	struct mapping *m = map_file("/lib/b.so", 'b', 'b');

	with.found = "d";
	m->since = NOW;
	ck_assert_str_eq(stack_of("i", "abc", UNWIND_END), "0:cba/i");
	m->since = NOW + 1;
	ck_assert_str_eq(stack_of("i", "abc", UNWIND_END), "0:!ba/i");
	ck_assert_str_eq(stack_of("i", "abc", UNWIND_NO_ROWS), "0:!ba/i");
	ck_assert_uint_eq(with.rescues, 0);
	ck_assert_uint_eq(table.ends[UNWIND_NO_ROWS], 2);
	ck_assert_str_eq(stack_of("", "aca", UNWIND_END), "0:aca");
}
END_TEST

START_TEST(an_address_where_no_code_is_is_no_frame)
{
	with.end = UNWIND_NO_MAP;
	with.found = "cd";
	ck_assert_str_eq(stack_of("i", "ab", UNWIND_NO_ROWS), "0:!cba/i");
	/* The first one, in the kernel: between two programs. Else it is all there is. */
	with.found = "";
	ck_assert_str_eq(stack_of("i", "a", UNWIND_NO_ROWS), "0:/i");
	ck_assert_uint_eq(table.truncated, 1);
	ck_assert_str_eq(stack_of("", "a", UNWIND_NO_ROWS), "0:!a");
	/* As long as not all is known, it may be one. */
	process.space.known = false;
	with.found = "cd";
	ck_assert_str_eq(stack_of("i", "ab", UNWIND_NO_ROWS), "0:!dcba/i");
}
END_TEST

START_TEST(in_exec_there_is_no_user_stack)
{
	/* In a system call, and the stack it came from is not there. */
	with.end = UNWIND_READ_FAILED;
	with.rescue.pc = with.rescue.reg[RCX] = word('a');
	with.rescue.reg[UNWIND_RSP] = with.rescue.from = RSP;
	ck_assert_str_eq(stack_of("i", "a", UNWIND_NO_ROWS), "0:/i");
	ck_assert_uint_eq(table.truncated, 0);
	/* Not with more frames, in no system call, or with a stack. */
	ck_assert_str_eq(stack_of("i", "ab", UNWIND_NO_ROWS), "0:!ba/i");
	ck_assert_str_eq(stack_of("", "a", UNWIND_NO_ROWS), "0:!a");
	with.rescue.reg[RCX]++;
	ck_assert_str_eq(stack_of("i", "a", UNWIND_NO_ROWS), "0:!a/i");
	with.rescue.reg[RCX]--;
	with.stack_bytes = 16;
	ck_assert_str_eq(stack_of("i", "a", UNWIND_NO_ROWS), "0:!a/i");

	/* The new program's, at the same addresses, with nothing on it. */
	with.end = UNWIND_END;
	ck_assert_str_eq(stack_of("i", "a", UNWIND_NO_ROWS), "0:a/i");
	with.rescue.reg[UNWIND_RAX] = (uint64_t)-ENOSYS;
	ck_assert_str_eq(stack_of("i", "a", UNWIND_NO_ROWS), "0:/i");
	with.stack[0] = 1;
	ck_assert_str_eq(stack_of("i", "a", UNWIND_NO_ROWS), "0:a/i");
}
END_TEST

static const struct {
	const char *user, *hidden, *kept, *none;
} runs[] = {
	{ "aeABceC", "0:CcBAa", "0:CecBAea", "0:CBA" },
	/* A function that begins has no run yet. */
	{ "aeceAd", "0:dAca", "0:dAecea", "0:A" },
	/* Without any, nobody knows what it does. */
	{ "aec", "0:cea", "0:cea", "0:cea" },
};

START_TEST(an_interpreters_frames_take_the_place_of_its_own)
{
	has_interp(INTERP_STRICT);
	ck_assert_str_eq(stack_of("", runs[_i].user, UNWIND_END),
	    runs[_i].hidden);
	table.interps.keep_evals = true;
	ck_assert_str_eq(stack_of("", runs[_i].user, UNWIND_END),
	    runs[_i].kept);
	table.interps.no_natives[INTERP_PYTHON] = true;
	ck_assert_str_eq(stack_of("", runs[_i].user, UNWIND_END),
	    runs[_i].none);
}
END_TEST

START_TEST(a_clue_is_no_frame_and_goes_along_with_its_own)
{
	has_interp(INTERP_STRICT);
	ck_assert_str_eq(stack_of("", "aeAB?C?ceD", UNWIND_END), "0:DcCBAa");
	ck_assert_str_eq(asked, "DC?B?A");
}
END_TEST

START_TEST(runs_that_came_along_go_where_their_eval_functions_are)
{
	has_interp(INTERP_STRICT);
	with.later = "A?B|C|";
	with.found = "ecef";
	ck_assert_str_eq(stack_of("i", "a", UNWIND_NO_ROWS), "0:fCcBAa/i");
	/* First what is new, and then all of them. */
	ck_assert_str_eq(asked, "A?CBA?");
	/* Nothing is lost with a frame that there is no place for. */
	memset(asked, 0, sizeof asked);
	with.found = "c";
	ck_assert_str_eq(stack_of("i", "a", UNWIND_NO_ROWS), "0:ca/i");
	ck_assert_str_eq(asked, "A?");
	/* What the sampler found is in its place. */
	with.later = "B|";
	with.found = "ef";
	ck_assert_str_eq(stack_of("i", "eAb", UNWIND_NO_ROWS), "0:fBbA/i");
}
END_TEST

/* The function that begins has none; whose it is, where it lies says. */
START_TEST(runs_go_where_they_lie)
{
	has_interp(INTERP_EXACT);
	with.rescue.reg[UNWIND_RSP] = RSP;
	with.later = "A^";
	with.found = "cef";
	ck_assert_str_eq(stack_of("i", "ae", UNWIND_NO_ROWS), "0:fAca/i");
	with.later = "A|";
	ck_assert_str_eq(stack_of("i", "ae", UNWIND_NO_ROWS), "0:fecAa/i");
}
END_TEST

START_TEST(runs_go_nowhere_where_the_last_frame_was_none)
{
	has_interp(INTERP_STRICT);
	with.later = "A|";
	with.end = UNWIND_NO_MAP;
	ck_assert_str_eq(stack_of("i", "ae", UNWIND_NO_ROWS), "0:!a/i");
	ck_assert_str_eq(stack_of("i", "ea", UNWIND_NO_ROWS), "0:!A/i");
}
END_TEST

START_TEST(runs_that_came_to_the_next_one_are_put_right)
{
	has_interp(INTERP_COUNTED);
	ck_assert_str_eq(stack_of("", "aeAbeBceC" "de", UNWIND_END),
	    "0:CdBcAba");
	/* Of what is cut off, nobody knows how many there are. */
	ck_assert_str_eq(stack_of("", "aeAbeBceC" "de", UNWIND_LOST),
	    "0:!edCcBbAa");
}
END_TEST

static const struct {
	enum interp_exact exact;
	const char *user, *stack;
} switching[] = {
	{ INTERP_EXACT, "aseAb", "0:!sa" },
	{ INTERP_COUNTED, "sseAb", "0:!ss" },
	{ INTERP_STRICT, "aseAb", "0:bAsa" },
	/* It waits for what it called. */
	{ INTERP_EXACT, "aeAsb", "0:bsAa" },
	{ INTERP_EXACT, "aesb", "0:bsea" },
};

START_TEST(where_stacks_are_switched_nothing_further_out_is_believed)
{
	struct mapping *m = map_file("/lib/greenlet.so", 's', 's');

	has_interp(switching[_i].exact);
	table.interps.file[m->module].switches = true;
	ck_assert_str_eq(stack_of("", switching[_i].user, UNWIND_END),
	    switching[_i].stack);
	ck_assert_uint_eq(table.ends[UNWIND_LOST],
	    switching[_i].stack[2] == '!');
	/* Without an interpreter it is a library like any. */
	process.interps.interp.language = INTERP_NONE;
	ck_assert_str_eq(stack_of("", "asb", UNWIND_END), "0:bsa");
}
END_TEST

START_TEST(a_process_is_installed_when_its_tables_are_missed_twice)
{
	stack_of("", "a", UNWIND_NO_ROWS);
	stack_of("", "a", UNWIND_NO_ROWS);
	ck_assert(!process.space.installed);
	with.image = IMAGE + 1;
	stack_of("", "a", UNWIND_NO_ROWS);
	with.image = IMAGE;
	stack_of("", "a", UNWIND_NO_ROWS);
	/* One that was walked by them lacks none. */
	stack_of("", "a", UNWIND_END);
	ck_assert(!process.space.installed);
	ck_assert_uint_eq(maps, 0);
	stack_of("", "a", UNWIND_NO_ROWS);
	ck_assert(process.space.installed);
	ck_assert_uint_eq(maps, 1);
	ck_assert_uint_eq(opened, 0);
}
END_TEST

START_TEST(an_interpreter_is_told_of_with_the_first_sample)
{
	struct mapping *m = map_file("/usr/bin/python3", 'e', 'e');
	struct interp *i = &file_of(&table.interps, m->module)->interp;

	i->language = INTERP_PYTHON;
	i->exact = INTERP_STRICT;
	i->eval[0] = (struct interp_range){ 0, PAGE };
	/* An engine that cannot, an exiting thread, and one of no user stack. */
	with.image = IMAGE;
	stack_of("", "ae", UNWIND_END);
	walks_interps = true;
	stack_of("i", "", SAMPLE_NO_USER);
	with.image = 0;
	stack_of("", "ae", UNWIND_END);
	ck_assert_uint_eq(interps_set, 0);
	ck_assert_uint_eq(table.interps.early, 0);

	with.image = IMAGE;
	ck_assert_str_eq(stack_of("", "ae", UNWIND_END), "0:ea");
	ck_assert_uint_eq(interps_set, 1);
	ck_assert(process.space.installed);
	ck_assert_uint_eq(table.interps.early, 1);
	/* From now on the sampler knows of it. */
	with.language = INTERP_PYTHON;
	ck_assert_str_eq(stack_of("", "aeA", UNWIND_END), "0:Aa");
	ck_assert_str_eq(stack_of("", "ae", UNWIND_END), "0:ea");
	ck_assert_uint_eq(interps_set, 1);
	ck_assert_uint_eq(opened, 1);
	ck_assert_uint_eq(table.interps.early, 1);
}
END_TEST

START_TEST(a_process_without_an_interpreter_is_not_installed_for_one)
{
	walks_interps = true;
	with.image = IMAGE;
	stack_of("", "a", UNWIND_END);
	ck_assert(!process.space.installed);
	ck_assert_uint_eq(opened, 0);
	/* A file that nobody has looked at is looked at while the process lives. */
	table.interps.file[0].looked = false;
	stack_of("", "a", UNWIND_END);
	ck_assert_uint_eq(opened, 1);
	ck_assert(!process.space.installed);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("samplestack");
	TCase *t = tcase_create("samplestack");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, user_frames_stand_between_the_thread_and_the_kernel);
	tcase_add_loop_test(t, a_walk_that_did_not_end_is_truncated, 0,
	    GP_COUNT(unfinished));
	tcase_add_test(t, there_are_so_many_frames_at_most);
	tcase_add_test(t, what_the_sampler_lacked_tables_for_is_finished);
	tcase_add_test(t, what_is_beyond_replaced_code_is_not_believed);
	tcase_add_test(t, an_address_where_no_code_is_is_no_frame);
	tcase_add_test(t, in_exec_there_is_no_user_stack);
	tcase_add_loop_test(t, an_interpreters_frames_take_the_place_of_its_own,
	    0, GP_COUNT(runs));
	tcase_add_test(t, a_clue_is_no_frame_and_goes_along_with_its_own);
	tcase_add_test(t, runs_that_came_along_go_where_their_eval_functions_are);
	tcase_add_test(t, runs_go_where_they_lie);
	tcase_add_test(t, runs_go_nowhere_where_the_last_frame_was_none);
	tcase_add_test(t, runs_that_came_to_the_next_one_are_put_right);
	tcase_add_loop_test(t,
	    where_stacks_are_switched_nothing_further_out_is_believed, 0,
	    GP_COUNT(switching));
	tcase_add_test(t, a_process_is_installed_when_its_tables_are_missed_twice);
	tcase_add_test(t, an_interpreter_is_told_of_with_the_first_sample);
	tcase_add_test(t, a_process_without_an_interpreter_is_not_installed_for_one);
	suite_add_tcase(s, t);
	return s;
}
