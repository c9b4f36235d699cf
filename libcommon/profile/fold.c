/*
 * Three things make this fast, since stacks come again, neighbouring ones are
 * alike and names repeat. A line that is known costs one look (seen.h). Another is
 * compared with the stack before: the frames that both begin with are nodes
 * already (struct fold_mark), in sorted input most of them. Every other frame is
 * looked up as it came, and only one never seen before is parsed, cleaned and
 * matched (frames.h).
 *
 * Filters that cut a stack work on the way in, from the outermost frame on, so
 * that a mark is all that is to be known of the frames before it.
 */
#include "profile/fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "profile/place.h"
#include "stream/frame.h"
#include "stream/samestart.h"

/* How far the stack before is known. The first mark is of all the heads. */
struct fold_mark {
	size_t end;    /* offset of the byte behind it in the line */
	size_t out;    /* bytes of the stack so far in the output */
	size_t cut_out;
	uint32_t node;
	uint32_t cut_node; /* where --prune-from ends it, if it matched */
	unsigned flags, notes; /* of all frames so far */
};

/* A stack with a count of 20 digits, a blank and a newline. */
#define STACK_MAX (FOLD_LINE_MAX - 22)
/* Container, application (each byte of which may become three), program, process,
 * [truncated] and one frame always fit. */
_Static_assert(3 * FRAMES_NAME_MAX + 3 * PLACE_APP_MAX + PLACE_PROGRAM_MAX +
    sizeof FRAME_TRUNCATED + 8 < STACK_MAX,
    "a stack of the shortest kind must fit in a line");

/* Options may be set until the first frame comes. */
static struct frames *
frames(struct fold *f)
{
	if (!f->frames.names) {
		f->frames.names = &f->profile.names;
		f->frames.opt = f->opt.frames;
		f->heads.opt = f->opt.heads;
		f->heads.frames = &f->frames;
	}
	return &f->frames;
}

static struct heads *
heads(struct fold *f)
{
	frames(f);
	return &f->heads;
}

static unsigned
filter_kinds(const struct fold *f)
{
	return f->opt.frames.filter ? f->opt.frames.filter->kinds : 0;
}

static void
mark(struct fold *f, const struct fold_mark *m)
{
	f->mark = grow_for(f->mark, f->marks, &f->mark_cap, sizeof *f->mark);
	f->mark[f->marks++] = *m;
}

/* A line must not begin with '#': others take it for a comment. */
static uint32_t
first_name(struct fold *f, uint32_t name)
{
	struct intern *names = &f->profile.names;
	uint32_t other;

	if (intern_str(names, name)[0] != '#' || f->opt.frames.raw)
		return name;
	buf_reset(&f->text);
	buf_addc(&f->text, '_');
	buf_add(&f->text, intern_str(names, name) + 1,
	    intern_len(names, name) - 1);
	other = intern_add(names, f->text.s, f->text.len);
	heads_rename(&f->heads, name, other);
	return other;
}

/* Bytes of a name in a line of folded text. */
static size_t
text_len(const struct fold *f, uint32_t name)
{
	uint32_t module;

	return f->opt.frames.modules ?
	    frames_module(&f->frames, name, &module) :
	    intern_len(&f->profile.names, name);
}

/* Bytes of a head. One that is remembered counts as it is where nothing but the
 * event and the comm is: how much of a stack is kept is the same in all formats. */
static size_t
head_len(const struct fold *f, uint32_t name)
{
	const struct head *h = heads_get(&f->heads, name);
	size_t len = text_len(f, name);

	if (!h)
		return len;
	return h->event ? profile_text_len(intern_str(&f->profile.names, name),
	    len) : h->comm_len;
}

/* One frame deeper; len: its bytes, 0 if it does not count. */
static void
push(struct fold *f, struct fold_mark *m, uint32_t name, size_t len)
{
	struct profile *p = &f->profile;

	if (m->node == 0)
		name = first_name(f, name);
	if (len)
		m->out += len + (m->out != 0);
	m->node = stacktab_push(&p->stacks, m->node, name);
}

