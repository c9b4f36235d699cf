/*
 * page.h - the HTML page that gp-flame writes: one file that needs nothing else.
 *
 *	<meta>    Content-Security-Policy: only our own script, by its hash
 *	<style>   page/page.css
 *	<script type="application/json" id="gp-meta">   title, sums
 *	<script type="application/json" id="gp-names">  names, by id
 *	<script type="text/plain" id="gp-nodes">        flame_write_nodes()
 *	<script>  page/NN-*.js
 *
 * The three data elements are text that no browser runs; what strangers chose is
 * in there as webtext_json() writes it, and the script only ever shows it as text.
 * embed.sh turns the sources into page.inc when gp is built.
 */
#ifndef GP_FLAME_PAGE_H
#define GP_FLAME_PAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "profile/flame.h"

struct page {
	const char *title;
	const char *subtitle;   /* "" for none */
	const char *incomplete; /* what is wrong with the input, or "" */
	uint64_t lost;
	uint64_t filtered;      /* left out on purpose before */
	uint64_t streams;       /* 0: the input was folded text */
	bool icicle;
};

/* f: laid out. Errors stay in the FILE. */
void page_write(FILE *out, const struct page *p, const struct flame *f);

/* The page's Content-Security-Policy, as for an HTTP header. */
const char *page_csp(void);

#endif
