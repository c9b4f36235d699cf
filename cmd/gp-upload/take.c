/*
 * take.c - from standard input to where the profile is durable.
 *
 * The profile is read once, and goes to the directory (compressed as it comes)
 * and to a scratch file, of which the bundle is made when its sums are known.
 * Either may fail, and then the other still gets it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/diag.h"
#include "ship/bundle.h"
#include "ship/intake.h"
#include "ship/spool.h"
#include "ship/store.h"
#include "upload.h"

struct take {
	struct upload *u;
	struct intake in;
	struct store store;
	struct spool spool;
	FILE *scratch;       /* NULL: nothing (more) goes to the spool */
	bool to_store;       /* false: nothing (more) goes to the directory */
	struct timespec now;
	const char *host;    /* this machine's */
};

/* The directory, or the spool, is of no use any more. errno says why. */
static void
give_up_store(struct take *t, int status)
{
	diag_error("%s: cannot store the profile:", t->u->dir);
	upload_fail(t->u, status);
	store_abort(&t->store);
	t->to_store = false;
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

static void
open_both(struct take *t)
{
	int fd;

	t->store.dirfd = t->spool.dirfd = t->spool.lockfd = -1;
	t->store.file.fd = t->spool.file.fd = -1;
	if (t->u->dir) {
		t->to_store = true;
		if (store_open(&t->store, t->u->dir, t->u->max) != 0 ||
		    store_begin(&t->store) != 0)
			give_up_store(t, EX_CANTCREAT);
	}
	if (t->u->url) {
		fd = -1;
		if (spool_open(&t->spool, t->u->spool, t->u->max) == 0)
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

	if (t->to_store && store_write(&t->store, p, len) != 0)
		give_up_store(t, EX_IOERR);
	if (t->scratch && fwrite(p, 1, len, t->scratch) != len)
		give_up_spool(t, EX_IOERR);
	return t->to_store || t->scratch ? 0 : -1;
}

static void
finish_store(struct take *t, bool partial)
{
	struct bound_sum removed;

	if (!t->to_store)
		return;
	if (store_commit(&t->store, t->in.host.len ? t->in.host.s : t->host,
	    partial, t->now) != 0) {
		give_up_store(t, EX_IOERR);
		return;
	}
	diag_verbose("%s", t->store.name);
	if (store_trim(&t->store, &removed) != 0) {
		diag_error("%s: cannot be kept within its bounds:", t->u->dir);
		upload_fail(t->u, EX_IOERR);
	} else if (removed.files) {
		diag(DIAG_UPLOAD_REMOVED, t->u->dir, 0, "%llu",
		    (unsigned long long)removed.files);
	}
}

/* Write the bundle; err: what was wrong with the input, or STREAM_OK. */
static int
make_bundle(struct take *t, int err)
{
	struct buf meta = { 0 };
	char id[SPOOL_ID_MAX];
	int rc = -1;

	spool_new_id(id);
	intake_meta(&t->in, id, t->host, t->now, err == STREAM_OK, &meta);
	if (fflush(t->scratch) == 0 && spool_begin(&t->spool) == 0 &&
	    bundle_write(t->spool.file.fd, &meta, fileno(t->scratch),
	        t->in.bytes, t->now.tv_sec) == 0)
		rc = err == STREAM_OK ?
		    spool_commit(&t->spool, id, t->now) :
		    spool_commit_rejected(&t->spool, id, t->now,
		        intake_strerror(&t->in, err));
	buf_free(&meta);
	return rc;
}

static void
finish_spool(struct take *t, int err)
{
	struct bound_sum dropped;

	if (!t->scratch)
		return;
	if (make_bundle(t, err) != 0) {
		give_up_spool(t, EX_IOERR);
		return;
	}
	fclose(t->scratch);
	if (spool_trim(&t->spool, &dropped) != 0) {
		diag_error("%s: cannot be kept within its bounds:",
		    t->u->spool);
		upload_fail(t->u, EX_IOERR);
	} else if (dropped.files) {
		diag(DIAG_UPLOAD_DROPPED, t->u->spool, 0, "%llu",
		    (unsigned long long)dropped.files);
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
	open_both(&t);
	if ((t.to_store || t.scratch) && read_input(&t, &err)) {
		clock_gettime(CLOCK_REALTIME, &t.now);
		finish_store(&t, err != STREAM_OK);
		finish_spool(&t, err);
	} else if (t.scratch) {
		fclose(t.scratch);
	}
	store_close(&t.store);
	spool_close(&t.spool);
	intake_free(&t.in);
}
