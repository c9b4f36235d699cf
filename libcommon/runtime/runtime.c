#include "runtime/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/hash.h"
#include "proc/maps.h"
#include "runtime/lang.h"

static const char *const names[RUNTIME_KINDS] = {
	"unknown", "kernel", "native",
#define RUNTIME(kind, name) name,
#include "runtime/runtime.def"
#undef RUNTIME
};

const char *
runtime_name(enum runtime_kind kind)
{
	return kind < RUNTIME_KINDS ? names[kind] : names[RUNTIME_UNKNOWN];
}

bool
runtime_is_name(const char *name, size_t len)
{
	for (size_t i = 0; i < RUNTIME_KINDS; i++)
		if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
			return true;
	return false;
}

void
runtime_put(struct buf *b, const struct runtime *r)
{
	buf_adds(b, runtime_name(r->kind));
	if (r->version[0]) {
		buf_addc(b, '/');
		buf_adds(b, r->version);
	}
}

bool
runtime_matches(const struct runtime *r, const char *want)
{
	const char *name = runtime_name(r->kind), *slash = strchr(want, '/');
	size_t len = slash ? (size_t)(slash - want) : strlen(want), n;
	char next;

	if (strlen(name) != len || memcmp(name, want, len) != 0)
		return false;
	if (!slash)
		return true;
	n = strlen(++slash);
	if (strncmp(r->version, slash, n) != 0)
		return false;
	next = r->version[n];
	return n == 0 || next < '0' || next > '9';
}

/* -- one file ------------------------------------------------------------- */

/* What a file's .symtab has of the names in the table. */
struct symtab {
	const char *name[64];
	struct elfhas_symbol symbol[64];
	size_t n;
};

static void
add_names(struct symtab *t, const char *const *list)
{
	for (size_t i = 0; i < RUNTIME_SYMBOLS_MAX && list[i]; i++)
		if (t->n < GP_COUNT(t->name))
			t->name[t->n++] = list[i];
}

static void
read_symtab(struct symtab *t, const struct elffile *elf)
{
	t->n = 0;
	for (size_t i = 0; i < runtime_langs_n; i++) {
		add_names(t, runtime_langs[i].one_of);
		add_names(t, runtime_langs[i].all_of);
	}
	elfhas_symtab(elf, t->name, t->n, t->symbol);
}

/* t: look there; NULL: among the exported ones. */
static bool
has_symbol(const struct runtime_file *f, const struct symtab *t,
    const char *name)
{
	if (!t)
		return elfhas_export(f->has, name, NULL);
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->name[i], name) == 0)
			return t->symbol[i].value != 0;
	return false;
}

static bool
has_all(const struct runtime_file *f, const struct symtab *t,
    const struct runtime_lang *lang)
{
	bool one = !lang->one_of[0];

	for (size_t i = 0; i < RUNTIME_SYMBOLS_MAX && lang->all_of[i]; i++)
		if (!has_symbol(f, t, lang->all_of[i]))
			return false;
	for (size_t i = 0; i < RUNTIME_SYMBOLS_MAX && lang->one_of[i]; i++)
		if (!one && has_symbol(f, t, lang->one_of[i]))
			one = true;
	return one;
}

static bool
is_lang(const struct runtime_file *f, const struct symtab *t, bool exe,
    const struct runtime_lang *lang)
{
	struct elfhas_section sec;

	if (lang->exe_section)
		return exe && !t &&
		    elfhas_section(f->elf, lang->exe_section, &sec);
	return has_all(f, t, lang);
}

static const struct runtime_lang *
find_lang(const struct runtime_file *f, const struct symtab *t, bool exe)
{
	for (size_t i = 0; i < runtime_langs_n; i++)
		if (is_lang(f, t, exe, &runtime_langs[i]))
			return &runtime_langs[i];
	return NULL;
}

/* Versions come from files that strangers made, and become part of a name. */
static void
clean_version(char *s)
{
	while ((*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'z') ||
	    (*s >= 'A' && *s <= 'Z') || (*s && strchr(".+-_~", *s)))
		s++;
	*s = '\0';
}

void
runtime_of_file(int fd, bool exe, const struct proc *p, const char *path,
    struct runtime *out)
{
	const struct runtime_lang *lang;
	struct runtime_file f;
	struct symtab symtab;
	struct elffile elf;
	struct elfhas has;

	*out = (struct runtime){ .kind = RUNTIME_NATIVE };
	if (elffile_init(&elf, fd) != ELFFILE_OK)
		return;
	elfhas_init(&has, &elf);
	f = (struct runtime_file){
		.elf = &elf, .has = &has, .proc = p, .path = path,
	};
	lang = find_lang(&f, NULL, exe);
	/* A library exports its interpreter, or nobody could call it. A program
	 * need not. */
	if (!lang && exe) {
		read_symtab(&symtab, &elf);
		lang = find_lang(&f, &symtab, exe);
		f.use_symtab = true;
	}
	if (!lang)
		return;
	out->kind = lang->kind;
	if (!exe)
		out->library = elf.build_id;
	if (!lang->version ||
	    !lang->version(&f, out->version, sizeof out->version))
		out->version[0] = '\0';
	clean_version(out->version);
}

/* -- files that are known --------------------------------------------------- */

struct runtime_known {
	uint64_t dev, inode, size;
	int64_t ctime_s, ctime_ns;
	struct runtime answer;
	bool used, exe;
};

static bool
is_same(const struct runtime_known *a, const struct runtime_known *b)
{
	return a->inode == b->inode && a->dev == b->dev &&
	    a->size == b->size && a->ctime_s == b->ctime_s &&
	    a->ctime_ns == b->ctime_ns && a->exe == b->exe;
}

