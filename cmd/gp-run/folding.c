#include "phases.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "plain.h"
#include "stream/stream.h"

static void
check_sums(const char *name, uint64_t in, uint64_t out)
{
	if (in != out)
		diag(DIAG_RUN_SUM, NULL, 0, "%s: %llu in, %llu out", name,
		    (unsigned long long)in, (unsigned long long)out);
}

/* Do without gp-symbolize: from the file raw. */
static void
name_plainly(struct cycle *c, int *raw)
{
	int fd = c->named;

	if (plain_write(fd, *raw) == 0 &&
	    scan_file(fd, &c->named_sums, NULL) == 0)
		return;
	/* A full disk: the recording itself is what can be had, and the other
	 * file's space is for the folded one. */
	diag(DIAG_RUN_STAGE, NULL, 0, "%s: %s; the recording stays as it was",
	    c->plan->tmpdir, strerror(errno));
	if (ftruncate(fd, 0) < 0)
		diag_say("%s: %s", c->plan->tmpdir, strerror(errno));
	c->named = *raw;
	*raw = fd;
	c->named_sums = c->crew.feed.sums;
}

void
folding_judge_names(struct cycle *c, int *raw)
{
	const char *name = plan_commands[PLAN_SYMBOLIZE];
	const struct scan *in = &c->crew.feed.sums;
	struct scan *out = &c->named_sums;
	struct tally tally = { 0 };
	bool good, whole;

	good = crew_account(&c->crew, PLAN_SYMBOLIZE,
	    "addresses stand for names");
	whole = scan_file(c->named, out, NULL) == 0 && scan_is_whole(out);
	if (good && !whole)
		diag(DIAG_RUN_STAGE, NULL, 0, "%s: its output %s; addresses "
		    "stand for names", name, stream_strerror(out->err));
	if (!whole || (!good &&
	    out->samples + out->lost != in->samples + in->lost))
		name_plainly(c, raw);
	check_sums(name, in->samples + in->lost, out->samples + out->lost);
	if (scan_file(c->named, out, &tally) == 0)
		tally_add(&c->figures.tally, &tally);
}

int
folding_collapse(struct cycle *c)
{
	const char *name = plan_commands[PLAN_COLLAPSE];
	const struct scan *in = &c->named_sums;
	const struct plan_call call = { 0 };
	struct scan out;
	uint64_t before, after;
	bool good, filters;

	crew_prepare(&c->crew, PLAN_COLLAPSE, &call);
	crew_run(&c->crew, PLAN_COLLAPSE, c->named, c->folded, 1);
	good = crew_account(&c->crew, PLAN_COLLAPSE,
	    "the stream stays as it was");
	if (scan_file(c->folded, &out, NULL) < 0)
		return c->named;
	/* Without --meta it says neither what is lost nor what is filtered. */
	before = in->samples + (out.is_stream ? in->lost : 0);
	after = out.samples + out.filtered + (out.is_stream ? out.lost : 0);
	filters = !out.is_stream && plan_has_more(c->plan, PLAN_COLLAPSE);
	if (!good && (filters || before != after))
		return c->named;
	if (!filters || after > before)
		check_sums(name, before, after);
	return c->folded;
}
