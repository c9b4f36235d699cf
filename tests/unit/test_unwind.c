/*
 * test_unwind.c - walks: over stacks made by hand, and over this program's own,
 * where backtrace(3) says what is true.
 */
#include <check.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "suite.h"
#include "unwind/filerows.h"
#include "unwind/rows.h"
#include "unwind/unwind.h"

/* -- by hand ------------------------------------------------------------- */

/* Functions of 100 bytes: at 100 one with a frame of 16 bytes, at 200 one with
 * a frame pointer, at 300 the outermost. */
static int
made_rule(void *arg, const struct unwind_state *s, uint32_t *rule)
{
	static const struct unwind_row row[] = {
		{ 100, UNWIND_RSP | 16u << 7 },
		{ 200, UNWIND_RBP | 1u << 5 | 2u << 7 | 2u << 24 },
		{ 300, UNWIND_RULE_BOTTOM },
		{ 400, UNWIND_RULE_GAP },
	};
	uint64_t pc = unwind_lookup_pc(s);

	(void)arg;
	if (pc >= 1000)
		return pc >= 2000 ? UNWIND_NO_MAP : UNWIND_NO_ROWS;
	*rule = rows_rule(row, 4, (uint32_t)pc);
	return UNWIND_OK;
}

static const struct unwind_finder made = { made_rule, NULL };

enum { AT = 0x7000 };

static int
walk_made(const uint64_t *words, size_t n, uint64_t *frame, size_t cap,
    size_t *got)
{
	struct unwind_state s = { .pc = 150, .exact = 1 };
	struct unwind_stack k = { words, n * 8, AT, 0 };

	s.reg[UNWIND_RSP] = AT;
	*got = 0;
	return unwind_walk(&s, &k, &made, frame, NULL, cap, got);
}

START_TEST(a_stack_is_walked_to_its_end)
{
	/*           frame of 100, RA  frame of 100, RA  rbp, RA */
	uint64_t w[] = { 0, 200,       0, 300,           };
	uint64_t frame[8];
	size_t n;

	/* 200 is a return address, the call being the last instruction of the
	 * function at 100; the same for 300, but at 200 rbp is needed. */
	ck_assert_int_eq(walk_made(w, 4, frame, 8, &n), UNWIND_NO_PROGRESS);
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(frame[0], 199);
	ck_assert_uint_eq(frame[1], 299);
	w[3] = 350;
	ck_assert_int_eq(walk_made(w, 4, frame, 8, &n), UNWIND_END);
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(frame[1], 349);
}
END_TEST

START_TEST(what_was_not_copied_is_not_read)
{
	static const char bytes[4 * 4096];
	struct unwind_stack k = { bytes, sizeof bytes - 16, 0x7010, 1 << 2 };
	uint64_t w[2];

	ck_assert_int_eq(unwind_read(&k, w, 16, 0x7010), 0);
	ck_assert_int_eq(unwind_read(&k, w, 8, 0x7008), -1);
	ck_assert_int_eq(unwind_read(&k, w, 16, 0x8ff0), 0);
	ck_assert_int_eq(unwind_read(&k, w, 16, 0x8ff8), -1);
	ck_assert_int_eq(unwind_read(&k, w, 8, 0x9000), -1);
	ck_assert_int_eq(unwind_read(&k, w, 16, 0x9ff8), -1);
	ck_assert_int_eq(unwind_read(&k, w, 8, 0xa000), 0);
	ck_assert_int_eq(unwind_read(&k, w, 8, 0xaff8), 0);
	ck_assert_int_eq(unwind_read(&k, w, 8, 0xb000), -1);
}
END_TEST

enum { NO_CODE = 0, PUSH = 0x55, MOV = 0xe58948, NOP = 0x90 };

