#include "profile/reading.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/grow.h"
#include "stream/frame.h"

/* The length of an event's name without its modifiers: letters of perf's, behind
 * the last ':'. sched:sched_switch has none. */
static size_t
base_len(const char *event, size_t len)
{
	const char *colon = memrchr(event, ':', len);
	size_t n;

	if (!colon || colon == event)
		return len;
	n = len - (size_t)(colon + 1 - event);
	for (size_t i = 0; i < n; i++)
		if (!strchr("ukhGHpPSDIeWb", colon[1 + i]) || !colon[1 + i])
			return len;
	return (size_t)(colon - event);
}

static bool
is_event(const char *wanted, size_t wanted_len, const char *event, size_t len)
{
	if (base_len(wanted, wanted_len) == wanted_len)
		len = base_len(event, len);
	return len == wanted_len && memcmp(wanted, event, len) == 0;
}

enum reading_choice
reading_event(struct reading *r, const char *event, size_t len,
    uint32_t *head)
{
	const char *wanted = r->opt.event;

	if (r->event.len == 0 && len)
		buf_add(&r->event, event, base_len(event, len));
	if (wanted && strcmp(wanted, "all") == 0) {
		*head = fold_event(r->fold, event, len);
		return READING_HEAD;
	}
	if (wanted)
		return is_event(wanted, strlen(wanted), event, len) ?
		    READING_TAKE : READING_SKIP;
	return len == 0 || is_event(r->event.s, r->event.len, event, len) ?
	    READING_TAKE : READING_SKIP;
}

void
reading_skipped(struct reading *r, uint64_t count)
{
	if (__builtin_add_overflow(r->fold->filtered, count,
	    &r->fold->filtered))
		r->fold->filtered = UINT64_MAX;
	if (__builtin_add_overflow(r->other_events, count, &r->other_events))
		r->other_events = UINT64_MAX;
	r->skipped++;
}

void
reading_time(struct reading *r, uint64_t ns)
{
	if (r->clock)
		clock_set(r->clock, ns);
}

void
reading_stack(struct reading *r, int result, uint64_t count)
{
	r->good++;
	if (r->clock && r->fold->last && count)
		timeline_add(r->clock->timeline, r->fold->last, count);
	if (result != 0)
		diag(DIAG_COLLAPSE_SUM, r->name, r->line, NULL);
	if (r->fold->notes & FRAMES_UNKNOWN_MODULE)
		diag(DIAG_COLLAPSE_MODULE, r->name, r->line, NULL);
	if (r->fold->notes & FRAMES_LONG_NAME)
		diag(DIAG_COLLAPSE_NAME, r->name, r->line, NULL);
	if (r->fold->notes & FOLD_DEEP)
		diag(DIAG_COLLAPSE_DEEP, r->name, r->line, NULL);
}

void
reading_begin(struct reading *r)
{
	r->n = 0;
}

void
reading_add(struct reading *r, uint32_t frame)
{
	if (r->n > READING_DEPTH_MAX)
		return;
	r->frame = grow_for(r->frame, r->n, &r->cap, sizeof *r->frame);
	r->frame[r->n++] = frame;
}

void
reading_add_text(struct reading *r, const char *s, size_t len)
{
	reading_add(r, fold_frame(r->fold, s, len, FRAMES_NO_MODULE));
}

void
reading_reverse(struct reading *r, size_t n)
{
	uint32_t t;

	for (size_t i = n, j = r->n; i + 1 < j; i++) {
		t = r->frame[i];
		r->frame[i] = r->frame[--j];
		r->frame[j] = t;
	}
}

void
reading_count(struct reading *r, size_t heads, uint64_t count)
{
	reading_count_part(r, heads, count, 0);
}

void
reading_count_part(struct reading *r, size_t heads, uint64_t count,
    uint32_t nano)
{
	if (r->n > READING_DEPTH_MAX) {
		reading_bad(r, "a stack of more than %d frames",
		    READING_DEPTH_MAX);
		return;
	}
	if (r->n == 0)
		reading_add_text(r, FRAME_UNKNOWN, sizeof FRAME_UNKNOWN - 1);
	reading_stack(r, fold_stack_part(r->fold, r->frame, r->n, heads, count,
	    nano), count);
}

void
reading_negative(struct reading *r)
{
	r->good++;
	diag(DIAG_COLLAPSE_NEGATIVE, r->name, r->line, NULL);
}

void
reading_bad(struct reading *r, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	r->bad++;
	diag(DIAG_COLLAPSE_LINE, r->name, r->line, "%s", text);
}

void
reading_done(struct reading *r)
{
	if (r->other_events && !r->opt.event)
		diag_say("samples that are not of %s were left out (%llu): see "
		    "--event", buf_str(&r->event),
		    (unsigned long long)r->other_events);
	else if (r->other_events)
		diag_verbose("samples of other events were left out (%llu)",
		    (unsigned long long)r->other_events);
	buf_free(&r->event);
	free(r->frame);
	r->frame = NULL;
	r->n = r->cap = 0;
}