/* A head is pushed, whatever filters say of it; --root takes those away that are
 * outside of its match. */
static void
add_head(struct fold *f, struct fold_mark *m, const struct frames_entry *e)
{
	m->flags |= e->flags;
	m->notes |= e->notes;
	if (!(filter_kinds(f) & FILTER_ROOT) || (m->flags & FILTER_ROOT))
		push(f, m, e->name, head_len(f, e->name));
	if (e->flags & FILTER_PRUNE_FROM) {
		m->cut_node = m->node;
		m->cut_out = m->out;
	}
}

static bool
is_shown(const struct fold *f, const struct fold_mark *m,
    const struct frames_entry *e)
{
	unsigned kinds = filter_kinds(f);
	const unsigned from = FILTER_SHOW_FROM | FILTER_ROOT;

	if ((e->flags & FILTER_HIDE) ||
	    ((kinds & FILTER_SHOW) && !(e->flags & FILTER_SHOW)))
		return false;
	return (m->flags & kinds & from) == (kinds & from);
}

static bool
is_repeated(const struct fold *f, const struct fold_mark *m, uint32_t name)
{
	return f->opt.merge_recursion && m->node != f->mark[0].node &&
	    f->profile.stacks.node[m->node].frame == name;
}

static void
add_frame(struct fold *f, const struct frames_entry *e, size_t end)
{
	struct fold_mark m = f->mark[f->marks - 1];

	m.end = end;
	m.flags |= e->flags;
	m.notes |= e->notes;
	if (e->flags & FILTER_SKIP_AFTER) {
		m.node = f->mark[0].node;
		m.out = f->mark[0].out;
	}
	if (is_shown(f, &m, e) && !is_repeated(f, &m, e->name))
		push(f, &m, e->name, text_len(f, e->name));
	if (e->flags & FILTER_PRUNE_FROM) {
		m.cut_node = m.node;
		m.cut_out = m.out;
	}
	mark(f, &m);
}

/*
 * The node of a stack that is too long for a line: the heads, [truncated], and as
 * many of the innermost frames as fit.
 */
static uint32_t
cut_stack(struct fold *f, uint32_t node)
{
	static const char cut[] = FRAME_TRUNCATED;
	struct profile *p = &f->profile;
	const struct stacktab *t = &p->stacks;
	size_t out = f->mark[0].out + sizeof cut, n = 0;
	uint32_t root = f->mark[0].node, name;

	for (; node != root; node = t->node[node].parent) {
		name = (uint32_t)t->node[node].frame;
		out += text_len(f, name) + 1;
		if (out > STACK_MAX)
			break;
		f->path = grow_for(f->path, n, &f->path_cap, sizeof *f->path);
		f->path[n++] = name;
	}
	name = intern_add(&p->names, cut, sizeof cut - 1);
	for (node = stacktab_push(&p->stacks, root, name); n; n--)
		node = stacktab_push(&p->stacks, node, f->path[n - 1]);
	return node;
}

static bool
is_kept(const struct fold *f, const struct fold_mark *m, uint32_t node)
{
	return !f->opt.frames.filter ||
	    (node != 0 && filter_keeps(f->opt.frames.filter, m->flags));
}

static int
filter_out(struct fold *f, uint64_t count)
{
	if (__builtin_add_overflow(f->filtered, count, &f->filtered)) {
		f->filtered -= count;
		return FOLD_ESUM;
	}
	return 0;
}

/* The node of the stack that the marks are of; 0 if the filter leaves it out. */
static uint32_t
find_node(struct fold *f)
{
	const struct fold_mark *m = &f->mark[f->marks - 1];
	bool cut = m->flags & FILTER_PRUNE_FROM;
	uint32_t node = cut ? m->cut_node : m->node;

	f->notes = m->notes;
	if (!is_kept(f, m, node))
		return 0;
	if ((cut ? m->cut_out : m->out) > STACK_MAX && !f->opt.frames.raw) {
		f->notes |= FOLD_DEEP;
		node = cut_stack(f, node);
	}
	return node;
}

