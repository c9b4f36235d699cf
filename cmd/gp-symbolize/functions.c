#include "functions.h"

#include <string.h>
#include <unistd.h>

#include "base/symwrite.h"
#include "elf/gopclntab.h"
#include "elf/minidebug.h"
#include "elf/plt.h"
#include "elf/section.h"
#include "elf/symtab.h"
#include "finder.h"

/* One file, while its functions are read. */
struct functions {
	struct jail_call *call;
	struct buf path;
	const char *key;
	size_t key_len;
	struct elffile elf, debug, mini;
	int debug_fd; /* -1: none */
	struct buf mini_image;
	struct symtab symtab;
	bool complete, others;
	uint64_t now, asked;
};

struct root {
	struct jail_call *call;
	unsigned n;
};

static int
open_in_root(void *arg, const char *path)
{
	const struct root *r = arg;

	return jail_open(r->call, r->n, path);
}

/* Most files have none: so all places are asked for at once before each. */
static bool
is_one_there(const struct root *r, struct buf *path, unsigned n)
{
	const char *paths[OPENER_PATHS_MAX];
	int fd;

	for (unsigned i = 0; i < n; i++)
		paths[i] = path[i].s;
	fd = jail_open_any(r->call, r->n, paths, n);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

int
functions_find_debug(struct jail_call *c, const struct elffile *f,
    const char *path, struct elffile *debug)
{
	struct buf place[OPENER_PATHS_MAX] = { { 0 } };
	char link[DEBUGFILE_LINK_MAX];
	struct root r = { .call = c };
	unsigned n = 0;
	bool by_link;
	uint32_t crc;
	int fd = -1;

	if (!debugfile_read_link(f, link, &crc))
		link[0] = '\0';
	while (n < OPENER_PATHS_MAX && debugfile_path(&place[n], &f->build_id,
	    link, path, n, &by_link))
		n++;
	for (; n && fd < 0 && r.n < FINDER_SERVER; r.n++)
		if (is_one_there(&r, place, n))
			fd = debugfile_find(f, path, open_in_root, &r, debug);
	for (unsigned i = 0; i < GP_COUNT(place); i++)
		buf_free(&place[i]);
	return fd;
}

/* A server's answer need not be true either. */
int
functions_ask_server(struct jail_call *c, const struct elffile *f,
    struct elffile *debug)
{
	int fd = jail_open(c, FINDER_SERVER, "/");

	if (fd < 0 || (elffile_init(debug, fd) == ELFFILE_OK &&
	    buildid_equal(&f->build_id, &debug->build_id)))
		return fd;
	close(fd);
	return -1;
}

static int
find_debug(struct functions *x)
{
	return functions_find_debug(x->call, &x->elf, buf_str(&x->path),
	    &x->debug);
}

static void
say_count(const struct functions *x, uint32_t before, const char *what)
{
	jail_say(x->call, "%u %s", x->symtab.functions - before, what);
}

/* Take the functions of x->debug. Damage in a second file costs what is in it,
 * no more. */
static bool
add_debug(struct functions *x)
{
	uint32_t before = x->symtab.functions;
	enum elffile_err err;

	if (x->debug_fd < 0)
		return false;
	err = symtab_add(&x->symtab, &x->elf, &x->debug);
	if (err != ELFFILE_OK)
		jail_say(x->call, "its debug file: %s", elffile_strerror(err));
	say_count(x, before, "symbols from its debug file");
	return x->symtab.functions > before;
}

static void
ask_server(struct functions *x)
{
	if (x->debug_fd >= 0 || x->now == 0)
		return;
	x->asked = x->now;
	x->debug_fd = functions_ask_server(x->call, &x->elf, &x->debug);
	x->complete = add_debug(x);
}

static void
add_mini(struct functions *x)
{
	uint32_t before = x->symtab.functions;
	enum minidebug_err err;

	err = minidebug_read(&x->elf, &x->mini_image, &x->mini);
	if (err == MINIDEBUG_NONE)
		return;
	if (err != MINIDEBUG_OK ||
	    symtab_add(&x->symtab, &x->elf, &x->mini) != ELFFILE_OK) {
		jail_say(x->call, "%s", minidebug_strerror(err));
	} else {
		say_count(x, before, "symbols from .gnu_debugdata");
	}
	x->others |= x->symtab.functions > before;
}

static void
add_go(struct functions *x)
{
	struct gopclntab *g = gopclntab_open(&x->elf, 0);
	struct symtab_names names = { .f = &x->elf, .suffix = "" };
	uint32_t before = x->symtab.functions;
	struct gofunc fn;
	int table = -1;

	if (!g)
		return;
	gopclntab_names(g, &names.off, &names.size);
	while (gopclntab_next(g, &fn)) {
		if (fn.end == fn.start || !gopclntab_read(g, &fn) ||
		    fn.name >= names.size)
			continue;
		if (table < 0)
			table = symtab_add_table(&x->symtab, &names);
		if (table < 0)
			break;
		symtab_add_function(&x->symtab, &x->elf, table, fn.start, fn.end,
		    fn.name);
	}
	gopclntab_close(g);
	say_count(x, before, "functions from Go's table");
	x->others |= x->symtab.functions > before;
}

static const char *
tables_read(const struct symtab *t)
{
	if (t->has_symtab)
		return t->has_dynsym ? ".symtab and .dynsym" : ".symtab";
	return t->has_dynsym ? ".dynsym" : "no table";
}

static int
read_functions(struct functions *x, bool xz)
{
	enum elffile_err err = elffile_init(&x->elf, x->call->fd);

	if (err == ELFFILE_OK)
		err = symtab_add(&x->symtab, &x->elf, &x->elf);
	if (err != ELFFILE_OK)
		return err;
	jail_say(x->call, "%u symbols of functions, from %s",
	    x->symtab.functions, tables_read(&x->symtab));
	x->complete = x->symtab.has_symtab;
	if (!x->complete) {
		x->debug_fd = find_debug(x);
		x->complete = add_debug(x);
	}
	if (!x->complete && !xz && minidebug_is_in(&x->elf))
		return FUNCTIONS_NEED_XZ;
	if (!x->complete && xz)
		add_mini(x);
	if (!x->symtab.has_symtab)
		add_go(x);
	if (!x->complete && !x->others)
		ask_server(x);
	plt_add(&x->symtab, &x->elf);
	symtab_build(&x->symtab);
	return ELFFILE_OK;
}

static bool
name_of(void *arg, uint32_t value, struct buf *b)
{
	return symtab_name(arg, value, b);
}

static bool
put(void *arg, const void *p, size_t len)
{
	struct jail_call *c = arg;

	jail_put(c, p, len);
	return !c->failed;
}

/* Debug files have the headers of code, but not the code. */
static bool
is_alone(const struct elffile *f)
{
	static const char *const text[] = { ".text" };
	struct section s;

	return section_find(f, text, &s, 1) != 1;
}

static int
write_functions(struct functions *x)
{
	const struct symtab *t = &x->symtab;
	struct functions_note note = {
		.size = x->elf.size,
		.complete = x->complete,
		.alone = is_alone(&x->elf),
		.others = x->others,
		.asked = x->asked,
		.functions = t->functions,
		.left_out = t->left_out,
	};
	const struct symwrite_source from = {
		.key = x->key, .key_len = x->key_len,
		.note = &note, .note_len = sizeof note,
		.range = &t->range, .name = name_of, .arg = &x->symtab,
	};
	uint32_t crc;

	if (!debugfile_read_link(&x->elf, note.link, &crc))
		note.link[0] = '\0';
	return symwrite(&from, put, x->call) ? ELFFILE_OK :
	    FUNCTIONS_TOO_MANY;
}

static bool
begin(struct functions *x, struct jail_call *c)
{
	const struct functions_request *r = c->data;
	size_t left = c->len - sizeof *r;

	*x = (struct functions){ .call = c, .debug_fd = -1 };
	if (c->len < sizeof *r || r->key_len > left ||
	    r->path_len != left - r->key_len)
		return false;
	x->now = r->now;
	x->key = (const char *)(r + 1);
	x->key_len = r->key_len;
	buf_add(&x->path, x->key + x->key_len, r->path_len);
	return true;
}

static void
end(struct functions *x)
{
	if (x->debug_fd >= 0)
		close(x->debug_fd);
	buf_free(&x->path);
	buf_free(&x->mini_image);
	symtab_free(&x->symtab);
}

static int
run(struct jail_call *c, bool xz)
{
	struct functions x;
	int status = ELFFILE_ELIMIT;

	if (begin(&x, c))
		status = read_functions(&x, xz);
	if (status == ELFFILE_OK)
		status = write_functions(&x);
	end(&x);
	return status;
}

int
functions_job(struct jail_call *c)
{
	return run(c, false);
}

void
functions_prepare_xz(void)
{
	(void)minidebug_load();
}

int
functions_job_xz(struct jail_call *c)
{
	return run(c, true);
}

int
functions_job_debugfile(struct jail_call *c)
{
	struct functions x;

	if (begin(&x, c) && elffile_init(&x.elf, c->fd) == ELFFILE_OK)
		x.debug_fd = find_debug(&x);
	end(&x);
	return x.debug_fd >= 0;
}
