/*
 * Two things make this fast, since neighbouring lines are alike and names
 * repeat. A line is compared with the one before it: the frames that both begin
 * with are nodes already (struct fold_mark), in sorted input most of them. Every
 * other frame is looked up as it came, and only one never seen before is parsed,
 * cleaned and matched (struct fold_token).
 */
#include "profile/fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "profile/suffix.h"
#include "stream/frame.h"

/* What a frame of the input becomes. An address means something in one stream
 * only: then generation is the fold's at the time and 1, else 0. */
struct fold_token {
	uint32_t name;       /* in profile.names */
	uint32_t generation;
	unsigned flags;      /* of filter.h */
	unsigned notes;
	bool known;
};

/* A frame of the previous line. */
struct fold_mark {
	size_t end;    /* offset of the byte behind it in the line */
	size_t out;    /* bytes of the stack so far in the output */
	uint32_t node;
	unsigned flags, notes; /* of all frames so far */
};

/* A stack with a count of 20 digits, a blank and a newline. */
#define STACK_MAX (FOLD_LINE_MAX - 22)
#define CONTAINER_SHORT 12 /* digits of an id, as docker ps shows it */
#define HOST "[host]"
#define CUT "..."
/* Container, process, [truncated] and one frame always fit. */
_Static_assert(3 * FOLD_FRAME_MAX + sizeof FRAME_TRUNCATED + 8 < STACK_MAX,
    "a stack of the shortest kind must fit in a line");

static void *
grow(void *p, size_t n, size_t size)
{
	p = reallocarray(p, n, size);
	if (!p)
		die_nomem();
	return p;
}

static void
map_set(struct fold_map *m, uint32_t key, uint32_t value)
{
	uint32_t id = intern_add(&m->keys, (const char *)&key, sizeof key);

	if (id >= m->cap) {
		m->cap = id < 64 ? 64 : id * 2;
		m->value = grow(m->value, m->cap, sizeof *m->value);
	}
	m->value[id] = value;
}

static bool
map_get(const struct fold_map *m, uint32_t key, uint32_t *value)
{
	uint32_t id = intern_find(&m->keys, (const char *)&key, sizeof key);

	if (id == INTERN_NONE)
		return false;
	*value = m->value[id];
	return true;
}

static void
map_free(struct fold_map *m)
{
	intern_free(&m->keys);
	free(m->value);
	*m = (struct fold_map){ 0 };
}

/* Make f->text the readable form of an address. */
static unsigned
put_address(struct fold *f, const struct frame *a)
{
	uint32_t id;

	buf_reset(&f->text);
	buf_addc(&f->text, '[');
	switch (a->kind) {
	case FRAME_NAME:
	case FRAME_MODULE:
		if (!map_get(&f->module, a->id, &id)) {
			buf_reset(&f->text);
			buf_adds(&f->text, FRAME_UNKNOWN);
			return FOLD_NO_MODULE;
		}
		buf_add(&f->text, intern_str(&f->modules, id),
		    intern_len(&f->modules, id));
		break;
	case FRAME_KERNEL:
		buf_adds(&f->text, "kernel+");
		break;
	case FRAME_JIT:
		buf_adds(&f->text, "jit-");
		buf_addu(&f->text, a->id);
		buf_addc(&f->text, '+');
		break;
	}
	buf_adds(&f->text, "0x");
	buf_addx(&f->text, a->addr);
	buf_addc(&f->text, ']');
	if (a->kind == FRAME_KERNEL)
		buf_adds(&f->text, "_[k]");
	if (a->kind == FRAME_JIT)
		buf_adds(&f->text, "_[j]");
	return 0;
}

/* Cut a name at a character's border; true if it was too long. */
static bool
cut_name(struct buf *b)
{
	size_t n = FOLD_FRAME_MAX - (sizeof CUT - 1);

	if (b->len <= FOLD_FRAME_MAX)
		return false;
	while (n && ((unsigned char)b->s[n] & 0xc0) == 0x80)
		n--;
	b->len = n;
	buf_adds(b, CUT);
	return true;
}

/* Fill in a token from its text, which is NUL-terminated. */
static void
make_token(struct fold *f, struct fold_token *t, const char *s, size_t len)
{
	uint32_t bit = 0;
	size_t suffix;

	t->flags = f->opt.filter ? filter_frame(f->opt.filter, s) : 0;
	suffix = suffix_of_frame(s, len, &bit);
	if (suffix && (f->opt.drop & bit))
		len -= suffix;
	buf_reset(&f->clean);
	frame_put_name(&f->clean, s, len);
	if (cut_name(&f->clean))
		t->notes |= FOLD_LONG_NAME;
	t->name = intern_add(&f->profile.names, f->clean.s, f->clean.len);
	t->known = true;
}