static int
count_node(struct fold *f, uint32_t node, uint64_t count, uint32_t nano)
{
	uint64_t more;

	if (node == 0) {
		if (filter_out(f, count) != 0)
			return FOLD_ESUM;
		return filter_out(f, parts_add(&f->parts, 0, nano));
	}
	if (!profile_count(&f->profile, node, count))
		return FOLD_ESUM;
	more = parts_add(&f->parts, node, nano);
	if (more && !profile_count(&f->profile, node, more))
		return FOLD_ESUM;
	f->last = node;
	return 0;
}

int
fold_round(struct fold *f)
{
	bool some = false;
	int err = 0;

	if (parts_rounds_up(&f->parts, 0))
		err = filter_out(f, 1);
	for (uint32_t i = 1; i < f->profile.stacks.n && err == 0; i++) {
		some |= parts_is_some(&f->parts, i);
		if (parts_rounds_up(&f->parts, i) &&
		    !profile_count(&f->profile, i, 1))
			err = FOLD_ESUM;
	}
	parts_free(&f->parts);
	return some && f->profile.samples == 0 ? FOLD_ENONE : err;
}

/* The outermost frame of a line, with the heads before it. */
static void
add_line_heads(struct fold *f, const char *s, size_t len)
{
	struct fold_mark m = { .end = len };
	uint32_t id[HEADS_MAX];
	size_t n = heads_of_line(heads(f), s, len, f->stream, id);

	for (size_t i = 0; i < n; i++)
		add_head(f, &m, &f->frames.entry[id[i]]);
	mark(f, &m);
}

/* Make s the previous line; of the marks, those stay that both share. */
static void
share_line(struct fold *f, const char *s, size_t len)
{
	size_t same;

	if (f->prev_n)
		f->marks = f->prev_n = f->prev.len = 0;
	same = samestart_bytes(buf_str(&f->prev), f->prev.len, s, len);
	while (f->marks && !samestart_has(s, len, same,
	    f->mark[f->marks - 1].end))
		f->marks--;
	f->prev.len = same;
	buf_add(&f->prev, s + same, len - same);
}

static void
forget_stack(struct fold *f)
{
	buf_reset(&f->prev);
	f->prev_n = f->marks = 0;
	seen_forget(&f->seen);
}

int
fold_sample(struct fold *f, const char *s, size_t len, uint64_t count)
{
	return fold_sample_part(f, s, len, count, 0);
}

/* The node of a line's stack, which is taken apart. */
static uint32_t
take_stack(struct fold *f, const char *s, size_t len)
{
	struct frames *frame = frames(f);
	size_t start, end;
	const char *p;
	uint32_t id;

	share_line(f, s, len);
	start = f->marks ? f->mark[f->marks - 1].end : 0;
	while (start < len || f->marks == 0) {
		if (f->marks)
			start++; /* the ';' */
		p = start < len ? memchr(s + start, ';', len - start) : NULL;
		end = p ? (size_t)(p - s) : len;
		if (f->marks) {
			id = frames_add(frame, s + start, end - start,
			    f->stream);
			add_frame(f, &frame->entry[id], end);
		} else {
			add_line_heads(f, s, end);
		}
		start = end;
	}
	return find_node(f);
}

int
fold_sample_part(struct fold *f, const char *s, size_t len, uint64_t count,
    uint32_t nano)
{
	const struct seen_stack *seen;
	uint32_t node;

	f->notes = f->last = 0;
	if (count == 0 && nano == 0)
		return 0;
	seen = seen_find(&f->seen, s, len);
	if (seen) {
		node = seen->node;
		f->notes = seen->notes;
	} else {
		node = take_stack(f, s, len);
		seen_add(&f->seen, s, len, node, f->notes);
	}
	return count_node(f, node, count, nano);
}

