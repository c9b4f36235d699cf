#include "debuginfod.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/diag.h"

/* -- in the worker ------------------------------------------------------- */

/* The functions of libdebuginfod that are used. */
struct lib {
	void *(*begin)(void);
	int (*find)(void *client, const unsigned char *id, int len,
	    char **path);
	void *client;
};

static bool
load_function(void *handle, const char *name, void *function)
{
	void *p = dlsym(handle, name);

	memcpy(function, &p, sizeof p);
	return p != NULL;
}

static bool
load(struct lib *l)
{
	void *handle = dlopen("libdebuginfod.so.1", RTLD_NOW | RTLD_LOCAL);

	if (!handle || !load_function(handle, "debuginfod_begin", &l->begin) ||
	    !load_function(handle, "debuginfod_find_debuginfo", &l->find))
		return false;
	l->client = l->begin();
	return l->client != NULL;
}

/* The request is the build id. Status: 0, or an errno. */
static int
run(struct jail_call *c)
{
	static struct lib l;
	int fd;

	if (!l.client && !load(&l))
		return ELIBACC;
	fd = l.find(l.client, c->data, (int)c->len, NULL);
	if (fd < 0)
		return -fd;
	jail_give(c, fd);
	return 0;
}

static const struct jail_job job = { "debuginfod", NULL, run };

/* -- the other side ------------------------------------------------------ */

void
debuginfod_init(struct debuginfod *d, uint64_t wait_ns)
{
	const char *urls = getenv("DEBUGINFOD_URLS");

	memset(d, 0, sizeof *d);
	jail_init(&d->jail, &job, 1);
	d->jail.trusted = true;
	if (urls && urls[0])
		d->left_ms = (int64_t)(wait_ns / 1000000 < INT32_MAX ?
		    wait_ns / 1000000 : INT32_MAX);
}

bool
debuginfod_is_on(const struct debuginfod *d)
{
	return d->left_ms > 0;
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static void
judge(struct debuginfod *d, enum jail_err err, int status, const char *name)
{
	if (err == JAIL_OK && status == ELIBACC) {
		diag_verbose("there is no libdebuginfod, no server is asked");
		d->left_ms = 0;
	} else if (err == JAIL_OK) {
		diag_verbose("%s: debuginfod: %s", name,
		    status == 0 ? "a debug file" : strerror(status));
	} else {
		d->left_ms = 0;
	}
	if (d->left_ms <= 0 && !d->late && status != ELIBACC) {
		d->late = true;
		diag(DIAG_DEBUGINFOD_TIME, name, 0, NULL);
	}
}

int
debuginfod_open(struct debuginfod *d, const struct buildid *id,
    const char *name)
{
	int fd = -1, status;
	const struct jail_request r = { .data = id->b, .len = id->len,
		.fd = -1, .name = name, .given = &fd };
	int64_t start = now_ms();
	enum jail_err err;

	if (!debuginfod_is_on(d) || buildid_is_none(id))
		return -1;
	d->jail.wait_ms = (int)d->left_ms;
	err = jail_ask(&d->jail, &r, &status);
	d->left_ms -= now_ms() - start;
	judge(d, err, status, name);
	return fd;
}

void
debuginfod_free(struct debuginfod *d)
{
	jail_end(&d->jail);
}
