/*
 * page.h - the HTML page that gp-flame writes: one file that needs nothing else.
 *
 *	<meta>    Content-Security-Policy: only our own script, by its hash
 *	<style>   page/page.css
 *	<script type="application/json" id="gp-meta">     title, sums, colours
 *	<script type="application/json" id="gp-names">    names, by id
 *	<script type="text/plain" id="gp-kinds">          a letter for each name
 *	<script type="application/json" id="gp-modules">  what names belong to
 *	<script type="text/plain" id="gp-module-of">      a number for each name
 *	<script type="text/plain" id="gp-nodes">          flamew_nodes()
 *	<script type="text/plain" id="gp-times">          timeline_write()
 *	<script>  page/NN-*.js
 *
 * All but the last are text that no browser runs; what strangers chose is in there
 * as webtext_json() writes it, and the script only ever shows it as text.
 * embed.sh turns the sources into page.inc when gp is built.
 */
#ifndef GP_FLAME_PAGE_H
#define GP_FLAME_PAGE_H

#include <stdint.h>
#include <stdio.h>

#include "cmd/gp-flame/options.h"
#include "profile/flame.h"
#include "profile/meta.h"
#include "profile/timeline.h"

struct page {
	const struct options *o;
	const char *subtitle;   /* "" for none */
	const char *incomplete; /* what is wrong with the input, or "" */
	const struct flame *f;  /* laid out */
	const struct timeline *timeline; /* sorted */
	uint64_t interval_ns; /* how exactly its times are known */
	const struct meta *meta, *base_meta;
};

/* Errors stay in the FILE. */
void page_write(FILE *out, const struct page *p);

/* The page's Content-Security-Policy, as for an HTTP header. */
const char *page_csp(void);

#endif
