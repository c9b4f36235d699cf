#include "tables.h"

#include <fcntl.h>
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

/* -- asking -------------------------------------------------------------- */

struct asked {
	struct tables *t;
	const struct tables_file *f;
	const struct tables_roots *roots;
	int out; /* where the answer goes */
};

static bool
take(void *arg, const void *p, size_t len)
{
	const struct asked *a = arg;

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
ask(const struct asked *a, enum job job, int *status)
{
	const struct tables_file *f = a->f;
	struct functions_request head = {
		.key_len = f->key ? (uint32_t)strlen(f->key) : 0,
		.path_len = (uint32_t)strlen(f->name),
		.now = a->roots->server ? (uint64_t)time(NULL) : 0,
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

/* Have the functions written to a->out, and load them. */
static enum got
get(struct asked *a, struct symfile *s)
{
	const char *key = a->f->key ? a->f->key : "";
	enum jail_err err;
	int status = ELFFILE_EREAD;

	err = ask(a, JOB_FUNCTIONS, &status);
	if (err == JAIL_OK && status == FUNCTIONS_NEED_XZ)
		err = ask(a, JOB_FUNCTIONS_XZ, &status);
	if (err == JAIL_ETAKE)
		return GOT_FULL;
	if (err == JAIL_OK && status == ELFFILE_OK &&
	    symfile_open(s, a->out, key, strlen(key)))
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
	else
		(void)cachedir_end(c, &out, got == GOT);
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
	uint64_t now = (uint64_t)time(NULL);

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

/* What there is, good enough or not, is in *note. */
static bool
load(const struct asked *a, struct symfile *s, struct functions_note *note)
{
	const char *key = a->f->key;

	*note = (struct functions_note){ 0 };
	if (!key || a->f->distrusted ||
	    !symfile_load(s, a->t->cache, key, key, strlen(key), false))
		return false;
	read_note(s, note);
	if (is_outdated(a, note)) {
		symfile_free(s);
		return false;
	}
	diag_verbose("%s: %u symbols of functions, from the cache", a->f->name,
	    note->functions);
	return true;
}

bool
tables_get(struct tables *t, const struct tables_file *f,
    const struct tables_roots *roots, struct table *table)
{
	struct asked a = { t, f, roots, -1 };
	struct functions_note note;
	enum got got = GOT;

	*table = (struct table){ .held = 0 };
	if (!load(&a, &table->file, &note)) {
		got = get_kept(&a, table, note.functions);
		if (got == GOT_FULL)
			got = get_held(&a, table);
		if (got == GOT)
			read_note(&table->file, &note);
	}
	if (got == GOT && note.left_out)
		diag(DIAG_MODULE_LIMIT, f->name, 0, "%u symbols left out",
		    note.left_out);
	return got == GOT;
}

size_t
table_memory(const struct table *t)
{
	return symfile_memory(&t->file) + t->held;
}

void
table_free(struct table *t)
{
	symfile_free(&t->file);
	t->held = 0;
}
