#include "inlines.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "finder.h"
#include "functions.h"
#include "jobs.h"

/* Of a batch: names of 200 bytes, eight deep; strangers' files do not matter. */
#define ANSWER_MAX (32ull << 20)

/* The request; the addresses and the path follow. */
struct request {
	uint64_t now;   /* as in functions_request */
	uint32_t n;     /* addresses */
	uint32_t lines; /* wanted */
	uint32_t path_len, pad;
};

/* The answer: for each address the number of its frames, 32 bits; for each frame
 * this, and the texts behind it. */
struct wire_frame {
	uint32_t line;
	uint16_t name_len, file_len; /* 0: not told */
};

/* Files that one address may ask for: two names in two roots, and then some. */
enum { OPENS_SPARE = 8 };

/* -- in the jail --------------------------------------------------------- */

struct asked {
	struct jail_call *call;
	struct buf path;
	const uint64_t *addr;
	uint32_t n;
	bool lines;
	uint64_t now;
	struct elffile elf, debug;
	int debug_fd; /* -1: none */
};

/* Whichever root has it. */
static int
open_any(void *arg, const char *path)
{
	struct jail_call *c = arg;
	int fd = jail_open(c, FINDER_PROCESS, path);

	return fd >= 0 ? fd : jail_open(c, FINDER_HERE, path);
}

static bool
begin(struct asked *x, struct jail_call *c)
{
	const struct request *r = c->data;
	size_t addrs;

	*x = (struct asked){ .call = c, .debug_fd = -1 };
	if (c->len < sizeof *r || r->n > INLINES_BATCH_MAX)
		return false;
	addrs = r->n * sizeof *x->addr;
	if (c->len - sizeof *r < addrs ||
	    r->path_len != c->len - sizeof *r - addrs)
		return false;
	x->addr = (const uint64_t *)(r + 1);
	x->n = r->n;
	x->lines = r->lines != 0;
	x->now = r->now;
	buf_add(&x->path, (const char *)(x->addr + x->n), r->path_len);
	return true;
}

/* The file that has the DWARF, or NULL. */
static const struct elffile *
find_dwarf(struct asked *x)
{
	if (elffile_init(&x->elf, x->call->fd) != ELFFILE_OK)
		return NULL;
	if (debuginfo_is_in(&x->elf))
		return &x->elf;
	x->debug_fd = functions_find_debug(x->call, &x->elf,
	    buf_str(&x->path), &x->debug);
	if (x->debug_fd < 0 && x->now)
		x->debug_fd = functions_ask_server(x->call, &x->elf,
		    &x->debug);
	return x->debug_fd >= 0 && debuginfo_is_in(&x->debug) ? &x->debug :
	    NULL;
}

static uint16_t
text_len(const char *s)
{
	return s ? (uint16_t)strnlen(s, INLINES_TEXT_MAX) : 0;
}

static void
put_frames(struct buf *b, const struct debuginfo_frame *frame, size_t n)
{
	uint32_t count = (uint32_t)n;

	buf_add(b, &count, sizeof count);
	for (size_t i = 0; i < n; i++) {
		const struct wire_frame w = { frame[i].line,
			text_len(frame[i].name), text_len(frame[i].file) };

		buf_add(b, &w, sizeof w);
		if (w.name_len)
			buf_add(b, frame[i].name, w.name_len);
		if (w.file_len)
			buf_add(b, frame[i].file, w.file_len);
	}
}

/* Returns how many addresses were answered. */
static int
answer(struct asked *x, struct debuginfo *d)
{
	struct debuginfo_frame frame[DEBUGINFO_DEPTH_MAX];
	struct buf b = { 0 };
	uint32_t i = 0;
	size_t n;

	for (; i < x->n && (i == 0 || x->call->opens + OPENS_SPARE <
	    JAIL_OPENS_MAX); i++) {
		n = debuginfo_find(d, x->addr[i], frame, DEBUGINFO_DEPTH_MAX);
		put_frames(&b, frame, n);
		if (b.len < JAIL_REQUEST_MAX)
			continue;
		jail_put(x->call, b.s, b.len);
		buf_reset(&b);
	}
	jail_put(x->call, b.s, b.len);
	buf_free(&b);
	return (int)i;
}

void
inlines_prepare(void)
{
	(void)debuginfo_load();
}

int
inlines_job(struct jail_call *c)
{
	const struct debuginfo_files files = { open_any, c };
	const struct elffile *from;
	struct debuginfo *d = NULL;
	int status = INLINES_NONE;
	struct asked x;

	if (begin(&x, c) && (from = find_dwarf(&x)))
		d = debuginfo_open(&x.elf, from, buf_str(&x.path), &files,
		    x.lines);
	if (d) {
		status = answer(&x, d);
		if (debuginfo_left_out(d))
			jail_say(c, "%llu functions left out of its DWARF",
			    (unsigned long long)debuginfo_left_out(d));
		debuginfo_close(d);
	}
	if (x.debug_fd >= 0)
		close(x.debug_fd);
	buf_free(&x.path);
	return status;
}

