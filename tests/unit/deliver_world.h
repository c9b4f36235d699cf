/*
 * deliver_world.h - a server, a clock and a chance that are made up, for tests of
 * delivery. A test's fixture is set_up() and tear_down(); run() delivers to a
 * server that says what is in a list.
 */
#ifndef GP_TEST_DELIVER_WORLD_H
#define GP_TEST_DELIVER_WORLD_H

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "ship/deliver.h"

#define SECOND ((uint64_t)1000000000)

/* A world in which sleeping takes no time. */

struct world {
	uint64_t now_ns;
	uint64_t slept_ns;
	unsigned sleeps;
};

static inline uint64_t
now_ns(void *ctx)
{
	return ((struct world *)ctx)->now_ns;
}

static inline time_t
day_time(void *ctx)
{
	return (time_t)(1000 + ((struct world *)ctx)->now_ns / SECOND);
}

static inline void
sleep_ns(void *ctx, uint64_t ns)
{
	struct world *w = ctx;

	w->now_ns += ns;
	w->slept_ns += ns;
	w->sleeps++;
}

static inline uint64_t
no_chance(void *ctx)
{
	(void)ctx;
	return SECOND / 2;
}

/* A server that has its answers from a list; the last one repeats. */

struct fake {
	struct target target;
	struct world *world;
	struct spool *late; /* gets a bundle while the first one is sent */
	const enum retry_verdict *says;
	size_t n, calls;
	uint64_t after_s, takes_ns, timeout_ns;
	char ids[16][SPOOL_ID_MAX];
	uint64_t pieces;    /* how many it takes a bundle in; 0: one */
	uint64_t froms[16]; /* where each piece began */
	const char *memo;   /* what it wants to be reminded of */
	char reminded[STATE_MEMO_MAX];
	bool dies;          /* in prepare */
	enum retry_verdict prepares;
	char why[64];
};

static uint64_t (*chance)(void *ctx); /* NULL: none */
static struct world world;
static struct fake fake;
static struct spool spool;
static char dir[64];

/* For two targets, of which the second is another's. */
static inline void
add_id(time_t t, const char *id)
{
	static const char *const targets[] = { "fake", "other" };

	ck_assert_int_eq(spool_begin(&spool), 0);
	ck_assert_int_eq(file_write_all(spool.fd, "x", 1), 0);
	ck_assert_int_eq(spool_commit(&spool, id,
	    (struct timespec){ .tv_sec = t }, targets, 2), 0);
}

static inline void
add_bundle(time_t t, char id_digit)
{
	char id[SPOOL_ID_MAX];

	memset(id, id_digit, sizeof id - 1);
	id[sizeof id - 1] = '\0';
	add_id(t, id);
}

static inline uint64_t
waiting_for(const char *target)
{
	struct queue q;
	uint64_t n;

	ck_assert_int_eq(queue_open(&q, &spool, target), 0);
	n = queue_count(&q);
	queue_close(&q);
	return n;
}

static inline enum retry_verdict
fake_send(struct target *t, const struct parcel *p, uint64_t timeout_ns,
    struct answer *a)
{
	struct fake *f = (struct fake *)t;
	size_t i = f->calls < f->n ? f->calls : f->n - 1;
	char c;

	ck_assert_uint_eq(p->size, 1);
	ck_assert_int_eq(pread(p->fd, &c, 1, 0), 1);
	ck_assert_uint_gt(timeout_ns, 0);
	if (f->calls == 0 && f->late)
		add_bundle(1, 'f');
	strcpy(f->ids[f->calls % 16], p->id);
	f->froms[f->calls % 16] = p->from;
	memcpy(f->reminded, t->memo, sizeof f->reminded);
	if (f->memo)
		state_set(t->memo, sizeof t->memo, f->memo);
	f->calls++;
	f->timeout_ns = timeout_ns;
	f->world->now_ns += f->takes_ns;
	a->retry_after_s = f->after_s;
	a->bytes = p->size;
	if (f->says[i] == RETRY_DONE && p->from + 1 < f->pieces)
		a->next = p->from + 1;
	buf_adds(&a->why, "why");
	buf_adds(&a->text, "text");
	return f->says[i];
}

static inline enum retry_verdict
fake_prepare(struct target *t, const struct parcel *p, struct answer *a)
{
	struct fake *f = (struct fake *)t;

	(void)p;
	if (f->dies)
		_exit(0);
	buf_adds(&a->why, "unprepared");
	return f->prepares;
}

static inline void
set_up(void)
{
	world = (struct world){ 0 };
	fake = (struct fake){ .calls = 0 };
	chance = NULL;
	strcpy(dir, "/tmp/gp-deliver.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(spool_open(&spool, dir, (struct bound_sum){ 0 }), 0);
	diag_set_verbosity(-1);
}

static inline int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void
tear_down(void)
{
	spool_close(&spool);
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* What a day's worth of jitter is made of. */
static inline uint64_t
some_chance(void *ctx)
{
	struct world *w = ctx;

	return (w->now_ns ^ w->sleeps) * 0x9e3779b97f4a7c15u;
}

static inline struct deliver_result
run(const enum retry_verdict *says, size_t n, uint64_t retries,
    uint64_t max_time_ns)
{
	const struct deliver_env env = { .now_ns = now_ns, .time = day_time,
		.sleep_ns = sleep_ns, .random = chance ? chance : no_chance,
		.ctx = &world };
	const struct deliver_limits limits = { .retries = retries,
		.max_time_ns = max_time_ns };
	struct deliver_result r = { 0 };
	struct queue q;

	fake.target = (struct target){ .name = "fake", .send = fake_send };
	if (fake.dies || fake.prepares)
		fake.target.prepare = fake_prepare;
	fake.world = &world;
	fake.says = says;
	fake.n = n;
	fake.calls = 0;
	ck_assert_int_eq(queue_open(&q, &spool, "fake"), 0);
	deliver(&q, &fake.target, &limits, &env, &r);
	queue_close(&q);
	snprintf(fake.why, sizeof fake.why, "%s", buf_str(&r.why));
	buf_free(&r.why);
	return r;
}

#endif
