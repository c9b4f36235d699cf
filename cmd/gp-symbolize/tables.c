#include "tables.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "elf/elffile.h"
#include "finder.h"
#include "functions.h"
#include "jobs.h"

/* Of the largest table: a million functions with names of 200 bytes. */
#define ANSWER_MAX (256ull << 20)

enum { ASK_AGAIN_S = 3600 }; /* a server that had no debug file */

static uint64_t
now_s(void)
{
	return (uint64_t)time(NULL);
}

/* -- asking -------------------------------------------------------------- */

struct asked {
	struct tables *t;
	const struct tables_file *f;
	const struct tables_roots *roots;
	int out; /* where the answer goes, */
	struct buf *image; /* or here */
	uint64_t *addr;
	size_t n; /* 0: all */
};

static bool
take(void *arg, const void *p, size_t len)
{
	const struct asked *a = arg;

	if (!a->image)
		return file_write_all(a->out, p, len) == 0;
	buf_add(a->image, p, len);
	return true;
}

static int
open_one(void *arg, unsigned root, const char *path)
{
	const struct asked *a = arg;

	return a->roots->open(a->roots->arg, root, &path, 1);
}

/* Ask a job that takes a functions_request. */
static enum jail_err
ask(const struct asked *a, enum job job, int *status)
{
	const struct tables_file *f = a->f;
	struct functions_request head = {
		.key_len = f->key ? (uint32_t)strlen(f->key) : 0,
		.path_len = (uint32_t)strlen(f->name),
		.now = a->roots->server ? now_s() : 0,
		.n = (uint32_t)a->n,
	};
	struct buf data = { 0 };
	struct jail_request r = {
		.job = job, .fd = f->fd, .reopen = f->slow,
		.name = f->name, .owner = f->owner,
		.open = open_one, .open_arg = (void *)(uintptr_t)a,
		.roots = FINDER_ROOTS, .take = take,
		.take_arg = (void *)(uintptr_t)a, .answer_max = ANSWER_MAX,
	};
	enum jail_err err;

	buf_add(&data, &head, sizeof head);
	buf_add(&data, a->addr, a->n * sizeof *a->addr);
	if (f->key)
		buf_adds(&data, f->key);
	buf_adds(&data, f->name);
	r.data = data.s;
	r.len = data.len;
	err = data.len > JAIL_REQUEST_MAX ? JAIL_EPROTO :
	    jail_ask(&a->t->jail, &r, status);
	buf_free(&data);
	return err;
}

/* Say why there is no table. */
static void
complain(const struct asked *a, enum jail_err err, int status)
{
	if (err == JAIL_EFORK)
		diag(DIAG_MODULE_CRASH, a->f->name, 0, "cannot fork");
	else if (err != JAIL_OK)
		diag(DIAG_MODULE_CRASH, a->f->name, 0, "%s",
		    jail_why(&a->t->jail));
	else if (status < 0)
		diag(DIAG_MODULE_BAD, a->f->name, 0, "%s",
		    elffile_strerror((enum elffile_err)status));
	else
		diag(DIAG_MODULE_CRASH, a->f->name, 0,
		    "its reader made no sense");
}

enum got {
	GOT,
	GOT_BAD,  /* and said so */
	GOT_FULL, /* it cannot be written there */
};

static bool
open_answer(const struct asked *a, struct symfile *s)
{
	const char *key = a->f->key ? a->f->key : "";

	if (!a->image)
		return symfile_open(s, a->out, key, strlen(key));
	return symfile_open_mem(s, a->image->s, a->image->len, key,
	    strlen(key));
}

/* Have the functions written to a->out, or a->image, and load them. */
static enum got
get(struct asked *a, struct symfile *s)
{
	enum jail_err err;
	int status = ELFFILE_EREAD;

	err = ask(a, JOB_FUNCTIONS, &status);
	if (err == JAIL_OK && status == FUNCTIONS_NEED_XZ)
		err = ask(a, JOB_FUNCTIONS_XZ, &status);
	if (err == JAIL_ETAKE)
		return GOT_FULL;
	if (err == JAIL_OK && status == ELFFILE_OK && open_answer(a, s))
		return GOT;
	complain(a, err, status == ELFFILE_OK ? FUNCTIONS_TOO_MANY : status);
	return GOT_BAD;
}