/* The number of a frame as it came; f->token[] has what it becomes. */
static uint32_t
token_id(struct fold *f, const char *s, size_t len)
{
	struct frame a = { .kind = FRAME_NAME };
	uint32_t id = intern_add(&f->tokens, s, len), old;
	struct fold_token *t;

	if (id >= f->token_cap) {
		old = f->token_cap;
		f->token_cap = id < 512 ? 1024 : id * 2;
		f->token = grow(f->token, f->token_cap, sizeof *f->token);
		memset(f->token + old, 0,
		    (f->token_cap - old) * sizeof *f->token);
	}
	t = &f->token[id];
	if (t->known && (t->generation == 0 ||
	    t->generation == f->generation + 1))
		return id;
	*t = (struct fold_token){ 0 };
	s = intern_str(&f->tokens, id);
	if (len && s[0] == '$')
		a = frame_parse(s, len);
	if (a.kind != FRAME_NAME)
		t->generation = f->generation + 1;
	if (a.kind != FRAME_NAME && f->stream) {
		t->notes = put_address(f, &a);
		s = f->text.s;
		len = f->text.len;
	}
	make_token(f, t, s, len);
	return id;
}

/* What a frame becomes; valid until the next call. */
static const struct fold_token *
find_token(struct fold *f, const char *s, size_t len)
{
	uint32_t id = token_id(f, s, len);

	return &f->token[id];
}

/* Put a node on the marks: the frame that ends at end in the line. */
static void
mark(struct fold *f, size_t end, uint32_t node, size_t out, unsigned flags,
    unsigned notes)
{
	if (f->marks == f->mark_cap) {
		f->mark_cap = f->mark_cap ? f->mark_cap * 2 : 256;
		f->mark = grow(f->mark, f->mark_cap, sizeof *f->mark);
	}
	f->mark[f->marks++] = (struct fold_mark){
		.end = end, .out = out, .node = node, .flags = flags,
		.notes = notes,
	};
}

/* A line must not begin with '#': others take it for a comment. */
static uint32_t
root_name(struct fold *f, uint32_t name)
{
	if (intern_str(&f->profile.names, name)[0] != '#')
		return name;
	buf_reset(&f->clean);
	buf_addc(&f->clean, '_');
	buf_add(&f->clean, intern_str(&f->profile.names, name) + 1,
	    intern_len(&f->profile.names, name) - 1);
	return intern_add(&f->profile.names, f->clean.s, f->clean.len);
}

/* How much of the process frame is kept, and the pid in it (0: none). */
static size_t
root_length(const struct fold *f, const char *s, size_t len, uint32_t *pid)
{
	struct frame_root root;
	const char *slash;

	*pid = 0;
	if (!f->stream || !frame_parse_root(s, len, &root))
		return len;
	*pid = root.pid;
	if (f->opt.tid)
		return len;
	if (!f->opt.pid)
		return root.comm_len;
	slash = root.tid ? memrchr(s, '/', len) : NULL;
	return slash ? (size_t)(slash - s) : len;
}

/* The outermost frame, with the container before it: the first mark. */
static void
add_root(struct fold *f, const char *s, size_t len)
{
	struct profile *p = &f->profile;
	const struct fold_token *t;
	uint32_t pid, id, name, node = 0;
	unsigned flags = 0, notes = 0;
	size_t keep = root_length(f, s, len, &pid), out = 0;

	if (f->opt.container && f->stream) {
		if (!pid || !map_get(&f->process, pid, &id))
			id = token_id(f, FRAME_UNKNOWN,
			    sizeof FRAME_UNKNOWN - 1);
		t = &f->token[id];
		flags = t->flags;
		name = root_name(f, t->name);
		node = stacktab_push(&p->stacks, 0, name);
		out = intern_len(&p->names, name) + 1;
	}
	t = find_token(f, s, keep);
	flags |= t->flags;
	notes = t->notes;
	name = node ? t->name : root_name(f, t->name);
	node = stacktab_push(&p->stacks, node, name);
	out += intern_len(&p->names, name);
	mark(f, len, node, out, flags, notes);
}

static void
add_frame(struct fold *f, const char *s, size_t start, size_t end)
{
	struct fold_mark m = f->mark[f->marks - 1];
	const struct fold_token *t = find_token(f, s + start, end - start);

	if (!(t->flags & FILTER_HIDE)) {
		m.node = stacktab_push(&f->profile.stacks, m.node, t->name);
		m.out += intern_len(&f->profile.names, t->name) + 1;
	}
	mark(f, end, m.node, m.out, m.flags | t->flags, m.notes | t->notes);
}

/* Make s the previous line; of the marks, those stay that both share. */
static void
share_marks(struct fold *f, const char *s, size_t len)
{
	size_t max = len < f->prev.len ? len : f->prev.len, n = 0;
	uint64_t a, b;

	for (; max - n >= 8; n += 8) {
		memcpy(&a, s + n, 8);
		memcpy(&b, f->prev.s + n, 8);
		if (a != b)
			break;
	}
	while (n < max && s[n] == f->prev.s[n])
		n++;
	for (; f->marks; f->marks--) {
		size_t end = f->mark[f->marks - 1].end;

		if (end <= n && (end == len || s[end] == ';'))
			break;
	}
	f->prev.len = n;
	buf_add(&f->prev, s + n, len - n);
}

static void
forget_line(struct fold *f)
{
	buf_reset(&f->prev);
	f->marks = 0;
}

/*
 * The node of a stack that is too long for a line: the process, [truncated],
 * and as many of the innermost frames as fit.
 */
