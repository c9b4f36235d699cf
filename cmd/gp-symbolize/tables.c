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

/* An answer, and where it goes: into memory, or once it is long into a file, which
 * is to be kept or has no name. */
struct asked {
	struct tables *t;
	const struct tables_file *f;
	const struct tables_roots *roots;
	bool keep;
	struct buf image;
	int out; /* -1: it is in image */
	bool begun; /* new is in use, and out is its */
	struct file_new new;
};

static void
begin_file(struct asked *a)
{
	a->begun = a->keep && cachedir_begin(a->t->cache, &a->new, a->f->key,
	    0644);
	/* The table keeps its file, whatever becomes of the name. */
	if (a->begun)
		a->out = fcntl(a->new.fd, F_DUPFD_CLOEXEC, 0);
	else
		a->out = memfd_create("functions", MFD_CLOEXEC);
}

static bool
take(void *arg, const void *p, size_t len)
{
	struct asked *a = arg;

	if (a->out < 0 && len <= TABLES_PACKED_MAX - a->image.len) {
		buf_add(&a->image, p, len);
		return true;
	}
	if (a->out < 0) {
		begin_file(a);
		if (a->out < 0 || file_write_all(a->out, a->image.s,
		    a->image.len) != 0)
			return false;
		buf_free(&a->image);
	}
	return file_write_all(a->out, p, len) == 0;
}

static int
open_one(void *arg, unsigned root, const char *path)
{
	const struct asked *a = arg;

	return a->roots->open(a->roots->arg, root, &path, 1);
}

/* Ask a job that takes a functions_request. */
static enum jail_err
ask(struct asked *a, enum job job, int *status)
{
	const struct tables_file *f = a->f;
	struct functions_request head = {
		.key_len = f->key ? (uint32_t)strlen(f->key) : 0,
		.path_len = (uint32_t)strlen(f->name),
		.now = a->roots->server ? now_s() : 0,
	};
	struct buf data = { 0 };
	struct jail_request r = {
		.job = job, .fd = f->fd, .reopen = f->slow,
		.name = f->name, .owner = f->owner,
		.open = open_one, .open_arg = a,
		.roots = FINDER_ROOTS,
		.take = job == JOB_DEBUGFILE ? NULL : take,
		.take_arg = a, .answer_max = ANSWER_MAX,
	};
	enum jail_err err;

	buf_add(&data, &head, sizeof head);
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

	if (a->out >= 0)
		return symfile_open(s, a->out, key, strlen(key));
	return symfile_open_mem(s, a->image.s, a->image.len, key, strlen(key));
}

/* Have the functions sent, and load them. */
static enum got
get(struct asked *a, struct symfile *s)
{
	enum jail_err err;
	int status = ELFFILE_EREAD;

	a->out = -1;
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
drop(struct asked *a)
{
	buf_free(&a->image);
	if (a->out >= 0)
		close(a->out);
	if (a->begun)
		file_new_abort(&a->new);
	a->begun = false;
}

static void
read_note(const struct symfile *s, struct functions_note *note)
{
	*note = (struct functions_note){ 0 };
	if (s->note_len == sizeof *note)
		memcpy(note, s->note, sizeof *note);
	note->link[sizeof note->link - 1] = '\0';
}

/* Keep what came into memory: with others, or in a file of its own. */
static void
keep_image(struct asked *a)
{
	if (pack_put(&a->t->pack, a->f->key, now_s(), a->image.s,
	    a->image.len) ||
	    !cachedir_begin(a->t->cache, &a->new, a->f->key, 0644))
		return;
	if (cachedir_end(a->t->cache, &a->new, file_write_all(a->new.fd,
	    a->image.s, a->image.len) == 0))
		pack_drop(&a->t->pack, a->f->key);
}

/* Keep what came, unless better is kept. */
static void
keep(struct asked *a, bool better)
{
	if (a->begun && !better)
		file_new_abort(&a->new);
	else if (a->begun && cachedir_end(a->t->cache, &a->new, true))
		pack_drop(&a->t->pack, a->f->key);
	else if (a->out < 0 && a->keep && better)
		keep_image(a);
	a->begun = false;
}

/* -- the cache ----------------------------------------------------------- */

/* True if there may be a debug file now. */
static bool
has_debug(struct asked *a, const char *link)
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
may_ask(struct asked *a, const struct functions_note *note)
{
	uint64_t now = now_s();

	return a->roots->server && !note->others &&
	    (note->asked > now || now - note->asked > ASK_AGAIN_S);
}

/* True if a table is no longer the best. */
static bool
is_outdated(struct asked *a, const struct functions_note *note)
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
load(struct asked *a, struct table *t, struct functions_note *note)
{
	const char *key = a->f->key;

	*note = (struct functions_note){ 0 };
	*t = (struct table){ .held = 0 };
	if (!key || a->f->distrusted)
		return false;
	if (pack_get(&a->t->pack, key, now_s(), &t->image)) {
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
say(const struct tables_file *f, const struct functions_note *note)
{
	if (note->left_out)
		diag(DIAG_MODULE_LIMIT, f->name, 0, "%u symbols left out",
		    note->left_out);
}

bool
tables_load(struct tables *t, const struct tables_file *f,
    const struct tables_roots *roots, struct table *table)
{
	struct asked a = { .t = t, .f = f, .roots = roots, .out = -1 };
	struct functions_note note;

	if (!load(&a, table, &note))
		return false;
	if (is_outdated(&a, &note)) {
		table_free(table);
		return false;
	}
	diag_verbose("%s: %u symbols of functions, from the cache", f->name,
	    note.functions);
	say(f, &note);
	return true;
}

/* How many functions the file has of which another table is kept. */
static uint32_t
count_kept(struct asked *a)
{
	struct functions_note note;
	struct table t;

	if (load(a, &t, &note))
		table_free(&t);
	return note.functions;
}

bool
tables_read(struct tables *t, const struct tables_file *f,
    const struct tables_roots *roots, struct table *table)
{
	struct asked a = { .t = t, .f = f, .roots = roots, .out = -1,
		.keep = f->key != NULL };
	struct functions_note note;
	enum got got;

	*table = (struct table){ .held = 0 };
	got = get(&a, &table->file);
	if (got == GOT_FULL && a.begun) {
		/* The disk is full: in memory then. */
		drop(&a);
		a.keep = false;
		got = get(&a, &table->file);
	}
	if (got != GOT) {
		if (got == GOT_FULL)
			diag(DIAG_MODULE_CRASH, f->name, 0, "there is no room");
		drop(&a);
		return false;
	}
	read_note(&table->file, &note);
	if (a.out >= 0 && !a.begun)
		table->held = (size_t)table->file.size;
	keep(&a, note.functions >= count_kept(&a));
	table->image = a.image;
	say(f, &note);
	return true;
}

enum symfile_found
table_find(struct table *t, uint64_t addr, struct buf *b)
{
	return symfile_find(&t->file, addr, b);
}

size_t
table_memory(const struct table *t)
{
	return symfile_memory(&t->file) + t->held + t->image.cap;
}

void
table_free(struct table *t)
{
	if (t->file.index)
		symfile_free(&t->file);
	buf_free(&t->image);
	*t = (struct table){ .held = 0 };
}