static const struct {
	uint64_t rsp, top0, top1; /* rbp is 0x100 */
	uint8_t may, is_return;   /* may: bits */
	uint64_t at_pc;           /* now; behind a push if it is a mov */
	uint32_t rule;
} late[] = {
	/* Before its frame is there, rbp is above rsp. */
	{ 0x100, 0x2000, 0x3000, 3, 1, PUSH, UNWIND_RULE_FP },
	/* Where no return address is, the frame is. */
	{ 0x80, 0x5, 0x3000, 2, 0, NO_CODE, UNWIND_RULE_FP },
	{ 0x80, 0x5, 0x3000, 2, 0, PUSH, UNWIND_RULE_FP },
	{ 0x80, 0x100, 0x5, 0, 0, MOV, UNWIND_RULE_FP },
	/* Where one may be, code and stack have to agree. */
	{ 0x80, 0x2000, 0x5, 1, 1, PUSH, UNWIND_RULE_ENTRY },
	{ 0x80, 0x2000, 0x5, 1, 0, PUSH, UNWIND_RULE_GAP },
	{ 0x80, 0x2000, 0x5, 1, 1, NOP, UNWIND_RULE_GAP },
	{ 0x80, 0x2000, 0x5, 1, 1, MOV, UNWIND_RULE_GAP },
	{ 0x80, 0x2000, 0x5, 1, 1, NO_CODE, UNWIND_RULE_GAP },
	{ 0x80, 0x100, 0x3000, 2, 0, MOV, UNWIND_RULE_PUSHED },
	{ 0x80, 0x100, 0x3000, 2, 0, PUSH, UNWIND_RULE_GAP },
	{ 0x80, 0x100, 0x3000, 2, 0, NO_CODE, UNWIND_RULE_GAP },
};

START_TEST(code_read_later_is_believed_where_the_stack_agrees)
{
	uint64_t code = late[_i].at_pc << 8 | (late[_i].at_pc == MOV ? PUSH : 0);
	struct unwind_late l = {
		.rsp = late[_i].rsp, .rbp = 0x100,
		.top = { late[_i].top0, late[_i].top1 },
		.may_return = { late[_i].may & 1, late[_i].may & 2 },
		.is_return = late[_i].is_return,
		.code = late[_i].at_pc == NO_CODE ? NULL : &code,
	};

	ck_assert_uint_eq(unwind_late_rule(&l), late[_i].rule);
	l.rbp = 0;
	ck_assert_uint_eq(unwind_late_rule(&l), UNWIND_RULE_GAP);
}
END_TEST

START_TEST(a_walk_says_why_it_ended)
{
	uint64_t w[] = { 0, 450, 0, 1500 }, frame[8];
	size_t n;

	ck_assert_int_eq(walk_made(w, 4, frame, 8, &n), UNWIND_NO_RULE);
	w[1] = 1500;
	ck_assert_int_eq(walk_made(w, 4, frame, 8, &n), UNWIND_NO_ROWS);
	w[1] = 2500;
	ck_assert_int_eq(walk_made(w, 4, frame, 8, &n), UNWIND_NO_MAP);
	w[1] = 150;
	ck_assert_int_eq(walk_made(w, 3, frame, 8, &n), UNWIND_READ_FAILED);
	ck_assert_uint_eq(n, 1);
	w[3] = 0;
	ck_assert_int_eq(walk_made(w, 4, frame, 8, &n), UNWIND_END);
}
END_TEST

START_TEST(frames_that_do_not_fit_are_told)
{
	uint64_t w[] = { 0, 150, 0, 150, 0, 350 }, frame[3];
	size_t n;

	ck_assert_int_eq(walk_made(w, 6, frame, 2, &n), UNWIND_TOO_DEEP);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(walk_made(w, 6, frame, 3, &n), UNWIND_END);
	ck_assert_uint_eq(n, 3);
}
END_TEST

/* -- this program's own stack -------------------------------------------- */

struct object {
	uint64_t start, end, bias; /* of the rows' pcs */
	struct rows rows;
};

static struct object object[32];
static size_t objects;

static void
forget_objects(void)
{
	while (objects)
		rows_free(&object[--objects].rows);
	memset(object, 0, sizeof object);
}