/* The slot of a file, or the free one where it belongs. */
static struct runtime_known *
find_slot(struct runtime_known *table, size_t cap,
    const struct runtime_known *key)
{
	size_t i = hash_u64(key->inode, key->dev) & (cap - 1);

	while (table[i].used && !is_same(&table[i], key))
		i = (i + 1) & (cap - 1);
	return &table[i];
}

static void
grow(struct runtime_finder *rf)
{
	size_t cap = rf->cap ? rf->cap * 2 : 256;
	struct runtime_known *t = calloc(cap, sizeof *t);

	if (!t)
		die_nomem();
	for (size_t i = 0; i < rf->cap; i++)
		if (rf->known[i].used)
			*find_slot(t, cap, &rf->known[i]) = rf->known[i];
	free(rf->known);
	rf->known = t;
	rf->cap = cap;
}

void
runtime_finder_free(struct runtime_finder *rf)
{
	free(rf->known);
	buf_free(&rf->maps);
	*rf = (struct runtime_finder){ 0 };
}

static struct runtime_known
make_key(const struct stat *st, bool exe)
{
	return (struct runtime_known){
		.dev = st->st_dev,
		.inode = st->st_ino,
		.size = (uint64_t)st->st_size,
		.ctime_s = st->st_ctim.tv_sec,
		.ctime_ns = st->st_ctim.tv_nsec,
		.exe = exe,
		.used = true,
	};
}

static const struct runtime *
recall(struct runtime_finder *rf, const struct runtime_known *key)
{
	struct runtime_known *k;

	if (!rf->cap)
		return NULL;
	k = find_slot(rf->known, rf->cap, key);
	return k->used ? &k->answer : NULL;
}

static void
remember(struct runtime_finder *rf, struct runtime_known *key,
    const struct runtime *answer)
{
	if (rf->n >= RUNTIME_FILES_MAX)
		return;
	if (rf->n * 2 >= rf->cap)
		grow(rf);
	key->answer = *answer;
	*find_slot(rf->known, rf->cap, key) = *key;
	rf->n++;
}

/* -- one process ------------------------------------------------------------ */

/* What the file is that fd stands for; closes it. */
static int
ask_fd(struct runtime_finder *rf, int fd, bool exe, const struct proc *p,
    const char *path, struct runtime *out)
{
	struct runtime_known key;
	const struct runtime *known;
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) != 0) {
		close(fd);
		return PROC_ESYS;
	}
	/* What is open is what counts, whatever was seen by name before. */
	key = make_key(&st, exe);
	known = recall(rf, &key);
	if (known) {
		*out = *known;
	} else {
		runtime_of_file(fd, exe, p, path, out);
		rf->files++;
		remember(rf, &key, out);
	}
	close(fd);
	return PROC_OK;
}

/* Answer by stat(2) alone, if the file is known: name is a link in /proc/PID. */
static bool
ask_known(struct runtime_finder *rf, const struct proc *p, const char *name,
    bool exe, struct runtime *out)
{
	struct runtime_known key;
	const struct runtime *known;
	struct stat st;

	if (fstatat(p->dir, name, &st, 0) != 0)
		return false;
	key = make_key(&st, exe);
	known = recall(rf, &key);
	if (known)
		*out = *known;
	return known != NULL;
}

static int
ask_exe(struct runtime_finder *rf, const struct proc *p, struct runtime *out)
{
	struct buf path = { 0 };
	int rc;

	if (ask_known(rf, p, "exe", true, out))
		return PROC_OK;
	rc = proc_read_exe(p, &path, NULL);
	if (rc == PROC_OK)
		rc = ask_fd(rf, proc_open_exe(p), true, p, path.s, out);
	buf_free(&path);
	return rc;
}

static int
ask_mapping(struct runtime_finder *rf, const struct proc *p,
    const struct maps_entry *e, struct runtime *out)
{
	char name[64];

	snprintf(name, sizeof name, "map_files/%" PRIx64 "-%" PRIx64, e->start,
	    e->end);
	if (ask_known(rf, p, name, false, out))
		return PROC_OK;
	return ask_fd(rf, proc_open_map(p, e->start, e->end, e->path), false,
	    p, e->path, out);
}

/* The first in the order of runtime.def of what the libraries are. A library
 * that cannot be opened (gone, or denied) is no evidence. */
static int
ask_libraries(struct runtime_finder *rf, const struct proc *p,
    struct runtime *out)
{
	struct maps_entry e, last = { .inode = 0 };
	struct runtime r;
	struct maps m;
	int rc;

	buf_reset(&rf->maps);
	rc = proc_read_file(p, "maps", &rf->maps);
	if (rc != PROC_OK)
		return rc;
	maps_init(&m, rf->maps.s, rf->maps.len);
	while (maps_next(&m, &e)) {
		if (!(e.perms & MAPS_EXEC) || e.path[0] != '/' ||
		    (e.inode == last.inode && e.dev_major == last.dev_major &&
		    e.dev_minor == last.dev_minor))
			continue;
		last = e;
		if (ask_mapping(rf, p, &e, &r) == PROC_OK &&
		    r.kind != RUNTIME_NATIVE &&
		    (out->kind == RUNTIME_NATIVE || r.kind < out->kind))
			*out = r;
	}
	return PROC_OK;
}

int
runtime_find(struct runtime_finder *rf, const struct proc *p,
    struct runtime *out)
{
	int rc;

	*out = (struct runtime){ 0 };
	rc = ask_exe(rf, p, out);
	if (rc == PROC_OK && out->kind == RUNTIME_NATIVE)
		rc = ask_libraries(rf, p, out);
	if (rc != PROC_OK)
		*out = (struct runtime){ 0 };
	return rc;
}
