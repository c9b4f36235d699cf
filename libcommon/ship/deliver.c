#include "ship/deliver.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/monotonic.h"

static uint64_t
real_now_ns(void *ctx)
{
	(void)ctx;
	return monotonic_ns();
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
	struct queue *queue;
	struct target *target;
	const struct deliver_limits *limits;
	const struct deliver_env *env;
	struct deliver_result *out;
	uint64_t deadline_ns;
};

void
answer_free(struct answer *a)
{
	buf_free(&a->why);
	buf_free(&a->text);
	*a = (struct answer){ 0 };
}

static uint64_t
time_left(const struct sender *s)
{
	uint64_t now = s->env->now_ns(s->env->ctx);

	return now < s->deadline_ns ? s->deadline_ns - now : 0;
}

static time_t
day_time(const struct sender *s)
{
	return s->env->time(s->env->ctx);
}

static void
end(const struct sender *s, enum deliver_end e, const char *why)
{
	s->out->end = e;
	if (why)
		buf_adds(&s->out->why, why);
}

/* -- attempts --------------------------------------------------------------- */

static void
note_attempt(const struct sender *s, enum retry_verdict v,
    const struct answer *a)
{
	struct state *st = &s->queue->state;

	st->attempts++;
	memcpy(st->memo, s->target->memo, sizeof st->memo);
	if (v == RETRY_DONE) {
		st->failures = 0;
		st->not_before = 0;
		st->sent_bytes += a->bytes;
		st->last_sent = (uint64_t)day_time(s);
	} else {
		st->failures++;
		st->last_failed = (uint64_t)day_time(s);
		state_set(st->why, sizeof st->why, buf_str(&a->why));
	}
}

/* Wait before another attempt; false if there is not to be one in this run. The
 * wait then holds for the next. */
static bool
wait_to_retry(const struct sender *s, unsigned attempt, uint64_t after_s)
{
	struct state *st = &s->queue->state;
	uint64_t failures = st->failures ? st->failures - 1 : 0, ns;

	ns = retry_delay_ns(failures > 100 ? 100 : (unsigned)failures, after_s,
	    s->env->random(s->env->ctx));
	st->not_before = (uint64_t)day_time(s) + (ns + 999999999) / 1000000000;
	queue_save(s->queue);
	if (attempt >= s->limits->retries || ns >= time_left(s))
		return false;
	s->env->sleep_ns(s->env->ctx, ns);
	return true;
}

/* Send one piece until the verdict is not RETRY_LATER or nothing is left to try
 * with. a holds the last answer. */
static enum retry_verdict
send_piece(const struct sender *s, struct parcel *p, struct answer *a)
{
	enum retry_verdict v;

	for (p->attempt = 0; ; p->attempt++) {
		answer_free(a);
		v = s->target->send(s->target, p, time_left(s), a);
		note_attempt(s, v, a);
		if (v != RETRY_LATER)
			return v;
		diag_verbose("%s: %s", s->target->name, buf_str(&a->why));
		if (!wait_to_retry(s, p->attempt, a->retry_after_s))
			return v;
	}
}

/* All pieces of a bundle; what has arrived is noted piece by piece. */
static enum retry_verdict
send_all(const struct sender *s, const char *entry, struct parcel *p,
    struct answer *a)
{
	enum retry_verdict v;

	while ((v = send_piece(s, p, a)) == RETRY_DONE && a->next > p->from) {
		p->from = a->next;
		if (queue_progress(s->queue, entry, p->from) != 0)
			diag_verbose("%s: progress cannot be kept",
			    s->target->name);
		queue_save(s->queue);
		if (time_left(s) > 0)
			continue;
		buf_addf(&a->why, "%stime is up", a->why.len ? "; " : "");
		return RETRY_LATER;
	}
	return v;
}

/* -- bundles that kill ------------------------------------------------------ */

/* Note that this one is being prepared; false if that was fatal before. */
static bool
dare(const struct sender *s, const char *id)
{
	struct state *st = &s->queue->state;

	if (strcmp(st->preparing, id) != 0) {
		state_set(st->preparing, sizeof st->preparing, id);
		st->deaths = 0;
	}
	if (st->deaths >= DELIVER_DEATHS_MAX)
		return false;
	st->deaths++;
	queue_save(s->queue);
	return true;
}

static void
survive(const struct sender *s)
{
	struct state *st = &s->queue->state;

	memset(st->preparing, 0, sizeof st->preparing);
	st->deaths = 0;
	queue_save(s->queue);
}

static enum retry_verdict
prepare(const struct sender *s, const struct parcel *p, struct answer *a)
{
	enum retry_verdict v;

	if (!s->target->prepare)
		return RETRY_DONE;
	if (!dare(s, p->id)) {
		buf_addf(&a->why, "gp-upload died %d times preparing it",
		    DELIVER_DEATHS_MAX);
		survive(s);
		return RETRY_REJECT;
	}
	v = s->target->prepare(s->target, p, a);
	survive(s);
	return v;
}

/* -- entries ---------------------------------------------------------------- */

/* Beside the bundle goes what happened, and then what the server said. */
static int
move_aside(const struct sender *s, const char *entry, const struct answer *a)
{
	struct buf text = { 0 };
	int rc, err;

	buf_addf(&text, "%s: %s\n\n", s->target->name, buf_str(&a->why));
	buf_add(&text, buf_str(&a->text), a->text.len);
	rc = queue_reject(s->queue, entry, text.s, text.len);
	err = errno;
	buf_free(&text);
	errno = err;
	return rc;
}