/* The rows of everything that is loaded, the vDSO included. */
static int
add_object(struct dl_phdr_info *info, size_t size, void *arg)
{
	const char *path = info->dlpi_name[0] ? info->dlpi_name : "/proc/self/exe";
	struct object *o = &object[objects];
	struct elffile f;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	(void)size;
	(void)arg;
	if (fd >= 0 ? elffile_init(&f, fd) : elffile_init_vdso(&f))
		return 0;
	o->start = UINT64_MAX;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uint64_t at = info->dlpi_addr + p->p_vaddr;

		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X))
			continue;
		o->start = at < o->start ? at : o->start;
		o->end = at + p->p_memsz > o->end ? at + p->p_memsz : o->end;
	}
	if (filerows_make(&f, NULL, &o->rows) == ELFFILE_OK) {
		o->bias = info->dlpi_addr + o->rows.base;
		objects++;
	}
	if (fd >= 0)
		close(fd);
	return 0;
}

static int
own_rule(void *arg, const struct unwind_state *s, uint32_t *rule)
{
	uint64_t pc = unwind_lookup_pc(s);

	(void)arg;
	for (size_t i = 0; i < objects; i++) {
		if (pc < object[i].start || pc >= object[i].end)
			continue;
		*rule = rows_rule(object[i].rows.row, object[i].rows.n,
		    (uint32_t)(pc - object[i].bias));
		return UNWIND_OK;
	}
	return UNWIND_NO_MAP;
}

static const struct unwind_finder own = { own_rule, NULL };

enum { DEEP = 40, FRAMES = 256 };

static struct {
	void *truth[FRAMES];
	int ntruth;
	uint64_t frame[FRAMES];
	size_t n;
	int end;
} seen;

static char copy[1 << 20];

static void
set_state(struct unwind_state *s, const ucontext_t *uc)
{
	static const int order[] = { REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI,
		REG_RDI, REG_RBP, REG_RSP, REG_R8, REG_R9, REG_R10, REG_R11,
		REG_R12, REG_R13, REG_R14, REG_R15 };

	for (int i = 0; i < 16; i++)
		s->reg[i] = (uint64_t)uc->uc_mcontext.gregs[order[i]];
	s->pc = (uint64_t)uc->uc_mcontext.gregs[REG_RIP];
	s->exact = 1;
}

/* Walk the stack from a context of this thread, copied by the kernel. */
static void
walk_own(const ucontext_t *uc)
{
	struct unwind_state s;
	struct unwind_stack k = { .bytes = copy };
	struct iovec to = { copy, sizeof copy }, from = { 0 };
	ssize_t n = -1;

	set_state(&s, uc);
	k.at = s.reg[UNWIND_RSP];
	/* The stack ends somewhere above; a page more at a time finds it. */
	for (size_t len = sizeof copy; n < 0 && len >= 4096; len -= 4096) {
		from = (struct iovec){ (void *)(uintptr_t)k.at, len };
		to.iov_len = len;
		n = process_vm_readv(getpid(), &to, 1, &from, 1, 0);
	}
	ck_assert_int_gt(n, 0);
	k.len = (size_t)n;
	seen.n = 0;
	seen.end = unwind_walk(&s, &k, &own, seen.frame, NULL, FRAMES,
	    &seen.n);
}

__attribute__((noinline)) static void
look(void)
{
	ucontext_t uc;

	ck_assert_int_eq(getcontext(&uc), 0);
	walk_own(&uc);
	seen.ntruth = backtrace(seen.truth, FRAMES);
}

/* Every caller is what backtrace(3) says, from the first one on; it ends at the
 * outermost frame. (Under ASan, backtrace() is a frame of its own, too.) */
