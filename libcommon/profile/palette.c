#include "profile/palette.h"

#include <string.h>

#include "base/text.h"

/* On light ground, on dark ground. Chosen by search: the least distance between
 * two that occur together, in CIELAB, over normal and the three kinds of colour
 * blind sight, was made as large as it would go. */
static const uint32_t kinds[KINDS][2] = {
	[KIND_PROCESS] = { 0x85a5b9, 0x5e7489 },
	[KIND_NATIVE] = { 0xf3bf60, 0x986906 },
	[KIND_KERNEL] = { 0xec805c, 0x802c0a },
	[KIND_JIT] = { 0x9adba1, 0x2e6e44 },
	[KIND_INLINED] = { 0x91f1fb, 0x144542 },
	[KIND_INTERPRETED] = { 0xd5f7a1, 0x334228 },
	[KIND_PYTHON] = { 0x61abdf, 0x1077ba },
	[KIND_RUBY] = { 0xd18586, 0x6b243e },
	[KIND_JS] = { 0xf0e938, 0x817034 },
	[KIND_PHP] = { 0xa389ea, 0x4f4388 },
	[KIND_NET] = { 0xe7a0fc, 0x704786 },
	[KIND_PERL] = { 0x95d9f8, 0x04536b },
	[KIND_UNNAMED] = { 0xbfc1be, 0x6a6a68 },
};

static const uint32_t modules[2][PALETTE_MODULES] = {
	{
		0x89cff6, 0xb1b688, 0xe1eeb4, 0xaaa0fc, 0xa8cc7d, 0x82ab50,
		0xeee875, 0x51d7c3, 0xb79b31, 0xf883a5, 0x94b7cd, 0xbeef8e,
		0xa5eac4, 0xaa93d3, 0x5aa997, 0x87f9ec,
	}, {
		0x594e00, 0x53390a, 0x633e61, 0xa84951, 0x314698, 0x3d452d,
		0x5e5f9c, 0x40386f, 0x662b41, 0x385525, 0x187656, 0x615683,
		0x2b6cb9, 0x8e5b12, 0x716d38, 0x7c596f,
	},
};

/* Less, none, more: blue and orange, which everybody tells apart. */
static const uint32_t differences[2][2 * PALETTE_STEPS + 1] = {
	{
		0x4b93e6, 0x74a3e8, 0x94b3e9, 0xb0c4ea, 0xcbd5eb, 0xe4e7ec,
		0xefd2c3, 0xf4bc9b, 0xf6a773, 0xf4924a, 0xf07c1a,
	}, {
		0x2470c4, 0x3366ab, 0x3b5d92, 0x3e547a, 0x3e4b63, 0x3c424d,
		0x584743, 0x704b39, 0x864f2d, 0x9b5320, 0xb0560a,
	},
};

static const char *const names[PALETTES] = {
	[PALETTE_KIND] = "kind", [PALETTE_MODULE] = "module",
	[PALETTE_HOT] = "hot", [PALETTE_MEM] = "mem", [PALETTE_IO] = "io",
	[PALETTE_RED] = "red", [PALETTE_GREEN] = "green",
	[PALETTE_BLUE] = "blue", [PALETTE_AQUA] = "aqua",
	[PALETTE_YELLOW] = "yellow", [PALETTE_PURPLE] = "purple",
	[PALETTE_ORANGE] = "orange", [PALETTE_JAVA] = "java",
	[PALETTE_JS] = "js", [PALETTE_PERL] = "perl",
	[PALETTE_WAKEUP] = "wakeup", [PALETTE_CHAIN] = "chain",
};

/* Where a band starts and how wide it is, and which of a name's three places
 * counts, for red, green and blue. */