static int
reject(const struct sender *s, const char *entry, const struct answer *a)
{
	s->out->rejected++;
	s->queue->state.rejected++;
	diag(DIAG_UPLOAD_REJECTED, s->target->name, 0, "%s, %s", entry,
	    buf_str(&a->why));
	return move_aside(s, entry, a);
}

/* Act on a verdict; false if delivery ends here. */
static bool
settle(const struct sender *s, const char *entry, enum retry_verdict v,
    const struct answer *a)
{
	struct state *st = &s->queue->state;
	int rc = 0;

	switch (v) {
	case RETRY_DONE:
		rc = queue_done(s->queue, entry);
		s->out->sent++;
		st->sent++;
		break;
	case RETRY_REJECT:
		/* It is not the target that is in trouble. */
		st->failures = 0;
		st->not_before = 0;
		rc = reject(s, entry, a);
		break;
	case RETRY_REFUSE:
		rc = reject(s, entry, a);
		end(s, DELIVER_REFUSED, buf_str(&a->why));
		break;
	case RETRY_LATER:
	case RETRY_BROKEN:
		end(s, v == RETRY_LATER ? DELIVER_LATER : DELIVER_REFUSED,
		    buf_str(&a->why));
		break;
	}
	if (rc != 0)
		end(s, DELIVER_EIO, NULL);
	queue_save(s->queue);
	return s->out->end == DELIVER_ALL;
}

/* One entry that is open, to its fate; false if delivery ends here. */
static bool
handle_open(const struct sender *s, const char *entry, struct parcel *p)
{
	struct answer a = { 0 };
	uint64_t bytes = s->queue->state.sent_bytes;
	enum retry_verdict v = prepare(s, p, &a);
	bool go_on;
	int err;

	if (v == RETRY_DONE)
		v = send_all(s, entry, p, &a);
	go_on = settle(s, entry, v, &a);
	s->out->sent_bytes += s->queue->state.sent_bytes - bytes;
	err = errno;
	answer_free(&a);
	errno = err;
	return go_on;
}

static bool
handle(const struct sender *s, const char *entry, uint64_t from)
{
	char id[SPOOL_ID_MAX];
	struct parcel p = { .id = id, .from = from,
		.spool = s->queue->spool };
	bool go_on;
	int err;

	if (!spool_parse_name(entry, id, &p.time))
		return true;
	p.fd = queue_read(s->queue, entry, &p.size);
	if (p.fd < 0) {
		/* Dropped meanwhile to make room. */
		if (errno == ENOENT)
			return true;
		end(s, DELIVER_EIO, NULL);
		return false;
	}
	go_on = handle_open(s, entry, &p);
	err = errno;
	close(p.fd);
	errno = err;
	return go_on;
}

/* All that waits now; false if delivery ends here. */
static bool
pass(const struct sender *s, bool *found)
{
	struct bound_names l = { 0 };
	bool go_on = spool_list(s->queue->spool, &l) == 0;
	uint64_t from;
	int err;

	*found = false;
	if (!go_on)
		end(s, DELIVER_EIO, NULL);
	for (size_t i = 0; go_on && i < l.n; i++) {
		if (!queue_has(s->queue, l.name[i], &from))
			continue;
		*found = true;
		if (time_left(s) > 0) {
			go_on = handle(s, l.name[i], from);
		} else {
			end(s, DELIVER_LATER, "time is up");
			go_on = false;
		}
	}
	err = errno;
	bound_names_free(&l);
	errno = err;
	return go_on;
}

/* Whether to begin now: the backoff of the last run, or the server's wish, may
 * not have passed. What is short is waited for. */
static bool
may_begin(const struct sender *s)
{
	time_t now = day_time(s);
	uint64_t then = s->queue->state.not_before, wait;

	/* A clock that was put back is no reason to wait for hours. */
	if (then <= (uint64_t)now || then > (uint64_t)now + RETRY_AFTER_MAX ||
	    queue_count(s->queue) == 0)
		return true;
	wait = then - (uint64_t)now;
	if (wait * 1000000000 < time_left(s)) {
		s->env->sleep_ns(s->env->ctx, wait * 1000000000);
		return true;
	}
	buf_addf(&s->out->why, "%s; not again for %llu s",
	    s->queue->state.why, (unsigned long long)wait);
	s->out->end = DELIVER_LATER;
	return false;
}

static void
run(const struct sender *s)
{
	bool found = true;

	if (queue_lock(s->queue) != 0) {
		end(s, errno == EWOULDBLOCK ? DELIVER_BUSY : DELIVER_EIO,
		    NULL);
		return;
	}
	memcpy(s->target->memo, s->queue->state.memo,
	    sizeof s->target->memo);
	if (!may_begin(s))
		return;
	/* Others may add entries while these are sent: look again. */
	while (found && pass(s, &found))
		;
}

void
deliver(struct queue *q, struct target *t,
    const struct deliver_limits *limits, const struct deliver_env *env,
    struct deliver_result *out)
{
	struct sender s = { .queue = q, .target = t, .limits = limits,
		.env = env, .out = out };
	int err;

	if (__builtin_add_overflow(env->now_ns(env->ctx), limits->max_time_ns,
	    &s.deadline_ns))
		s.deadline_ns = UINT64_MAX;
	out->end = DELIVER_ALL;
	run(&s);
	err = errno;
	out->waiting = queue_count(q);
	/* The other one has sent ours, too. */
	if (out->end == DELIVER_BUSY && out->waiting == 0)
		out->end = DELIVER_ALL;
	errno = err;
}