uint32_t
fold_frame(struct fold *f, const char *text, size_t len, uint32_t module)
{
	return frames_add_in(frames(f), text, len, module);
}

uint32_t
fold_event(struct fold *f, const char *name, size_t len)
{
	return heads_event(heads(f), name, len);
}

uint32_t
fold_process(struct fold *f, const char *comm, size_t len, int64_t pid,
    int64_t tid)
{
	return heads_process(heads(f), comm, len, pid, tid);
}

uint32_t
fold_container(struct fold *f, const char *text, size_t len)
{
	return heads_container(heads(f), text, len);
}

uint32_t
fold_app(struct fold *f, const char *text, size_t len)
{
	return heads_app(heads(f), text, len);
}

const struct head *
fold_head(const struct fold *f, uint32_t name)
{
	return heads_get(&f->heads, name);
}

/* The same as share_line() for a stack as an array. */
static void
share_ids(struct fold *f, const uint32_t *frame, size_t n, size_t heads)
{
	size_t same = 0, max = n < f->prev_n ? n : f->prev_n;

	buf_reset(&f->prev);
	while (same < max && frame[same] == f->prev_id[same])
		same++;
	if (heads != f->prev_heads || same < heads)
		same = 0;
	f->marks = same ? same - heads + 1 : 0;
	if (n)
		f->prev_id = grow_for(f->prev_id, n - 1, &f->prev_cap,
		    sizeof *frame);
	memcpy(f->prev_id + same, frame + same, (n - same) * sizeof *frame);
	f->prev_n = n;
	f->prev_heads = heads;
}

int
fold_stack(struct fold *f, const uint32_t *frame, size_t n, size_t heads,
    uint64_t count)
{
	return fold_stack_part(f, frame, n, heads, count, 0);
}

int
fold_stack_part(struct fold *f, const uint32_t *frame, size_t n, size_t heads,
    uint64_t count, uint32_t nano)
{
	const struct frames_entry *e = f->frames.entry;
	struct fold_mark first = { .end = 0 };

	f->notes = f->last = 0;
	if (count == 0 && nano == 0)
		return 0;
	share_ids(f, frame, n, heads);
	if (f->marks == 0) {
		for (size_t i = 0; i < heads; i++)
			add_head(f, &first, &e[frame[i]]);
		mark(f, &first);
	}
	for (size_t i = f->marks - 1 + heads; i < n; i++)
		add_frame(f, &e[frame[i]], 0);
	return count_node(f, find_node(f), count, nano);
}

/* What '$' and pids mean begins anew. */
static void
forget_names(struct fold *f)
{
	forget_stack(f);
	frames_forget(frames(f));
	heads_forget(heads(f));
}

void
fold_record(struct fold *f, const struct record *r)
{
	const char *kind;

	meta_add(&f->meta, r);
	if (record_is(r, "gp")) {
		kind = record_get(r, "kind");
		forget_names(f);
		/* Folded text with a header is still folded text. */
		f->stream = !kind || strcmp(kind, "folded") != 0;
	} else if (record_is(r, "end")) {
		fold_next_file(f);
	} else if (f->stream && record_is(r, "module")) {
		if (frames_take_module(frames(f), r))
			forget_stack(f);
	} else if (f->stream && record_is(r, "process")) {
		if (heads_record(heads(f), r))
			forget_stack(f);
	}
}

void
fold_next_file(struct fold *f)
{
	if (!f->stream)
		return;
	forget_names(f);
	f->stream = false;
}

void
fold_free(struct fold *f)
{
	profile_free(&f->profile);
	meta_free(&f->meta);
	frames_free(&f->frames);
	heads_free(&f->heads);
	parts_free(&f->parts);
	seen_free(&f->seen);
	buf_free(&f->prev);
	free(f->prev_id);
	free(f->mark);
	buf_free(&f->text);
	free(f->path);
	*f = (struct fold){ 0 };
}
