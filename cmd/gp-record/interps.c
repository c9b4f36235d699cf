#include "interps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/grow.h"

/* How long a name is believed without asking again: at first, since many code
 * objects do not live long and others come in their place; and when it was true
 * again and again. */
#define BELIEVED_NS 20000000ull
#define BELIEVED_MAX_NS 1000000000ull

/* Code objects that are read of a process in so long, at most: it may have any
 * number of them, and each takes a few microseconds. */
#define BUDGET_NS 100000000ull
enum { BUDGET = 2000 };

/* -- files ---------------------------------------------------------------- */

static struct interps_file *
file_of(struct interps *s, uint32_t module)
{
	uint32_t n = s->n ? s->n : 64;

	while (n <= module)
		n *= 2;
	if (n > s->n) {
		s->file = reallocarray(s->file, n, sizeof *s->file);
		if (!s->file)
			die_nomem();
		memset(s->file + s->n, 0, (n - s->n) * sizeof *s->file);
		s->n = n;
	}
	return &s->file[module];
}

static void
look_at_file(struct interps_file *file, const struct modules *modules,
    const struct mapping *m, const struct proc *proc)
{
	struct elffile f;
	enum elffile_err err;

	err = modules_open(modules, m->module, proc, m->start, m->end, &f);
	/* The next process that maps it may be there to open it by. */
	file->looked = err != ELFFILE_EREAD;
	if (err != ELFFILE_OK)
		return;
	if (interp_recognise(&f, &file->interp) &&
	    !elffile_offset(&f, file->interp.eval[0].start, &file->eval_off))
		file->interp.language = INTERP_NONE;
	file->switches = interp_switches(&f);
	if (f.fd >= 0)
		close(f.fd);
}

/* -- processes ------------------------------------------------------------ */

bool
interps_is_due(const struct interps_process *p, const struct space *space,
    uint32_t image)
{
	return p->changes != space->changes || p->image != image;
}

bool
interps_know_file(struct interps *s, uint32_t module)
{
	return file_of(s, module)->looked;
}

bool
interps_know_files(struct interps *s, const struct space *space)
{
	for (uint32_t i = 0; i < space->n; i++)
		if (!interps_know_file(s, space->map[i].module))
			return false;
	return true;
}

/* Find it among the mappings; false if there is none. */
static bool
find_interp(struct interps *s, const struct modules *modules,
    const struct space *space, const struct proc *proc, struct interp *out)
{
	for (uint32_t i = 0; i < space->n; i++) {
		const struct mapping *m = &space->map[i];
		struct interps_file *file = file_of(s, m->module);

		if (!file->looked)
			look_at_file(file, modules, m, proc);
		if (file->interp.language == INTERP_NONE ||
		    file->eval_off < m->pgoff ||
		    file->eval_off - m->pgoff >= m->end - m->start)
			continue;
		*out = file->interp;
		interp_move(out, m->start + (file->eval_off - m->pgoff) -
		    file->interp.eval[0].start);
		return true;
	}
	return false;
}

bool
interps_are_in(struct interps *s, const struct modules *modules,
    const struct space *space, const struct proc *proc)
{
	struct interp found;

	return find_interp(s, modules, space, proc, &found);
}

void
interps_look(struct interps *s, struct interps_process *p,
    const struct modules *modules, const struct space *space,
    const struct proc *proc, uint32_t image)
{
	struct interp found = { 0 };

	if (p->image != image)
		interps_forget(s, p);
	p->image = image;
	p->changes = space->changes;
	find_interp(s, modules, space, proc, &found);
	if (memcmp(&found, &p->interp, sizeof found) == 0)
		return;
	p->interp = found;
	if (found.language == INTERP_NONE) {
		if (p->installed &&
		    sampler_set_interp(s->sampler, image, NULL) == 0)
			p->installed = false;
		return;
	}
	p->installed = true;
	if (sampler_set_interp(s->sampler, image, &found) == 0)
		return;
	p->installed = false;
	diag(DIAG_RECORD_INTERPS, NULL, 0, "%s", strerror(errno));
}

bool
interps_switches(struct interps *s, const struct modules *modules,
    const struct mapping *m, const struct proc *proc)
{
	struct interps_file *file = file_of(s, m->module);

	if (!file->looked)
		look_at_file(file, modules, m, proc);
	return file->switches;
}

static void
drop_lines(struct interps *s, struct interps_code *c)
{
	if (!c->lines)
		return;
	s->lines -= c->lines->lines.len;
	interp_code_free(c->lines);
	free(c->lines);
	c->lines = NULL;
}

static void
drop_codes(struct interps *s, struct interps_process *p)
{
	for (uint32_t i = 0; p->code && i < p->ncode; i++)
		drop_lines(s, &p->code[i]);
	p->ncode = 0;
	pairmap_reset(&p->index);
	pairmap_reset(&p->lines);
}

