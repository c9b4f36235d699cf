#include "profile/perfscript.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/diag.h"
#include "base/grow.h"
#include "base/hash.h"
#include "base/parse.h"
#include "profile/perfhead.h"
#include "profile/perfname.h"
#include "profile/suffix.h"
#include "stream/frame.h"

enum { IP_WIDTH = 16 };

/* What a line of a frame means: frames innermost last. */
struct perfscript_key {
	size_t at; /* in id[] */
	size_t n;  /* 0: not known yet */
};

/*
 * Most lines are the text of one seen before, behind another or the same program
 * counter: they are looked up in a small table of such texts, in whose places
 * later ones take turns. What it has no room for is taken apart again.
 */
enum { SEEN = 8192, SEEN_TEXT_MAX = 119 };

struct perfscript_seen {
	uint32_t key;
	uint16_t len;   /* 0: none */
	bool high;      /* its program counter was in the upper half */
	char text[SEEN_TEXT_MAX];
};

/* "app.c:12", not "app[1f2a]" nor "??:0". */
static bool
is_source(const char *s, size_t len)
{
	size_t i = ascii_before_digits(s, len);

	return i > 1 && i < len && s[i - 1] == ':' && s[0] != '?';
}

/* A frame's name with its line before its suffix. */
static void
put_with_line(struct buf *b, const char *name, const char *source, size_t len)
{
	size_t n = strlen(name), suffix;
	uint32_t bit;

	suffix = suffix_of_frame(name, n, &bit);
	buf_add(b, name, n - suffix);
	if (len && is_source(source, len)) {
		buf_adds(b, " (");
		buf_add(b, source, len);
		buf_addc(b, ')');
	}
	buf_add(b, name + n - suffix, suffix);
}

/* Find out what frames a key stands for. */
static void
make_key(struct perfscript *p, struct perfscript_key *k,
    const struct perfname *n, const char *source, size_t source_len)
{
	const struct reading *r = p->r;
	uint32_t module = FRAMES_NO_MODULE;
	const char *name;
	size_t count;

	buf_reset(&p->names);
	count = perfname_put(&p->names, n, r->opt.addrs);
	if (n->module && !perfname_is_kernel(n) && r->fold->opt.frames.modules) {
		buf_reset(&p->text);
		buf_add(&p->text, n->module, n->module_len);
		module = frames_add_module(&r->fold->frames, p->text.s, NULL);
	}
	k->at = p->ids;
	k->n = count;
	p->id = grow_for(p->id, p->ids + count, &p->id_cap, sizeof *p->id);
	name = p->names.s;
	for (size_t i = 0; i < count; i++, name += strlen(name) + 1) {
		buf_reset(&p->text);
		put_with_line(&p->text, name, source,
		    r->opt.lines ? source_len : 0);
		p->id[p->ids++] = fold_frame(p->r->fold, p->text.s,
		    p->text.len, module);
	}
}

/* The key of a frame; source: the line of its own that follows it, or "". */
static uint32_t
find_key(struct perfscript *p, const struct perfname *n, const char *source,
    size_t source_len)
{
	const char flags[2] = {
		n->pc >= (uint64_t)1 << 63 ? 'k' : 'u',
		n->inlined ? 'i' : n->module ? 'm' : '-',
	};
	struct perfscript_key *k;
	uint32_t id, old = p->key_cap;

	buf_reset(&p->text);
	buf_add(&p->text, flags, sizeof flags);
	buf_add(&p->text, n->symbol, n->symbol_len);
	buf_addc(&p->text, '\0');
	if (n->module)
		buf_add(&p->text, n->module, n->module_len);
	if (p->r->opt.addrs)
		buf_add(&p->text, &n->pc, sizeof n->pc);
	if (source_len) {
		buf_addc(&p->text, '\0');
		buf_add(&p->text, source, source_len);
	}
	id = intern_add(&p->keys, p->text.s, p->text.len);
	if (id >= p->key_cap) {
		p->key_cap = id < 512 ? 1024 : id * 2;
		p->key = reallocarray(p->key, p->key_cap, sizeof *p->key);
		if (!p->key)
			die_nomem();
		memset(p->key + old, 0, (p->key_cap - old) * sizeof *p->key);
	}
	k = &p->key[id];
	if (k->n == 0)
		make_key(p, k, n, source, source_len);
	return id;
}

/* The name that a key was made of, without a source line. What is left of its pc
 * is enough. */
static void
name_of_key(const struct perfscript *p, uint32_t id, struct perfname *n)
{
	const char *s = intern_str(&p->keys, id);
	size_t len = intern_len(&p->keys, id);

	n->pc = s[0] == 'k' ? (uint64_t)1 << 63 : 0;
	if (p->r->opt.addrs) {
		len -= sizeof n->pc;
		memcpy(&n->pc, s + len, sizeof n->pc);
	}
	n->inlined = s[1] == 'i';
	n->symbol = s + 2;
	n->symbol_len = strlen(n->symbol);
	n->module = s[1] == 'm' ? n->symbol + n->symbol_len + 1 : NULL;
	n->module_len = n->module ? len - n->symbol_len - 3 : 0;
}

