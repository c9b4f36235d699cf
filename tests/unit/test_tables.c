/*
 * The pool of unwind rows against what was put in: modules of made-up rows, more
 * than the pool holds. Whatever is loaded, evicted and asked for again, a rule
 * that is found, here or by the program's two searches, is the module's own.
 */
#include <check.h>
#include <stdlib.h>

#include "cmd/gp-record/tables.c"
#include "suite.h"

#define SLOTS 64u
#define MODULES 6u

static struct unwind_row pool[SLOTS][SAMPLER_BLOCK_ROWS];
static struct sampler_block directory[SAMPLER_BLOCKS_MAX];
static uint64_t used[SLOTS];
static struct sampler_module known[MODULES];
static uint64_t gets; /* how often rows were fetched from a file */

struct sampler_pool
sampler_pool(const struct sampler *s)
{
	(void)s;
	return (struct sampler_pool){
		.block = directory, .used = used, .slots = SLOTS,
	};
}

struct unwind_row *
sampler_map_slot(const struct sampler *s, uint32_t slot)
{
	(void)s;
	ck_assert_uint_lt(slot, SLOTS);
	return pool[slot];
}

void
sampler_unmap_slot(const struct sampler *s, struct unwind_row *rows)
{
	(void)s;
	(void)rows;
}

int
sampler_set_module(struct sampler *s, uint32_t module,
    const struct sampler_module *m)
{
	(void)s;
	known[module] = *m;
	return 0;
}

/* Module n has rows at 16, 32, 48 …: as many as it has blocks, and some. */
static const uint32_t sizes[MODULES] = { 0, 1, 1024, 1025, 20000, 70000 };

static uint32_t
rule_of(uint32_t module, uint32_t off)
{
	uint32_t row = off / 16;

	if (row == 0 || sizes[module] == 0)
		return UNWIND_RULE_GAP;
	if (row > sizes[module])
		row = sizes[module];
	/* Any word will do; no gaps, which the loader would look into. */
	return (uint32_t)UNWIND_RSP | (module * 100000 + row) << 7;
}

int
rowcache_open(struct rowcache *c, const char *dir, uint64_t max_bytes)
{
	(void)c;
	(void)dir;
	(void)max_bytes;
	return 0;
}

void
rowcache_done(struct rowcache *c)
{
	(void)c;
}

/* The file's size says which module it is. */
enum elffile_err
rowcache_get(struct rowcache *c, const struct elffile *f,
    struct filerows_root *root, struct rows *t)
{
	uint32_t module = (uint32_t)f->size;

	(void)c;
	(void)root;
	gets++;
	*t = (struct rows){ .base = 0 };
	for (uint32_t i = 1; i <= sizes[module]; i++)
		rows_add(t, 16 * i, rule_of(module, 16 * i));
	return ELFFILE_OK;
}

static struct elffile
file(uint32_t module)
{
	struct elffile f = {
		.fd = -1, .size = module, .n = 1,
		.segment = { { .offset = 0, .vaddr = 0, .filesz = 16u << 20,
		    .memsz = 16u << 20, .exec = true } },
	};

	return f;
}

/* What the program in the kernel does; false: it would ask for a rescue. */
static bool
program_rule(uint32_t module, uint32_t off, uint64_t now, uint32_t *rule)
{
	const struct sampler_module *m = &known[module];
	uint32_t i = m->first, slot;

	*rule = UNWIND_RULE_GAP;
	if (m->kind == SAMPLER_UNKNOWN)
		return false;
	if (m->kind == SAMPLER_FP) {
		*rule = UNWIND_RULE_FP;
		return true;
	}
	while (i < m->first + m->count && directory[i].pc <= off)
		i++;
	if (i == m->first)
		return true;
	slot = directory[i - 1].slot;
	if (slot == SAMPLER_NO_SLOT)
		return false;
	ck_assert_uint_lt(slot, SLOTS);
	used[slot] = now >> 30;
	*rule = rows_rule(pool[slot], SAMPLER_BLOCK_ROWS, off);
	return true;
}