static void
read_note(const struct symfile *s, struct functions_note *note)
{
	*note = (struct functions_note){ 0 };
	if (s->note_len == sizeof *note)
		memcpy(note, s->note, sizeof *note);
	note->link[sizeof note->link - 1] = '\0';
}

/* Straight into the cache, and commit it unless better is kept. */
static enum got
get_kept(struct asked *a, struct table *table, uint32_t kept)
{
	struct cachedir *c = a->t->cache;
	struct functions_note note;
	struct file_new out;
	enum got got;

	if (!a->f->key || !cachedir_begin(c, &out, a->f->key, 0644))
		return GOT_FULL;
	/* The table keeps its file, whatever becomes of the name. */
	a->out = fcntl(out.fd, F_DUPFD_CLOEXEC, 0);
	got = a->out < 0 ? GOT_FULL : get(a, &table->file);
	if (got != GOT && a->out >= 0)
		close(a->out);
	if (got == GOT)
		read_note(&table->file, &note);
	if (got == GOT_BAD || (got == GOT && note.functions < kept))
		file_new_abort(&out);
	else if (cachedir_end(c, &out, got == GOT))
		excerpts_drop(&a->t->excerpts, a->f->key);
	return got;
}

/* A part goes to the others, unless of another copy better is kept. */
static enum got
get_part(struct asked *a, struct table *table, uint32_t kept)
{
	struct functions_note note;
	enum got got;

	a->image = &table->image;
	got = get(a, &table->file);
	a->image = NULL;
	if (got != GOT) {
		buf_free(&table->image);
		return got;
	}
	read_note(&table->file, &note);
	if (a->f->key && note.functions >= kept)
		excerpts_put(&a->t->excerpts, a->f->key, now_s(), table->image.s,
		    table->image.len);
	return got;
}

static enum got
get_held(struct asked *a, struct table *table)
{
	struct stat st;
	enum got got = GOT_FULL;

	a->out = memfd_create("functions", MFD_CLOEXEC);
	if (a->out >= 0)
		got = get(a, &table->file);
	if (got == GOT && fstat(a->out, &st) == 0)
		table->held = (size_t)st.st_size;
	else if (got != GOT && a->out >= 0)
		close(a->out);
	if (got == GOT_FULL)
		diag(DIAG_MODULE_CRASH, a->f->name, 0, "there is no room");
	return got;
}

/* -- the cache ----------------------------------------------------------- */

/* True if there may be a debug file now. */
static bool
has_debug(const struct asked *a, const char *link)
{
	struct buf path[OPENER_PATHS_MAX] = { { 0 } };
	const char *paths[OPENER_PATHS_MAX];
	unsigned n = 0;
	bool by_link;
	int fd = -1;

	while (n < OPENER_PATHS_MAX && debugfile_path(&path[n], a->f->id, link,
	    a->f->name, n, &by_link)) {
		paths[n] = path[n].s;
		n++;
	}
	for (unsigned root = 0; n && fd < 0 && root < FINDER_SERVER; root++)
		fd = a->roots->open(a->roots->arg, root, paths, n);
	if (fd >= 0)
		close(fd);
	for (unsigned i = 0; i < GP_COUNT(path); i++)
		buf_free(&path[i]);
	return fd >= 0;
}

/* True if a server may have a debug file now. */
static bool
may_ask(const struct asked *a, const struct functions_note *note)
{
	uint64_t now = now_s();

	return a->roots->server && !note->others &&
	    (note->asked > now || now - note->asked > ASK_AGAIN_S);
}

/* True if a table is no longer the best. */
static bool
is_outdated(const struct asked *a, const struct functions_note *note)
{
	bool same = note->size == a->f->size;
	int status;

	if (note->complete)
		return note->alone && !same;
	return !same || may_ask(a, note) || (has_debug(a, note->link) &&
	    ask(a, JOB_DEBUGFILE, &status) == JAIL_OK && status == 1);
}

