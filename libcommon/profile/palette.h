/*
 * palette.h - the colours of frames.
 *
 * Two are gp's own: by kind of code and by module (see kind.h). Both were chosen
 * so that they can be told apart by people who see colours otherwise, and text on
 * them read, on light and on dark ground; the unit test measures both. The others
 * are those of flamegraph.pl, by its names for them: each a band of colours in
 * which a name has its place.
 *
 *	PALETTE_BY_NAME   place from a hash of the name (the default)
 *	PALETTE_BY_HASH   flamegraph.pl's --hash: names that start alike look alike
 *	PALETTE_RANDOM    another for each frame, the same in each run
 *
 * A colour is 0xRRGGBB. The page's script knows the first two from tables that
 * palette_kind() and the others fill, so that there is one source of colours.
 */
#ifndef GP_PALETTE_H
#define GP_PALETTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "profile/kind.h"

enum palette_id {
	PALETTE_KIND,
	PALETTE_MODULE,
	/* flamegraph.pl's, in bands */
	PALETTE_HOT,
	PALETTE_MEM,
	PALETTE_IO,
	PALETTE_RED,
	PALETTE_GREEN,
	PALETTE_BLUE,
	PALETTE_AQUA,
	PALETTE_YELLOW,
	PALETTE_PURPLE,
	PALETTE_ORANGE,
	/* which choose one of those by the name */
	PALETTE_JAVA,
	PALETTE_JS,
	PALETTE_PERL,
	PALETTE_WAKEUP,
	PALETTE_CHAIN,
	PALETTES /* how many there are */
};

enum palette_by { PALETTE_BY_NAME, PALETTE_BY_HASH, PALETTE_RANDOM };

struct palette {
	enum palette_id id;
	enum palette_by by;
	uint64_t state; /* of PALETTE_RANDOM */
};

enum {
	PALETTE_SHADES = 7,   /* of a kind: neighbours differ a little */
	PALETTE_MODULES = 16, /* colours that modules share */
	PALETTE_STEPS = 5,    /* from no difference to the largest */
};

/* Text on a frame. */
#define PALETTE_INK 0x16181du
#define PALETTE_INK_DARK 0xffffffu

/* The palette of that name ("hot"); false if there is none. */
GP_MUSTUSE bool palette_find(const char *name, enum palette_id *id);

/* The colour of a frame on light ground. outer: it is the outermost one. */
uint32_t palette_colour(struct palette *p, const char *s, size_t len,
    bool outer);

/* A number for a name, from its first 64 ASCII characters. The page's script
 * computes the same. */
uint32_t palette_hash(const char *s, size_t len);

/* Shade: palette_hash() of the frame modulo PALETTE_SHADES. */
uint32_t palette_kind(enum kind k, uint32_t shade, bool dark);

/* Slot: palette_hash() of the module modulo PALETTE_MODULES. */
uint32_t palette_module(uint32_t slot, bool dark);

/* step: -PALETTE_STEPS (much less) to PALETTE_STEPS (much more). */
uint32_t palette_difference(int step, bool dark);

#endif
