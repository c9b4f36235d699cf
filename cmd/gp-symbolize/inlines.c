#include "inlines.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "finder.h"
#include "framewire.h"
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
		framewire_put(&b, frame, n);
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

/* What is asked for, and where answers go. */
struct asking {
	struct jail *jail;
	const struct tables_file *f;
	const struct tables_roots *roots;
	bool lines;
	struct answers *known;
	inlines_take *take;
	void *arg;
	struct buf request, reply, texts;
};

/* Take one answer from r; false if it makes no sense. */
static bool
take_one(struct asking *a, struct framewire_reader *r, uint64_t addr)
{
	struct debuginfo_frame frame[DEBUGINFO_DEPTH_MAX];
	uint32_t frames;

	if (!framewire_take(r, &a->texts, frame, &frames))
		return false;
	a->take(a->arg, addr, frame, frames);
	return true;
}

/* Take what is known; the rest is moved to the front, and its number returned.
 * One that makes no sense is asked for as if it was not there. */
static size_t
take_known(struct asking *a, uint64_t *addr, size_t n)
{
	size_t rest = 0;

	for (size_t i = 0; i < n; i++) {
		struct framewire_reader r;

		if (!answers_find(a->known, addr[i], &r.p, &r.left) ||
		    !take_one(a, &r, addr[i]) || r.left)
			addr[rest++] = addr[i];
	}
	return rest;
}

/* Ask the jail for some of n addresses, *n in the end. */
static enum inlines_err
take_new(struct asking *a, const uint64_t *addr, size_t *n)
{
	struct request head = {
		.now = a->roots->server ? (uint64_t)time(NULL) : 0,
		.lines = a->lines, .path_len = (uint32_t)strlen(a->f->name),
	};
	enum inlines_err err;
	struct framewire_reader r;

	if (*n > INLINES_BATCH_MAX)
		*n = INLINES_BATCH_MAX;
	head.n = (uint32_t)*n;
	buf_reset(&a->request);
	buf_add(&a->request, &head, sizeof head);
	buf_add(&a->request, addr, *n * sizeof *addr);
	buf_adds(&a->request, a->f->name);
	err = ask(a->jail, a->f, a->roots, &a->request, &a->reply, n);
	r = (struct framewire_reader){ a->reply.s, a->reply.len };
	for (size_t i = 0; err == INLINES_OK && i < *n; i++) {
		const char *start = r.p;

		if (!take_one(a, &r, addr[i]))
			err = complain(a->f, "its reader made no sense");
		else
			answers_add(a->known, addr[i], start,
			    (size_t)(r.p - start));
	}
	return err;
}

enum inlines_err
inlines_ask(struct jail *j, const struct tables_file *f,
    const struct tables_roots *roots, bool lines, struct answers *known,
    uint64_t *addr, size_t n, inlines_take *take_frames_of, void *arg)
{
	struct asking a = { .jail = j, .f = f, .roots = roots, .lines = lines,
		.known = known, .take = take_frames_of, .arg = arg };
	enum inlines_err err = INLINES_OK;
	size_t all = n;

	if (strlen(f->name) >= JAIL_PATH_MAX)
		return INLINES_NONE;
	n = take_known(&a, addr, n);
	if (n < all)
		diag_verbose("%s: DWARF of %zu addresses, from the cache",
		    f->name, all - n);
	for (size_t got; n && err == INLINES_OK; addr += got, n -= got) {
		got = n;
		err = take_new(&a, addr, &got);
	}
	buf_free(&a.request);
	buf_free(&a.reply);
	buf_free(&a.texts);
	return err;
}
