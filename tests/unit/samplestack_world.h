/*
 * samplestack_world.h - a sampler, a process and a rescue that are made up, for tests of
 * what becomes of a sample's stack. A test's fixture is setup() and teardown();
 * stack_of() gives a sample to samplestack_push(), and says what it became.
 *
 * A letter is a frame, in a page of its own: e an eval function's, A to Z an
 * interpreter's; ? is a clue, | the end of a run, ^ that of one that lies at MARK.
 * Innermost first, as samples have them:
 *
 *	kernel "ij", user "abc"   0:cba/j-i
 *
 * Outermost first, as they are counted: the thread, ! for [truncated], / before the
 * kernel's; - behind what was moved back by one.
 */
#ifndef GP_TEST_SAMPLESTACK_WORLD_H
#define GP_TEST_SAMPLESTACK_WORLD_H

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

static inline void
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

#endif
