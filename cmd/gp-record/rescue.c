#include "rescue.h"

#include <string.h>
#include <unistd.h>

#include "elf/elffile.h"
#include "unwind/stepcode.h"
#include "unwind/unwind.h"

struct walk {
	struct visit *v;
	const struct sample_rescue *rescue;
	struct unwind_stack stack;
};

/* For struct filerows_root. */
static int
open_in_root(void *arg, const char *path)
{
	return proc_open_path(arg, path);
}

static void
load_tables(struct visit *v, const struct mapping *m)
{
	struct filerows_root root = { .open = open_in_root, .arg = &v->proc };
	enum elffile_err err;
	struct elffile f;

	visit_open(v);
	err = modules_open(&v->t->modules, m->module, &v->proc, m->start,
	    m->end, &f);
	if (err == ELFFILE_EREAD && modules_missed(&v->t->modules, m->module))
		return;
	if (err != ELFFILE_OK) {
		tables_load(&v->t->tables, m->module, NULL, NULL);
		return;
	}
	root.path = v->t->modules.module[m->module].key.path;
	tables_load(&v->t->tables, m->module, &f,
	    v->proc.dir >= 0 ? &root : NULL);
	if (f.fd >= 0)
		close(f.fd);
}

static bool
read_code(struct visit *v, uint64_t pc, uint64_t *bytes)
{
	if (visit_read(v, pc - 1, bytes, sizeof *bytes))
		return true;
	/* A function at the beginning of what is mapped. */
	if (!visit_read(v, pc, bytes, sizeof *bytes))
		return false;
	*bytes <<= 8;
	return true;
}

/* Whether there is a call right before an address. */
static bool
is_behind_call(struct visit *v, uint64_t addr)
{
	uint64_t bytes;

	return visit_read(v, addr - sizeof bytes, &bytes, sizeof bytes) &&
	    stepcode_is_call(bytes);
}

/*
 * In code that keeps frame pointers, interrupted: is the frame there? The code
 * tells, if the sampler took it along; what is there now, only together with the
 * stack.
 */
static uint32_t
leaf_rule(const struct walk *w, const struct unwind_state *s, bool is_file)
{
	struct visit *v = w->v;
	struct unwind_late l = {
		.rsp = s->reg[UNWIND_RSP], .rbp = s->reg[UNWIND_RBP],
	};
	bool as_it_was = w->rescue->has_code && s->pc == w->rescue->pc;
	uint32_t rule = UNWIND_RULE_GAP;
	uint64_t code;

	if (as_it_was)
		rule = stepcode_leaf_rule(w->rescue->code, l.rbp);
	if ((as_it_was && (rule != UNWIND_RULE_FP || !is_file)) ||
	    unwind_read(&w->stack, l.top, sizeof l.top, l.rsp) != 0)
		return rule;
	for (int i = 0; i < 2; i++)
		l.may_return[i] = space_find(&v->p->space, l.top[i] - 1);
	l.is_return = l.may_return[0] && is_behind_call(v, l.top[0]);
	if (as_it_was)
		return l.rsp != l.rbp && l.is_return ? UNWIND_RULE_GAP : rule;
	if (l.may_return[0] || l.may_return[1])
		l.code = read_code(v, s->pc, &code) ? &code : NULL;
	return unwind_late_rule(&l);
}

/* Whether a frame of code that hands on what was returned to it is the start code's;
 * see stepcode_is_start(). */
static bool
is_start(const struct walk *w, const struct unwind_state *s)
{
	uint64_t word[STEPCODE_START_WORDS], code[2];

	if (unwind_read(&w->stack, word, sizeof word, s->reg[UNWIND_RSP]) != 0)
		return false;
	for (int i = 0; i < STEPCODE_START_WORDS; i++)
		if (visit_read(w->v, word[i] - 8, code, sizeof code) &&
		    stepcode_is_start(code[0], code[1]))
			return true;
	return false;
}

/*
 * What the code itself tells where no table does, as in the sampler: a return
 * from a signal handler; start code; whether a frame pointer is set up where it was
 * interrupted.
 */
static uint32_t
rule_of_code(const struct walk *w, const struct unwind_state *s, uint32_t rule,
    bool is_file)
{
	uint64_t bytes;

	if (rule == UNWIND_RULE_FP && s->exact)
		return leaf_rule(w, s, is_file);
	if ((rule != UNWIND_RULE_GAP && (rule != UNWIND_RULE_FP || !is_file)) ||
	    !visit_read(w->v, s->pc, &bytes, sizeof bytes))
		return rule;
	if (stepcode_is_sigreturn(bytes))
		return UNWIND_RULE_SIGNAL;
	return stepcode_is_unframed(s) && stepcode_hands_on(bytes) &&
	    is_start(w, s) ? UNWIND_RULE_BOTTOM : rule;
}

/* The rule of a frame, for unwind_walk(). */
static int
find_rule(void *arg, const struct unwind_state *s, uint32_t *rule)
{
	uint64_t pc = unwind_lookup_pc(s);
	const struct walk *w = arg;
	struct visit *v = w->v;
	const struct mapping *m = visit_mapping(v, pc);
	uint64_t off;

	if (!m)
		return UNWIND_NO_MAP;
	off = pc - m->start + m->pgoff;
	if (!tables_have(&v->t->tables, m->module, off))
		load_tables(v, m);
	*rule = rule_of_code(w, s, tables_rule(&v->t->tables, m->module, off),
	    v->t->modules.module[m->module].key.path[0] == '/');
	return UNWIND_OK;
}

int
rescue_walk(struct visit *v, const struct sample_rescue *r, size_t len,
    uint64_t *frame, uint64_t *sp, size_t max, size_t *n)
{
	struct unwind_state state = {
		.pc = r->pc, .exact = r->exact != 0,
		.has_rbx = r->has_rbx != 0, .chained = r->chained != 0,
	};
	struct walk w = {
		.v = v, .rescue = r,
		.stack = {
			.bytes = r + 1, .len = len, .at = r->from,
			.holes = r->holes,
		},
	};
	struct unwind_finder finder = { find_rule, &w };

	memcpy(state.reg, r->reg, sizeof state.reg);
	return (int)unwind_walk(&state, &w.stack, &finder, frame, sp, max, n);
}
