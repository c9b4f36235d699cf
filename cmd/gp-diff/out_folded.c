#include <inttypes.h>
#include <math.h>

#include "output.h"

struct folded {
	FILE *f;
	const struct compare *c;
	enum output_scale scale;
	double factor;
};

static void
put_base(const struct folded *o, uint64_t count)
{
	double v = (double)count * o->factor;
	char text[64];
	int n;

	if (o->scale == OUTPUT_COUNTS) {
		fprintf(o->f, "%" PRIu64, count);
		return;
	}
	if (o->scale == OUTPUT_TRUNCATED) {
		fprintf(o->f, "%.0f", trunc(v));
		return;
	}
	n = snprintf(text, sizeof text, "%.3f", v);
	while (n > 0 && text[n - 1] == '0')
		n--;
	if (n > 0 && text[n - 1] == '.')
		n--;
	fprintf(o->f, "%.*s", n, text);
}

static void
put_stack(void *arg, const char *stack, size_t len, uint32_t node)
{
	const struct folded *o = arg;
	const uint64_t *count = o->c->count[node];

	fwrite(stack, 1, len, o->f);
	putc(' ', o->f);
	put_base(o, count[COMPARE_BASE]);
	fprintf(o->f, " %" PRIu64 "\n", count[COMPARE_NEW]);
}

void
output_folded(FILE *f, const struct compare *c, enum output_scale scale)
{
	uint64_t base = compare_samples(c, COMPARE_BASE);
	struct folded o = { .f = f, .c = c, .scale = scale, .factor = 1 };

	if (base)
		o.factor = (double)compare_samples(c, COMPARE_NEW) /
		    (double)base;
	profile_visit(&c->all, put_stack, &o);
}