static void
reset(void)
{
	memset(known, 0, sizeof known);
	memset(directory, 0xee, sizeof directory);
	memset(used, 0, sizeof used);
	gets = 0;
}

START_TEST(a_rule_found_is_the_modules_own)
{
	uint64_t now = 1000ull << 30, asked = 0;
	struct tables t;

	reset();
	srand((unsigned)_i);
	tables_init(&t, NULL);
	for (int step = 0; step < 20000; step++) {
		uint32_t module = (uint32_t)rand() % MODULES;
		uint32_t off = (uint32_t)rand() % (16 * 75000), rule;
		uint32_t want = sizes[module] ? rule_of(module, off) :
		    UNWIND_RULE_FP;
		struct elffile f = file(module);

		if (!program_rule(module, off, now, &rule)) {
			asked++;
			if (!tables_have(&t, module, off))
				tables_load(&t, module, &f, NULL);
			rule = tables_rule(&t, module, off);
		}
		ck_assert_msg(rule == want, "module %u at %u: %x, not %x",
		    module, off, rule, want);
		if (rand() % 20 == 0) {
			now += (uint64_t)(rand() % 3) << 30;
			tables_poll(&t, now);
		}
	}
	/* More blocks than slots: some had to go, and most did not. */
	ck_assert_uint_gt(t.evictions, 0);
	ck_assert_uint_lt(asked, 20000);
	tables_free(&t);
}
END_TEST

START_TEST(what_fits_is_loaded_whole_and_asked_for_once)
{
	struct elffile f = file(4);
	struct tables t;
	uint32_t rule;

	reset();
	tables_init(&t, NULL);
	tables_load(&t, 4, &f, NULL);
	for (uint32_t off = 0; off < 16 * 21000; off += 7) {
		ck_assert(program_rule(4, off, 1, &rule));
		ck_assert_uint_eq(rule, rule_of(4, off));
	}
	ck_assert_uint_eq(gets, 1);
	tables_free(&t);
}
END_TEST

START_TEST(an_emptied_slot_rests_until_the_next_poll)
{
	uint64_t now = 1000ull << 30;
	struct elffile f = file(5);
	struct tables t;
	uint32_t free_before;

	reset();
	tables_init(&t, NULL);
	tables_load(&t, 5, &f, NULL);
	for (uint32_t off = 0; t.nfree; off += 16 * SAMPLER_BLOCK_ROWS)
		ck_assert_uint_eq(tables_rule(&t, 5, off), rule_of(5, off));
	tables_poll(&t, now);
	tables_poll(&t, now + (200ull << 30));
	ck_assert_uint_gt(t.evictions, 0);
	free_before = t.nfree;
	tables_poll(&t, now + (200ull << 30));
	ck_assert_uint_gt(t.nfree, free_before);
	tables_free(&t);
}
END_TEST

START_TEST(without_a_file_frame_pointers_are_followed)
{
	struct tables t;
	uint32_t rule;

	reset();
	tables_init(&t, NULL);
	ck_assert(!tables_have(&t, 2, 0));
	tables_load(&t, 2, NULL, NULL);
	ck_assert(tables_have(&t, 2, 0));
	ck_assert(program_rule(2, 100, 1, &rule));
	ck_assert_uint_eq(rule, UNWIND_RULE_FP);
	ck_assert_uint_eq(tables_rule(&t, 2, 100), UNWIND_RULE_FP);
	tables_free(&t);
}
END_TEST

Suite *
suite(void)
{
	Suite *suite = suite_create("tables");
	TCase *tc = tcase_create("tables");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_rule_found_is_the_modules_own, 0, 5);
	tcase_add_test(tc, what_fits_is_loaded_whole_and_asked_for_once);
	tcase_add_test(tc, an_emptied_slot_rests_until_the_next_poll);
	tcase_add_test(tc, without_a_file_frame_pointers_are_followed);
	suite_add_tcase(suite, tc);
	return suite;
}
