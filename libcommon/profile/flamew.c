#include "profile/flamew.h"

void
flamew_number(FILE *out, uint64_t v)
{
	for (; v >= 32; v >>= 5)
		putc_unlocked((int)(63 + 32 + (v & 31)), out);
	putc_unlocked((int)(63 + v), out);
}

static void
write_node(const struct flame *f, FILE *out, uint32_t i, uint64_t gap)
{
	uint64_t kids = f->first[i + 1] - f->first[i];
	uint64_t base = f->diff && f->base_self ? f->base_self[i] : 0;

	if (f->diff)
		kids = kids * 2 + (base != 0);
	flamew_number(out, kids * 2 + (f->self[i] != 0));
	if (i)
		flamew_number(out, f->name[i]);
	if (f->self[i])
		flamew_number(out, f->self[i]);
	if (base)
		flamew_number(out, base);
	if (f->chart)
		flamew_number(out, gap);
}

void
flamew_nodes(const struct flame *f, FILE *out)
{
	uint32_t up = 0; /* the parent of node i */
	uint64_t x = 0;  /* where i would be without a gap */

	write_node(f, out, 0, 0);
	for (uint32_t i = 1; i < f->n; i++) {
		while (i >= f->first[up + 1])
			up++;
		if (i == f->first[up])
			x = f->x[up];
		write_node(f, out, i, f->x[i] - x);
		x = f->x[i] + f->total[i];
	}
}
