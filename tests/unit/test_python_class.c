/* Classes of CPython to 3.10 in made-up memory, and whose functions are whose. */
#include "python_memory.h"

#include <check.h>
#include <string.h>

#include "runtime/python_class.h"
#include "suite.h"

static uint64_t used;

static const struct interp_process process = { read_for_names, NULL, NULL };

/* A new object of so many bytes. */
static uint64_t
make(size_t size)
{
	uint64_t at = AT + used;

	used += (size + 63) & ~63ull;
	ck_assert_uint_le(used, sizeof arena);
	arena[at - AT] = 1; /* a reference */
	return at;
}

static void
put_word(uint64_t addr, uint64_t value)
{
	put(addr, value, sizeof value);
}

static uint64_t
make_text(unsigned minor, const char *s)
{
	uint64_t at = make(80 + strlen(s));
	uint64_t text = minor == 0 ? 36 : 48;

	put_word(at + 16, strlen(s));
	if (minor)
		put_word(at + 32, 1u << 2 | 1u << 5 | 1u << 6);
	memcpy(arena + (at + text - AT), s, strlen(s));
	return at;
}

/* A dict with one entry among empty ones. */
static uint64_t
make_dict(unsigned minor, uint64_t key, uint64_t value)
{
	uint64_t d = make(64), k, entries;

	if (minor == 0) {
		entries = make(8 * 24);
		put_word(d + 32, 7);
		put_word(d + 40, entries);
	} else {
		k = make(40 + 8 + 5 * 24);
		put_word(d + 32, k);
		put_word(k + 8, 8);
		put_word(k + 32, 5);
		entries = k + 40 + 8;
	}
	put_word(entries + 2 * 24 + 8, key);
	put_word(entries + 2 * 24 + 16, value);
	return d;
}

static uint64_t
make_tuple(uint64_t a, uint64_t b)
{
	uint64_t t = make(40);

	put_word(t + 16, b ? 2 : 1);
	put_word(t + 24, a);
	put_word(t + 32, b);
	return t;
}

static uint64_t
make_type(const char *name, uint64_t dict)
{
	uint64_t t = make(360), s = make(strlen(name) + 1);

	memcpy(arena + (s - AT), name, strlen(name) + 1);
	put_word(t + 24, s);
	put_word(t + 264, dict);
	return t;
}

static uint64_t
make_function(unsigned minor, uint64_t code, uint64_t qualname,
    uint64_t closure)
{
	uint64_t f = make(112);

	put_word(f + (minor == 10 ? 48 : 16), code);
	put_word(f + (minor == 0 ? 40 : minor == 10 ? 72 : 48), closure);
	if (minor)
		put_word(f + (minor == 10 ? 40 : 104), qualname);
	return f;
}

/* Base has an attribute "price", value; Derived has another one. */
static uint64_t
make_derived(unsigned minor, uint64_t name, uint64_t value)
{
	uint64_t base = make_type("Base", make_dict(minor, name, value));
	uint64_t derived = make_type("Derived", make_dict(minor,
	    make_text(minor, "other"), value));

	put_word(derived + 344, make_tuple(derived, base));
	return derived;
}

static const unsigned minors[] = { 0, 8, 10 };

enum shape { PLAIN, CLASSMETHOD, PROPERTY, DECORATED, ANOTHER };

START_TEST(a_method_has_the_class_that_defines_it)
{
	unsigned minor = minors[_i / 5];
	enum shape shape = (enum shape)(_i % 5);
	struct python_layout l = { .minor = (uint16_t)minor };
	struct python_memory m = { &l, &process, NULL };
	uint64_t code, name, function, value, wrapper, cell;
	struct buf b = { 0 };

	used = 0;
	memset(arena, 0, sizeof arena);
	code = make(176);
	name = make_text(minor, "price");
	function = make_function(minor, code, make_text(minor, "Base.price"),
	    0);
	value = function;
	if (shape == CLASSMETHOD || shape == PROPERTY) {
		value = make(48);
		put_word(value + (shape == PROPERTY ? 32 : 16), function);
	}
	if (shape == DECORATED) {
		cell = make(24);
		put_word(cell + 16, function);
		wrapper = make_function(minor, make(176),
		    make_text(minor, "wrapper"), make_tuple(make(24), cell));
		value = make(48);
		put_word(value + 16, wrapper);
	}
	ck_assert_int_eq(python_put_qualified(&m, make_derived(minor, name,
	    value), shape == ANOTHER ? make(176) : code, name, &b),
	    shape != ANOTHER);
	ck_assert_str_eq(buf_str(&b), shape == ANOTHER ? "" : "Base.price");
	buf_free(&b);
}
END_TEST

