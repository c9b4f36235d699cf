#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/json.h"
#include "base/jsonw.h"

enum { JOURNAL_FILE_MAX = 8 << 20, JOURNAL_VERSION = 1 };

static const char *const state_names[] = {
	"queued", "running", "ended", "reported",
};
static const char *const kind_names[] = { "start", "stop", "unknown" };

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

static struct command *
new_command(struct journal *j)
{
	if (j->n == j->cap) {
		j->cap = j->cap ? 2 * j->cap : 16;
		j->v = reallocarray(j->v, j->cap, sizeof *j->v);
		if (!j->v)
			die_nomem();
	}
	j->v[j->n] = (struct command){ 0 };
	return &j->v[j->n++];
}

static bool
read_text(const struct json_value *o, const char *key, char *dst, size_t size)
{
	const char *s = json_str(json_get(o, key), NULL);

	if (!s)
		return json_kind(json_get(o, key)) == JSON_NOTHING;
	return (size_t)snprintf(dst, size, "%s", s) < size;
}

static bool
read_number(const struct json_value *o, const char *key, uint64_t *dst)
{
	const struct json_value *v = json_get(o, key);

	return json_kind(v) == JSON_NOTHING || json_u64(v, dst);
}

static bool
read_flag(const struct json_value *o, const char *key, bool *dst)
{
	const struct json_value *v = json_get(o, key);

	return json_kind(v) == JSON_NOTHING || json_bool(v, dst);
}

static bool
read_word(const struct json_value *o, const char *key,
    const char *const *word, size_t words, unsigned *dst)
{
	const char *s = json_str(json_get(o, key), NULL);

	for (size_t i = 0; s && i < words; i++) {
		if (strcmp(s, word[i]) == 0) {
			*dst = (unsigned)i;
			return true;
		}
	}
	return false;
}

static bool
read_command(const struct json_value *o, struct command *c)
{
	unsigned kind, state;

	if (!read_word(o, "kind", kind_names, 3, &kind) ||
	    !read_word(o, "state", state_names, COMMAND_STATES, &state))
		return false;
	c->kind = (enum command_kind)kind;
	c->state = (enum command_state)state;
	return read_text(o, "id", c->id, sizeof c->id) && c->id[0] &&
	    read_text(o, "pids", c->pids, sizeof c->pids) &&
	    read_text(o, "event", c->event, sizeof c->event) &&
	    read_text(o, "why", c->why, sizeof c->why) &&
	    read_flag(o, "continuous", &c->continuous) &&
	    read_flag(o, "cancelled", &c->cancelled) &&
	    read_flag(o, "failed", &c->failed) &&
	    read_number(o, "duration", &c->duration_s) &&
	    read_number(o, "frequency", &c->frequency) &&
	    read_number(o, "processes_max", &c->processes_max) &&
	    read_number(o, "received", &c->received) &&
	    read_number(o, "began", &c->began) &&
	    read_number(o, "ended", &c->ended) &&
	    read_number(o, "runs", &c->runs);
}

static bool
read_document(struct journal *j, const struct json_value *root)
{
	const struct json_value *list = json_get(root, "commands");
	uint64_t version = 0;

	if (!json_u64(json_get(root, "version"), &version) ||
	    version != JOURNAL_VERSION || json_kind(list) != JSON_KIND_ARRAY ||
	    !read_number(root, "failures", &j->failures) ||
	    !read_number(root, "not_before", &j->not_before))
		return false;
	for (size_t i = 0; i < json_count(list); i++)
		if (!read_command(json_at(list, i), new_command(j)))
			return false;
	return true;
}

static enum journal_err
parse(struct journal *j, const struct buf *text, char *why, size_t size)
{
	struct json_doc d;
	bool good;

	if (!json_parse(&d, buf_str(text), text->len, NULL)) {
		snprintf(why, size, "%s", d.error);
		return JOURNAL_EDAMAGED;
	}
	good = read_document(j, d.root);
	json_free(&d);
	snprintf(why, size, "not a journal that this gp can read");
	return good ? JOURNAL_OK : JOURNAL_EDAMAGED;
}

enum journal_err
journal_open(struct journal *j, const char *dir, char *why, size_t size)
{
	struct buf path = { 0 }, text = { 0 };
	enum journal_err err = JOURNAL_OK;

	*j = (struct journal){ .dir = dir, .lock = open_lock(dir) };
	if (j->lock < 0)
		return JOURNAL_EFILE;
	buf_addf(&path, "%s/commands.json", dir);
	file_new_tidy(path.s);
	if (file_read_at(AT_FDCWD, path.s, &text, JOURNAL_FILE_MAX) == 0)
		err = parse(j, &text, why, size);
	else if (errno != ENOENT)
		err = JOURNAL_EFILE;
	buf_free(&path);
	buf_free(&text);
	return err;
}