static const struct band {
	struct channel {
		uint8_t from, width, place;
	} rgb[3];
} bands[] = {
	[PALETTE_HOT] = {{ { 205, 50, 2 }, { 0, 230, 0 }, { 0, 55, 1 } }},
	[PALETTE_MEM] = {{ { 0, 0, 0 }, { 190, 50, 1 }, { 0, 210, 0 } }},
	[PALETTE_IO] = {{ { 80, 60, 0 }, { 80, 60, 0 }, { 190, 55, 1 } }},
	[PALETTE_RED] = {{ { 200, 55, 0 }, { 50, 80, 0 }, { 50, 80, 0 } }},
	[PALETTE_GREEN] = {{ { 50, 60, 0 }, { 200, 55, 0 }, { 50, 60, 0 } }},
	[PALETTE_BLUE] = {{ { 80, 60, 0 }, { 80, 60, 0 }, { 205, 50, 0 } }},
	[PALETTE_AQUA] = {{ { 50, 60, 0 }, { 165, 55, 0 }, { 165, 55, 0 } }},
	[PALETTE_YELLOW] = {{ { 175, 55, 0 }, { 175, 55, 0 }, { 50, 20, 0 } }},
	[PALETTE_PURPLE] = {{ { 190, 65, 0 }, { 80, 60, 0 }, { 190, 65, 0 } }},
	[PALETTE_ORANGE] = {{ { 190, 65, 0 }, { 90, 65, 0 }, { 0, 0, 0 } }},
};

bool
palette_find(const char *name, enum palette_id *id)
{
	for (int i = 0; i < PALETTES; i++)
		if (strcmp(names[i], name) == 0) {
			*id = (enum palette_id)i;
			return true;
		}
	return false;
}

uint32_t
palette_hash(const char *s, size_t len)
{
	uint32_t h = 0;
	int n = 0;

	for (size_t i = 0; i < len && n < 64; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < 0x80) {
			h = h * 31 + c;
			n++;
		}
	}
	h = (h ^ h >> 15) * 0x85ebca6bu;
	return h ^ h >> 13;
}

/* c with a part of another colour, in percent. */
static uint32_t
mix(uint32_t c, uint32_t with, uint32_t percent)
{
	uint32_t out = 0;

	for (int shift = 0; shift <= 16; shift += 8) {
		uint32_t a = c >> shift & 0xff, b = with >> shift & 0xff;

		out |= ((a * (100 - percent) + b * percent + 50) / 100) << shift;
	}
	return out;
}

/* The first shade is the one in the table; the others go away from the ink. */
uint32_t
palette_kind(enum kind k, uint32_t shade, bool dark)
{
	return mix(kinds[k][dark], dark ? 0x000000 : 0xffffff, 2 * shade);
}

uint32_t
palette_module(uint32_t slot, bool dark)
{
	return modules[dark][slot];
}

/* The kernel and what belongs to nothing are as they are among the kinds. */
static uint32_t
colour_of_module(const char *s, size_t len)
{
	size_t n;
	const char *module = kind_module(s, len, &n);

	if (module == KIND_MODULE_KERNEL)
		return palette_kind(KIND_KERNEL, 0, false);
	if (module == KIND_MODULE_NONE)
		return palette_kind(KIND_UNNAMED, 0, false);
	return palette_module(palette_hash(module, n) % PALETTE_MODULES,
	    false);
}

uint32_t
palette_difference(int step, bool dark)
{
	return differences[dark][step + PALETTE_STEPS];
}

/* Places between 0 and 1, as flamegraph.pl finds them with --hash: from the first
 * three characters, the earlier the more. */
static double
place_by_hash(const char *s, size_t len, bool backwards)
{
	const char *tick = memchr(s, '`', len);
	double place = 0, weight = 1, most = 1;

	if (tick && tick > s) {
		len -= (size_t)(tick + 1 - s);
		s = tick + 1;
	}
	for (size_t i = 0; i < len && i < 3; i++) {
		unsigned c = (unsigned char)s[backwards ? len - 1 - i : i];
		unsigned mod = 10 + (unsigned)i;

		place += c % mod / (double)(mod - 1) * weight;
		most += weight;
		weight *= 0.70;
	}
	return 1 - place / most;
}

