#include "ship/deliver.h"

#include <errno.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/diag.h"

static uint64_t
real_now_ns(void *ctx)
{
	struct timespec t;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static time_t
real_time(void *ctx)
{
	(void)ctx;
	return time(NULL);
}

static void
real_sleep_ns(void *ctx, uint64_t ns)
{
	struct timespec t = { .tv_sec = (time_t)(ns / 1000000000),
		.tv_nsec = (long)(ns % 1000000000) };

	(void)ctx;
	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR)
		;
}

static uint64_t
real_random(void *ctx)
{
	uint64_t v = 0;

	(void)ctx;
	/* Without chance the delay is 0: still within the rules. */
	if (getrandom(&v, sizeof v, 0) != (ssize_t)sizeof v)
		v = 0;
	return v;
}

const struct deliver_env deliver_real = {
	.now_ns = real_now_ns,
	.time = real_time,
	.sleep_ns = real_sleep_ns,
	.random = real_random,
};

struct sender {
	struct spool *spool;
	struct target *target;
	const struct deliver_limits *limits;
	const struct deliver_env *env;
	struct deliver_result *out;
	uint64_t deadline_ns;
};

static uint64_t
time_left(const struct sender *s)
{
	uint64_t now = s->env->now_ns(s->env->ctx);

	return now < s->deadline_ns ? s->deadline_ns - now : 0;
}

/* Wait before another attempt; false if there is not to be one. */
static bool
wait_to_retry(const struct sender *s, unsigned attempt, uint64_t after_s)
{
	uint64_t ns = retry_delay_ns(attempt, after_s,
	    s->env->random(s->env->ctx));

	if (after_s > RETRY_AFTER_MAX)
		after_s = RETRY_AFTER_MAX;
	if (attempt < s->limits->retries && ns < time_left(s)) {
		s->env->sleep_ns(s->env->ctx, ns);
		return true;
	}
	/* The server's wish outlives this run. */
	if (after_s)
		spool_set_not_before(s->spool,
		    s->env->time(s->env->ctx) + (time_t)after_s);
	return false;
}

/* Send one bundle until the verdict is not RETRY_LATER or nothing is left to
 * try with. a holds the last answer. */
static enum retry_verdict
send_one(const struct sender *s, const struct parcel *p, struct answer *a)
{
	enum retry_verdict v;

	for (unsigned attempt = 0; ; attempt++) {
		buf_free(&a->why);
		buf_free(&a->text);
		*a = (struct answer){ 0 };
		v = s->target->send(s->target, p, time_left(s), a);
		if (v != RETRY_LATER)
			return v;
		diag_verbose("%s: %s", s->target->name, buf_str(&a->why));
		if (!wait_to_retry(s, attempt, a->retry_after_s))
			return v;
	}
}

/* Beside the bundle goes what happened, and then what the server said. */
static int
move_aside(const struct sender *s, const char *name, const struct answer *a)
{
	struct buf text = { 0 };
	int rc;

	buf_addf(&text, "%s: %s\n\n", s->target->name, buf_str(&a->why));
	buf_add(&text, buf_str(&a->text), a->text.len);
	rc = spool_reject(s->spool, name, text.s, text.len);
	buf_free(&text);
	return rc;
}

/* Act on a verdict; false if delivery ends here. */
static bool
settle(const struct sender *s, const char *name, const struct parcel *p,
    enum retry_verdict v, const struct answer *a)
{
	struct deliver_result *out = s->out;
	int rc = 0;

	switch (v) {
	case RETRY_DONE:
		rc = spool_remove(s->spool, name);
		out->sent++;
		out->sent_bytes += p->size;
		break;
	case RETRY_REJECT:
		rc = move_aside(s, name, a);
		out->rejected++;
		diag(DIAG_UPLOAD_REJECTED, s->target->name, 0, "%s, %s",
		    name, buf_str(&a->why));
		break;
	case RETRY_LATER:
	case RETRY_REFUSE:
		out->end = v == RETRY_LATER ? DELIVER_LATER : DELIVER_REFUSED;
		buf_adds(&out->why, buf_str(&a->why));
		return false;
	}
	if (rc != 0)
		out->end = DELIVER_EIO;
	return rc == 0;
}

/* One bundle, from its file to its fate; false if delivery ends here. */
static bool
handle(const struct sender *s, const char *name)
{
	char id[SPOOL_ID_MAX];
	struct parcel p = { .id = id };
	struct answer a = { 0 };
	bool go_on;
	int err;

	if (time_left(s) == 0) {
		s->out->end = DELIVER_LATER;
		buf_adds(&s->out->why, "time is up");
		return false;
	}
	if (!spool_parse_name(name, id))
		return true;
	p.fd = spool_read(s->spool, name, &p.size);
	if (p.fd < 0) {
		/* Dropped meanwhile to make room. */
		if (errno == ENOENT)
			return true;
		s->out->end = DELIVER_EIO;
		return false;
	}
	go_on = settle(s, name, &p, send_one(s, &p, &a), &a);
	err = errno;
	close(p.fd);
	buf_free(&a.why);
	buf_free(&a.text);
	errno = err;
	return go_on;
}

/* All that waits now; false if delivery ends here. */
static bool
pass(const struct sender *s, bool *found)
{
	struct bound_names l = { 0 };
	bool go_on = spool_list(s->spool, &l) == 0;
	int err;

	if (!go_on)
		s->out->end = DELIVER_EIO;
	*found = l.n > 0;
	for (size_t i = 0; go_on && i < l.n; i++)
		go_on = handle(s, l.name[i]);
	err = errno;
	bound_names_free(&l);
	errno = err;
	return go_on;
}

static uint64_t
count_waiting(const struct spool *s)
{
	struct bound_names l = { 0 };
	uint64_t n = spool_list(s, &l) == 0 ? l.n : 0;

	bound_names_free(&l);
	return n;
}

static void
run(const struct sender *s)
{
	time_t now = s->env->time(s->env->ctx);
	time_t not_before = spool_not_before(s->spool, now);
	bool found = true;

	if (not_before > now && count_waiting(s->spool)) {
		s->out->end = DELIVER_LATER;
		buf_addf(&s->out->why, "the server asked for %lld s more",
		    (long long)(not_before - now));
		return;
	}
	if (spool_lock(s->spool) != 0) {
		s->out->end = errno == EWOULDBLOCK ? DELIVER_BUSY : DELIVER_EIO;
		return;
	}
	/* Others may add bundles while these are sent: look again. */
	while (found && pass(s, &found))
		;
}

void
deliver(struct spool *spool, struct target *t,
    const struct deliver_limits *limits, const struct deliver_env *env,
    struct deliver_result *out)
{
	struct sender s = { .spool = spool, .target = t, .limits = limits,
		.env = env, .out = out };
	int err;

	if (__builtin_add_overflow(env->now_ns(env->ctx), limits->max_time_ns,
	    &s.deadline_ns))
		s.deadline_ns = UINT64_MAX;
	out->end = DELIVER_ALL;
	run(&s);
	err = errno;
	out->waiting = count_waiting(spool);
	/* The other one has sent ours, too. */
	if (out->end == DELIVER_BUSY && out->waiting == 0)
		out->end = DELIVER_ALL;
	errno = err;
}