static void
put_number(struct jsonw *w, const char *key, uint64_t v)
{
	if (v)
		jsonw_u64(w, key, v);
}

static void
put_text(struct jsonw *w, const char *key, const char *s)
{
	if (*s)
		jsonw_str(w, key, s);
}

static void
put_flag(struct jsonw *w, const char *key, bool v)
{
	if (v)
		jsonw_bool(w, key, v);
}

static void
put_command(struct jsonw *w, const struct command *c)
{
	jsonw_line(w);
	jsonw_object(w, NULL);
	jsonw_str(w, "id", c->id);
	jsonw_str(w, "kind", kind_names[c->kind]);
	jsonw_str(w, "state", state_names[c->state]);
	put_flag(w, "continuous", c->continuous);
	put_flag(w, "cancelled", c->cancelled);
	put_flag(w, "failed", c->failed);
	put_number(w, "duration", c->duration_s);
	put_number(w, "frequency", c->frequency);
	put_number(w, "processes_max", c->processes_max);
	put_text(w, "pids", c->pids);
	put_text(w, "event", c->event);
	put_number(w, "received", c->received);
	put_number(w, "began", c->began);
	put_number(w, "ended", c->ended);
	put_number(w, "runs", c->runs);
	put_text(w, "why", c->why);
	jsonw_end(w);
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
	struct jsonw w = { .out = &text };
	struct file_new f;
	int rc = -1, saved;

	drop_oldest(j);
	jsonw_object(&w, NULL);
	jsonw_u64(&w, "version", JOURNAL_VERSION);
	put_number(&w, "failures", j->failures);
	put_number(&w, "not_before", j->not_before);
	jsonw_array(&w, "commands");
	for (size_t i = 0; i < j->n; i++)
		put_command(&w, &j->v[i]);
	jsonw_end(&w);
	jsonw_end(&w);
	jsonw_done(&w);
	buf_addf(&path, "%s/commands.json", j->dir);
	if (file_new(&f, path.s, 0600) == 0 &&
	    file_write_all(f.fd, text.s, text.len) == 0 &&
	    file_new_commit(&f) == 0)
		rc = 0;
	else
		file_new_abort(&f);
	saved = errno;
	show_work(j);
	buf_free(&path);
	buf_free(&text);
	errno = saved;
	return rc;
}

void
journal_close(struct journal *j)
{
	if (j->lock >= 0)
		close(j->lock);
	free(j->v);
	*j = (struct journal){ .lock = -1 };
}

struct command *
journal_find(struct journal *j, const char *id)
{
	for (size_t i = 0; i < j->n; i++)
		if (strcmp(j->v[i].id, id) == 0)
			return &j->v[i];
	return NULL;
}

struct command *
journal_add(struct journal *j, const char *id, uint64_t now)
{
	struct command *c = new_command(j);

	snprintf(c->id, sizeof c->id, "%s", id);
	c->received = now;
	return c;
}

void
journal_end(struct command *c, bool failed, const char *why, uint64_t now)
{
	c->state = COMMAND_ENDED;
	c->failed = failed;
	c->ended = now;
	if (why)
		snprintf(c->why, sizeof c->why, "%s", why);
}

static bool
is_open(const struct command *c)
{
	return c->state == COMMAND_QUEUED || c->state == COMMAND_RUNNING;
}

static void
cancel(struct command *c, const char *why, uint64_t now)
{
	c->cancelled = true;
	if (c->state == COMMAND_QUEUED)
		journal_end(c, true, why, now);
	else
		snprintf(c->why, sizeof c->why, "%s", why);
}

void
journal_apply(struct journal *j, struct command *c, uint64_t now)
{
	for (struct command *o = j->v; o < j->v + j->n; o++) {
		if (o == c || o->kind != COMMAND_START || !is_open(o))
			continue;
		if (c->kind == COMMAND_STOP)
			cancel(o, "stopped", now);
		else if (c->kind == COMMAND_START && c->continuous &&
		    o->continuous)
			cancel(o, "replaced by a newer one", now);
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
			journal_end(c, true, c->cancelled ? NULL :
			    "interrupted: gp-heartbeat or the machine ended "
			    "while it ran", now);
}

void
journal_settle(struct journal *j, uint64_t now)
{
	for (struct command *c = j->v; c < j->v + j->n; c++) {
		if (c->kind == COMMAND_STOP && c->state == COMMAND_QUEUED)
			journal_end(c, false, NULL, now);
		else if (c->state == COMMAND_RUNNING && c->cancelled &&
		    c->continuous)
			journal_end(c, c->runs == 0, NULL, now);
	}
}