void
interps_forget(struct interps *s, struct interps_process *p)
{
	/* An error means that it is gone already. */
	if (p->installed && sampler_set_interp(s->sampler, p->image, NULL) != 0)
		p->installed = false;
	drop_codes(s, p);
	pairmap_free(&p->index);
	pairmap_free(&p->lines);
	free(p->code);
	*p = (struct interps_process){ 0 };
}

/* -- names ---------------------------------------------------------------- */

static struct interps_code *
find_code(const struct interps_process *p, uint64_t word)
{
	uint32_t i = pairmap_get(&p->index, sampler_word_code(word), 0);

	return i == PAIRMAP_NONE ? NULL : &p->code[i];
}

bool
interps_knows(const struct interps_process *p, uint64_t word, uint64_t clue,
    uint64_t now)
{
	const struct interps_code *c = find_code(p, word);

	return c && now < c->until && (!clue || c->clued);
}

static struct interps_code *
add_code(struct interps *s, struct interps_process *p, uint64_t word)
{
	if (p->ncode >= INTERPS_CODES_MAX)
		drop_codes(s, p);
	p->code = grow_for(p->code, p->ncode, &p->cap, sizeof *p->code);
	pairmap_set(&p->index, sampler_word_code(word), 0, p->ncode);
	p->code[p->ncode] = (struct interps_code){
		.believed = BELIEVED_NS, .name = MODULE_NAME_UNKNOWN,
	};
	return &p->code[p->ncode++];
}

/* The name of a code object, with a line. */
static uint32_t
add_name(struct interps *s, const struct interp *i,
    const struct interp_code *c, uint32_t line, struct modules *modules)
{
	uint32_t before = modules->names.n, name;

	if (s->names >= INTERPS_NAMES_MAX)
		return MODULE_NAME_UNKNOWN;
	buf_reset(&s->text);
	interp_put_name(i, c, line, &s->text);
	name = intern_add(&modules->names, s->text.s, s->text.len);
	s->names += modules->names.n - before;
	return name;
}

/* Keep a table of lines, if there is room. */
static void
keep_lines(struct interps *s, struct interps_code *c, struct interp_code *with)
{
	drop_lines(s, c);
	if (with->lines.len == 0 ||
	    s->lines + with->lines.len > INTERPS_LINES_MAX)
		return;
	c->lines = malloc(sizeof *c->lines);
	if (!c->lines)
		die_nomem();
	s->lines += with->lines.len;
	*c->lines = *with;
	*with = (struct interp_code){ 0 };
}

static void
read_code(struct interps *s, const struct interp *i, struct interps_code *c,
    const struct interp_process *asked, struct modules *modules,
    uint64_t addr, uint64_t clue, uint64_t now)
{
	struct interp_code found = { .check = c->check };
	int rc;

	/* A clue that comes late is for what was read without. */
	if (clue && !c->clued)
		found.check = 0;
	rc = interp_read(i, asked, &s->wish, addr, sampler_word_clue(clue),
	    &found);
	if (rc == INTERP_SAME && c->believed < BELIEVED_MAX_NS)
		c->believed *= 2;
	else if (rc != INTERP_SAME)
		c->believed = BELIEVED_NS;
	c->until = now + c->believed;
	if (rc != INTERP_OK)
		return;
	c->check = found.check;
	c->clued = clue != 0;
	c->name = add_name(s, i, &found, found.line, modules);
	keep_lines(s, c, &found);
	interp_code_free(&found);
}

/* The name of a code object's frame, with the line that it executes. */
static uint32_t
name_at(struct interps *s, struct interps_process *p,
    const struct interps_code *c, struct modules *modules, uint32_t at)
{
	uint32_t name;

	if (!c->lines || at == SAMPLER_AT_UNKNOWN)
		return c->name;
	name = pairmap_get(&p->lines, c->check, at);
	if (name != PAIRMAP_NONE)
		return name;
	name = add_name(s, &p->interp, c->lines, interp_line(&p->interp,
	    c->lines, at), modules);
	if (p->lines.n >= INTERPS_CODES_MAX)
		pairmap_reset(&p->lines);
	pairmap_set(&p->lines, c->check, at, name);
	return name;
}

/* Whether one more code object may be read now. */
static bool
has_budget(struct interps_process *p, uint64_t now)
{
	if (now / BUDGET_NS != p->budget_of) {
		p->budget_of = now / BUDGET_NS;
		p->reads = 0;
	}
	return p->reads++ < BUDGET;
}

uint64_t
interps_frame(struct interps *s, struct interps_process *p,
    struct interps_process *parent, const struct interp_process *asked,
    struct modules *modules, uint64_t word, uint64_t clue, uint64_t now)
{
	struct interps_code *c = find_code(p, word);
	uint32_t name = MODULE_NAME_UNKNOWN;

	if (asked && sampler_word_language(word) == p->interp.language &&
	    has_budget(p, now)) {
		if (!c)
			c = add_code(s, p, word);
		read_code(s, &p->interp, c, asked, modules,
		    sampler_word_code(word), clue, now);
		if (p->interp.clues && !c->clued)
			sampler_forget_code(s->sampler, p->image, word);
	}
	if ((!c || c->name == MODULE_NAME_UNKNOWN) && parent) {
		p = parent;
		c = find_code(parent, word);
	}
	if (c)
		name = name_at(s, p, c, modules, sampler_word_at(word));
	if (name == MODULE_NAME_UNKNOWN)
		s->unnamed++;
	return modules_name_frame(name);
}