static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void
find_places(struct palette *p, const char *s, size_t len, double place[3])
{
	uint64_t of_name = palette_hash(s, len);
	uint64_t *state = p->by == PALETTE_RANDOM ? &p->state : &of_name;

	if (p->by == PALETTE_BY_HASH) {
		place[0] = place_by_hash(s, len, false);
		place[1] = place[2] = place_by_hash(s, len, true);
		return;
	}
	for (int i = 0; i < 3; i++)
		place[i] = (double)(next_random(state) >> 11) * 0x1p-53;
}

static bool
has(const char *s, size_t len, const char *part)
{
	return memmem(s, len, part, strlen(part)) != NULL;
}

/* "java/lang/String.hashCode", "Lorg/x/Y" and their like. */
static bool
is_java(const char *s, size_t len)
{
	static const char *const roots[] = {
		"java/", "javax/", "jdk/", "net/", "org/", "com/", "io/", "sun/",
	};

	if (len && s[0] == 'L')
		s++, len--;
	for (size_t i = 0; i < GP_COUNT(roots); i++)
		if (len >= strlen(roots[i]) &&
		    memcmp(s, roots[i], strlen(roots[i])) == 0)
			return true;
	return false;
}

static enum palette_id
band_of_java(const char *s, size_t len)
{
	if (text_ends(s, len, "_[i]"))
		return PALETTE_AQUA;
	if (text_ends(s, len, "_[j]") || is_java(s, len))
		return PALETTE_GREEN;
	if (text_ends(s, len, "_[k]"))
		return PALETTE_ORANGE;
	return has(s, len, "::") ? PALETTE_YELLOW : PALETTE_RED;
}

static enum palette_id
band_of_js(const char *s, size_t len)
{
	const char *slash = memchr(s, '/', len);

	if (text_ends(s, len, "_[j]"))
		return slash ? PALETTE_GREEN : PALETTE_AQUA;
	if (has(s, len, "::"))
		return PALETTE_YELLOW;
	if (slash && has(slash, len - (size_t)(slash - s), ".js"))
		return PALETTE_GREEN;
	if (memchr(s, ':', len))
		return PALETTE_AQUA;
	return has(s, len, "_[k]") ? PALETTE_ORANGE : PALETTE_RED;
}

static enum palette_id
band_of_perl(const char *s, size_t len)
{
	if (has(s, len, "::"))
		return PALETTE_YELLOW;
	if (has(s, len, "Perl") || has(s, len, ".pl"))
		return PALETTE_GREEN;
	return text_ends(s, len, "_[k]") ? PALETTE_ORANGE : PALETTE_RED;
}

static enum palette_id
band_of(enum palette_id id, const char *s, size_t len)
{
	if (id == PALETTE_JAVA)
		return band_of_java(s, len);
	if (id == PALETTE_JS)
		return band_of_js(s, len);
	if (id == PALETTE_PERL)
		return band_of_perl(s, len);
	if (id == PALETTE_WAKEUP)
		return PALETTE_AQUA;
	if (id == PALETTE_CHAIN)
		return has(s, len, "_[w]") ? PALETTE_AQUA : PALETTE_BLUE;
	return id;
}

static uint32_t
colour_in_band(struct palette *p, const char *s, size_t len)
{
	const struct band *b = &bands[band_of(p->id, s, len)];
	double place[3];
	uint32_t out = 0;

	find_places(p, s, len, place);
	for (int i = 0; i < 3; i++) {
		const struct channel *c = &b->rgb[i];

		out = out << 8 |
		    (c->from + (uint32_t)(c->width * place[c->place]));
	}
	return out;
}

uint32_t
palette_colour(struct palette *p, const char *s, size_t len, bool outer)
{
	enum kind k;
	bool sure;

	if (p->id == PALETTE_MODULE)
		return colour_of_module(s, len);
	if (p->id != PALETTE_KIND)
		return colour_in_band(p, s, len);
	k = kind_of_frame(s, len, &sure);
	if (outer && !sure)
		k = KIND_PROCESS;
	return palette_kind(k, palette_hash(s, len) % PALETTE_SHADES, false);
}
