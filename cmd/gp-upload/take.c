/*
 * take.c - from standard input to where the profile is durable.
 *
 * The profile is read once, and goes to each directory (compressed as it comes)
 * and to a scratch file, of which the bundle is made when its sums are known.
 * Any may fail, and then the others still get it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/sha256.h"
#include "facts.h"
#include "ship/bundle.h"
#include "ship/intake.h"
#include "ship/queue.h"
#include "ship/stamp.h"
#include "ship/store.h"
#include "ship/trim.h"
#include "upload.h"

struct take {
	struct upload *u;
	struct intake in;
	struct keep {
		struct store store;
		bool open;   /* false: nothing (more) goes there */
	} dir[UPLOAD_DIRS_MAX];
	struct spool spool;
	FILE *scratch;       /* NULL: nothing (more) goes to the spool */
	struct sha256 hash;  /* of what was read, if it may come again */
	struct timespec now;
	const char *host;    /* this machine's */
	struct facts facts;
};

/* A directory, or the spool, is of no use any more. errno says why. */
static void
give_up_store(struct take *t, struct keep *k, int status)
{
	diag_error("%s: cannot store the profile:", t->u->dir[k - t->dir]);
	upload_fail(t->u, status);
	store_abort(&k->store);
	k->open = false;
}

static void
give_up_spool(struct take *t, int status)
{
	diag_error("%s: cannot spool the profile:", t->u->spool);
	upload_fail(t->u, status);
	spool_abort(&t->spool);
	if (t->scratch)
		fclose(t->scratch);
	t->scratch = NULL;
}

/* Whether anybody still takes it. */
static bool
is_wanted(const struct take *t)
{
	for (size_t i = 0; i < t->u->dirs; i++)
		if (t->dir[i].open)
			return true;
	return t->scratch;
}

static void
open_all(struct take *t)
{
	int fd;

	t->spool.dirfd = t->spool.newfd = t->spool.fd = -1;
	for (size_t i = 0; i < t->u->dirs; i++) {
		struct keep *k = &t->dir[i];

		k->open = true;
		k->store.dirfd = k->store.file.fd = -1;
		if (store_open(&k->store, t->u->dir[i], t->u->max) != 0 ||
		    store_begin(&k->store) != 0)
			give_up_store(t, k, EX_CANTCREAT);
	}
	if (t->u->targets) {
		fd = -1;
		if (upload_open_spool(t->u, &t->spool) == 0)
			fd = spool_scratch(&t->spool);
		if (fd >= 0)
			t->scratch = fdopen(fd, "w+");
		if (!t->scratch)
			give_up_spool(t, EX_CANTCREAT);
	}
}

static int
sink(void *ctx, const void *p, size_t len)
{
	struct take *t = ctx;

	if (t->u->has_time)
		sha256_add(&t->hash, p, len);
	for (size_t i = 0; i < t->u->dirs; i++) {
		struct keep *k = &t->dir[i];

		if (k->open && store_write(&k->store, p, len) != 0)
			give_up_store(t, k, EX_IOERR);
	}
	if (t->scratch && fwrite(p, 1, len, t->scratch) != len)
		give_up_spool(t, EX_IOERR);
	return is_wanted(t) ? 0 : -1;
}

static void
finish_store(struct take *t, struct keep *k, bool partial)
{
	const char *dir = t->u->dir[k - t->dir];
	struct bound_sum removed;

	if (!k->open)
		return;
	if (store_commit(&k->store, t->in.host.len ? t->in.host.s : t->host,
	    partial, t->now, t->u->has_time) != 0) {
		give_up_store(t, k, EX_IOERR);
		return;
	}
	diag_verbose("%s", k->store.name);
	if (store_trim(&k->store, &removed) != 0) {
		diag_error("%s: cannot be kept within its bounds:", dir);
		upload_fail(t->u, EX_IOERR);
	} else if (removed.files) {
		diag(DIAG_UPLOAD_REMOVED, dir, 0, "%llu",
		    (unsigned long long)removed.files);
	}
}

/* Random, or of what the profile is, so that the same gets the same. */
static void
make_id(struct take *t, char id[SPOOL_ID_MAX])
{
	unsigned char digest[SHA256_SIZE];
	char hex[SHA256_HEX_MAX], time[STAMP_MAX];

	if (!t->u->has_time) {
		spool_new_id(id);
		return;
	}
	stamp_format(time, "Y-M-DTH:m:s.iZ", t->now);
	sha256_add(&t->hash, time, strlen(time));
	sha256_end(&t->hash, digest);
	sha256_hex(hex, digest);
	memcpy(id, hex, SPOOL_ID_MAX - 1);
	id[SPOOL_ID_MAX - 1] = '\0';
}