/* -- stacks --------------------------------------------------------------- */

/* What the end of the run that begins at k says of the C stack; 0: nothing. */
static uint64_t
mark_of(const uint64_t *later, uint32_t nlater, uint32_t k)
{
	while (k < nlater && !sampler_is_end(later[k]))
		k++;
	return k < nlater ? sampler_word_mark(later[k]) : 0;
}

/* Whether a mark is in a native frame, as far as that is known. */
static bool
is_within(uint64_t mark, uint64_t sp, uint64_t callers)
{
	return !mark || !sp || !callers || mark - sp < callers - sp;
}

uint32_t
interps_weave(const struct interps_process *p, uint64_t *frame,
    const uint64_t *sp, uint32_t from, uint32_t n, uint32_t cap,
    const uint64_t *later, uint32_t nlater)
{
	static uint64_t native[SAMPLER_USER_MAX];
	uint32_t count, at, k = 0;
	uint64_t mark;

	if (nlater == 0 || p->interp.language == INTERP_NONE)
		return n;
	/* The sampler goes on to the caller before it takes a run. */
	if (from && !interps_is_word(frame[from - 1]) &&
	    interp_is_eval(&p->interp, frame[from - 1]))
		from--;
	count = n - from;
	at = from;
	memcpy(native, frame + from, count * sizeof *native);
	mark = mark_of(later, nlater, k);
	for (uint32_t i = 0; i < count && at < cap; i++) {
		frame[at++] = native[i];
		if (!interp_is_eval(&p->interp, native[i]))
			continue;
		if (!is_within(mark, sp[from + i],
		    i + 1 < count ? sp[from + i + 1] : 0)) {
			/* As in the sampler: the stack is another one's. */
			if (from + i > 0 && p->interp.exact == INTERP_STRICT)
				k = nlater;
			continue;
		}
		while (k < nlater && !sampler_is_end(later[k]) && at < cap)
			frame[at++] = later[k++];
		k += k < nlater; /* the end of the run */
		mark = mark_of(later, nlater, k);
	}
	return at;
}

bool
interps_begins(const struct interps_process *p, const uint64_t *frame,
    uint32_t n, uint32_t *at)
{
	bool found = false;

	for (uint32_t i = 0; i < n; i++) {
		if (interps_is_word(frame[i]))
			return found;
		if (found || !interp_is_eval(&p->interp, frame[i]) ||
		    interps_has_run(frame, n, i))
			continue;
		*at = i;
		found = true;
	}
	return false;
}

bool
interps_lacks_run(const struct interps_process *p, const uint64_t *frame,
    uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (!interps_is_word(frame[i]) &&
		    interp_is_eval(&p->interp, frame[i]) &&
		    !interps_has_run(frame, n, i))
			return true;
	return false;
}

bool
interps_came_early(const struct interps_process *p, uint32_t language,
    const uint64_t *frame, uint32_t n)
{
	return language == INTERP_NONE && p->installed &&
	    interps_lacks_run(p, frame, n);
}

void
interps_align(const struct interps_process *p, uint64_t *frame, uint32_t n)
{
	uint32_t evals = 0, runs = 0, last = n, to, end, next;

	if (p->interp.exact != INTERP_COUNTED &&
	    (n == 0 || !interps_has_run(frame, n, 0)))
		return;
	for (uint32_t i = 0; i < n; i++) {
		if (interps_is_word(frame[i]) ||
		    !interp_is_eval(&p->interp, frame[i]))
			continue;
		evals++;
		runs += interps_has_run(frame, n, i);
		last = i;
	}
	if (runs == 0 || runs + 1 != evals || interps_has_run(frame, n, last))
		return;
	/* From outside in: what stands between two eval frames, native frames
	 * that is, moves inward past the run before it. */
	to = last;
	while (to > 0) {
		end = to;
		while (end > 0 && !interps_is_word(frame[end - 1]))
			end--;
		if (end == 0)
			break;
		next = end;
		while (next > 0 && interps_is_word(frame[next - 1]))
			next--;
		/* [next, end) the run, [end, to] natives and the eval that it
		 * belongs to. */
		for (uint32_t i = next, j = end; j <= to; j++) {
			uint64_t word = frame[j];

			memmove(frame + i + 1, frame + i,
			    (j - i) * sizeof *frame);
			frame[i++] = word;
		}
		to = next - 1; /* the eval whose run that was */
	}
}

bool
interps_hide_natives(const struct interps *s, const uint64_t *frame, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (interps_is_word(frame[i]) &&
		    s->no_natives[sampler_word_language(frame[i])])
			return true;
	return false;
}

void
interps_free(struct interps *s)
{
	packages_free(&s->packages);
	free(s->file);
	buf_free(&s->text);
	*s = (struct interps){ 0 };
}
