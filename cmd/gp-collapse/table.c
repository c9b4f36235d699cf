#include "table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/jsonw.h"
#include "profile/edges.h"
#include "profile/filter.h"
#include "profile/profile.h"

struct table {
	const struct fold *fold;
	const struct profile *profile;
	FILE *out;
	struct jsonw json;
};

static double
percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static const char *
name_of(const struct table *t, uint32_t name)
{
	return intern_str(&t->profile->names, name);
}

static uint64_t
filtered(const struct fold *f)
{
	uint64_t sum;

	return __builtin_add_overflow(f->filtered, f->meta.filtered, &sum) ?
	    UINT64_MAX : sum;
}

static uint64_t
taken(const struct fold *f)
{
	uint64_t sum;

	if (__builtin_add_overflow(f->profile.samples, filtered(f), &sum) ||
	    __builtin_add_overflow(sum, f->meta.lost, &sum))
		return UINT64_MAX;
	return sum;
}

/* The line below a table. */
static void
put_sums(const struct table *t)
{
	fprintf(t->out, "%" PRIu64 " samples taken, %" PRIu64 " lost, %" PRIu64
	    " truncated", taken(t->fold), t->fold->meta.lost,
	    profile_truncated(t->profile));
	if (filtered(t->fold))
		fprintf(t->out, ", %" PRIu64 " left out by filters",
		    filtered(t->fold));
	fputc('\n', t->out);
}

static void
begin_json(struct table *t)
{
	struct jsonw *w = &t->json;

	jsonw_object(w, NULL);
	jsonw_u64(w, "samples", t->profile->samples);
	jsonw_u64(w, "lost", t->fold->meta.lost);
	jsonw_u64(w, "truncated", profile_truncated(t->profile));
	jsonw_u64(w, "filtered", filtered(t->fold));
}

static void
end_json(struct table *t)
{
	jsonw_line(&t->json);
	jsonw_end(&t->json);
	jsonw_end(&t->json);
	jsonw_done(&t->json);
}

static void
put_top(const struct table *t, const struct profile_sum *sum, size_t n)
{
	uint64_t all = t->profile->samples;

	fprintf(t->out, "%12s %6s %12s %6s  %s\n", "self", "self%", "total",
	    "total%", "function");
	for (size_t i = 0; i < n; i++)
		fprintf(t->out,
		    "%12" PRIu64 " %5.1f%% %12" PRIu64 " %5.1f%%  %s\n",
		    sum[i].self, percent(sum[i].self, all), sum[i].total,
		    percent(sum[i].total, all), name_of(t, sum[i].name));
	put_sums(t);
}

/* Begin the object of a function. */
static void
put_function(struct table *t, const struct profile_sum *sum)
{
	jsonw_line(&t->json);
	jsonw_object(&t->json, NULL);
	jsonw_str(&t->json, "name", name_of(t, sum->name));
	jsonw_u64(&t->json, "self", sum->self);
	jsonw_u64(&t->json, "total", sum->total);
}

static void
write_top(struct table *t, const struct table_options *o)
{
	struct profile_sum *sum;
	size_t n = profile_sums(t->profile, &sum);

	n = n < o->n ? n : (size_t)o->n;
	if (!o->json) {
		put_top(t, sum, n);
	} else {
		begin_json(t);
		jsonw_array(&t->json, "functions");
		for (size_t i = 0; i < n; i++) {
			put_function(t, &sum[i]);
			jsonw_end(&t->json);
		}
		end_json(t);
	}
	free(sum);
}

/* The edges of the chosen functions, in lists by their one end. */
struct peek {
	struct edge *edge;
	size_t n;
	uint32_t *first[2]; /* by name: callers, callees; number + 1 */
	uint32_t *next[2];  /* by edge */
};

static void
make_peek(const struct table *t, const bool *chosen, struct peek *p)
{
	p->n = edges_find(t->profile, chosen, &p->edge);
	for (int i = 0; i < 2; i++) {
		p->first[i] = grow_zeroed(t->profile->names.n, sizeof(uint32_t));
		p->next[i] = grow_zeroed(p->n, sizeof(uint32_t));
	}
	for (size_t i = p->n; i-- > 0;) {
		const uint32_t at[2] = { p->edge[i].callee, p->edge[i].caller };

		for (int k = 0; k < 2; k++) {
			p->next[k][i] = p->first[k][at[k]];
			p->first[k][at[k]] = (uint32_t)i + 1;
		}
	}
}

