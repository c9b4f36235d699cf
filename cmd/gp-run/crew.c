#include "crew.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/monotonic.h"

#define CENSUS_NS UINT64_C(2000000000)

void
crew_init(struct crew *c, const struct plan *plan, int signals,
    struct figures *figures)
{
	*c = (struct crew){
		.plan = plan,
		.signals = signals,
		.figures = figures,
		.feed = { .in = -1, .out = -1 },
	};
	for (size_t i = 0; i < PLAN_STAGES; i++)
		said_init(&c->said[i], plan_commands[i]);
}

/* -- waiting ---------------------------------------------------------------- */

static void
take_signal(struct crew *c)
{
	struct signalfd_siginfo si;

	if (read(c->signals, &si, sizeof si) != sizeof si)
		return;
	if (++c->nsignals > 1) {
		c->killed_by = (int)si.ssi_signo;
		return;
	}
	diag_say("SIG%s: ending early (once more: at once)",
	    sigabbrev_np((int)si.ssi_signo));
	stage_ask(&c->stage[PLAN_DISCOVER]);
	stage_ask(&c->stage[PLAN_RECORD]);
}

static int
timeout_ms(const struct crew *c, uint64_t now)
{
	uint64_t next = c->next_census;

	for (size_t i = 0; i < PLAN_STAGES; i++)
		if (stage_is_running(&c->stage[i]) &&
		    c->stage[i].deadline < next)
			next = c->stage[i].deadline;
	return next <= now ? 0 : (int)((next - now) / 1000000) + 1;
}

static void
look_around(struct crew *c, uint64_t now)
{
	if (now < c->next_census)
		return;
	figures_census(c->figures, c->stage);
	c->next_census = now + CENSUS_NS;
}

/* What a stage's end leaves to do: its last words, and its figures. */
static void
settle(struct crew *c, enum plan_stage which)
{
	said_end(&c->said[which]);
	figures_ended(c->figures, which, &c->stage[which]);
}

static void
step_all(struct crew *c)
{
	for (size_t i = 0; i < PLAN_STAGES; i++) {
		struct stage *s = &c->stage[i];
		bool running = stage_is_running(s);

		if (c->killed_by)
			stage_kill(s);
		stage_step(s, monotonic_ns());
		if (running && !stage_is_running(s))
			settle(c, (enum plan_stage)i);
	}
}

void
crew_wait(struct crew *c)
{
	struct pollfd p[2 * PLAN_STAGES + 3];
	const size_t said = 3, stages = said + PLAN_STAGES;
	struct feed *f = &c->feed;

	p[0] = (struct pollfd){ .fd = c->signals, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = f->in, .events = POLLIN };
	p[2] = (struct pollfd){ .fd = feed_wants_write(f) ? f->out : -1,
	    .events = POLLOUT };
	for (size_t i = 0; i < PLAN_STAGES; i++) {
		const struct stage *s = &c->stage[i];

		p[said + i] = (struct pollfd){ .fd = c->said[i].fd,
		    .events = POLLIN };
		p[stages + i] = (struct pollfd){
		    .fd = stage_is_running(s) ? s->pidfd : -1,
		    .events = POLLIN };
	}
	look_around(c, monotonic_ns());
	if (poll(p, GP_COUNT(p), timeout_ms(c, monotonic_ns())) > 0) {
		if (p[0].revents)
			take_signal(c);
		if (p[1].revents)
			feed_read(f);
		if (p[2].revents)
			feed_write(f);
		for (size_t i = 0; i < PLAN_STAGES; i++)
			if (p[said + i].revents)
				said_read(&c->said[i]);
	}
	step_all(c);
}

/* -- stages ----------------------------------------------------------------- */

struct stage *
crew_prepare(struct crew *c, enum plan_stage which,
    const struct plan_call *call)
{
	plan_stage(c->plan, which, call, &c->stage[which], &c->mem);
	return &c->stage[which];
}

void
crew_start(struct crew *c, enum plan_stage which, int in, int out)
{
	struct stage *s = &c->stage[which];
	int said[2];

	if (c->killed_by)
		return;
	if (pipe2(said, O_CLOEXEC) < 0) {
		diag_say("cannot start %s:", s->name);
		return;
	}
	s->said = said[1];
	if (stage_start(s, in, out, &c->plan->limits) < 0) {
		diag_say("cannot start %s: %s", s->name, strerror(errno));
		close(said[0]);
		figures_ended(c->figures, which, s);
	} else {
		said_begin(&c->said[which], said[0]);
	}
	close(said[1]);
}

void
crew_run(struct crew *c, enum plan_stage which, int in, int out,
    unsigned deadlines)
{
	struct stage *s = &c->stage[which];

	if (lseek(in, 0, SEEK_SET) < 0 && errno != ESPIPE)
		return;
	crew_start(c, which, in, out);
	s->deadline = monotonic_ns() + deadlines * c->plan->deadline_ns;
	while (stage_is_running(s))
		crew_wait(c);
}

bool
crew_account(struct crew *c, enum plan_stage which, const char *instead)
{
	const struct stage *s = &c->stage[which];
	bool good = stage_is_good(s);

	if (s->overdue)
		diag(DIAG_RUN_DEADLINE, NULL, 0, "%s", s->name);
	if (good && stage_exit_status(s) == 1)
		c->degraded = true;
	if (!good && !c->killed_by)
		diag(DIAG_RUN_STAGE, NULL, 0, "%s %s; %s", s->name,
		    stage_how(s), instead);
	return good;
}

void
crew_done(struct crew *c)
{
	size_t left = stage_sweep();

	if (left)
		diag(DIAG_RUN_LEFT, NULL, 0, "%zu", left);
	c->figures->left += left;
	for (size_t i = 0; i < PLAN_STAGES; i++)
		said_done(&c->said[i]);
	feed_free(&c->feed);
	arena_free(&c->mem);
}