static void
add_key(struct perfscript *p, uint32_t key)
{
	p->frame = grow_for(p->frame, p->n, &p->cap, sizeof *p->frame);
	p->frame[p->n++] = key;
}

/* Behind the program counter at i, up to 16 digits of hexadecimal, or i. */
static size_t
take_pc(const char *s, size_t len, size_t i, uint64_t *pc)
{
	size_t end = i;
	uint64_t v = 0;

	for (; end < len; end++) {
		char c = s[end];

		if (ascii_is_digit(c))
			v = v << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (uint64_t)(c - 'a' + 10);
		else
			break;
	}
	if (end - i > IP_WIDTH || (end < len && !ascii_is_blank(s[end])))
		return i;
	*pc = v;
	return end;
}

static void
add_frame(struct perfscript *p, uint32_t key)
{
	if (p->tentative)
		p->n = 0;
	p->tentative = false;
	add_key(p, key);
}

/* The place of a text in the table of those that were seen. */
static struct perfscript_seen *
find_seen(struct perfscript *p, const char *s, size_t len)
{
	if (!p->seen)
		p->seen = calloc(SEEN, sizeof *p->seen);
	if (!p->seen)
		die_nomem();
	return &p->seen[hash_bytes(s, len) % SEEN];
}

/* A line of a frame; false if it is none. */
static bool
take_frame(struct perfscript *p, const char *s, size_t len)
{
	size_t i = ascii_skip_blanks(s, len, 0), end;
	struct perfscript_seen *seen = NULL;
	struct perfname n = { .pc = 0 };
	uint32_t key;
	bool high;

	end = take_pc(s, len, i, &n.pc);
	if (end == i)
		return false;
	end = ascii_skip_blanks(s, len, end);
	s += end;
	len -= end;
	high = n.pc >> 63;
	/* Of the program counter, nothing but this says what it is. */
	if (len <= SEEN_TEXT_MAX && !p->r->opt.addrs) {
		seen = find_seen(p, s, len);
		if (seen->len == len && len && seen->high == high &&
		    memcmp(seen->text, s, len) == 0) {
			add_frame(p, seen->key);
			return true;
		}
	}
	perfname_split(s, len, &n);
	key = find_key(p, &n, "", 0);
	add_frame(p, key);
	if (seen) {
		seen->key = key;
		seen->len = (uint16_t)len;
		seen->high = high;
		memcpy(seen->text, s, len);
	}
	return true;
}

/* The source line of the frame before; "(inlined)" goes to its end. */
static void
take_source(struct perfscript *p, const char *s, size_t len)
{
	static const char inlined[] = " (inlined)";
	size_t i = ascii_skip_blanks(s, len, 0);
	struct perfname n;

	name_of_key(p, p->frame[p->n - 1], &n);
	s += i;
	len -= i;
	if (len >= sizeof inlined - 1 && memcmp(s + len - (sizeof inlined - 1),
	    inlined, sizeof inlined - 1) == 0) {
		n.inlined = true;
		len -= sizeof inlined - 1;
	}
	p->frame[p->n - 1] = find_key(p, &n, s, p->r->opt.lines ? len : 0);
}

static void
count_sample(struct perfscript *p)
{
	size_t n = p->nheads;

	for (size_t i = 0; i < p->n; i++)
		n += p->key[p->frame[i]].n;
	p->stack = grow_for(p->stack, n, &p->stack_cap, sizeof *p->stack);
	memcpy(p->stack, p->heads, p->nheads * sizeof *p->stack);
	n = p->nheads;
	for (size_t i = p->n; i-- > 0;) {
		const struct perfscript_key *k = &p->key[p->frame[i]];

		memcpy(p->stack + n, p->id + k->at, k->n * sizeof *p->id);
		n += k->n;
	}
	reading_stack(p->r, fold_stack(p->r->fold, p->stack, n, p->nheads,
	    p->weight), p->weight);
}

static void
end_sample(struct perfscript *p)
{
	if (p->open && p->skip)
		reading_skipped(p->r, p->weight);
	else if (p->open)
		count_sample(p);
	p->open = p->tentative = false;
	p->n = 0;
}

/*
 * What stands behind the event: arguments of a tracepoint, an address, or the one
 * frame of a sample without call chain, whose program counter is padded.
 */