/* What is kept, good enough or not. */
static bool
load(const struct asked *a, struct table *t, struct functions_note *note)
{
	const char *key = a->f->key;

	*note = (struct functions_note){ 0 };
	*t = (struct table){ .held = 0 };
	if (!key || a->f->distrusted)
		return false;
	if (excerpts_get(&a->t->excerpts, key, now_s(), &t->image)) {
		if (symfile_open_mem(&t->file, t->image.s, t->image.len, key,
		    strlen(key))) {
			read_note(&t->file, note);
			return true;
		}
		buf_free(&t->image);
	}
	if (!symfile_load(&t->file, a->t->cache, key, key, strlen(key), false))
		return false;
	read_note(&t->file, note);
	return true;
}

static void
begin(const struct tables_file *f, struct table *table,
    const struct functions_note *note)
{
	table->part = note->part;
	table->other = note->size != f->size;
	if (note->left_out)
		diag(DIAG_MODULE_LIMIT, f->name, 0, "%u symbols left out",
		    note->left_out);
}

bool
tables_load(struct tables *t, const struct tables_file *f,
    const struct tables_roots *roots, struct table *table)
{
	const struct asked a = { .t = t, .f = f, .roots = roots };
	struct functions_note note;

	if (!load(&a, table, &note))
		return false;
	if (is_outdated(&a, &note)) {
		table_free(table);
		return false;
	}
	diag_verbose("%s: %u symbols of functions, from the cache", f->name,
	    note.functions);
	begin(f, table, &note);
	return true;
}

/* What is asked for: what is known of this copy, and n addresses; or all. */
static void
gather(struct asked *a, const struct table *table, const uint64_t *addr,
    size_t n)
{
	const struct rangetab *r = &table->file.range;

	if (n == 0 || n > FUNCTIONS_ADDRS_MAX)
		return;
	a->addr = reallocarray(NULL, n + r->n, sizeof *addr);
	if (!a->addr)
		die_nomem();
	memcpy(a->addr, addr, n * sizeof *addr);
	a->n = n;
	for (uint32_t i = 0; !table->other && i < r->n; i++)
		if (r->value[i] != RANGETAB_NONE)
			a->addr[a->n++] = r->start[i];
	if (a->n > FUNCTIONS_ADDRS_MAX)
		a->n = 0;
}

/* How many functions the file has of which another table is kept. */
static uint32_t
count_kept(const struct asked *a)
{
	struct functions_note note;
	struct table t;

	if (load(a, &t, &note))
		table_free(&t);
	return note.functions;
}

/* What was known of another copy is still known. */
static void
keep_first(struct table *new, struct table *old)
{
	if (!old->other) {
		new->first = old->first;
		old->first = NULL;
		table_free(old);
		return;
	}
	new->first = malloc(sizeof *old);
	if (!new->first)
		die_nomem();
	*new->first = *old;
	*old = (struct table){ .held = 0 };
}

bool
tables_read(struct tables *t, const struct tables_file *f,
    const struct tables_roots *roots, const uint64_t *addr, size_t n,
    struct table *table)
{
	struct asked a = { .t = t, .f = f, .roots = roots, .out = -1 };
	struct table new = { .held = 0 };
	struct functions_note note;
	enum got got;

	gather(&a, table, addr, n);
	if (a.n)
		got = get_part(&a, &new, count_kept(&a));
	else
		got = get_kept(&a, &new, count_kept(&a));
	if (got == GOT_FULL)
		got = get_held(&a, &new);
	free(a.addr);
	if (got != GOT) {
		table_free(table);
		return false;
	}
	keep_first(&new, table);
	*table = new;
	read_note(&table->file, &note);
	begin(f, table, &note);
	return true;
}

bool
table_knows(const struct table *t, uint64_t addr)
{
	return (t->first && table_knows(t->first, addr)) || !t->part ||
	    symfile_lookup(&t->file, addr) != RANGETAB_NONE;
}

enum symfile_found
table_find(const struct table *t, uint64_t addr, struct buf *b)
{
	enum symfile_found found = SYMFILE_NONE;

	if (t->first)
		found = table_find(t->first, addr, b);
	return found == SYMFILE_NONE ? symfile_find(&t->file, addr, b) : found;
}

size_t
table_memory(const struct table *t)
{
	return symfile_memory(&t->file) + t->held + t->image.cap +
	    (t->first ? table_memory(t->first) : 0);
}

void
table_free(struct table *t)
{
	if (t->file.range.start)
		symfile_free(&t->file);
	buf_free(&t->image);
	if (t->first)
		table_free(t->first);
	free(t->first);
	*t = (struct table){ .held = 0 };
}
