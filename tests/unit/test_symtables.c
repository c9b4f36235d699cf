/* gp-symbolize's tables.c: with a jail that answers as it is told to, and a pack that
 * may be full. */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/symwrite.h"
#include "cmd/gp-symbolize/tables.c"
#include "suite.h"
#include "temp_cache.h"

static const char key[] = "00112233";
static struct buf kept; /* by the pack */
static bool full; /* it is */
static struct buf told; /* what a worker says of a file's functions */
static struct tables tables = { .cache = &cache };
static unsigned asked[JOBS];

/* As jail.c has it; for a worker that was taken over, and says more than yes, to
 * all but the one question that told answers. */
enum jail_err
jail_ask(struct jail *j, const struct jail_request *r, int *status)
{
	(void)j;
	asked[r->job]++;
	*status = 0;
	if (r->job == JOB_FUNCTIONS && told.len)
		return r->take(r->take_arg, told.s, told.len) ? JAIL_OK :
		    JAIL_ETAKE;
	*status = 1;
	if (!r->take)
		return JAIL_EPROTO;
	return r->take(r->take_arg, "lies", 4) ? JAIL_OK : JAIL_ETAKE;
}

const char *
jail_why(const struct jail *j)
{
	(void)j;
	return "it was taken over";
}

bool
pack_get(struct pack *p, const char *k, uint64_t now, struct buf *b)
{
	(void)p;
	(void)now;
	if (strcmp(k, key) != 0 || !kept.len)
		return false;
	buf_add(b, kept.s, kept.len);
	return true;
}

bool
pack_put(struct pack *p, const char *k, uint64_t now, const void *image,
    size_t size)
{
	(void)p;
	(void)k;
	(void)now;
	if (full)
		return false;
	buf_reset(&kept);
	buf_add(&kept, image, size);
	return true;
}

void
pack_drop(struct pack *p, const char *k)
{
	(void)p;
	(void)k;
	buf_reset(&kept);
}

static bool
put(void *arg, const void *p, size_t len)
{
	buf_add(arg, p, len);
	return true;
}

static bool
name_of(void *arg, uint32_t value, struct buf *b)
{
	(void)arg;
	buf_addf(b, "f%u", value);
	return true;
}

/* The table of a file of so many bytes that has no .symtab. */
static void
make(struct buf *b, uint64_t size)
{
	const struct functions_note note = { .size = size, .functions = 1 };
	struct rangetab range = { 0 };
	const struct symwrite_source from = {
		.key = key, .key_len = strlen(key),
		.note = &note, .note_len = sizeof note,
		.range = &range, .name = name_of,
	};

	rangetab_add(&range, 0x100, 0x110, 0, 1);
	rangetab_build(&range, RANGETAB_INNER);
	buf_reset(b);
	ck_assert(symwrite(&from, put, b));
	rangetab_free(&range);
}

/* Every debug file is there. */
static int
open_any(void *arg, unsigned root, const char *const *path, unsigned n)
{
	(void)arg;
	(void)root;
	(void)path;
	(void)n;
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static const struct tables_roots roots = { .open = open_any };
static const struct buildid id = { .len = 4, .b = { 0, 0x11, 0x22, 0x33 } };

static struct tables_file
file(uint64_t size)
{
	return (struct tables_file){ .fd = -1, .name = "/bin/x", .id = &id,
		.key = key, .size = size };
}

static void
setup(void)
{
	temp_cache_begin(256 << 20);
	memset(asked, 0, sizeof asked);
	full = false;
}

static void
teardown(void)
{
	buf_free(&kept);
	buf_free(&told);
	temp_cache_end();
}

START_TEST(whether_there_is_a_debug_file_is_no_place_to_write)
{
	const struct tables_file f = file(4096);
	int old = dup(STDIN_FILENO), in = memfd_create("in", MFD_CLOEXEC);
	struct table table;
	struct stat st;
	bool loaded;

	ck_assert_int_ge(in, 0);
	ck_assert_int_eq(dup2(in, STDIN_FILENO), STDIN_FILENO);
	make(&kept, f.size);
	loaded = tables_load(&tables, &f, &roots, &table);
	ck_assert_uint_eq(asked[JOB_DEBUGFILE], 1);
	ck_assert_int_eq(fstat(in, &st), 0);
	ck_assert_int_eq(st.st_size, 0);
	/* What is kept was not made by this worker. */
	ck_assert(loaded);
	table_free(&table);
	if (old >= 0)
		dup2(old, STDIN_FILENO);
	close(old);
	close(in);
}
END_TEST

static bool
is_in_a_file(void)
{
	struct symfile s;

	if (!symfile_load(&s, &cache, key, key, strlen(key), false))
		return false;
	symfile_free(&s);
	return true;
}

START_TEST(what_others_have_no_room_for_has_a_file_of_its_own)
{
	const struct tables_file f = file(4096);
	struct table table;

	make(&told, f.size);
	ck_assert(tables_read(&tables, &f, &roots, &table));
	table_free(&table);
	ck_assert_uint_gt(kept.len, 0);
	ck_assert(!is_in_a_file());
	full = true;
	ck_assert(tables_read(&tables, &f, &roots, &table));
	table_free(&table);
	/* Where it would be found first. */
	ck_assert_uint_eq(kept.len, 0);
	ck_assert(is_in_a_file());
	ck_assert(tables_load(&tables, &f, &roots, &table));
	table_free(&table);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("symtables");
	TCase *t = tcase_create("symtables");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, whether_there_is_a_debug_file_is_no_place_to_write);
	tcase_add_test(t,
	    what_others_have_no_room_for_has_a_file_of_its_own);
	suite_add_tcase(s, t);
	return s;
}