static void
check_seen(int at_least)
{
	int skip = 0;

	ck_assert_int_eq(seen.end, UNWIND_END);
	ck_assert_int_gt((int)seen.n, at_least);
	while (skip < seen.ntruth &&
	    (uint64_t)(uintptr_t)seen.truth[skip] - 1 != seen.frame[0])
		skip++;
	ck_assert_int_eq((int)seen.n, seen.ntruth - skip);
	for (size_t i = 0; i < seen.n; i++) {
		uint64_t want = (uint64_t)(uintptr_t)seen.truth[skip + (int)i];

		/* What a signal interrupted has no call before it. */
		ck_assert_msg(seen.frame[i] == want - 1 ||
		    seen.frame[i] == want, "frame %zu: %lx, want %lx", i,
		    (unsigned long)seen.frame[i], (unsigned long)want);
	}
}

static int compare_deep(const void *a, const void *b);
static int depth;

__attribute__((noinline)) static int
sort_deep(void)
{
	int v[2] = { 2, 1 };

	if (depth++ == DEEP)
		look();
	else
		qsort(v, 2, sizeof v[0], compare_deep);
	return v[0];
}

static int
compare_deep(const void *a, const void *b)
{
	return depth <= DEEP ? sort_deep() + *(const int *)a :
			       *(const int *)a - *(const int *)b;
}

START_TEST(a_recursion_under_qsort_is_walked_as_backtrace_does)
{
	forget_objects();
	dl_iterate_phdr(add_object, NULL);
	depth = 0;
	sort_deep();
	check_seen(2 * DEEP);
}
END_TEST

static void
on_signal(int sig)
{
	(void)sig;
	look();
}

START_TEST(a_signal_handler_s_frame_leads_to_what_it_interrupted)
{
	forget_objects();
	dl_iterate_phdr(add_object, NULL);
	signal(SIGUSR1, on_signal);
	raise(SIGUSR1);
	check_seen(6);
}
END_TEST

static void
on_fault(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	(void)info;
	walk_own(uc);
	seen.ntruth = backtrace(seen.truth, FRAMES);
	/* Behind the faulting instruction, which is 2 bytes long. */
	uc->uc_mcontext.gregs[REG_RIP] += 2;
}

/* A frame that is aligned to 64 bytes, stopped in the middle. */
__attribute__((noinline)) static int
realigned(int n)
{
	int v[4096] __attribute__((aligned(64)));

	memset(v, n, sizeof v);
	__asm__ volatile("ud2" : : "r"(v) : "memory");
	return v[n];
}

START_TEST(an_interrupted_frame_s_registers_begin_the_walk)
{
	struct sigaction sa = { .sa_sigaction = on_fault,
		.sa_flags = SA_SIGINFO };

	forget_objects();
	dl_iterate_phdr(add_object, NULL);
	sigaction(SIGILL, &sa, NULL);
	ck_assert_int_eq(realigned(1) & 1, 1);
	check_seen(3);
}
END_TEST

START_TEST(the_vdso_has_rows)
{
	struct elffile f;
	struct rows t;

	if (elffile_init_vdso(&f) != ELFFILE_OK)
		return; /* a kernel without, or a sandbox */
	ck_assert_int_eq(filerows_make(&f, NULL, &t), ELFFILE_OK);
	ck_assert_uint_gt(t.n, 4);
	ck_assert(rows_are_valid(t.row, t.n));
	rows_free(&t);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("unwind");
	TCase *t = tcase_create("unwind");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 0);
	tcase_add_checked_fixture(t, NULL, forget_objects);
	tcase_add_test(t, what_was_not_copied_is_not_read);
	tcase_add_loop_test(t, code_read_later_is_believed_where_the_stack_agrees,
	    0, GP_COUNT(late));
	tcase_add_test(t, a_stack_is_walked_to_its_end);
	tcase_add_test(t, a_walk_says_why_it_ended);
	tcase_add_test(t, frames_that_do_not_fit_are_told);
	tcase_add_test(t, a_recursion_under_qsort_is_walked_as_backtrace_does);
	tcase_add_test(t, a_signal_handler_s_frame_leads_to_what_it_interrupted);
	tcase_add_test(t, an_interrupted_frame_s_registers_begin_the_walk);
	tcase_add_test(t, the_vdso_has_rows);
	return s;
}