/* -- on this side -------------------------------------------------------- */

static bool
take_answer(void *arg, const void *p, size_t len)
{
	buf_add(arg, p, len);
	return true;
}

static int
open_file(void *arg, unsigned root, const char *path)
{
	const struct tables_roots *r = arg;

	return r->open(r->arg, root, &path, 1);
}

/* A position in an answer. */
struct reader {
	const char *p;
	size_t left;
};

static bool
take(struct reader *r, void *to, size_t len)
{
	if (r->left < len)
		return false;
	memcpy(to, r->p, len);
	r->p += len;
	r->left -= len;
	return true;
}

/* Copy a text, with a NUL behind it, to *b; NULL if there is none. What holds a
 * NUL itself ends there. */
static bool
take_text(struct reader *r, struct buf *b, size_t len, size_t *at)
{
	*at = SIZE_MAX;
	if (len > r->left || len > INLINES_TEXT_MAX)
		return false;
	if (len) {
		*at = b->len;
		buf_add(b, r->p, len);
		buf_addc(b, '\0');
	}
	r->p += len;
	r->left -= len;
	return true;
}

static bool
take_frames(struct reader *r, struct buf *texts, struct debuginfo_frame *frame,
    uint32_t *n)
{
	size_t at[2 * DEBUGINFO_DEPTH_MAX];
	struct wire_frame w;

	buf_reset(texts);
	if (!take(r, n, sizeof *n) || *n > DEBUGINFO_DEPTH_MAX)
		return false;
	for (uint32_t i = 0; i < *n; i++) {
		if (!take(r, &w, sizeof w) ||
		    !take_text(r, texts, w.name_len, &at[2 * i]) ||
		    !take_text(r, texts, w.file_len, &at[2 * i + 1]))
			return false;
		frame[i].line = w.line;
	}
	/* Only now does the buffer stay where it is. */
	for (uint32_t i = 0; i < *n; i++) {
		frame[i].name = at[2 * i] == SIZE_MAX ? NULL :
		    texts->s + at[2 * i];
		frame[i].file = at[2 * i + 1] == SIZE_MAX ? NULL :
		    texts->s + at[2 * i + 1];
	}
	return true;
}

static enum inlines_err
complain(const struct tables_file *f, const char *why)
{
	diag(DIAG_MODULE_DWARF, f->name, 0, "%s", why);
	return INLINES_BAD;
}

/* Ask for a batch; the answer is in *b, and how many are answered in *n. */
static enum inlines_err
ask(struct jail *j, const struct tables_file *f,
    const struct tables_roots *roots, const struct buf *request, struct buf *b,
    size_t *n)
{
	const struct jail_request r = {
		.job = JOB_INLINES, .data = request->s, .len = request->len,
		.fd = f->fd, .reopen = f->slow, .name = f->name,
		.owner = f->owner, .open = open_file, .open_arg = (void *)(uintptr_t)roots,
		.roots = FINDER_ROOTS, .take = take_answer, .take_arg = b,
		.answer_max = ANSWER_MAX,
	};
	enum jail_err err;
	int status;

	buf_reset(b);
	err = jail_ask(j, &r, &status);
	if (err != JAIL_OK)
		return complain(f, err == JAIL_EFORK ? "cannot fork" :
		    jail_why(j));
	if (status == INLINES_NONE)
		return INLINES_NONE;
	if (status <= 0 || (size_t)status > *n)
		return complain(f, "its reader made no sense");
	*n = (size_t)status;
	return INLINES_OK;
}

enum inlines_err
inlines_ask(struct jail *j, const struct tables_file *f,
    const struct tables_roots *roots, bool lines, const uint64_t *addr,
    size_t n, inlines_take *take_one, void *arg)
{
	struct debuginfo_frame frame[DEBUGINFO_DEPTH_MAX];
	struct buf request = { 0 }, reply = { 0 }, texts = { 0 };
	enum inlines_err err = INLINES_OK;

	if (strlen(f->name) >= JAIL_PATH_MAX)
		return INLINES_NONE;
	for (size_t got; n && err == INLINES_OK; addr += got, n -= got) {
		struct request head = {
			.now = roots->server ? (uint64_t)time(NULL) : 0,
			.lines = lines, .path_len = (uint32_t)strlen(f->name),
		};
		struct reader r;
		uint32_t frames;

		got = n < INLINES_BATCH_MAX ? n : INLINES_BATCH_MAX;
		head.n = (uint32_t)got;
		buf_reset(&request);
		buf_add(&request, &head, sizeof head);
		buf_add(&request, addr, got * sizeof *addr);
		buf_adds(&request, f->name);
		err = ask(j, f, roots, &request, &reply, &got);
		r = (struct reader){ reply.s, reply.len };
		for (size_t i = 0; err == INLINES_OK && i < got; i++) {
			if (take_frames(&r, &texts, frame, &frames))
				take_one(arg, addr[i], frame, frames);
			else
				err = complain(f, "its reader made no sense");
		}
	}
	buf_free(&request);
	buf_free(&reply);
	buf_free(&texts);
	return err;
}
