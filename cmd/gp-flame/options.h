/*
 * options.h - gp-flame's command line: its own options and flamegraph.pl's.
 *
 * What concerns the drawn image only (sizes, fonts, flamegraph.pl's colours) needs
 * --svg: options_parse() refuses it for a page, which sizes itself.
 */
#ifndef GP_FLAME_OPTIONS_H
#define GP_FLAME_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/palette.h"

enum output_kind { OUTPUT_PAGE, OUTPUT_SVG, OUTPUT_DUMP };

struct options {
	enum output_kind kind;
	bool svg;          /* what is written or dumped is the image */
	bool print_csp;
	const char *output; /* NULL, "-": standard output */

	/* what is read */
	const char **base; /* --base, base_n of them */
	size_t base_n;
	unsigned columns;  /* of counts: 1, 2, or 0 to find out */

	/* what it looks like */
	const char *title, *subtitle, *notes, *search;
	const char *countname; /* "samples" */
	struct palette palette;
	bool icicle, reverse, chart, by_width, negate;
	bool normalize; /* differences are of shares */

	/* of the image only */
	const char *nametype, *nameattr, *fonttype, *bgcolors;
	double width, height, fontsize, fontwidth, factor;
	double minwidth;
	bool minwidth_percent; /* minwidth is of the whole */
	uint64_t total;        /* 0: the sum of the counts */
	bool cp;               /* palette.map is read and written */
};

/* Read the command line; a mistake ends the program. Returns the index of the
 * first operand. */
int options_parse(struct options *o, int argc, char **argv);

#endif