static void
free_peek(struct peek *p)
{
	for (int i = 0; i < 2; i++) {
		free(p->first[i]);
		free(p->next[i]);
	}
	free(p->edge);
}

/* Callers (0) or callees (1) of a function. */
static void
put_edges(struct table *t, const struct peek *p, int which,
    const struct profile_sum *sum, bool json)
{
	for (uint32_t i = p->first[which][sum->name]; i;
	    i = p->next[which][i - 1]) {
		const struct edge *e = &p->edge[i - 1];
		const char *name = name_of(t, which ? e->callee : e->caller);

		if (!json) {
			fprintf(t->out, "%12" PRIu64 " %5.1f%%    %s\n",
			    e->samples, percent(e->samples, sum->total), name);
			continue;
		}
		jsonw_object(&t->json, NULL);
		jsonw_str(&t->json, "name", name);
		jsonw_u64(&t->json, "samples", e->samples);
		jsonw_end(&t->json);
	}
}

static void
put_peek_json(struct table *t, const struct profile_sum *sum,
    const struct peek *p)
{
	put_function(t, sum);
	jsonw_array(&t->json, "callers");
	put_edges(t, p, 0, sum, true);
	jsonw_end(&t->json);
	jsonw_array(&t->json, "callees");
	put_edges(t, p, 1, sum, true);
	jsonw_end(&t->json);
	jsonw_end(&t->json);
}

static void
put_peek(struct table *t, const struct profile_sum *sum, const struct peek *p)
{
	uint64_t all = t->profile->samples;

	put_edges(t, p, 0, sum, false);
	fprintf(t->out, "%12" PRIu64 " %5.1f%%  %s (self %" PRIu64
	    ", %.1f%%)\n", sum->total, percent(sum->total, all),
	    name_of(t, sum->name), sum->self, percent(sum->self, all));
	put_edges(t, p, 1, sum, false);
	fputc('\n', t->out);
}

static void
write_peek(struct table *t, const struct table_options *o)
{
	size_t names = t->profile->names.n, n;
	bool *chosen = grow_zeroed(names, sizeof *chosen);
	struct profile_sum *sum;
	struct peek peek;

	for (uint32_t i = 0; i < names; i++)
		chosen[i] = filter_frame(o->peek, name_of(t, i)) != 0;
	n = profile_sums(t->profile, &sum);
	make_peek(t, chosen, &peek);
	if (o->json) {
		begin_json(t);
		jsonw_array(&t->json, "functions");
	} else {
		fprintf(t->out, "%12s %6s  %s\n", "samples", "%", "function");
	}
	for (size_t i = 0; i < n; i++) {
		if (!chosen[sum[i].name])
			continue;
		if (o->json)
			put_peek_json(t, &sum[i], &peek);
		else
			put_peek(t, &sum[i], &peek);
	}
	if (o->json)
		end_json(t);
	else
		put_sums(t);
	free_peek(&peek);
	free(sum);
	free(chosen);
}

static void
put_stack(void *arg, const char *stack, size_t len, uint32_t node)
{
	struct table *t = arg;
	const char *end;
	size_t n;

	jsonw_line(&t->json);
	jsonw_object(&t->json, NULL);
	jsonw_array(&t->json, "frames");
	for (;; stack += n + 1, len -= n + 1) {
		end = memchr(stack, ';', len);
		n = end ? (size_t)(end - stack) : len;
		jsonw_strn(&t->json, NULL, stack, n);
		if (!end)
			break;
	}
	jsonw_end(&t->json);
	jsonw_u64(&t->json, "count", t->profile->stacks.node[node].count);
	jsonw_end(&t->json);
}

void
table_write(const struct fold *f, const struct table_options *o, FILE *out)
{
	struct table t = {
		.fold = f, .profile = &f->profile, .out = out,
		.json = { .f = out },
	};

	if (o->peek) {
		write_peek(&t, o);
	} else if (o->top) {
		write_top(&t, o);
	} else {
		begin_json(&t);
		jsonw_array(&t.json, "stacks");
		profile_visit(t.profile, put_stack, &t);
		end_json(&t);
	}
}