static uint32_t
cut_stack(struct fold *f, uint32_t node)
{
	struct profile *p = &f->profile;
	const struct stacktab *t = &p->stacks;
	size_t out = f->mark[0].out + sizeof FRAME_TRUNCATED, n = 0;
	uint32_t root = f->mark[0].node, name;

	for (; node != root; node = t->node[node].parent) {
		name = (uint32_t)t->node[node].frame;
		out += intern_len(&p->names, name) + 1;
		if (out > STACK_MAX)
			break;
		if (n == f->path_cap) {
			f->path_cap = n ? n * 2 : 256;
			f->path = grow(f->path, f->path_cap, sizeof *f->path);
		}
		f->path[n++] = name;
	}
	name = find_token(f, FRAME_TRUNCATED, sizeof FRAME_TRUNCATED - 1)->name;
	for (node = stacktab_push(&p->stacks, root, name); n; n--)
		node = stacktab_push(&p->stacks, node, f->path[n - 1]);
	return node;
}

int
fold_sample(struct fold *f, const char *s, size_t len, uint64_t count)
{
	const struct fold_mark *m;
	uint32_t node;
	size_t start, end;
	const char *p;

	f->notes = 0;
	if (count == 0)
		return 0;
	share_marks(f, s, len);
	start = f->marks ? f->mark[f->marks - 1].end : 0;
	while (start < len || f->marks == 0) {
		if (f->marks)
			start++; /* the ';' */
		p = start < len ? memchr(s + start, ';', len - start) : NULL;
		end = p ? (size_t)(p - s) : len;
		if (f->marks)
			add_frame(f, s, start, end);
		else
			add_root(f, s, end);
		start = end;
	}
	m = &f->mark[f->marks - 1];
	f->notes = m->notes;
	if (f->opt.filter && !filter_keeps(f->opt.filter, m->flags)) {
		if (__builtin_add_overflow(f->filtered, count, &f->filtered)) {
			f->filtered -= count;
			return FOLD_ESUM;
		}
		return 0;
	}
	node = m->node;
	if (m->out > STACK_MAX) {
		f->notes |= FOLD_DEEP;
		node = cut_stack(f, node);
	}
	return profile_count(&f->profile, node, count) ? 0 : FOLD_ESUM;
}

/* What '$' and pids mean begins anew. */
static void
forget_names(struct fold *f)
{
	forget_line(f);
	map_free(&f->module);
	map_free(&f->process);
	f->generation++;
}

static void
add_module(struct fold *f, const struct record *r)
{
	const char *path = record_get(r, "path"), *base;
	const char *offsets = record_get(r, "offsets");
	uint64_t id;
	uint32_t old, now;

	if (!record_get_u64(r, "id", &id) || id > UINT32_MAX || !path)
		return;
	base = strrchr(path, '/');
	base = base && base[1] ? base + 1 : path;
	buf_reset(&f->text);
	/* [vdso] has its brackets already. */
	if (base[0] == '[' && base[strlen(base) - 1] == ']')
		buf_add(&f->text, base + 1, strlen(base) - 2);
	else
		buf_adds(&f->text, base);
	buf_addc(&f->text, offsets && strcmp(offsets, "1") == 0 ? '@' : '+');
	now = intern_add(&f->modules, f->text.s, f->text.len);
	if (map_get(&f->module, (uint32_t)id, &old) && old == now)
		return;
	map_set(&f->module, (uint32_t)id, now);
	forget_line(f);
	f->generation++;
}

/* "docker:9f86d081884c", or "[host]". Names that are not hexadecimal (runc, lxc)
 * stay whole. */
static void
put_container(struct buf *b, const struct record *r)
{
	const char *id = record_get(r, "container");
	const char *engine = record_get(r, "engine");
	size_t len = id ? strlen(id) : 0;

	if (len == 0) {
		buf_adds(b, HOST);
		return;
	}
	if (len == 64 && strspn(id, "0123456789abcdef") == len)
		len = CONTAINER_SHORT;
	buf_adds(b, engine && *engine ? engine : "container");
	buf_addc(b, ':');
	buf_add(b, id, len);
}

static void
add_process(struct fold *f, const struct record *r)
{
	struct buf b = { 0 };
	uint32_t id, old;
	uint64_t pid;

	if (!f->opt.container || !record_get_u64(r, "pid", &pid) ||
	    pid > UINT32_MAX)
		return;
	put_container(&b, r);
	id = token_id(f, b.s, b.len);
	buf_free(&b);
	if (map_get(&f->process, (uint32_t)pid, &old) && old == id)
		return;
	map_set(&f->process, (uint32_t)pid, id);
	forget_line(f);
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
		add_module(f, r);
	} else if (f->stream && record_is(r, "process")) {
		add_process(f, r);
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
	intern_free(&f->tokens);
	free(f->token);
	intern_free(&f->modules);
	map_free(&f->module);
	map_free(&f->process);
	buf_free(&f->prev);
	free(f->mark);
	buf_free(&f->text);
	buf_free(&f->clean);
	free(f->path);
	*f = (struct fold){ 0 };
}