START_TEST(a_class_of_the_old_style_too)
{
	struct python_layout l = { .old_class_type = AT + 16384 };
	struct python_memory m = { &l, &process, NULL };
	uint64_t code, name, base, derived;
	struct buf b = { 0 };

	used = 0;
	memset(arena, 0, sizeof arena);
	code = make(128);
	name = make_text(0, "price");
	base = make(56);
	put_word(base + 24, make_dict(0, name, make_function(0, code, 0, 0)));
	put_word(base + 32, make_text(0, "Base"));
	derived = make(56);
	put_word(derived + 8, l.old_class_type);
	put_word(derived + 16, make_tuple(base, base));
	put_word(derived + 24, make_dict(0, make_text(0, "x"), code));
	ck_assert(python_put_qualified(&m, derived, code, name, &b));
	ck_assert_str_eq(b.s, "Base.price");
	/* Its own base: it ends all the same. */
	put_word(derived + 16, make_tuple(derived, derived));
	ck_assert(!python_put_qualified(&m, derived, code, name, &b));
	ck_assert_str_eq(b.s, "Base.price");
	buf_free(&b);
}
END_TEST

START_TEST(garbage_is_no_class)
{
	struct python_layout l = { .minor = 8 };
	struct python_memory m = { &l, &process, NULL };
	struct buf b = { 0 };

	ck_assert(!python_put_qualified(&m, 0, AT, AT, &b));
	ck_assert(!python_put_qualified(&m, AT, AT, 0, &b));
	ck_assert(!python_put_qualified(&m, 16, AT, AT, &b));
	for (uint32_t seed = 1; seed < 2000; seed++) {
		uint32_t x = seed;

		for (size_t i = 0; i < sizeof arena; i += 8) {
			x = x * 1664525 + 1013904223;
			put_word(AT + i, x % 3 ? AT + (x >> 8) % sizeof arena :
			    x % 64);
		}
		/* The key is everywhere: more would be luck. */
		if (!python_put_qualified(&m, AT + seed % 512 * 8, AT + 64,
		    AT + 128, &b))
			ck_assert_uint_eq(b.len, 0);
		buf_reset(&b);
	}
	buf_free(&b);
}
END_TEST

START_TEST(the_clue_is_the_class_of_self_or_cls)
{
	struct python_layout l = { .frame_locals = 360 };
	struct python_state s = { .frame = AT };
	uint64_t self, type, meta;

	used = 512;
	memset(arena, 0, sizeof arena);
	self = make(64);
	type = make_type("Shop", 0);
	meta = make_type("type", 0);
	put_word(self + 8, type);
	put_word(type + 8, meta);
	put_word(meta + 168, 1ull << 31);
	ck_assert_uint_eq(python_clue(&l, &s, NULL), 0); /* no variable */
	put_word(AT + 360, self);
	ck_assert_uint_eq(python_clue(&l, &s, NULL), type);
	put_word(AT + 360, type);
	ck_assert_uint_eq(python_clue(&l, &s, NULL), type);
	put_word(AT + 360, 12345);
	ck_assert_uint_eq(python_clue(&l, &s, NULL), 0);
	put_word(AT + 360, self);
	l.instance_type = type;
	put_word(self + 16, meta);
	ck_assert_uint_eq(python_clue(&l, &s, NULL), meta);
	l.frame_locals = 0;
	ck_assert_uint_eq(python_clue(&l, &s, NULL), 0);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("python_class");
	TCase *t = tcase_create("python_class");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, a_method_has_the_class_that_defines_it, 0,
	    5 * (int)GP_COUNT(minors));
	tcase_add_test(t, a_class_of_the_old_style_too);
	tcase_add_test(t, garbage_is_no_class);
	tcase_add_test(t, the_clue_is_the_class_of_self_or_cls);
	return s;
}