static void
take_rest(struct perfscript *p, const struct perfhead *h)
{
	size_t i = ascii_skip_blanks(h->rest, h->rest_len, 0), end;
	uint64_t pc;

	end = take_pc(h->rest, h->rest_len, i, &pc);
	if (end == i || end <= IP_WIDTH || end == h->rest_len)
		return;
	if (take_frame(p, h->rest, h->rest_len))
		p->tentative = true;
}

/* perf script --show-lost-events. */
static void
take_lost(struct perfscript *p, const char *s, size_t len)
{
	size_t start = ascii_before_digits(s, len);
	struct record r = { 0 };
	struct buf b = { 0 };
	uint64_t count;

	if (parse_digits(s + start, len - start, &count)) {
		record_begin(&b, "lost");
		record_put_u64(&b, "count", count);
		record_put(&b, "reason", "ring-full");
		if (record_parse(&r, b.s, b.len))
			fold_record(p->r->fold, &r);
	}
	record_free(&r);
	buf_free(&b);
}

/* Records between the samples; true if it is one. */
static bool
take_record(struct perfscript *p, const struct perfhead *h)
{
	static const char word[] = "PERF_RECORD_", lost[] = "PERF_RECORD_LOST";
	size_t i = ascii_skip_blanks(h->rest, h->rest_len, 0);
	const char *s = h->rest + i;
	size_t len = h->rest_len - i;

	if (len < sizeof word - 1 || memcmp(s, word, sizeof word - 1) != 0)
		return false;
	if (len >= sizeof lost - 1 && memcmp(s, lost, sizeof lost - 1) == 0)
		take_lost(p, s, len);
	return true;
}

static void
take_head(struct perfscript *p, const struct perfhead *h)
{
	struct reading *r = p->r;

	end_sample(p);
	if (h->event_len == 0 && take_record(p, h))
		return;
	if (h->timed)
		reading_time(r, h->time_ns);
	p->nheads = 0;
	switch (reading_event(r, h->event, h->event_len, &p->heads[0])) {
	case READING_SKIP:
		p->skip = true;
		break;
	case READING_TAKE:
		p->skip = false;
		break;
	case READING_HEAD:
		p->skip = false;
		p->nheads = 1;
		break;
	}
	p->open = true;
	p->weight = r->opt.weight == READING_PERIOD ? h->period : 1;
	p->heads[p->nheads++] = fold_process(r->fold, h->comm, h->comm_len,
	    h->pid, h->tid);
	take_rest(p, h);
}

/* Where neither comm nor anything else was printed, frames follow an empty
 * line. */
static void
take_headless(struct perfscript *p)
{
	p->open = true;
	p->skip = false;
	p->weight = 1;
	p->nheads = 1;
	p->heads[0] = fold_frame(p->r->fold, FRAME_UNKNOWN,
	    sizeof FRAME_UNKNOWN - 1, FRAMES_NO_MODULE);
}

static bool
is_comment(const char *s, size_t len)
{
	return s[0] == '#' && (len == 1 || ascii_is_blank(s[1]));
}

/* A line that starts with a blank but no tab: the head of a sample without call
 * chain, a source line, or, of text without tabs, a frame. */
static void
take_indented(struct perfscript *p, const char *s, size_t len)
{
	struct perfhead h;

	if (perfhead_parse(s, len, &h) && (h.strong || !p->open))
		take_head(p, &h);
	else if (p->open && p->skip)
		return;
	else if (p->open && !p->tabs && take_frame(p, s, len))
		return;
	else if (p->open && p->n)
		take_source(p, s, len);
	else
		reading_bad(p->r, "neither a sample nor a frame");
}

void
perfscript_line(struct perfscript *p, const char *s, size_t len)
{
	struct perfhead h;

	if (len == 0) {
		end_sample(p);
	} else if (memchr(s, '\0', len)) {
		reading_bad(p->r, "it holds a NUL byte");
	} else if (s[0] == '\t') {
		p->tabs = true;
		if (!p->open)
			take_headless(p);
		if (!p->skip && !take_frame(p, s, len))
			reading_bad(p->r, "a frame without an address");
	} else if (s[0] == ' ') {
		take_indented(p, s, len);
	} else if (is_comment(s, len)) {
		return;
	} else if (perfhead_parse(s, len, &h)) {
		take_head(p, &h);
	} else {
		reading_bad(p->r, "neither a sample nor a frame");
	}
}

bool
perfscript_is_frame(const char *s, size_t len)
{
	size_t i = ascii_skip_blanks(s, len, 0);
	uint64_t pc;

	return i > 0 && take_pc(s, len, i, &pc) > i;
}

void
perfscript_end(struct perfscript *p)
{
	end_sample(p);
}

void
perfscript_free(struct perfscript *p)
{
	intern_free(&p->keys);
	free(p->key);
	free(p->seen);
	buf_free(&p->text);
	buf_free(&p->names);
	free(p->id);
	free(p->frame);
	free(p->stack);
	*p = (struct perfscript){ 0 };
}
