#include "base/gzip.h"

#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/diag.h"
#include "base/lazylib.h"

enum {
	CHUNK = 64 * 1024,
	LEVEL = 6,
	WINDOW = 15 + 16, /* the largest, and gzip's head */
	MEMORY = 8,
};

static struct {
	int (*init)(z_streamp, int, int, int, int, int, const char *, int);
	int (*deflate)(z_streamp, int);
	int (*end)(z_streamp);
} fn;

static const struct lazylib_function functions[] = {
	{ "deflateInit2_", &fn.init },
	{ "deflate", &fn.deflate },
	{ "deflateEnd", &fn.end },
	{ NULL, NULL },
};

static struct lazylib lib = { "libz.so.1", functions, LAZYLIB_UNTRIED };

struct gzip {
	FILE *f;
	z_stream z;
	unsigned char out[CHUNK];
};

struct gzip *
gzip_new(FILE *f)
{
	struct gzip *g;

	if (!lazylib_load(&lib))
		return NULL;
	g = calloc(1, sizeof *g);
	if (!g)
		die_nomem();
	g->f = f;
	if (fn.init(&g->z, LEVEL, Z_DEFLATED, WINDOW, MEMORY,
	    Z_DEFAULT_STRATEGY, ZLIB_VERSION, sizeof g->z) != Z_OK)
		die_nomem();
	return g;
}

/* Deflate what next_in has, and hand it on. */
static void
run(struct gzip *g, int flush)
{
	size_t n;

	do {
		g->z.next_out = g->out;
		g->z.avail_out = sizeof g->out;
		fn.deflate(&g->z, flush);
		n = sizeof g->out - g->z.avail_out;
		if (n && fwrite(g->out, 1, n, g->f) != n)
			return; /* the FILE knows */
	} while (g->z.avail_out == 0);
}

void
gzip_add(struct gzip *g, const void *p, size_t len)
{
	const unsigned char *s = p;
	size_t n;

	for (; len; s += n, len -= n) {
		n = len < 1u << 30 ? len : 1u << 30;
		/* zlib reads it, and has no const unless asked. */
		g->z.next_in = (z_const Bytef *)(uintptr_t)s;
		g->z.avail_in = (uInt)n;
		run(g, Z_NO_FLUSH);
	}
}

void
gzip_done(struct gzip *g)
{
	g->z.next_in = NULL;
	g->z.avail_in = 0;
	run(g, Z_FINISH);
	fn.end(&g->z);
	free(g);
}
