#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "journaltext.h"

enum { JOURNAL_FILE_MAX = 8 << 20 };

static int
open_lock(const char *dir)
{
	struct buf path = { 0 };
	int fd, rc;

	if (file_mkdirs(dir, 0750) != 0)
		return -1;
	buf_addf(&path, "%s/.lock", dir);
	fd = open(path.s, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	buf_free(&path);
	if (fd < 0)
		return -1;
	do
		rc = flock(fd, LOCK_EX);
	while (rc != 0 && errno == EINTR);
	if (rc == 0)
		return fd;
	rc = errno;
	close(fd);
	errno = rc;
	return -1;
}

/* Hold the file open that is of the journal's name: while it is, no other can
 * have its number. */
static void
hold(struct journal *j, const char *path)
{
	if (j->file >= 0)
		close(j->file);
	j->file = open(path, O_RDONLY | O_CLOEXEC);
}

static enum journal_err
read_file(struct journal *j, const char *path, char *why, size_t size)
{
	struct buf text = { 0 };
	enum journal_err err = JOURNAL_EFILE;

	hold(j, path);
	if (j->file < 0)
		return errno == ENOENT ? JOURNAL_OK : JOURNAL_EFILE;
	if (file_read_fd(j->file, &text, JOURNAL_FILE_MAX) == 0)
		err = journaltext_read(j, &text, why, size) ? JOURNAL_OK :
		    JOURNAL_EDAMAGED;
	buf_free(&text);
	return err;
}

enum journal_err
journal_open(struct journal *j, const char *dir, char *why, size_t size)
{
	struct buf path = { 0 };
	enum journal_err err;

	*j = (struct journal){ .dir = dir, .lock = open_lock(dir), .file = -1 };
	if (j->lock < 0)
		return JOURNAL_EFILE;
	buf_addf(&path, "%s/commands.json", dir);
	file_new_tidy(path.s);
	err = read_file(j, path.s, why, size);
	buf_free(&path);
	return err;
}

/* Forget all but where it is. */
static void
forget(struct journal *j)
{
	if (j->file >= 0)
		close(j->file);
	free(j->v);
	arena_free(&j->texts);
	*j = (struct journal){ .dir = j->dir, .lock = j->lock, .file = -1 };
}

static bool
is_current(const struct journal *j, const char *path)
{
	struct stat now, ours;

	if (j->unsaved)
		return false;
	if (stat(path, &now) != 0)
		return errno == ENOENT && j->file < 0;
	return j->file >= 0 && fstat(j->file, &ours) == 0 &&
	    now.st_dev == ours.st_dev && now.st_ino == ours.st_ino;
}

enum journal_err
journal_lock(struct journal *j, char *why, size_t size)
{
	struct buf path = { 0 };
	enum journal_err err = JOURNAL_OK;

	j->lock = open_lock(j->dir);
	if (j->lock < 0)
		return JOURNAL_EFILE;
	buf_addf(&path, "%s/commands.json", j->dir);
	if (!is_current(j, path.s)) {
		forget(j);
		err = read_file(j, path.s, why, size);
	}
	buf_free(&path);
	if (err != JOURNAL_OK)
		journal_unlock(j);
	return err;
}

void
journal_unlock(struct journal *j)
{
	int saved = errno;

	if (j->lock >= 0)
		close(j->lock);
	j->lock = -1;
	errno = saved;
}

void
journal_close(struct journal *j)
{
	journal_unlock(j);
	forget(j);
}

/* The oldest that were reported go until the rest fits. */
static void
drop_oldest(struct journal *j)
{
	size_t kept = 0, surplus = j->n > JOURNAL_MAX ? j->n - JOURNAL_MAX : 0;

	for (size_t i = 0; i < j->n; i++) {
		if (surplus && j->v[i].state == COMMAND_REPORTED)
			surplus--;
		else
			j->v[kept++] = j->v[i];
	}
	j->n = kept;
}

/* The sign for others (gp-command.path) that there is something to run. What is
 * missed, the next save makes up for. */
static void
show_work(struct journal *j)
{
	struct buf path = { 0 };
	int fd;

	buf_addf(&path, "%s/work", j->dir);
	if (journal_has_work(j)) {
		fd = open(path.s, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd >= 0)
			close(fd);
	} else {
		unlink(path.s);
	}
	buf_free(&path);
}

int
journal_save(struct journal *j)
{
	struct buf path = { 0 }, text = { 0 };
	struct file_new f;
	int rc = -1, saved;

	drop_oldest(j);
	journaltext_put(j, &text);
	buf_addf(&path, "%s/commands.json", j->dir);
	if (file_new(&f, path.s, 0600) == 0 &&
	    file_write_all(f.fd, text.s, text.len) == 0 &&
	    file_new_commit(&f) == 0)
		rc = 0;
	else
		file_new_abort(&f);
	saved = errno;
	j->unsaved = rc != 0;
	hold(j, path.s);
	show_work(j);
	buf_free(&path);
	buf_free(&text);
	errno = saved;
	return rc;
}

/* -- what becomes of commands ----------------------------------------------- */

struct command *
journal_find(struct journal *j, const char *id)
{
	for (size_t i = 0; i < j->n; i++)
		if (strcmp(j->v[i].id, id) == 0)
			return &j->v[i];
	return NULL;
}

const char *
journal_keepn(struct journal *j, const char *s, size_t len)
{
	return len ? arena_strndup(&j->texts, s, len) : "";
}

const char *
journal_keep(struct journal *j, const char *s)
{
	return journal_keepn(j, s, strlen(s));
}

struct command *
journal_add(struct journal *j, const char *id, uint64_t now)
{
	struct command *c;

	if (j->n == j->cap) {
		j->cap = j->cap ? 2 * j->cap : 16;
		j->v = reallocarray(j->v, j->cap, sizeof *j->v);
		if (!j->v)
			die_nomem();
	}
	c = &j->v[j->n++];
	*c = (struct command){ .pids = "", .event = "", .why = "",
		.received = now };
	snprintf(c->id, sizeof c->id, "%s", id);
	return c;
}

void
journal_end(struct journal *j, struct command *c, bool failed,
    const char *why, uint64_t now)
{
	c->state = COMMAND_ENDED;
	c->failed = failed;
	c->ended = now;
	if (why)
		c->why = journal_keep(j, why);
}

static bool
is_open(const struct command *c)
{
	return c->state == COMMAND_QUEUED || c->state == COMMAND_RUNNING;
}

static void
cancel(struct journal *j, struct command *c, const char *why, uint64_t now)
{
	c->cancelled = true;
	if (c->state == COMMAND_QUEUED)
		journal_end(j, c, true, why, now);
	else
		c->why = journal_keep(j, why);
}

void
journal_apply(struct journal *j, struct command *c, uint64_t now)
{
	for (struct command *o = j->v; o < j->v + j->n; o++) {
		if (o == c || o->kind != COMMAND_START || !is_open(o))
			continue;
		if (c->kind == COMMAND_STOP)
			cancel(j, o, "stopped", now);
		else if (c->kind == COMMAND_START && c->continuous &&
		    o->continuous)
			cancel(j, o, "replaced by a newer one", now);
	}
}

struct command *
journal_next(struct journal *j)
{
	struct command *continuous = NULL;

	for (struct command *c = j->v; c < j->v + j->n; c++) {
		if (c->kind != COMMAND_START || c->cancelled || !is_open(c))
			continue;
		if (c->continuous)
			continuous = c;
		else if (c->state == COMMAND_QUEUED)
			return c;
	}
	return continuous;
}

bool
journal_has_work(struct journal *j)
{
	for (struct command *c = j->v; c < j->v + j->n; c++)
		if (is_open(c))
			return true;
	return false;
}

void
journal_recover(struct journal *j, uint64_t now)
{
	for (struct command *c = j->v; c < j->v + j->n; c++)
		if (c->state == COMMAND_RUNNING && !c->continuous)
			journal_end(j, c, true, c->cancelled ? NULL :
			    "interrupted: gp-heartbeat or the machine ended "
			    "while it ran", now);
}

void
journal_settle(struct journal *j, uint64_t now)
{
	for (struct command *c = j->v; c < j->v + j->n; c++) {
		if (c->kind == COMMAND_STOP && c->state == COMMAND_QUEUED)
			journal_end(j, c, false, NULL, now);
		else if (c->state == COMMAND_RUNNING && c->cancelled &&
		    c->continuous)
			journal_end(j, c, c->runs == 0, NULL, now);
	}
}