/* Their queues, where what each target loses is counted. */
static int
make_queues(struct take *t, const char *names[UPLOAD_TARGETS_MAX])
{
	struct queue q;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < t->u->targets; i++) {
		names[i] = t->u->target[i].name;
		rc = queue_open(&q, &t->spool, names[i]);
		queue_close(&q);
	}
	return rc;
}

/* err: what was wrong with the input, or STREAM_OK. */
static int
commit(struct take *t, const char *id, int err)
{
	const char *names[UPLOAD_TARGETS_MAX];

	if (err != STREAM_OK)
		return spool_commit_rejected(&t->spool, id, t->now,
		    intake_strerror(&t->in, err));
	if (make_queues(t, names) != 0)
		return -1;
	if (spool_commit(&t->spool, id, t->now, names, t->u->targets) == 0)
		return 0;
	if (errno != EEXIST)
		return -1;
	diag_verbose("%s: has this profile already", t->u->spool);
	return 0;
}

static int
make_bundle(struct take *t, int err)
{
	struct buf meta = { 0 };
	struct about about;
	char id[SPOOL_ID_MAX];
	int rc = -1;

	make_id(t, id);
	facts_end(&t->facts, &about);
	intake_meta(&t->in, &(struct intake_about){ .id = id, .host = t->host,
		.now = t->now, .complete = err == STREAM_OK,
		.about = &about }, &meta);
	about_free(&about);
	if (fflush(t->scratch) == 0 && spool_begin(&t->spool) == 0 &&
	    bundle_write(t->spool.fd, &meta, fileno(t->scratch),
	        t->in.bytes, t->now.tv_sec) == 0)
		rc = commit(t, id, err);
	buf_free(&meta);
	return rc;
}

static void
tell_dropped(void *ctx, const char *entry, const char *target)
{
	struct take *t = ctx;

	diag(DIAG_UPLOAD_DROPPED, t->u->spool, 0, "%s, for %s", entry, target);
}

static void
finish_spool(struct take *t, int err)
{
	if (!t->scratch)
		return;
	if (make_bundle(t, err) != 0) {
		give_up_spool(t, EX_IOERR);
		return;
	}
	fclose(t->scratch);
	spool_abort(&t->spool);
	if (trim_spool(&t->spool, tell_dropped, t) != 0) {
		diag_error("%s: cannot be kept within its bounds:",
		    t->u->spool);
		upload_fail(t->u, EX_IOERR);
	}
}

/* Read it all; whether there is anything to keep. */
static bool
read_input(struct take *t, int *err)
{
	const char *name = t->u->file ? t->u->file : "<stdin>";
	int fd = STDIN_FILENO;

	if (t->u->file) {
		fd = open(t->u->file, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			die(EX_NOINPUT, "%s:", t->u->file);
	} else if (isatty(fd)) {
		diag_say("reading a profile from the terminal");
	}
	*err = intake_read(&t->in, fd, name, sink, t);
	if (t->u->file)
		close(fd);
	if (*err == STREAM_OK)
		return true;
	if (*err == INTAKE_ESINK)
		return false;
	diag_error("%s %s%s", name, intake_strerror(&t->in, *err),
	    t->in.lines ? "; what arrived is kept as partial" : "");
	upload_fail(t->u, stream_exit_status((enum stream_err)*err));
	return t->in.lines > 0;
}

void
upload_take_in(struct upload *u)
{
	struct take t = { .u = u };
	struct utsname un;
	int err;

	t.host = uname(&un) == 0 ? un.nodename : "localhost";
	sha256_init(&t.hash);
	open_all(&t);
	if (t.scratch)
		facts_begin(&t.facts, u);
	if (is_wanted(&t) && read_input(&t, &err)) {
		clock_gettime(CLOCK_REALTIME, &t.now);
		if (u->has_time)
			t.now = u->time;
		for (size_t i = 0; i < u->dirs; i++)
			finish_store(&t, &t.dir[i], err != STREAM_OK);
		finish_spool(&t, err);
	} else if (t.scratch) {
		fclose(t.scratch);
	}
	for (size_t i = 0; i < u->dirs; i++)
		store_close(&t.dir[i].store);
	spool_close(&t.spool);
	intake_free(&t.in);
}
